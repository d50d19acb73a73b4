"""The domain's part of a report: one plain sentence, a few numbers, charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.model import View
from evenhand_apportionment.report import (
    curves,
    ladder,
    matrix,
    methods,
    original_rule,
    paradoxes,
    sheets,
    unit_charts,
    words,
)
from evenhand_apportionment.report.facts import Facts
from evenhand_apportionment.report.margin import margin

if TYPE_CHECKING:
    from evenhand.model import Figure, Sheet
    from evenhand.solution import Solution
    from evenhand_apportionment.problem import ApportionmentProblem

__all__ = ["view"]


def view(problem: ApportionmentProblem, solution: Solution) -> View:
    """What the report of a division shows.

    Charts are drawn later, by whoever calls ``Figure.draw``. Tables of very many groups are sampled and say so;
    ``allocation.csv`` holds every row.
    """
    if solution.allocation is None:
        return View(words.without_answer(problem, solution))
    facts = Facts(problem, solution, solution.allocation)
    last = margin(facts)
    sections: list[Figure | Sheet | None]
    if facts.family == "biproportional":
        sections = [matrix.heat(facts), matrix.totals(facts, "row"), matrix.totals(facts, "column"),
                    sheets.decided(facts), matrix.cells(facts)]
    else:
        found = methods.others(facts)
        sections = [sheets.decided(facts), curves.by_size(facts), ladder.figure(facts), ladder.sheet(facts),
                    sheets.ties(facts), unit_charts.against_ideal(facts), unit_charts.ratios(facts),
                    sheets.groups(facts), original_rule.compare(facts), methods.comparison(facts, found),
                    methods.in_brief(facts, found),
                    sheets.quota_violations(facts), paradoxes.paradoxes(facts), unit_charts.lorenz(facts),
                    sheets.indices(facts)]
    return View(words.sentence(facts, last), tuple(words.highlights(facts, last)),
                tuple(section for section in sections if section is not None))
