"""``dynamic-programming``: the exact recursion over groups, for errors that are not convex."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_apportionment.certificate import MarginalsCertificate
from evenhand_apportionment.marginal import SHAPES, beyond_range, bound_of, exhaustive_certificate, solved_range
from evenhand_apportionment.parametric.dynamic import solve_dynamic
from evenhand_apportionment.range_certificate import ExhaustiveRangeCertificate, RangeCertificate

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_apportionment.problem import ApportionmentProblem


class DynamicProgramming(Solver):
    """Exact for any beta while the recursion fits; beyond, the best answer found with an honest bound."""

    name: ClassVar[str] = "dynamic-programming"
    doc: ClassVar[str] = "exact for any beta within its size limit, with a Lagrangian bound beyond it"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, shapes=SHAPES)

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        if reason is not None:
            return reason
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        if apportionment.options.family != "parametric":
            return f"{self.name} is for the parametric method; marginal is exact for {apportionment.options.method}"
        if not apportionment.open_size and (apportionment.goal is None or not apportionment.goal.pure):
            return f"{self.name} takes the term representation_error alone, with a positive weight"
        return None

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        try:
            candidate = _solve_range(apportionment, limits) if apportionment.open_size else _solve(apportionment)
        except OverflowError as reason:
            raise beyond_range(reason) from reason
        limits.report(candidate.value, bound_of(problem, candidate))
        return candidate


def _solve(problem: ApportionmentProblem) -> Candidate:
    goal = problem.goal
    assert goal is not None
    answer = solve_dynamic(problem.parametric, goal.cost.units)
    units = goal.cost.settled(answer.units, np.argsort(problem.preference, kind="stable"))
    value = goal.weight * goal.cost.value(units)
    allocation = problem.outer(units)
    if answer.exact:
        certificate = exhaustive_certificate(problem, units, answer.multiplier, value=value)
        return Candidate(allocation=allocation, value=value, certificates=(certificate,))
    bounded = MarginalsCertificate.of(problem, goal, units, optimal=False, multiplier=answer.multiplier)
    return Candidate(allocation=allocation, value=value, certificates=(bounded,), notices=[
        "The recursion over all divisions is too large for this problem: the answer is the best that a window around "
        "the Lagrangian minimum holds, and the gap to the bound is an honest one."])


def _solve_range(problem: ApportionmentProblem, limits: Limits) -> Candidate:
    kind = RangeCertificate if problem.options.beta >= 1 else ExhaustiveRangeCertificate
    return solved_range(problem, limits, kind)
