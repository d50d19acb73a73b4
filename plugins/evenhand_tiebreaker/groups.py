"""A further group of students, counted by a column of ``blocks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand.errors import Fault
from evenhand_tiebreaker.counts import Bools, Ints, common_denominator, count_faults, read_column, scaled
from evenhand_tiebreaker.tables import NO_COUNTS

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand_tiebreaker.options import TiebreakerOptions


@frozen(eq=False)
class Group:
    """Students of a group by block, times ``factor``, and their district-wide total over every block of the table."""

    name: str
    counts: Ints
    factor: int
    total: int

    def reached(self, chosen: Bools) -> int:
        """Students of the group in the chosen blocks, times ``factor``."""
        return int(self.counts[chosen].sum())


def group_of(table: Table, column: str, options: TiebreakerOptions, kept: Bools) -> tuple[Group | None, list[Fault]]:
    """The group of a column, or its faults."""
    if column in NO_COUNTS:
        return None, [Fault(table.name, "is no column of counts of students", "Name a column that counts the group",
                            column=column)]
    exact, faults = read_column(table, column)
    if exact is None:
        return None, faults
    faults = count_faults(table, column, exact, average=options.counts == "average", kept=kept)
    if faults:
        return None, faults
    factor = common_denominator((exact,))
    counts = np.where(kept, scaled(exact, factor), 0)
    total = sum(counts.tolist())
    counts = counts.astype(np.int64 if total < 2**62 else object)
    return Group(column, counts, factor, total), []
