"""Thresholds, base units, minimums and caps, turned into a plain division with lower and upper limits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_apportionment.classic.failures import NoApportionmentError, counted, there_are
from evenhand_apportionment.classic.populations import Counts, Ints, read, total

_UNLIMITED = 2**40


@frozen(eq=False)
class Prepared:
    """The division that is left for the method.

    Attributes
    ----------
    eligible
        Shape (groups,): at or above the threshold.
    rows, populations
        Row numbers of the eligible groups, and their populations in that order.
    units
        Units to divide after everybody's base units.
    lower, upper
        Limits of the eligible groups' units above the base; an upper limit None means none.
    """

    eligible: npt.NDArray[np.bool_]
    rows: Ints
    populations: tuple[int | Fraction, ...]
    units: int
    lower: tuple[int, ...]
    upper: tuple[int | None, ...]
    base_units: int

    def expand(self, units: Ints | Sequence[int]) -> Ints:
        """Final units of all groups: base units added, 0 below the threshold."""
        found = np.zeros(len(self.eligible), dtype=np.int64)
        found[self.rows] = np.asarray(units, dtype=np.int64) + self.base_units
        return found


def prepare(populations: Counts, k: int, *, minimum: int = 0, minimums: Sequence[int | None] | None = None,
            maximum: int | None = None, maximums: Sequence[int | None] | None = None, threshold: Fraction | int = 0,
            base_units: int = 0) -> Prepared:
    """Apply the threshold, hand out the base units, and restate the limits for what is left.

    Parameters
    ----------
    minimum, maximum
        Limits of everybody's final units, base included (a cap is a maximum).
    minimums, maximums
        Per group; where there is a value it wins.
    threshold
        Share of the whole population, exact, 0 <= threshold < 1. A group below it gets nothing.

    Raises
    ------
    NoApportionmentError
        When the threshold excludes everybody, or the units cannot meet the limits.
    ValueError
        When a minimum is above its maximum, or a limit is negative.
    """
    people = read(populations)
    n = len(people)
    share = Fraction(threshold)
    if not 0 <= share < 1:
        raise ValueError(f"a threshold is a share from 0 to below 1; found {threshold}")
    if base_units < 0:
        raise ValueError(f"base units cannot be negative; found {base_units}")
    if share:
        whole = total(people.whole)
        barrier = -(-whole * share.numerator // share.denominator)        # the least whole number at the threshold
        eligible = np.asarray(people.whole >= barrier, dtype=bool)
    else:
        eligible = np.ones(n, dtype=bool)
    rows = np.flatnonzero(eligible)
    if not len(rows):
        largest = Fraction(int(people.whole.max()), 1) / total(people.whole)
        raise NoApportionmentError(
            f"The threshold of {float(share):.6g} excludes every group; the largest has a share of "
            f"{float(largest):.6g}.", conflict=("threshold",), relief=(f"a threshold of at most {float(largest):.6g}",))
    low, high = _of_each(minimum, minimums, n), _of_each(maximum, maximums, n)
    lower: list[int] = []
    upper: list[int | None] = []
    for row in rows.tolist():
        least, most = low[row] or 0, high[row]
        if least < 0 or (most is not None and most < max(least, 0)):
            raise ValueError(f"group {row} has the minimum {least} and the maximum {most}")
        if most is not None and most < base_units:
            raise NoApportionmentError(
                f"Group {row} may have at most {most} units; everybody's base is {base_units}.",
                conflict=("maximum", "base_units"), relief=(f"a base of at most {most}, or a larger maximum",))
        lower.append(max(0, least - base_units))
        upper.append(None if most is None else most - base_units)
    left = k - len(rows) * base_units
    _check_sums(k, left, base_units, lower, upper)
    chosen = people.whole[rows].tolist()
    kept = tuple(chosen if people.scale == 1 else (Fraction(value, people.scale) for value in chosen))
    return Prepared(eligible, rows, kept, left, tuple(lower), tuple(upper), base_units)


def _of_each(option: int | None, column: Sequence[int | None] | None, n: int) -> list[int | None]:
    if column is None:
        return [option] * n
    if len(column) != n:
        raise ValueError(f"{len(column)} limits for {n} groups")
    return [option if value is None else int(value) for value in column]


def _check_sums(k: int, left: int, base_units: int, lower: Sequence[int], upper: Sequence[int | None]) -> None:
    least = sum(lower) + base_units * len(lower)
    if sum(lower) > left:
        words = "minimums and base units" if base_units else "minimums"
        raise NoApportionmentError(f"The {words} of {counted(len(lower), 'group')} add up to "
                                   f"{counted(least, 'unit')}; {there_are(k, 'only ')}.",
                                   conflict=("minimum", "units"),
                                   relief=(f"at least {counted(least, 'unit')}, or smaller minimums",))
    most = sum(_UNLIMITED if value is None else value for value in upper) + base_units * len(upper)
    if most < k:
        raise NoApportionmentError(f"The maximums of {counted(len(upper), 'group')} add up to "
                                   f"{counted(most, 'unit')}; {there_are(k)}.",
                                   conflict=("maximum", "units"),
                                   relief=(f"at most {counted(most, 'unit')}, or larger maximums",))
