"""The district's counts of every group, with what would give a small one away withheld: one table for all the report.

A count is of a group (everybody, focal, other, or a column of ``blocks``) in a region (the district, its eligible
blocks, those that receive). Where one group lies in another and one region in another, the difference of the two
counts is a count of students too, and must not be small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from attrs import frozen

from evenhand.report.format import UNDEFINED, share
from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.groups import Group
from evenhand_tiebreaker.instance import Blocks
from evenhand_tiebreaker.report.suppression import WITHHELD, Cell, SmallCells

DISTRICT, ELIGIBLE, REACHED = "district", "eligible", "reached"
FOCAL, OTHER, ALL = "focal students", "other students", "all students"
"""Groups that every table has; a column of the table goes by its own name, which may be one of these as well."""
Key = tuple[str, str]
_BOTH, _FRL, _AALPI, _EITHER = "n_both", "n_frl", "n_aalpi", "n_focal"


@frozen(eq=False)
class Count:
    """Students of a group in a region, times ``factor``, and whether they may be told."""

    cell: Cell
    factor: int

    @property
    def hidden(self) -> bool:
        return self.cell.hidden


@frozen(eq=False)
class District:
    """Counts by group and region. Columns are found under ``column(name)``."""

    counts: Mapping[Key, Count]
    least: int

    def __getitem__(self, key: Key) -> Count:
        return self.counts[key]

    def told(self, *keys: Key) -> bool:
        return not any(self.counts[key].hidden for key in keys)

    def text(self, key: Key) -> str:
        count = self.counts[key]
        small = SmallCells(self.least, count.factor)
        return small.mark if count.cell.small else WITHHELD if count.cell.withheld else small.text(count.cell.count)

    def rate(self, part: Key, whole: Key) -> str:
        """A share of one count in another, withheld with either of them."""
        if not self.counts[whole].cell.count:
            return UNDEFINED
        if not self.told(part, whole):
            return WITHHELD
        parts, wholes = self.counts[part], self.counts[whole]
        return share(parts.cell.count * wholes.factor / (wholes.cell.count * parts.factor))


def column(name: str) -> str:
    """The key of a column's group, which no group of every table has."""
    return f"column {name}"


def district_of(blocks: Blocks, chosen: Bools, groups: Sequence[Group], least: int) -> District:
    """The counts, what is wanted most first: totals, then what is reached, then what is eligible."""
    everyone = blocks.total_focal + blocks.total_other
    kinds = {FOCAL: Group(FOCAL, blocks.focal, blocks.factor, blocks.total_focal),
             OTHER: Group(OTHER, blocks.other, blocks.factor, blocks.total_other),
             ALL: Group(ALL, blocks.students, blocks.factor, everyone),
             **{column(group.name): group for group in groups}}
    regions = {DISTRICT: np.ones_like(chosen), REACHED: chosen, ELIGIBLE: blocks.eligible}
    counts: dict[Key, Count] = {}
    for region, inside in regions.items():
        for name, group in kinds.items():
            number = group.total if region == DISTRICT else group.reached(inside)
            small = SmallCells(least, group.factor).hides(number)
            counts[name, region] = Count(Cell(number, small), group.factor)
    if least > 1:
        _withhold_differences(counts, _contained(kinds), least)
        _withhold_sums(counts, groups)
    return District(counts, least)


def _contained(kinds: Mapping[str, Group]) -> set[Key]:
    """Pairs of groups of which the first lies in the second, block by block."""
    scaled: dict[str, Ints] = {name: group.counts.astype(object) for name, group in kinds.items()}
    return {(inner, outer) for inner in kinds for outer in kinds
            if bool((scaled[inner] * kinds[outer].factor <= scaled[outer] * kinds[inner].factor).all())}


_WITHIN = frozenset(((DISTRICT, DISTRICT), (ELIGIBLE, ELIGIBLE), (REACHED, REACHED), (REACHED, ELIGIBLE),
                     (REACHED, DISTRICT), (ELIGIBLE, DISTRICT)))
"""Pairs of regions of which the first lies in the second."""


def _withhold_differences(counts: Mapping[Key, Count], contained: set[Key], least: int) -> None:
    shown: list[tuple[Key, Fraction]] = []
    for key, count in counts.items():
        if count.cell.small:
            continue
        plain = Fraction(count.cell.count, count.factor)
        near = (other for other, number in shown if 0 < abs(number - plain) < least)
        if any(_nested(key, other, contained) or _nested(other, key, contained) for other in near):
            count.cell.withheld = True
        else:
            shown.append((key, plain))


def _nested(inner: Key, outer: Key, contained: set[Key]) -> bool:
    return (inner[0], outer[0]) in contained and (inner[1], outer[1]) in _WITHIN


def _withhold_sums(counts: Mapping[Key, Count], groups: Sequence[Group]) -> None:
    """Where all but one of the counts of a sum are told, that one is told too: withhold the least wanted of them."""
    names = {group.name for group in groups}
    sums: list[tuple[str, ...]] = [(FOCAL, OTHER, ALL)]
    if {_BOTH, _FRL, _AALPI, _EITHER} <= names:
        sums.append(tuple(map(column, (_BOTH, _FRL, _AALPI, _EITHER))))
    for region in (DISTRICT, REACHED, ELIGIBLE):
        for members in sums:
            cells = [counts[name, region].cell for name in members]
            if sum(cell.hidden for cell in cells) == 1:
                left = [cell for cell in cells if not cell.hidden]
                next((cell for cell in reversed(left) if cell.count), left[-1]).withheld = True
