"""``rule-search``: the best and/or rule over features, over all their thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evenhand.certificates import Certificate
from evenhand.errors import InfeasibleError
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_tiebreaker.dual_certificate import cheap_certificate
from evenhand_tiebreaker.exhaustive_certificate import ExhaustiveCertificate
from evenhand_tiebreaker.rule_answer import RuleFound, unsearchable

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem


class RuleSearch(Solver):
    """Exact over every threshold that a feature takes; no grid."""

    name: ClassVar[str] = "rule-search"
    doc: ClassVar[str] = "the best and/or rule over permitted features, over all their thresholds"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, shapes=("selection",))

    def refusal(self, problem: Problem) -> str | None:
        reason = super().refusal(problem)
        if reason is not None:
            return reason
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        if tiebreaker.options.selection != "rule":
            return f'rule-search is for selection = "rule", not "{tiebreaker.options.selection}"'
        return unsearchable(tiebreaker)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        found = tiebreaker.look_for_rule(limits.stop)
        assert found is not None, "asked for a problem that was refused"
        if found.chosen is None:
            if found.exact:
                raise InfeasibleError("No rule over these features keeps all the rules.", proof={"kind": "rules"})
            return Candidate(notices=["The search ended before every rule was considered."])
        certificates: list[Certificate] = []
        cheap = cheap_certificate(tiebreaker)
        if found.exact:
            certificates.append(ExhaustiveCertificate.of(tiebreaker))
        if cheap is not None:
            certificates.append(cheap)
        limits.report(found.value, found.value if found.exact else None)
        return Candidate(allocation=problem.shape.allocation(found.chosen), value=found.value,
                         certificates=tuple(certificates), notices=_notices(found))


def _notices(found: RuleFound) -> list[str]:
    notices = []
    if not found.exact:
        notices.append("Side rules left no rule among those kept, or the search was too long: a better rule may exist.")
    if not found.answer.mixed:
        notices.append("Rules that mix `and` and `or` were left out: there are too many of them for these features.")
    return notices
