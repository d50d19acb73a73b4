"""The page of ``evenhand tiebreaker difference``: sentence, map and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.model import Figure, Sheet, View
from evenhand.report.charts import BLUE, SKY, VERMILLION
from evenhand.report.format import UNDEFINED, count, share
from evenhand_tiebreaker.command.assign_text import points, signed
from evenhand_tiebreaker.curves.shares import quotient
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.report.maps import EMPTY, OTHER, Class, block_map, place_of
from evenhand_tiebreaker.report.overlay import overlay_of
from evenhand_tiebreaker.report.suppression import WITHHELD, Cell, SmallCells, protect_sum
from evenhand_tiebreaker.words import number_of

if TYPE_CHECKING:
    from evenhand_tiebreaker.command.two_choices import Choice, Difference
    from evenhand_tiebreaker.counts import Bools


def view(found: Difference) -> View:
    """What the page shows; small counts of students are hidden as ``suppress_below`` of the second spec says."""
    sections: list[Figure | Sheet] = []
    place = place_of(found.second.problem)
    if place is not None:
        sections.append(block_map(place, classes(found), "Where the choices differ",
                                  overlay=overlay_of(found.second.problem)))
    sections.append(_totals(found))
    if found.second.problem.neighborhoods is not None:
        sections.append(_neighborhoods(found))
    sections.append(_blocks(found))
    blocks = found.second.problem.blocks
    highlights = [("Blocks gained", f"{int(found.gained.sum()):,}"), ("Blocks lost", f"{int(found.lost.sum()):,}"),
                  ("Focal students reached", _change(found, blocks.focal)),
                  ("Non-focal students reached", _change(found, blocks.other))]
    return View(sentence(found), highlights, sections)


def sentence(found: Difference) -> str:
    """The difference as one would read it out."""
    first, second = found.names
    gained, lost = int(found.gained.sum()), int(found.lost.sum())
    if not gained and not lost:
        return f"{second} chooses the same {number_of(int(found.after.sum()), 'block', 'blocks')} as {first}."
    blocks = found.second.problem.blocks
    return (f"In {second} {number_of(gained, 'block gains', 'blocks gain')} the tiebreaker and {lost:,} "
            f"{'loses' if lost == 1 else 'lose'} it, compared with {first}: {_more(found, blocks.focal)} focal "
            f"students and {_more(found, blocks.other)} others live in receiving blocks.")


def small_cells(found: Difference) -> SmallCells:
    """From which count on students are told of."""
    problem = found.second.problem
    return SmallCells(problem.options.suppress_below, problem.blocks.factor)


def _net(found: Difference, counts: Any) -> float | None:
    """By how many more students are reached; None where that would tell a small count."""
    cells = small_cells(found)
    if not cells.tells(*(total(counts[side]) for side in (found.gained, found.lost))):
        return None
    return found.plain(counts, found.gained) - found.plain(counts, found.lost)


def _change(found: Difference, counts: Any) -> str:
    net = _net(found, counts)
    return WITHHELD if net is None else signed(net, 0 if net == int(net) else 1)


def _more(found: Difference, counts: Any) -> str:
    net = _net(found, counts)
    if net is None:
        return "a few more or fewer"
    return "as many" if not net else f"{count(abs(net))} {'more' if net > 0 else 'fewer'}"


def classes(found: Difference) -> list[Class]:
    """What the map tells apart."""
    first, second = found.names
    kept = found.before & found.after
    students = found.second.problem.blocks.students
    empty = (students == 0).astype(np.bool_) & ~(found.before | found.after)
    return [Class("receives in both", SKY, kept), Class(f"gained: only in {second}", BLUE, found.gained),
            Class(f"lost: only in {first}", VERMILLION, found.lost),
            Class("receives in neither", OTHER, ~(found.before | found.after | empty)),
            Class("no students", EMPTY, empty)]


def _totals(found: Difference) -> Sheet:
    blocks = found.second.problem.blocks
    first, second = found.names
    rows: list[list[str]] = []
    sides = found.before, found.after
    numbers = [int(side.sum()) for side in sides]
    rows.append(["Receiving blocks", *map(count, numbers), signed(numbers[1] - numbers[0], 0)])
    cells = small_cells(found)
    for name, counts in (("Students", blocks.students), ("Focal students", blocks.focal),
                         ("Non-focal students", blocks.other)):
        before, after = (total(counts[side]) for side in sides)
        told = _net(found, counts) is not None
        rows.append([name, cells.text(before), cells.text(after) if told else WITHHELD, _change(found, counts)])
    for name, counts, whole in (("Share of all focal students (TPR)", blocks.focal, blocks.total_focal),
                                ("Share of all non-focal students (FPR)", blocks.other, blocks.total_other)):
        shares = [quotient(total(counts[side]), whole) for side in sides]
        if shares[0] is None or shares[1] is None or _net(found, counts) is None:
            rows.append([name, UNDEFINED, UNDEFINED, UNDEFINED])
        else:
            rows.append([name, *map(share, shares), points(shares[1] - shares[0])])
    headings = ["Of receiving blocks", first, second, "Difference"]
    return Sheet("In all", headings, rows, {name: "number" for name in headings[1:]},
                 "Counts of both columns are those of the second result's table; differences of shares are in "
                 "percentage points.")


def _neighborhoods(found: Difference) -> Sheet:
    headings = ["Neighbourhood", "Blocks gained", "Blocks lost", "Focal gained", "Focal lost", "Others gained",
                "Others lost"]
    blocks, cells, places = found.second.problem.blocks, small_cells(found), found.neighborhoods()
    columns = []
    for counts in (blocks.focal, blocks.other):
        for side in (found.gained, found.lost):
            numbers = [total(counts[inside & side]) for _, inside in places]
            column = [Cell(number, cells.hides(number)) for number in numbers]
            protect_sum(column, cells)
            columns.append([cells.mark if cell.small else WITHHELD if cell.withheld else cells.text(cell.count)
                            for cell in column])
    rows = [[name, f"{int((inside & found.gained).sum()):,}", f"{int((inside & found.lost).sum()):,}",
             *(column[row] for column in columns)] for row, (name, inside) in enumerate(places)]
    hidden = any(entry in (cells.mark, WITHHELD) for column in columns for entry in column)
    said = f" {cells.note('the JSON output of this command')}" if hidden else ""
    return Sheet("By neighbourhood", headings, rows, {name: "number" for name in headings[1:]},
                 f"Students who live in blocks that gain or lose the tiebreaker.{said}")


def _blocks(found: Difference) -> Sheet:
    """Which blocks change; how many students they have only where no count is hidden."""
    problem, cells = found.second.problem, small_cells(found)
    names, of_row = problem.neighborhoods or ((), None)
    counted = [] if cells.on else ["Students", "Focal", "Share"]
    headings = ["Block", *(["Neighbourhood"] if of_row is not None else []), "Change", *counted]
    rows = []
    for change, side in (("gained", found.gained), ("lost", found.lost)):
        for row in np.flatnonzero(side).tolist():
            where = [] if of_row is None else [names[of_row[row]] if of_row[row] >= 0 else UNDEFINED]
            rows.append([problem.blocks.ids[row], *where, change, *(_block_cells(found, row) if counted else ())])
    return Sheet("Block by block", headings, rows, {name: "number" for name in counted},
                 "Numbers of students are left out block by block: most would be small." if cells.on else "")


def _block_cells(found: Difference, row: int) -> list[str]:
    blocks, cells = found.second.problem.blocks, small_cells(found)
    exact = blocks.share(row)
    return [cells.text(int(blocks.students[row])), cells.text(int(blocks.focal[row])),
            UNDEFINED if exact is None else share(float(exact))]


def notes(found: Difference) -> list[str]:
    """What the two results do not have in common."""
    first, second = found.first.problem, found.second.problem
    said = [f"{name}: {_rule(choice)}" for name, choice in zip(found.names, (found.first, found.second), strict=True)]
    if first.tables["blocks"].source.sha256 != second.tables["blocks"].source.sha256:
        said.append("The two results were made from different tables of blocks; all counts here are the second's.")
    if first.options.focal != second.options.focal:
        said.append(f"The first counts {first.options.focal} as focal students, the second {second.options.focal}; all "
                    "counts here are the second's.")
    return said


def _rule(choice: Choice) -> str:
    remarks = choice.problem.remarks(choice.allocation)
    said = next((remark for remark in remarks if remark.startswith("Receiving")), None)
    options = choice.problem.options
    return said or (f"selection by the column {options.column}." if options.selection == "column"
                    else f'selection = "{options.selection}".')


def table(found: Difference) -> tuple[list[str], list[list[str]], str]:
    """The terminal's table: totals and neighbourhoods."""
    blocks = found.second.problem.blocks

    def row(name: str, inside: Bools) -> list[str]:
        cells = [name, f"{int((inside & found.gained).sum()):,}", f"{int((inside & found.lost).sum()):,}"]
        return cells + [signed(found.plain(counts, inside & found.gained) - found.plain(counts, inside & found.lost), 0)
                        for counts in (blocks.focal, blocks.other)]

    everywhere = np.ones(blocks.size, dtype=np.bool_)
    rows = [row("everywhere", everywhere), *(row(name, inside) for name, inside in found.neighborhoods())]
    return ["where", "blocks gained", "blocks lost", "focal students", "others"], rows, ""
