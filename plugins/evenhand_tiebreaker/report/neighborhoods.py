"""The neighbourhoods, with small counts hidden."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from evenhand.model import Sheet
from evenhand.report.format import UNDEFINED, share
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.report.district import DISTRICT, ELIGIBLE, FOCAL, OTHER, REACHED
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.suppression import WITHHELD, Cell, SmallCells, nested_cells, protect_sum

HEADINGS = ("Neighbourhood", "Eligible", "Receiving", "Focal", "Focal, eligible", "Focal, reached", "Coverage",
            "Others reached")
COVERAGE_FIRST = (0, 2, 1)
"""Of focal, eligible, reached the two that coverage is made of are shown before the other."""
NOWHERE = "(no neighbourhood)"
MOST = 300
"""Up to so many neighbourhoods are listed."""


@frozen(eq=False)
class Row:
    """A neighbourhood: numbers of blocks, and cells for focal, focal in eligible blocks, reached, non-focal reached."""

    name: str
    eligible: int
    receiving: int
    cells: list[Cell]


def neighborhood_rows(facts: Facts) -> list[Row]:
    """The neighbourhoods by name, blocks of none last; the cells of every column protected by its sum."""
    assert facts.problem.neighborhoods is not None
    names, of_row = facts.problem.neighborhoods
    blocks, chosen, small = facts.blocks, facts.chosen, facts.cells
    rows = []
    order = sorted(range(len(names)), key=lambda number: names[number])
    for number in [*order, *([-1] if (of_row < 0).any() else [])]:
        inside = of_row == number
        focal = [total(blocks.focal[inside & part]) for part in (np.ones_like(inside), blocks.eligible, chosen)]
        other = total(blocks.other[inside & chosen])
        cells = [*nested_cells(focal, small, COVERAGE_FIRST), *nested_cells([other], small)]
        rows.append(Row(names[number] if number >= 0 else NOWHERE, int((inside & blocks.eligible).sum()),
                        int((inside & chosen).sum()), cells))
    for column in range(4):
        protect_sum([row.cells[column] for row in rows], small)
    return rows


def neighborhoods(facts: Facts) -> Sheet | None:
    """One row per neighbourhood and the district; None without neighbourhoods."""
    if facts.problem.neighborhoods is None:
        return None
    rows, small = neighborhood_rows(facts), facts.cells
    lines = [[row.name, f"{row.eligible:,}", f"{row.receiving:,}", *_cells(row.cells, small)] for row in rows[:MOST]]
    district = [facts.district[key].cell for key in
                ((FOCAL, DISTRICT), (FOCAL, ELIGIBLE), (FOCAL, REACHED), (OTHER, REACHED))]
    lines.append(["District", f"{facts.eligible:,}", f"{facts.size:,}", *_cells(district, small)])
    said = ["Blocks that are eligible and that receive; focal students of the neighbourhood, of its eligible and of "
            "its receiving blocks. Coverage: reached, of all focal students of the neighbourhood."]
    if len(rows) > MOST:
        said.append(f"The first {MOST} of {len(rows):,}; neighborhoods.csv has all.")
    said.append(small.note("neighborhoods.csv"))
    return Sheet("Neighbourhoods", list(HEADINGS), lines, dict.fromkeys(HEADINGS[1:], "count"), " ".join(said).strip())


def _cells(cells: list[Cell], small: SmallCells) -> list[Any]:
    """Texts of a row, with the coverage behind the third."""
    texts = [small.mark if cell.small else WITHHELD if cell.withheld else small.text(cell.count) for cell in cells]
    focal, _, reached, _ = cells
    if not focal.count:
        coverage = UNDEFINED
    elif focal.hidden or reached.hidden:
        coverage = WITHHELD
    else:
        coverage = share(reached.count / focal.count)
    return [*texts[:3], coverage, texts[3]]
