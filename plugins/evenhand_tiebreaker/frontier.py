"""``frontier``: the best set of blocks at every budget at once, by dynamic programming."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evenhand.certificates import Certificate, ClaimedCertificate
from evenhand.errors import SolverUnsuitableError
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_tiebreaker.dual_certificate import LagrangianCertificate
from evenhand_tiebreaker.frontier_certificate import FrontierCertificate, too_long
from evenhand_tiebreaker.rules import Budget
from evenhand_tiebreaker.statement import focal_value, focal_weight

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem


class FrontierSolver(Solver):
    """Exact for focal students under one budget (R. Bellman, "Dynamic Programming", 1957)."""

    name: ClassVar[str] = "frontier"
    doc: ClassVar[str] = "exact: the most focal students at every size of one budget, for any set of blocks"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, shapes=("selection",))

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        return reason if reason is not None else one_budget(problem)  # type: ignore[arg-type]

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        limit = next(iter(tiebreaker.binding), None)
        found = tiebreaker.budget_frontier
        if found is None:
            raise SolverUnsuitableError("the counts are too large for a frontier: use highs")
        array = found.choice(found.capacity if limit is None else limit.most)
        value = focal_value(tiebreaker, int(tiebreaker.blocks.focal[array].sum()))
        certificates: list[Certificate] = [LagrangianCertificate.of(tiebreaker)]
        if limit is not None:
            points = found.points()
            certificates.insert(0, FrontierCertificate.of(tiebreaker, points[0].tolist(), points[1].tolist()))
            if too_long(tiebreaker, len(points[0])):  # then nobody rechecks more than the dual bound
                certificates.append(ClaimedCertificate(value, "dynamic programming"))
        limits.report(value, value)
        return Candidate(allocation=problem.shape.allocation(array), value=value, certificates=tuple(certificates))


def one_budget(problem: TiebreakerProblem) -> str | None:
    """Why this is not a matter of focal students under one budget alone; None when it is."""
    if problem.options.selection != "exact":
        return f'frontier finds any set of blocks; the selection is "{problem.options.selection}"'
    if focal_weight(problem) is None:
        return "frontier takes the term focal_reached alone, with a positive weight"
    others = [rule.name for rule in problem.constraints if not isinstance(rule, Budget)]
    if others:
        return f"frontier takes budgets and no other rule; there is {', '.join(dict.fromkeys(others))}"
    if len(problem.binding) > 1:
        return "frontier takes one budget; there are " + ", ".join(limit.name for limit in problem.binding)
    if any(limit.counted == "blocks" for limit in problem.binding):
        return "frontier takes a budget of students, not one of blocks"
    if problem.budget_frontier is None:
        return "the counts, made whole, are too large for a frontier"
    return None
