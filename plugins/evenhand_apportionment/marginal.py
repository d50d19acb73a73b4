"""``marginal``: units go where they cost least until no exchange improves; exact, and proven group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evenhand.errors import Fault, InfeasibleError, SolverUnsuitableError, SpecError
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_apportionment.award_certificate import AwardOrderCertificate
from evenhand_apportionment.biproportional import MultipliersCertificate
from evenhand_apportionment.certificate import ExhaustiveCertificate, MarginalsCertificate
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.curve import examine
from evenhand_apportionment.range_certificate import ExhaustiveRangeCertificate, RangeCertificate
from evenhand_apportionment.shape import OpenDivision

if TYPE_CHECKING:
    from evenhand.certificates import Certificate
    from evenhand.model import Problem
    from evenhand_apportionment.problem import ApportionmentProblem

SHAPES = ("division", OpenDivision.kind)


class Marginal(Solver):
    """The exact algorithm of every method whose cost is convex, of the methods that are rules, and of ranges."""

    name: ClassVar[str] = "marginal"
    doc: ClassVar[str] = "exact: exchanges of single units for convex errors, and every classic method's own arithmetic"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, shapes=SHAPES)

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        return reason if reason is not None else _refusal(problem)  # type: ignore[arg-type]

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        try:
            candidate = _solve(apportionment, limits)
        except NoApportionmentError as reason:
            raise InfeasibleError(str(reason), conflict=reason.conflict, relief=reason.relief,
                                  proof={"kind": "method"}) from reason
        except OverflowError as reason:
            raise beyond_range(reason) from reason
        except ArithmeticError as reason:
            raise SolverUnsuitableError(f"marginal cannot tell the units apart: {reason}") from reason
        limits.report(candidate.value, bound_of(problem, candidate))
        return candidate


def beyond_range(reason: OverflowError) -> SpecError:
    """An error that no double can hold is a matter of the parameters."""
    return SpecError(Fault("problem.beta", f"the errors leave the range of numbers: {reason}", "Use smaller exponents"))


def _refusal(problem: ApportionmentProblem) -> str | None:
    family = problem.options.family
    if family == "parametric" and problem.options.beta < 1:
        return "for beta < 1 the error is not convex, and marginal would prove nothing: use dynamic-programming"
    if any(part.weight < 0 for part in problem.objective.parts):
        return "marginal takes weights of at least 0: a negative one makes the objective concave"
    return None


def _solve(problem: ApportionmentProblem, limits: Limits) -> Candidate:
    if problem.options.biproportional:
        certificate: Certificate = MultipliersCertificate.of(problem)
        return Candidate(allocation=problem.outer(problem.matrix.cells(problem.matrix.answer.units)),
                         certificates=(certificate,))
    if problem.open_size:
        return solved_range(problem, limits, RangeCertificate)
    if problem.options.family == "balinski_young":
        return Candidate(
            allocation=problem.outer(problem.answer.units), certificates=(AwardOrderCertificate.of(problem),),
            notices=["The quota method of Balinski and Young is defined by a rule, not by a sum that it minimizes: the "
                     "value is the quota deviation as measured, there is no bound, and the certificate is the order "
                     "of the awards."])
    goal = problem.goal
    if goal is None:  # every weight is 0
        return Candidate(allocation=problem.outer(_any(problem)))
    inner = goal.cost.settled(goal.cost.solve(), np.argsort(problem.preference, kind="stable"))
    # Where rounding hides an order of prices the multiplier still bounds, and no inequality is claimed.
    proven = goal.cost.exact or not goal.cost.faults(inner, goal.cost.cuts(inner).multiplier)
    certificate = MarginalsCertificate.of(problem, goal, inner, optimal=proven)
    return Candidate(allocation=problem.outer(inner), value=goal.weight * goal.cost.value(inner),
                     certificates=(certificate,))


def _any(problem: ApportionmentProblem) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    from evenhand_apportionment.walks import rounded_start

    return rounded_start(problem)


def solved_range(problem: ApportionmentProblem, limits: Limits,
                 kind: type[RangeCertificate] | type[ExhaustiveRangeCertificate]) -> Candidate:
    """The best size of the range, or of those for which there was time; only the best of all is bounded."""
    curve = examine(problem, stop=limits.stop)
    weight = problem.objective.parts[0].weight
    cost = problem.cost_at(curve.best - problem.instance.given)
    inner = cost.settled(curve.inner(curve.best), np.argsort(problem.preference, kind="stable"))
    certificate = kind.of(problem, curve, weight, limits.stop)
    notices = []
    if not curve.complete:
        (least, most), last = problem.sizes, int(curve.sizes[-1])
        notices.append(f"The sizes {last + 1:,} to {most:,} were not examined: the answer is the best of {least:,} to "
                       f"{last:,}." + (" It is exact, and no larger size can score higher."
                                       if certificate.choice_proven else " Nothing bounds the others."))
    elif not certificate.choice_proven:
        notices.append("That no other size scores higher is not proven: for some sizes the proof is too large, or "
                       "there was no time for it.")
    return Candidate(allocation=problem.outer(inner), value=weight * cost.value(inner), certificates=(certificate,),
                     notices=notices)


def bound_of(problem: Problem, candidate: Candidate) -> float | None:
    """The bound of the candidate's certificate; that of a range is not computed once more, for it takes long."""
    if not candidate.certificates:
        return None
    certificate = candidate.certificates[0]
    if isinstance(certificate, RangeCertificate | ExhaustiveRangeCertificate):
        return certificate.claimed
    return certificate.bound(problem)


def cheap_certificate(problem: ApportionmentProblem) -> Certificate | None:
    """A bound for an answer that came without one; None where there is none, or none is cheap.

    Raises
    ------
    SpecError
        The errors leave the range of doubles.
    """
    try:
        return _cheap(problem)
    except OverflowError as reason:
        raise beyond_range(reason) from reason
    except ArithmeticError:
        return None


def _cheap(problem: ApportionmentProblem) -> Certificate | None:
    if any(part.weight < 0 for part in problem.objective.parts):
        return None
    if problem.options.biproportional:
        return MultipliersCertificate.of(problem)
    goal = problem.goal
    if goal is None:
        return None
    if goal.cost.convex:
        return MarginalsCertificate.of(problem, goal, goal.cost.solve(), optimal=False)
    if not goal.pure:
        return None
    from evenhand_apportionment.parametric.dynamic import solve_dynamic

    answer = solve_dynamic(problem.parametric, goal.cost.units)
    if answer.exact:
        return exhaustive_certificate(problem, answer.units, answer.multiplier)
    return MarginalsCertificate.of(problem, goal, answer.units, optimal=False, multiplier=answer.multiplier)


def exhaustive_certificate(problem: ApportionmentProblem, units: np.ndarray[tuple[int], np.dtype[np.int64]],
                           multiplier: float, *, value: float | None = None) -> ExhaustiveCertificate:
    """The recursion as a proof, with the bound that repeating it gives."""
    from evenhand_apportionment.certificate import statement
    from evenhand_apportionment.parametric.dynamic import repeat

    goal = problem.goal
    assert goal is not None
    bound = goal.scaled(repeat(problem.parametric, goal.cost.units, units, multiplier))
    return ExhaustiveCertificate(statement(problem), value, bound, units.tolist(), multiplier)
