"""The blocks as exact arrays: counts as whole numbers, who is eligible, district-wide totals, ranks of shares."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.counts import Bools, Ints, common_denominator, scaled

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
        divisor = np.array([gcd(p, s) or 1 for p, s in zip(self.focal.tolist(), self.students.tolist(), strict=True)],
                           dtype=self.students.dtype)
        pairs = list(zip((self.focal // divisor).tolist(), (self.students // divisor).tolist(), strict=True))
        shares = {(p, s): Fraction(p, s) for p, s in set(pairs) if s}
        ordered = sorted(shares, key=shares.__getitem__, reverse=True)
        place = {pair: number for number, pair in enumerate(ordered)}
        found = np.array([place.get(pair, -1) for pair in pairs], dtype=np.int64)
        return found, tuple(shares[pair] for pair in ordered)

    def share(self, row: int) -> Fraction | None:
        """Focal over all students of a block; None without students."""
        place = int(self.ranked[0][row])
        return None if place < 0 else self.ranked[1][place]

    def at_least(self, threshold: Fraction) -> Bools:
        """(n,) eligible blocks whose share reaches the threshold: ``p * den >= num * students``, in whole numbers."""
        place, shares = self.ranked
        reaching = sum(share >= threshold for share in shares)
        chosen: Bools = self.eligible & (place >= 0) & (place < reaching)
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
