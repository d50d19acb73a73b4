"""The domain's part of a report: one plain sentence, a few numbers, charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.model import View
from evenhand_cep.report import compared, money_charts, school_charts, sheets, words
from evenhand_cep.report.facts import Facts

if TYPE_CHECKING:
    from evenhand.model import Figure, Sheet
    from evenhand.solution import Solution
    from evenhand_cep.problem import CepProblem

__all__ = ["view"]


def view(problem: CepProblem, solution: Solution) -> View:
    """What the report of a grouping shows.

    Charts are drawn later, by whoever calls ``Figure.draw``; all numbers are recomputed from the problem's tables.
    For several districts the charts and tables per group give way to ones per district.
    """
    if solution.allocation is None:
        return View(words.without_answer(problem, solution))
    facts = Facts(problem, solution, solution.allocation)
    sections: list[Figure | Sheet | None]
    if facts.several:
        sections = [sheets.districts(facts), school_charts.shares(facts), school_charts.meals(facts),
                    money_charts.per_district(facts)]
    else:
        sections = [sheets.groups(facts), school_charts.shares(facts), school_charts.meals(facts),
                    money_charts.per_group(facts), money_charts.by_number_of_groups(facts), money_charts.prices(facts)]
    sections += [compared.with_today(facts), compared.where_schools_go(facts), sheets.schools(facts),
                 compared.break_even(facts)]
    return View(words.sentence(facts), tuple(words.highlights(facts)),
                tuple(section for section in sections if section is not None))
