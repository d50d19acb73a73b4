"""``threshold``: every cut-off on the share of focal students, the best that keeps the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_tiebreaker.exhaustive_certificate import ExhaustiveCertificate

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem


class Scanner(Solver):
    """Looks at every choice of a class; ``proven_infeasible`` has already said when none keeps the rules."""

    selection: ClassVar[str]
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, shapes=("selection",))

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        if reason is not None:
            return reason
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        if tiebreaker.options.selection != self.selection:
            return f'{self.name} is for selection = "{self.selection}", not "{tiebreaker.options.selection}"'
        return None

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        scan = tiebreaker.scan
        if scan.best is None:
            return Candidate(infeasible=problem.proven_infeasible())
        certificate = ExhaustiveCertificate.of(tiebreaker)
        limits.report(scan.value, certificate.bound(problem))
        return Candidate(allocation=scan.best, value=scan.value, certificates=(certificate,))


class Threshold(Scanner):
    """Exact by looking at every distinct share; ties are kept together."""

    name: ClassVar[str] = "threshold"
    doc: ClassVar[str] = "every threshold on the share of focal students, the best that keeps the rules"
    selection: ClassVar[str] = "threshold"
