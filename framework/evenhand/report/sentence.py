"""The plain sentence of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.report.format import objective_unit, quantity
from evenhand.report.proof import status_sentence

if TYPE_CHECKING:
    from evenhand.model.view import View
    from evenhand.solution import Solution


def sentence_of(solution: Solution, view: View) -> str:
    """The domain's sentence, or one of ours."""
    if view.sentence:
        return view.sentence
    if solution.infeasible is not None:
        return str(solution.infeasible)
    if solution.value is None:
        return status_sentence(solution)
    verb = "is worth" if solution.sense == "maximize" else "has the value"
    return f"The best allocation that was found {verb} {quantity(solution.value, objective_unit(solution.problem))}."
