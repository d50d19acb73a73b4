"""The three rates of a choice on one set of students, and their summary over many draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_tiebreaker.curves.shares import quotient

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LOW, HIGH = 0.05, 0.95
"""The interval reported runs between these quantiles of the draws."""


@frozen
class Rates:
    """TPR, FPR and precision of one choice on one table; an undefined quotient is None."""

    tpr: float | None
    fpr: float | None
    precision: float | None


@frozen
class Interval:
    """Mean and 5-95 % range of one rate over the draws in which it was defined.

    Attributes
    ----------
    mean, low, high : float or None
        None if it was defined in no draw.
    defined, draws : int
        In how many of the draws it was defined.
    """

    mean: float | None
    low: float | None
    high: float | None
    defined: int
    draws: int


@frozen
class Summary:
    """Intervals of the three rates."""

    tpr: Interval
    fpr: Interval
    precision: Interval


def rates(focal: Ints, other: Ints, choice: Bools) -> Rates:
    """Rates of ``choice``; the denominators are the totals over all blocks.

    Parameters
    ----------
    focal, other : int64 arrays of shape (n,), students
    choice : bool array of shape (n,)
    """
    reached, passed = int(focal[choice].sum()), int(other[choice].sum())
    return Rates(quotient(reached, int(focal.sum())), quotient(passed, int(other.sum())),
                 quotient(reached, reached + passed))


def summarized(drawn: Sequence[Rates]) -> Summary:
    """The summary of several draws."""
    return Summary(*(_interval([getattr(one, name) for one in drawn]) for name in ("tpr", "fpr", "precision")))


def _interval(values: Sequence[float | None]) -> Interval:
    known = [value for value in values if value is not None]
    if not known:
        return Interval(None, None, None, 0, len(values))
    low, high = np.quantile(known, (LOW, HIGH))
    return Interval(float(np.mean(known)), float(low), float(high), len(known), len(values))
