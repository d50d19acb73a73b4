"""``peel``: the best choice found in few connected zones, and a bound on every such choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.errors import Fault
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand.solvers.options import Option, count, described, option_faults
from evenhand_tiebreaker.dual_certificate import LagrangianCertificate
from evenhand_tiebreaker.statement import focal_value
from evenhand_tiebreaker.zone_certificate import ZoneCertificate
from evenhand_tiebreaker.zone_instance import refusal, zone_problem
from evenhand_tiebreaker.zones.bound import separator_bound
from evenhand_tiebreaker.zones.component_bound import component_bound
from evenhand_tiebreaker.zones.peel import DEFAULT_STEPS, Peeled, peel

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem

ALLOWED: Mapping[str, Option] = {
    "steps": count("flips of single blocks that the search tries", 0, 10**10),
    "rounds": count("rounds of separators that tighten the bound", 0, 100_000),
}
DEFAULT_ROUNDS = 20
# Of the time that is left, the search may use this part; the bound has the rest.
SEARCH_PART = 0.5
AGAIN = 3
"""The second search, from the relaxation's choice, gets this part of the steps."""


class Peel(Solver):
    """A heuristic that ends after a number of steps, and separators that bound what any choice could reach."""

    name: ClassVar[str] = "peel"
    doc: ClassVar[str] = "few connected zones: a strong heuristic, with a bound that anyone can recheck"
    capabilities: ClassVar[Capabilities] = Capabilities(bound=True, shapes=("selection",))
    options: ClassVar[Mapping[str, str]] = described(ALLOWED)

    def check_options(self, options: Mapping[str, Any]) -> list[Fault]:
        return option_faults(self.name, ALLOWED, options)

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        if reason is not None:
            return reason
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        other = refusal(tiebreaker)
        return None if other is None else f"peel cannot take this: {other}"

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        impossible = problem.proven_infeasible()
        if impossible is not None:
            raise impossible
        zones = zone_problem(tiebreaker)

        def value(focal: int) -> float:
            return focal_value(tiebreaker, focal)

        def search(steps: int, target: int, until: float, starts: Sequence[Any] = ()) -> Peeled:
            return peel(zones, seed=limits.seed, steps=steps, target=target, starts=starts,
                        stop=lambda: limits.stop() or limits.elapsed >= until,
                        progress=lambda focal: limits.report(value(focal)))

        steps = int(limits.options.get("steps", DEFAULT_STEPS))
        first = component_bound(zones)
        limits.report(None, value(first.students))
        found = search(steps, first.students, limits.elapsed + SEARCH_PART * limits.remaining)
        tight = separator_bound(zones, rounds=int(limits.options.get("rounds", DEFAULT_ROUNDS)), target=found.focal,
                                stop=lambda: limits.stop() or limits.closed())
        certificates = (ZoneCertificate.of(tiebreaker, tight), LagrangianCertificate.of(tiebreaker))
        limits.report(None, value(tight.students))
        if not (limits.stop() or limits.closed()):
            # The relaxation's own choice, rounded, is a start the peeling does not find.
            again = search(steps // AGAIN, tight.students, limits.elapsed + limits.remaining, [tight.solution >= 0.5])
            if found.focal is None or (again.focal or 0) > found.focal:
                found = again
        if found.chosen is None or found.focal is None:
            return Candidate(certificates=certificates)
        return Candidate(allocation=problem.shape.allocation(found.chosen), value=value(found.focal),
                         certificates=certificates)
