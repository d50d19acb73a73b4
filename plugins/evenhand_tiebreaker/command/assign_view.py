"""The page of ``evenhand tiebreaker assign``: sentence, highlights, charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.model import Figure, Sheet, View
from evenhand.report.format import UNDEFINED, count, share
from evenhand_tiebreaker.command.assign_charts import change_figure, level_figure
from evenhand_tiebreaker.command.assign_text import (
    GROUP_NAMES,
    MEASURE_NAMES,
    SHARES,
    change,
    moved,
    not_served,
    people,
    points,
    sentence,
    span,
    value,
)
from evenhand_tiebreaker.matching.effects import GROUPS, MEAN_RANK_NOTE, MOVES
from evenhand_tiebreaker.report.maps import choice_map
from evenhand_tiebreaker.report.suppression import WITHHELD

if TYPE_CHECKING:
    from evenhand_tiebreaker.command.assignment import Assigned

MOVE_NAMES = {"displaced": "Lose their seat", "newly_assigned": "Win a seat", "worse_off": "Worse off",
              "better_off": "Better off"}


def view(found: Assigned) -> View:
    """What the page shows. Groups of very few applicants are not described; the sentence and the notes keep to that."""
    shown = [group for group in GROUPS if group not in found.hidden and found.comparison.size(group)]
    sections: list[Figure | Sheet] = []
    if any(found.tells(measure, group) for measure in SHARES for group in shown):
        sections += [change_figure(found, shown), level_figure(found, shown)]
    sections += [_effects(found), _moves(found), _unassigned(found)]
    assert found.solution.allocation is not None
    drawn = choice_map(found.problem, found.solution.allocation, "Where the tiebreaker holds")
    return View(sentence(found), _highlights(found), [*sections, *([] if drawn is None else [drawn])])


def _highlights(found: Assigned) -> list[tuple[str, str]]:
    made = []
    for measure, name in (("top1", "Focal applicants in their first choice"),
                          ("top3", "Focal applicants in one of their first three")):
        effect = found.effect(measure, "focal")
        if effect.with_ is not None and found.tells(measure, "focal"):
            made.append((name, f"{share(effect.without)} → {share(effect.with_)}"))
    outside, every = not_served(found)
    if every and not {"focal", "focal_not_receiving"} & found.hidden:
        made.append(("Focal applicants in no receiving block", f"{outside:,} of {every:,}"))
    made.append(("Applicants who lose their seat, per lottery", moved(found, "displaced", "all")))
    return made


def size_text(found: Assigned, group: str) -> str:
    """How many applicants a group has, if that may be told."""
    size = found.comparison.size(group)
    return WITHHELD if group in found.hidden and not found.cells.hides(size) else found.cells.text(size)


def _effects(found: Assigned) -> Sheet:
    single = found.comparison.lotteries == 1
    headings = ["Who", "Applicants", "Measure", "Without", "With", "Difference", *([] if single else ["Nine of ten"])]
    rows: list[list[Any]] = []
    for group in GROUPS:
        for measure in (*SHARES, "mean_rank"):
            effect = found.effect(measure, group)
            if group in found.hidden:
                if measure == SHARES[0]:
                    rows.append([GROUP_NAMES[group], size_text(found, group), *[UNDEFINED] * (len(headings) - 2)])
                continue
            cells = ([value(measure, effect.without), value(measure, effect.with_), change(effect)]
                     if found.tells(measure, group) else [WITHHELD] * 3)
            rows.append([GROUP_NAMES[group], count(found.comparison.size(group)), MEASURE_NAMES[measure], *cells,
                         *([] if single else [span(effect)])])
    formats = {name: "number" for name in headings if name not in ("Who", "Measure")}
    kept = f" {found.cells.note('effects.csv')}" if found.hidden or found.told.withheld else ""
    return Sheet("Effects in numbers", headings, rows, formats,
                 "Differences of shares are in percentage points"
                 + ("" if single else "; the last column holds the difference in nine of ten lotteries")
                 + f". {MEAN_RANK_NOTE.replace('mean_rank', 'The mean rank')}; a smaller one is better.{kept}")


def _moves(found: Assigned) -> Sheet:
    headings = ["Who", "Applicants", *(MOVE_NAMES[move] for move in MOVES)]
    rows = []
    for group in GROUPS:
        size = found.comparison.size(group)
        if group in found.hidden:
            rows.append([GROUP_NAMES[group], size_text(found, group), *[UNDEFINED] * len(MOVES)])
            continue
        rows.append([GROUP_NAMES[group], count(size), *(_spread(found, move, group) for move in MOVES)])
    return Sheet("Who gains and who loses", headings, rows, {name: "number" for name in headings[1:]},
                 "Applicants per lottery" + ("" if found.comparison.lotteries == 1 else
                                             ", on average (in brackets: in nine of ten lotteries)")
                 + ". Worse and better off: a lower or higher place on the own list; losing or winning a seat counts."
                 + (f" {found.cells.note('moves.csv')}" if found.told.small or found.told.withheld else ""))


def _spread(found: Assigned, move: str, group: str) -> str:
    one = found.move(move, group)
    if one.low is None or one.high is None:  # one lottery: whole applicants
        return moved(found, move, group)
    return f"{people(one.applicants)} ({one.low:,.0f} to {one.high:,.0f})"


def _unassigned(found: Assigned) -> Sheet:
    rows = []
    for group in GROUPS:
        before, after = found.unassigned[group]
        change_ = None if before is None or after is None else after - before
        cells = [share(before), share(after), points(change_)] if found.tells("assigned", group) else [WITHHELD] * 3
        rows.append([GROUP_NAMES[group], *([UNDEFINED] * 3 if group in found.hidden else cells)])
    headings = ["Who", "Without", "With", "Difference"]
    return Sheet("Applicants without any seat", headings, rows, {name: "number" for name in headings[1:]},
                 "Share of the group that no listed program admits; the difference is in percentage points.")
