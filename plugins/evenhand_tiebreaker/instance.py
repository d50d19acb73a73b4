"""The blocks as exact arrays: counts as whole numbers, who is eligible, district-wide totals, ranks of shares."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.counts import Bools, Ints, common_denominator, scaled
from evenhand_tiebreaker.curves.shares import has_share, reaches, share_ranks

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand_tiebreaker.options import TiebreakerOptions


@frozen(eq=False, slots=False)
class Blocks:
    """The blocks in table order.

    Attributes
    ----------
    ids : geoids.
    kept : (n,) False for blocks left out because their counts are missing; they have no students here.
    focal, other : (n,) focal and non-focal students times ``factor``, whole numbers.
    factor : 1, or with ``counts = "average"`` the common denominator of the counts.
    eligible : (n,) blocks that may receive.
    """

    ids: tuple[str, ...]
    kept: Bools
    focal: Ints
    other: Ints
    factor: int
    eligible: Bools

    @property
    def size(self) -> int:
        return len(self.ids)

    @cached_property
    def students(self) -> Ints:
        return self.focal + self.other

    @cached_property
    def total_focal(self) -> int:
        """Focal students of the district, times ``factor``, over every block of the table."""
        return total(self.focal)

    @cached_property
    def total_other(self) -> int:
        return total(self.other)

    @cached_property
    def rows(self) -> Ints:
        """Eligible rows."""
        return np.flatnonzero(self.eligible)

    @cached_property
    def ranked(self) -> tuple[Ints, tuple[Fraction, ...]]:
        """(n,) place of each block's share among the shares there are, the largest first; -1 without students.

        And the shares by place. Shares are compared as reduced fractions, never as doubles.
        """
        rows = np.flatnonzero(self.students > 0)
        part, whole = self.focal[rows], self.students[rows]
        ranks, members = share_ranks(part, whole)
        found = np.full(self.size, -1, dtype=np.int64)
        found[rows] = ranks
        return found, tuple(map(Fraction, part[members].tolist(), whole[members].tolist()))

    def share(self, row: int) -> Fraction | None:
        """Focal over all students of a block; None without students."""
        place = int(self.ranked[0][row])
        return None if place < 0 else self.ranked[1][place]

    def at_least(self, threshold: Fraction) -> Bools:
        """(n,) eligible blocks whose share reaches the threshold: ``p * den >= num * students``, in whole numbers."""
        chosen: Bools = has_share(self.focal, self.other, self.eligible) & reaches(self.focal, self.students, threshold)
        return chosen

    def plain(self, count: int) -> float:
        """A count of this table as students: over ``factor``, correctly rounded."""
        return count / self.factor


def total(counts: Ints) -> int:
    """The exact sum."""
    return sum(counts.tolist()) if counts.dtype == object else int(counts.sum())


def blocks_of(table: Table, options: TiebreakerOptions, eligible: Bools) -> Blocks:
    """The blocks of a checked table.

    Parameters
    ----------
    eligible
        (n,) what the tree of eligibility says; blocks left out are never eligible.
    """
    students, focal = table.exact("students"), table.exact(options.focal)
    kept = ~(students.missing | focal.missing)
    factor = common_denominator((students, focal))
    p, s = scaled(focal, factor), scaled(students, factor)
    p, s = np.where(kept, p, 0), np.where(kept, s, 0)
    if sum(s.tolist()) > np.iinfo(np.int64).max // 4:  # sums and small multiples must stay whole
        p, s = p.astype(object), s.astype(object)
    else:
        p, s = p.astype(np.int64), s.astype(np.int64)
    return Blocks(tuple(table.texts("geoid")), kept, p, s - p, factor, eligible & kept)
