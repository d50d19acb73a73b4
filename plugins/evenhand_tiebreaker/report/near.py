"""How few students would turn blocks around: how many blocks at each distance, and which are closest."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenhand.model import Sheet
from evenhand.report.format import share
from evenhand_tiebreaker.counts import Ints
from evenhand_tiebreaker.curve import fits_engine
from evenhand_tiebreaker.curves.near_misses import NEVER, flips
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.suppression import WITHHELD

LISTED = 40
STEPS = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, None))
"""Numbers of students for which blocks are counted; the last is open."""


def distances(facts: Facts) -> Ints | None:
    """(n,) students that would turn each block around, -1 where none would; None without a cut-off."""
    blocks = facts.blocks
    if facts.threshold is None or not fits_engine(blocks.students):
        return None
    units = flips(blocks.focal, blocks.other, blocks.eligible & (blocks.students > 0), facts.chosen, facts.threshold)
    return np.where(units == NEVER, NEVER, -(-units // blocks.factor))


def stability(facts: Facts, found: Ints | None) -> Sheet | None:
    """How many blocks would change sides with one student, two students, and so on."""
    if found is None or not (found != NEVER).any():
        return None
    rows: list[list[Any]] = []
    inside, outside = facts.chosen & (found != NEVER), ~facts.chosen & (found != NEVER)
    for low, high in STEPS:
        here = (found >= low) & ((found <= high) if high is not None else True)
        lost, won = int((inside & here).sum()), int((outside & here).sum())
        if lost or won:
            rows.append([_step(low, high), f"{lost:,}", f"{won:,}"])
    return Sheet("How firmly the cut-off stands", ["Students", "Receiving blocks that would lose it",
                                                   "Other eligible blocks that would gain it"], rows,
                 {"Receiving blocks that would lose it": "count", "Other eligible blocks that would gain it": "count"},
                 "A receiving block loses its place after so many further non-focal students move in; another eligible "
                 "block gains one after so many further focal students. Families move: expect such changes every year.")


def _step(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more"
    return f"{low} to {high}" if high != low else f"{low}"


def closest(facts: Facts, found: Ints | None) -> Sheet | None:
    """The blocks that the fewest students would turn around."""
    if found is None:
        return None
    rows = np.flatnonzero(found != NEVER)
    if not rows.size:
        return None
    rows = rows[np.argsort(found[rows], kind="stable")]
    cells, blocks = facts.cells, facts.blocks
    lines = []
    # In the order of their distance, hidden ones would tell it.
    for row in sorted(rows[:LISTED].tolist(), key=lambda row: (max(int(found[row]), cells.least - 1), row)):
        focal, other = int(blocks.focal[row]), int(blocks.other[row])
        told = not cells.on or min(focal, other) >= cells.below
        flip = int(found[row])
        kind = "non-focal" if facts.chosen[row] else "focal"
        few = f"fewer than {cells.least}" if cells.on and flip < cells.least else f"{flip:,}" if told else WITHHELD
        lines.append([blocks.ids[row], *_place(facts, row), "receives" if facts.chosen[row] else "eligible only",
                      share(focal / (focal + other)) if told else WITHHELD, f"{few} {kind}"])
    place = ["Neighbourhood"] if facts.problem.neighborhoods is not None else []
    said = ["Further students of the kind named that would turn the block around."]
    if len(rows) > LISTED:
        said.append(f"The {LISTED} closest of {len(rows):,}; near_misses.csv has all.")
    if cells.on:
        said.append(f"Shares are withheld ({WITHHELD}) where a block has fewer than {cells.least} focal or non-focal "
                    "students. Every number is in near_misses.csv, which is not meant for publication.")
    return Sheet("Closest to the cut-off", ["Block", *place, "Now", "Share", "Would flip after"], lines, {},
                 " ".join(said))


def _place(facts: Facts, row: int) -> list[str]:
    if facts.problem.neighborhoods is None:
        return []
    names, of_row = facts.problem.neighborhoods
    return [names[of_row[row]] if of_row[row] >= 0 else ""]
