"""Blocks that a choice treats against their shares, and ties that it parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenhand.model import Sheet
from evenhand.report.format import share
from evenhand_tiebreaker.counts import Ints
from evenhand_tiebreaker.curves.summary import inversions, split_ties
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.suppression import WITHHELD
from evenhand_tiebreaker.words import fraction_text, listing, number_of

MOST = 40
NAMED = 12


def inverted(facts: Facts) -> Sheet | None:
    """Every block of a pair in which the refused one has the larger share; None where there is no such pair."""
    curve = facts.problem.curve
    found = inversions(curve, facts.chosen)
    if not found.count:
        return None
    group = curve.group
    received = np.bincount(group[(group >= 0) & facts.chosen], minlength=len(curve))
    refused = np.bincount(group[(group >= 0) & ~facts.chosen], minlength=len(curve))
    tied = split_ties(curve, facts.chosen).blocks
    refused_above, received_below = np.cumsum(refused) - refused, received[::-1].cumsum()[::-1] - received
    lines: list[tuple[int, list[Any]]] = []
    for row in np.flatnonzero(found.receiving | found.refused).tolist():
        receives = bool(facts.chosen[row])
        pairs = int((refused_above if receives else received_below)[group[row]])
        others, do = number_of(pairs, "block", "blocks"), "does" if pairs == 1 else "do"
        said = (f"receives, although {others} with a larger share {do} not" if receives
                else f"does not, although {others} with a smaller share {do}")
        # Next to a block of equal share, the one's share is the other's.
        alike = np.flatnonzero(group == group[row]).tolist() if tied[row] else [row]
        lines.append((pairs, [facts.blocks.ids[row], _share(facts, alike), said]))
    lines.sort(key=lambda line: -line[0])
    cut = f" The {MOST} with the most pairs of {len(lines):,}." if len(lines) > MOST else ""
    return Sheet("Blocks treated against their shares", ["Block", "Share", ""], [line for _, line in lines[:MOST]], {},
                 f"{number_of(found.count, 'pair', 'pairs')} of eligible blocks in which the one with the smaller "
                 "share of focal students receives and the other does not. No cut-off does that: be ready to say why."
                 f"{cut}")


def parted(facts: Facts) -> Sheet | None:
    """Blocks of one share of which some receive and others do not; None where there are none."""
    curve = facts.problem.curve
    ties = split_ties(curve, facts.chosen)
    if not ties.count:
        return None
    rows: list[list[Any]] = []
    places = np.unique(curve.group[ties.blocks]).tolist()
    if facts.cells.on:  # in the order of the table, which tells nothing about shares that are withheld
        places = list(dict.fromkeys(curve.group[ties.blocks].tolist()))
    for place in places[:MOST]:
        inside = np.flatnonzero(curve.group == place)
        yes, no = inside[facts.chosen[inside]], inside[~facts.chosen[inside]]
        rows.append([_share(facts, inside.tolist(), exact=True), _named(facts, yes), _named(facts, no)])
    cut = f" The first {MOST} of {ties.count:,}." if ties.count > MOST else ""
    return Sheet("Blocks of equal share, treated differently", ["Share", "Receive", "Do not"], rows, {},
                 "Every line is one share of focal students; a cut-off treats such blocks alike."
                 f"{cut}")


def _named(facts: Facts, rows: Ints) -> str:
    ids = [facts.blocks.ids[row] for row in rows.tolist()]
    return f"{number_of(len(ids), 'block', 'blocks')}: {listing(ids, NAMED)}"


def _share(facts: Facts, rows: list[int], *, exact: bool = False) -> str:
    """The share of blocks that have the same, withheld where one of them has a small count."""
    blocks, cells = facts.blocks, facts.cells
    if cells.on and any(min(int(blocks.focal[row]), int(blocks.other[row])) < cells.below for row in rows):
        return WITHHELD
    found = blocks.share(rows[0])
    assert found is not None
    return f"{share(float(found))} ({fraction_text(found)})" if exact else share(float(found))
