"""Populations as exact whole numbers with a common scale, their floats, the bounds on units, and the order of ties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.wording import counted, there_are

if TYPE_CHECKING:
    from evenhand.tables.exact import ExactColumn

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Counts = Sequence[int] | Sequence[Fraction] | Sequence[int | Fraction] | Ints
Limit = None | int | Sequence[int] | Sequence[int | None] | Ints

TIES = ("report", "order", "largest", "smallest", "random")
MOST_UNITS = 2**40
"""Beyond this a float would no longer narrow the search to a handful of units."""
_LARGEST = 2.0**600
_SAFE = 2**62


@frozen(eq=False)
class Populations:
    """``whole[i] / scale`` is the population of group i, exactly; ``floats[i]`` the nearest float.

    ``whole`` is an int64 array where that is wide enough, else an array of Python ints.
    """

    whole: npt.NDArray[np.int64] | npt.NDArray[np.object_]
    scale: int
    floats: Floats

    def __len__(self) -> int:
        return len(self.floats)

    @property
    def total(self) -> Fraction:
        return Fraction(total(self.whole), self.scale)


def total(whole: npt.NDArray[np.int64] | npt.NDArray[np.object_]) -> int:
    """Exact sum: int64 would wrap around in silence."""
    if whole.dtype == np.int64 and len(whole) * int(whole.max(initial=0)) < _SAFE:
        return int(whole.sum())
    return sum(whole.tolist())


def read(populations: Counts | Populations) -> Populations:
    """Populations in the form every method uses.

    Raises
    ------
    ValueError
        When there is none, one is negative, not a whole number or ``Fraction``, all are zero, or one lies outside
        ``2**-600 .. 2**600``.
    """
    if isinstance(populations, Populations):
        return populations
    scale = 1
    whole: npt.NDArray[np.int64] | npt.NDArray[np.object_]
    if isinstance(populations, np.ndarray) and populations.dtype.kind in "iu":
        if int(populations.max(initial=0)) >= _SAFE:
            return read([int(value) for value in populations])
        whole = populations.astype(np.int64)
        floats = whole.astype(np.float64)
    else:
        values = list(populations)
        if not set(map(type, values)) <= {int}:
            exact = [_exact(value) for value in values]
            scale = math.lcm(*(value.denominator for value in exact))
            values = [value.numerator * (scale // value.denominator) for value in exact]
        most = max(values, default=0)
        whole = np.array(values, dtype=np.int64 if most < _SAFE and min(values, default=0) > -_SAFE else object)
        try:
            floats = np.array([value / scale for value in values] if scale > 1 else values, dtype=np.float64)
        except OverflowError:
            raise ValueError("a population is too large to be one") from None
    if not len(whole):
        raise ValueError("there is no group")
    if whole.min() < 0:
        raise ValueError(f"the population of group {int(np.argmin(whole))} is negative")
    if not whole.max():
        raise ValueError("every population is zero")
    positive = floats[whole.astype(bool)]
    if positive.max() > _LARGEST or positive.min() < 1.0 / _LARGEST:
        raise ValueError("a population lies outside 2**-600 .. 2**600")
    return Populations(whole, scale, floats)


def exact_counts(column: ExactColumn) -> Counts:
    """A column of a table in the form :func:`read` takes."""
    if column.decimals:
        return column.fractions()
    return column.values if column.values.dtype == np.int64 else column.integers()


def _exact(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | np.integer | Fraction):
        raise ValueError(f"a population must be a whole number or a Fraction; found {value!r}")
    return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value)


def bounds(populations: Populations, k: int, lower: Limit, upper: Limit) -> tuple[Ints, Ints]:
    """Lower and upper limit of every group; no limit is k + 1, and who has no population gets ``lower``.

    Raises
    ------
    NoApportionmentError
        When k is below the sum of the lower limits or above that of the upper ones.
    """
    if isinstance(k, bool) or k < 0 or k > MOST_UNITS:
        raise ValueError(f"the number of units must be a whole number from 0 to 2**40; found {k!r}")
    n = len(populations)
    low = limits(lower, n, 0)
    high = ceilings(populations, low, upper, k + 1)
    if (low < 0).any():
        raise ValueError("a lower limit is negative")
    if (low > k).any() or int(low.sum()) > k:
        least = counted(int(low.sum()), "unit")
        raise NoApportionmentError(f"The minimums add up to {least}; {there_are(k, 'only ')} to divide.",
                                   conflict=("minimum", "units"), relief=(f"at least {least}, or smaller minimums",))
    if (low > high).any():
        group = int(np.argmax(low > high))
        raise ValueError(f"the lower limit of group {group} ({low[group]}) is above its upper limit ({high[group]})")
    if int(high.sum()) < k:
        at_most = counted(int(high.sum()), "unit")
        raise NoApportionmentError(
            f"The groups can take at most {at_most} (their maximums; a group without population takes its minimum); "
            f"{there_are(k)} to divide.", conflict=("maximum", "units"),
            relief=(f"at most {at_most}, or larger maximums",))
    return low, high


def ceilings(populations: Populations, lower: Ints, upper: Limit, most: int) -> Ints:
    """Upper limits, at most ``most``; a group without population has its lower limit."""
    high = np.minimum(limits(upper, len(populations), most), most)
    return np.where(populations.whole.astype(bool), high, np.minimum(lower, high))


def limits(limit: Limit, n: int, default: int) -> Ints:
    if limit is None:
        return np.full(n, default, dtype=np.int64)
    if isinstance(limit, int | np.integer):
        return np.full(n, min(int(limit), MOST_UNITS), dtype=np.int64)
    if isinstance(limit, np.ndarray):
        values: Ints = np.minimum(limit.astype(np.int64), MOST_UNITS)
    else:
        values = np.array([default if value is None else min(value, MOST_UNITS) for value in limit], dtype=np.int64)
    if values.shape != (n,):
        raise ValueError(f"{values.shape} limits for {n} groups")
    return values


def preference(populations: Counts | Populations, ties: str, seed: int = 0) -> Ints:
    """Rank of every group when equal claims must be settled; the smaller rank goes first.

    Parameters
    ----------
    ties
        ``report`` and ``order``: input order; ``largest`` and ``smallest``: by population, then input order;
        ``random``: drawn from ``seed``.
    """
    people = read(populations)
    n = len(people)
    if ties in ("report", "order"):
        return np.arange(n, dtype=np.int64)
    rank = np.empty(n, dtype=np.int64)
    if ties == "random":
        rank[np.random.default_rng(seed).permutation(n)] = np.arange(n)
    elif ties in ("largest", "smallest"):
        values = people.whole.tolist()
        order = sorted(range(n), key=values.__getitem__, reverse=ties == "largest")   # stable: then input order
        rank[order] = np.arange(n)
    else:
        raise ValueError(f"unknown rule for ties {ties!r}; known: {', '.join(TIES)}")
    return rank
