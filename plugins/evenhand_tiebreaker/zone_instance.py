"""The problem of few zones as the engine of zones takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.model import Constraint
from evenhand_tiebreaker.budgets import engine_budgets
from evenhand_tiebreaker.curve import fits_engine
from evenhand_tiebreaker.rules import Budget, Forbid, Pin, ZonesAtMost
from evenhand_tiebreaker.statement import focal_weight
from evenhand_tiebreaker.zones.problem import ZoneProblem, make_zone_problem

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem

TAKEN = (Budget, Pin, Forbid, ZonesAtMost)


def refusal(problem: TiebreakerProblem) -> str | None:
    """Why the engine cannot take this problem; None when it can."""
    if problem.options.selection != "exact":
        return f'it finds any set of blocks; the selection is "{problem.options.selection}"'
    if focal_weight(problem) is None:
        return "it takes the term focal_reached alone, with a positive weight"
    others = [rule.name for rule in problem.constraints if not isinstance(rule, TAKEN)]
    if others:
        return f"it takes budgets, pin, forbid and zones_at_most; there is {', '.join(dict.fromkeys(others))}"
    if most_zones(problem.constraints) is None:
        return "it is for zones_at_most"
    return None if fits_engine(problem.blocks.students, problem.blocks.students) else "the counts are too large for it"


def most_zones(rules: tuple[Constraint, ...]) -> int | None:
    """The smallest number of zones that is allowed; None without such a rule."""
    return min((rule.zones for rule in rules if isinstance(rule, ZonesAtMost)), default=None)


def zone_problem(problem: TiebreakerProblem) -> ZoneProblem:
    """In whole units of the counts; what :func:`refusal` lets through."""
    blocks = problem.blocks
    listed = {kind: np.zeros(blocks.size, dtype=bool) for kind in (Pin, Forbid)}
    for rule in problem.constraints:
        if isinstance(rule, Pin | Forbid):
            listed[type(rule)][rule.rows(problem)] = True
    most, zones = engine_budgets(problem.binding), most_zones(problem.constraints)
    assert zones is not None, "there is no limit of zones"
    return make_zone_problem(
        problem.graph, blocks.focal, blocks.other, blocks.eligible, zones,
        other_limit=most.get("other"), students_limit=most.get("students"), blocks_limit=most.get("blocks"),
        pinned=listed[Pin], forbidden=listed[Forbid])
