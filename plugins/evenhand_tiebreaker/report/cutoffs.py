"""What other cut-offs would do: those around the choice, and round ones."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand.model import Sheet
from evenhand.report.format import share
from evenhand_tiebreaker.report.district import ALL, FOCAL, OTHER, REACHED
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.steps import curve_steps
from evenhand_tiebreaker.report.suppression import WITHHELD
from evenhand_tiebreaker.report.words import LONGEST, cutoff, percent_text, shortest_decimal
from evenhand_tiebreaker.words import fraction_text

if TYPE_CHECKING:
    from evenhand_tiebreaker.curves.vertices import ThresholdCurve

NEAR = 7
"""So many cut-offs on either side of the choice."""
ROUND = 20
"""And every 1/20."""
HEADINGS = ("Cut-off", "Fraction", "Blocks", "Students", "Focal", "Non-focal", "TPR", "FPR", "Precision",
            "Share of all", "Budget")


@frozen
class Line:
    """A cut-off and the place on the curve whose blocks it names."""

    threshold: Fraction
    vertex: int


def cutoffs(facts: Facts) -> Sheet | None:
    """The table of cut-offs; None without eligible blocks that have students."""
    curve = facts.problem.curve
    if not len(curve):
        return None
    centre, marked = _centre(facts)
    lines = _lines(facts, centre)
    rows = [_row(facts, line, marked if line.vertex == centre else "") for line in lines]
    headings = [name for name in HEADINGS if name != "Fraction" or not facts.cells.on]
    left_out = len(curve) > len(lines)
    return Sheet("What other cut-offs would do", headings, rows, dict.fromkeys(headings[:-1], "count"),
                 _caption(facts, left_out))


def shown_vertices(facts: Facts) -> list[int]:
    """The places of the curve that the table shows."""
    return [line.vertex for line in _lines(facts, _centre(facts)[0])] if len(facts.problem.curve) else []


def _centre(facts: Facts) -> tuple[int, str]:
    """The place around which cut-offs are shown, and what it is."""
    curve, problem = facts.problem.curve, facts.problem
    if facts.options.selection == "threshold":
        held = curve.group[facts.chosen]
        return (int(held.max()), "chosen") if held.size and held.max() >= 0 else (0, "")
    fits = [place for place in range(len(curve)) if _within(facts, place)] if problem.binding else []
    if not problem.binding:
        return len(curve) - 1, ""
    return (fits[-1], "last within it") if fits else (0, "")


def _within(facts: Facts, place: int) -> bool:
    curve = facts.problem.curve
    spent = {"non_focal": int(curve.other[place]), "students": int(curve.focal[place]) + int(curve.other[place]),
             "blocks": int(curve.blocks[place])}
    return all(spent[limit.counted] <= limit.most for limit in facts.problem.binding)


def _lines(facts: Facts, centre: int) -> list[Line]:
    """The centre, its neighbours and the round cut-offs; no two so close that their difference is a small count."""
    curve, steps = facts.problem.curve, curve_steps(facts)
    rounded = _round(curve)
    chosen = facts.options.selection == "threshold" and bool(facts.size)

    def fits(place: int) -> bool:
        return steps.apart(int(curve.other[place]), int(curve.focal[place]))

    kept = []
    if chosen or fits(centre):
        own = facts.threshold if chosen else None
        kept = [Line(_told(facts, centre, rounded) if own is None else _own(facts, own), centre)]
    for step in (-1, 1):
        last, near, place = centre if kept else None, 0, centre + step
        while 0 <= place < len(curve):
            if (near < NEAR or place in rounded) and fits(place) and (last is None or _apart(facts, last, place)):
                kept.append(Line(_told(facts, place, rounded), place))
                last, near = place, near + 1
            place += step
    return sorted(kept, key=lambda line: line.vertex)


def _told(facts: Facts, place: int, rounded: dict[int, Fraction]) -> Fraction:
    """A cut-off that names the blocks of a place: a round one, else its share, or a decimal that stands for it."""
    curve = facts.problem.curve
    exact = rounded.get(place, curve.threshold(place))
    if not facts.cells.on or place in rounded:
        return exact
    below = curve.threshold(place + 1) if place + 1 < len(curve) else Fraction(-1)
    short = shortest_decimal(below, exact, LONGEST)
    return exact if short is None else short


def _own(facts: Facts, threshold: Fraction) -> Fraction:
    printed = cutoff(facts) if facts.cells.on else None
    return threshold if printed is None else printed


def _round(curve: ThresholdCurve) -> dict[int, Fraction]:
    """Round cut-offs by the place whose blocks they name; of several with the same blocks the largest."""
    shares = curve.numerators.astype(np.float64) / curve.denominators.astype(np.float64)
    found: dict[int, Fraction] = {}
    for part in range(ROUND, 0, -1):
        threshold = Fraction(part, ROUND)
        # The doubles find the neighbourhood of the place, the fractions decide.
        place = int(np.searchsorted(-shares, -float(threshold), side="right"))
        while place < len(curve) and curve.threshold(place) >= threshold:
            place += 1
        while place > 0 and curve.threshold(place - 1) < threshold:
            place -= 1
        if place > 0:
            found.setdefault(place - 1, threshold)
    return found


def _apart(facts: Facts, last: int, place: int) -> bool:
    curve, cells = facts.problem.curve, facts.cells
    return cells.tells(abs(int(curve.focal[place]) - int(curve.focal[last])),
                       abs(int(curve.other[place]) - int(curve.other[last])))


def _row(facts: Facts, line: Line, mark: str) -> list[Any]:
    curve, blocks, cells = facts.problem.curve, facts.blocks, facts.cells
    focal, other = int(curve.focal[line.vertex]), int(curve.other[line.vertex])
    shown = cells.tells(focal, other)
    texts = [cells.text(focal + other) if shown else WITHHELD, cells.text(focal), cells.text(other)]
    if _is_choice(facts, line):
        own = [(name, REACHED) for name in (ALL, FOCAL, OTHER)]
        texts, shown = [facts.district.text(key) for key in own], facts.district.told(*own)
    everyone = blocks.total_focal + blocks.total_other

    def rate(part: int, whole: int) -> str:
        return share(part / whole if whole else None) if shown else WITHHELD

    budget = "" if not facts.problem.binding or _within(facts, line.vertex) else "over"
    named = ([percent_text(line.threshold)] if cells.on
             else [f"{100 * float(line.threshold):.3f}%", fraction_text(line.threshold)])
    return [*named, f"{int(curve.blocks[line.vertex]):,}", *texts,
            rate(focal, blocks.total_focal), rate(other, blocks.total_other), rate(focal, focal + other),
            rate(focal + other, everyone), mark or budget]


def _is_choice(facts: Facts, line: Line) -> bool:
    """Whether a line names the very blocks that were chosen."""
    held = facts.problem.curve.group[facts.chosen]
    return facts.options.selection == "threshold" and bool(held.size) and int(held.max()) == line.vertex


def _caption(facts: Facts, left_out: bool) -> str:
    said = [f"Eligible blocks whose share of {facts.options.focal} is at least the cut-off"
            f"{'' if facts.cells.on else ' (the fraction is exact)'}. TPR: of all focal students of the "
            "district; FPR: of all others; precision: focal among the students of these blocks; share of all: "
            "these students among all."]
    if left_out:
        said.append(f"Shown are the cut-offs next to the middle one and every 1/{ROUND}; roc.csv has all.")
    if facts.cells.on:
        said.append(f"No two lines differ by fewer than {facts.cells.least} students of either kind.")
        said.append(facts.cells.note("roc.csv"))
        said.append("Cut-offs are the shortest decimals that name these blocks.")
    printed = None if facts.cells.on else cutoff(facts)
    if printed is not None and printed != facts.threshold:
        said.append("The chosen cut-off is written as the exact share of the last block that receives.")
    return " ".join(said)
