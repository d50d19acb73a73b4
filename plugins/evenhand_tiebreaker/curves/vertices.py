"""Every choice that a cut-off on the share of focal students can make."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Counts, Ints, Mask, block_counts, floor_of
from evenhand_tiebreaker.curves.shares import has_share, reaches, share_ranks


@frozen
class Budgets:
    """Upper limits on a choice, all that are given hold at once; fractions are limits like any other number.

    Attributes
    ----------
    other : non-focal students
    students : all students
    blocks : blocks
    """

    other: int | Fraction | None = None
    students: int | Fraction | None = None
    blocks: int | Fraction | None = None


@frozen(eq=False)
class ThresholdCurve:
    """The distinct shares of the eligible blocks, highest first, and what is reached down to each.

    A vertex is named by its place in the arrays; None names the empty choice, the point (0, 0).

    Attributes
    ----------
    numerators, denominators : shape (v,), the shares as reduced fractions
    focal, other, blocks : shape (v,), students and blocks whose share is at least that of the vertex
    group : shape (n,), the vertex of each block's share; -1 for ineligible blocks and blocks without students
    """

    numerators: Ints
    denominators: Ints
    focal: Ints
    other: Ints
    blocks: Ints
    group: Ints

    def __len__(self) -> int:
        return len(self.numerators)

    def threshold(self, vertex: int) -> Fraction:
        """The share of a vertex: the highest cut-off that makes its choice."""
        self._check(vertex)
        return Fraction(int(self.numerators[vertex]), int(self.denominators[vertex]))

    @property
    def thresholds(self) -> list[Fraction]:
        """All shares, highest first."""
        pairs = zip(self.numerators.tolist(), self.denominators.tolist(), strict=True)
        return [Fraction(numerator, denominator) for numerator, denominator in pairs]

    def choice(self, vertex: int | None) -> Mask:
        """Blocks whose share is at least that of the vertex, shape (n,)."""
        if vertex is None:
            return np.zeros(len(self.group), dtype=np.bool_)
        self._check(vertex)
        chosen: Mask = (self.group >= 0) & (self.group <= vertex)
        return chosen

    def lowest_within(self, budgets: Budgets) -> int | None:
        """Vertex of the lowest share whose choice keeps every budget; None when only the empty choice does."""
        fits = np.ones(len(self), dtype=np.bool_)
        students = self.focal + self.other
        limits = ((budgets.other, self.other), (budgets.students, students), (budgets.blocks, self.blocks))
        for limit, used in limits:
            if limit is not None:
                fits &= used <= floor_of(limit)
        # Down the curve each sum only grows, so the vertices that fit are the first ones.
        count = int(np.count_nonzero(fits))
        return count - 1 if count else None

    def best_within(self, budgets: Budgets) -> int | None:
        """Vertex with the most focal students within the budgets, the highest share among equals."""
        lowest = self.lowest_within(budgets)
        if lowest is None:
            return None
        best = int(np.searchsorted(self.focal, self.focal[lowest]))
        return best if self.focal[lowest] > 0 else None

    def _check(self, vertex: int) -> None:
        if not 0 <= vertex < len(self):
            raise IndexError(f"vertex {vertex} is not among the {len(self)} of the curve")


def threshold_curve(focal: Counts, other: Counts, eligible: npt.ArrayLike) -> ThresholdCurve:
    """All vertices of the threshold curve with one sort, O(m log m) in the number of eligible blocks.

    Parameters
    ----------
    focal, other : shape (n,), students of each block
    eligible : shape (n,), boolean

    Raises
    ------
    TypeError, ValueError, OverflowError : counts that are not whole, negative or too large
    """
    p, q, mask = block_counts(focal, other, eligible)
    rows = np.flatnonzero(has_share(p, q, mask))
    part, students = p[rows], p[rows] + q[rows]
    ranks, members = share_ranks(part, students)
    count = len(members)
    divisor = np.gcd(part[members], students[members])
    group = np.full(len(p), -1, dtype=np.int64)
    group[rows] = ranks
    return ThresholdCurve(part[members] // divisor, students[members] // divisor, _running(ranks, part, count),
                          _running(ranks, q[rows], count), np.cumsum(np.bincount(ranks, minlength=count)), group)


def chosen_at(focal: Counts, other: Counts, eligible: npt.ArrayLike, threshold: Fraction) -> Mask:
    """Eligible blocks with students whose share is at least ``threshold``, exactly."""
    p, q, mask = block_counts(focal, other, eligible)
    chosen: Mask = has_share(p, q, mask) & reaches(p, p + q, threshold)
    return chosen


def _running(ranks: Ints, values: Ints, count: int) -> Ints:
    """Sums of the values over all ranks up to each; np.bincount would sum in floats."""
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, ranks, values)
    return np.cumsum(sums)
