"""Which outcomes of a single lottery may be told: no small number of applicants, nor what gives one away.

Over many lotteries numbers are averages of what might have happened. A single lottery is what did happen: its numbers
are of children, and everybody is the focal and the others, the focal those inside and outside receiving blocks.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from evenhand_tiebreaker.matching.effects import GROUPS, MEASURES, MOVES, Comparison
from evenhand_tiebreaker.report.suppression import SmallCells, nested_cells

SUMS = (("all", ("focal", "non_focal")), ("focal", ("focal_receiving", "focal_not_receiving")))
_DISJOINT = {"all": 3, "focal": 2}
"""Of how many groups, none within another, each whole consists."""
NESTED = (("worse_off", "displaced"), ("better_off", "newly_assigned"))
"""Moves of which the second is a case of the first."""
SHARES = MEASURES[:3]
"""First choice, first three, any: each holds the one before."""


@frozen(eq=False)
class Told:
    """Pairs (measure or move, group) that are hidden because they are small, and others withheld for their sake."""

    small: frozenset[tuple[str, str]]
    withheld: frozenset[tuple[str, str]]

    def tells(self, what: str, group: str) -> bool:
        return (what, group) not in self.small and (what, group) not in self.withheld


def told(comparison: Comparison, cells: SmallCells, hidden: frozenset[str]) -> Told:
    """What may be told; ``hidden`` are groups that are not described at all."""
    if comparison.lotteries > 1 or not cells.on:
        return Told(frozenset(), frozenset())
    small, withheld = _moves(comparison, cells, hidden)
    withheld |= _shares(comparison, cells, hidden, small | withheld)
    for group in GROUPS:  # the sum of all ranks moves with every applicant
        if any((what, group) in small | withheld for what in (*MOVES, *SHARES)):
            withheld.add(("mean_rank", group))
    return Told(frozenset(small), frozenset(withheld))


def _moves(comparison: Comparison, cells: SmallCells, hidden: frozenset[str]
           ) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    counts = {move: {group: int(comparison.moves[0, list(parts), place].sum()) for group, parts in GROUPS.items()}
              for place, move in enumerate(MOVES)}
    small = {(move, group) for move in MOVES for group in GROUPS if cells.hides(counts[move][group])}
    withheld: set[tuple[str, str]] = set()
    for outer, inner in NESTED:
        for group in GROUPS:
            row = (comparison.size(group), counts[outer][group], counts[inner][group])
            withheld |= {(move, group) for move, cell in zip((outer, inner), nested_cells(row, cells)[1:], strict=True)
                         if cell.withheld}
    for move in MOVES:
        gone = {*hidden, *(group for group in GROUPS if (move, group) in small | withheld)}
        withheld |= {(move, group) for group in closed(gone, counts[move], cells)} - small
    return small, withheld


def _shares(comparison: Comparison, cells: SmallCells, hidden: frozenset[str], moved: set[tuple[str, str]]
            ) -> set[tuple[str, str]]:
    """Measures and groups whose shares would tell how few have the place, lack it, or come to it or lose it.

    ``moved`` are the hidden moves: by how many more are assigned is who wins a seat less who loses one.
    """
    sides = [{(measure, group): int(comparison.counts[0, side, list(parts), place].sum())
              for place, measure in enumerate(SHARES) for group, parts in GROUPS.items()} for side in (0, 1)]
    found = {("assigned", group) for move, group in moved if move in ("displaced", "newly_assigned")}
    for group in GROUPS:
        kept: list[str] = []
        for measure in reversed(SHARES):
            if (measure, group) in found:
                continue
            before, after = (side[measure, group] for side in sides)
            size = comparison.size(group)
            near = [abs(side[measure, group] - side[one, group]) for side in sides for one in kept]
            if cells.tells(before, after, abs(after - before), size - before, size - after, *near):
                kept.append(measure)
            else:
                found.add((measure, group))
    for measure in SHARES:
        gone = {*hidden, *(group for group in GROUPS if (measure, group) in found)}
        for side in sides:
            gone = closed(gone, {group: side[measure, group] for group in GROUPS}, cells)
        found |= {(measure, group) for group in gone}
    return found


def _telling(whole: str, below: int) -> int:
    """Up to which sum of hidden counts, all small or the others as small as withheld ones are, one may follow."""
    disjoint = _DISJOINT[whole]
    return max(disjoint * (below - 1), (disjoint - 1) * below + 1)


def closed(hidden: set[str], counts: Mapping[str, int], cells: SmallCells) -> set[str]:
    """The hidden groups and those that would give one of them away.

    One hidden part follows from the whole and the other part; several hidden ones may follow from a whole that is so
    small that they have to be as small or as large as they can be. The smallest count goes, rather than a 0.
    """
    found = set(hidden)
    while True:
        before = len(found)
        for whole, parts in SUMS:
            gone = [group for group in (whole, *parts) if group in found]
            if len(gone) == 1:
                left = [group for group in (*parts, whole) if group not in found]
                found.add(min(left, key=lambda group: (not counts[group], counts[group])))
            elif whole not in found and len(gone) == 2 and 0 < counts[whole] <= _telling(whole, cells.below):
                found.add(whole)
        if len(found) == before:
            return found
