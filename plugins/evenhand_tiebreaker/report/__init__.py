"""What people see of an answer: one plain sentence, a few numbers, charts, a map and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.model import View

if TYPE_CHECKING:
    from evenhand.model import Figure, Sheet
    from evenhand.solution import Solution
    from evenhand_tiebreaker.problem import TiebreakerProblem

__all__ = ["view"]


def view(problem: TiebreakerProblem, solution: Solution) -> View:
    """What the report of a choice shows.

    Charts are drawn later, by whoever calls ``Figure.draw``. Counts of fewer than ``suppress_below`` students are
    hidden everywhere, and so is what would give one away.
    """
    from evenhand_tiebreaker.report import against_shares, coverage, cutoffs, near, neighborhoods, told, words
    from evenhand_tiebreaker.report.decided import decided
    from evenhand_tiebreaker.report.expected import expected
    from evenhand_tiebreaker.report.facts import Facts
    from evenhand_tiebreaker.report.maps import choice_map
    from evenhand_tiebreaker.report.marks import marks_of
    from evenhand_tiebreaker.report.precision import precision_recall
    from evenhand_tiebreaker.report.roc import roc

    if solution.allocation is None:
        return View(words.without_answer(solution))
    facts = Facts(problem, solution, solution.allocation)
    marks, distance = marks_of(facts), near.distances(facts)
    sections: list[Figure | Sheet | None] = [
        decided(facts), choice_map(problem, solution.allocation),
        *([] if marks is None else [roc(marks), precision_recall(marks)]),
        expected(facts), cutoffs.cutoffs(facts), against_shares.inverted(facts), against_shares.parted(facts),
        neighborhoods.neighborhoods(facts), *coverage.coverage(facts),
        near.stability(facts, distance), near.closest(facts, distance)]
    return View(words.sentence(facts), tuple(words.highlights(facts)),
                tuple(section for section in sections if section is not None), words.proof_sentence(facts),
                told.metrics(facts))
