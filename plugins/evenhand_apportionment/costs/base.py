"""A cost that adds up over groups: what one more unit costs each of them decides everything."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from attrs import frozen

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BESIDE = 1e-9
"""Relative distance from the cut up to which a multiplier still stands at it: prices are rounded."""


@frozen(eq=False)
class Tie:
    """Groups whose claims at the cut are equal.

    Attributes
    ----------
    rows : the tied groups, ascending
    base, top : their units without and with all tied units they could hold
    shared : tied units there are to hand out
    """

    rows: Ints
    base: Ints
    top: Ints
    shared: int

    @classmethod
    def of_single_units(cls, a: Ints, givers: Sequence[int] | Ints, takers: Sequence[int] | Ints) -> Self:
        """Of strictly rising prices: who holds a unit at the cut, and who lacks one, with the units ``a``."""
        rows = np.union1d(givers, takers).astype(np.int64)
        base = a[rows] - np.isin(rows, givers)
        return cls(rows, base, base + 1, len(givers))

    def handed_out(self, order: Ints) -> Ints:
        """Units of ``rows`` when the groups earliest in ``order`` (a permutation of all rows) are served first."""
        from evenhand_apportionment.parametric.ties import Ties, hand_out

        return hand_out(Ties(self.rows, self.base, self.top, self.shared), order)


@frozen(eq=False)
class Cuts:
    """The dearest unit held and the cheapest left out, with the groups on them; infinite where there is none."""

    low: float
    high: float
    low_rows: Ints
    high_rows: Ints

    @property
    def multiplier(self) -> float:
        """The price between the two that is nearest to 0: it loses the least to rounding."""
        if self.low > 0.0:
            return self.low
        return self.high if self.high < 0.0 else 0.0

    def misplaced(self, multiplier: float, noise: float = 0.0) -> list[str]:
        """What is wrong with a multiplier that does not lie between the two; ``noise`` is what a price may be off."""
        room = BESIDE * abs(multiplier) + noise
        if math.isfinite(multiplier) and self.low - room <= multiplier <= self.high + room:
            return []
        return [f"lambda is {multiplier!r}; it should lie between {self.low!r}, the dearest unit held, and "
                f"{self.high!r}, the cheapest left out"]


class Additive(ABC):
    """``sum_i F_i(a_i)`` over whole units a with ``lower <= a <= upper``.

    ``convex`` says that no F_i's next unit ever gets cheaper; ``slack`` is what rounding may amount to, relative to
    :meth:`magnitude`.
    """

    units: int
    lower: Ints
    upper: Ints
    convex: bool = True
    slack: float = 2.0**-44

    @property
    def size(self) -> int:
        return len(self.lower)

    @abstractmethod
    def contributions(self, a: Ints) -> Floats:
        """F_i(a_i)."""

    @abstractmethod
    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        """``F_i(a_i + 1) - F_i(a_i)``, whatever the bounds say, of all groups or of ``rows`` (an entry of a each)."""

    def value(self, a: Ints) -> float:
        """The sum, rounded once; infinite where it leaves the range of doubles."""
        try:
            return math.fsum(self.contributions(a).tolist())
        except OverflowError:
            return math.inf

    def magnitude(self, a: Ints) -> float:
        """Sum of the absolute terms that went into the value."""
        return math.fsum(np.abs(self.contributions(a)).tolist())

    def held_and_next(self, a: Ints) -> tuple[Floats, Floats]:
        """What each group's last unit costs (-inf at the lower bound) and its next (+inf at the upper)."""
        low = np.where(a > self.lower, self.steps(np.maximum(a - 1, self.lower)), -np.inf)
        high = np.where(a < self.upper, self.steps(a), np.inf)
        return low, high


class Cost(Additive):
    """A cost with ``sum a = units`` whose minimum can be found and, where it is convex, proven.

    ``limit`` are the upper bounds as given, ``upper`` the same cut to what the lower bounds of the others leave.
    """

    limit: Ints
    exact: bool = False
    """Whether what decides is compared in whole numbers: :meth:`exact_faults` then says all there is to say."""

    def cuts(self, a: Ints) -> Cuts:
        """The cut as a stranger finds it, who knows the bounds as given."""
        low, _ = self.held_and_next(a)
        high = np.where(a < self.limit, self.steps(a), np.inf)
        least, most = float(low.max(initial=-math.inf)), float(high.min(initial=math.inf))
        return Cuts(least, most, np.flatnonzero(low == least) if math.isfinite(least) else np.zeros(0, dtype=np.int64),
                    np.flatnonzero(high == most) if math.isfinite(most) else np.zeros(0, dtype=np.int64))

    @abstractmethod
    def solve(self) -> Ints:
        """An exact minimum (for a convex cost).

        Raises
        ------
        ArithmeticError, ValueError
        """

    @abstractmethod
    def faults(self, a: Ints, multiplier: float) -> list[str]:
        """What contradicts that ``a`` is a minimum with this multiplier at its cut; an empty list is the proof. O(n).

        A group is called ``group 3`` by its row here; :func:`evenhand_apportionment.proof.named` puts in its id.
        """

    def exact_faults(self, a: Ints) -> list[str]:
        """The same without a multiplier, where :attr:`exact`: compared in whole numbers."""
        raise TypeError(f"{type(self).__name__} compares floats")

    @abstractmethod
    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        """``lambda k + sum_i min (F_i(a) - lambda a)`` lowered by its rounding allowance, and that allowance.

        True for any finite multiplier. Raises ``ValueError`` for any other.
        """

    @abstractmethod
    def tie(self, a: Ints) -> Tie | None:
        """The tie at the cut of an optimal ``a``; None if there is none or ``a`` is not optimal."""

    def settled(self, a: Ints, order: Ints) -> Ints:
        """The same optimum with tied units handed out in this order of groups."""
        tie = self.tie(a)
        if tie is None:
            return a
        found = a.copy()
        found[tie.rows] = tie.handed_out(order)
        return found


def cut_upper(lower: Ints, upper: Ints, units: int) -> Ints:
    """Upper bounds after what the lower bounds of the others leave; a box even where nothing fits."""
    left = max(0, units - int(lower.sum()))
    return np.maximum(lower, np.minimum(upper, lower + left))
