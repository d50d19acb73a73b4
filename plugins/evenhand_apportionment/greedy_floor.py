"""``greedy-floor``: the rule the parametric method began with, kept for comparison. It is not exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_apportionment.marginal import beyond_range
from evenhand_apportionment.parametric.greedy import greedy_floor

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_apportionment.problem import ApportionmentProblem


class GreedyFloor(Solver):
    """Ideals rounded down, then one unit at a time: it never leaves the lower quota, and the optimum may."""

    name: ClassVar[str] = "greedy-floor"
    doc: ClassVar[str] = "the original rule of the parametric method, for comparison: not exact"
    capabilities: ClassVar[Capabilities] = Capabilities(shapes=("division",), comparison=True)

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        if reason is not None:
            return reason
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        if apportionment.options.family != "parametric":
            return f"{self.name} is a rule of the parametric method"
        if apportionment.goal is None or not apportionment.goal.pure:
            return f"{self.name} knows the term representation_error only"
        return None

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        goal = apportionment.goal
        assert goal is not None
        try:
            inner = greedy_floor(apportionment.parametric, goal.cost.units)
            value = goal.weight * goal.cost.value(inner)
        except OverflowError as reason:
            raise beyond_range(reason) from reason
        limits.report(value)
        return Candidate(allocation=apportionment.outer(inner), value=value, notices=[
            "greedy-floor is the original rule, kept for comparison: it is not exact. What its answer lacks is the gap "
            "to the verified bound."])
