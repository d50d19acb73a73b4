"""``highs`` for this domain: among the answers of the best value, one with the fewest non-focal students."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs
import numpy as np

from evenhand.solution import Candidate, relative_gap
from evenhand.solvers.highs import Highs, answering_formulation
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.statement import focal_weight

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand.solvers.limits import Limits
    from evenhand_tiebreaker.problem import TiebreakerProblem

# Enough for most cities; a choice that is as good but costs more is no wrong answer.
SECONDS = 20.0
# Costs are whole numbers over the table's factor: so close, nothing is left to gain.
ALMOST_ONE = 0.999
UNBROKEN = ("Other choices may reach as many focal students with fewer non-focal ones: there was no time to rule that "
            "out.")


class SideRules(Highs):
    """HiGHS, asked again for the fewest non-focal students where focal students are all that is wanted."""

    doc: ClassVar[str] = "HiGHS on sets of blocks with side rules; among the best ones the fewest non-focal students"

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        found = super().solve(problem, limits)
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        if (found.allocation is None or tiebreaker.options.selection != "exact" or focal_weight(tiebreaker) is None
                or not _proven(tiebreaker, found, limits.gap)):
            return found
        fewest, proven = fewest_others(tiebreaker, found.allocation, limits)
        notices = found.notices if proven else (*found.notices, UNBROKEN)
        return attrs.evolve(found, allocation=fewest, notices=notices)


def _proven(problem: TiebreakerProblem, found: Candidate, gap: float) -> bool:
    """Whether the value is the best one: ties of anything less are of no interest."""
    assert found.allocation is not None
    value, _ = problem.objective.measure(problem, found.allocation)
    claims = (certificate for certificate in found.certificates if not certificate.verified)
    bounds = [bound for claim in claims if (bound := claim.bound(problem)) is not None]
    left = relative_gap(value, min(bounds, default=None))
    return left is not None and left <= gap


def fewest_others(problem: TiebreakerProblem, best: Allocation, limits: Limits) -> tuple[Allocation, bool]:
    """A choice that keeps the rules, reaches as many focal students as ``best`` and as few others as can be found.

    Returns
    -------
    (the choice, whether no other reaches fewer); ``best`` itself where the time does not suffice for a better one.
    """
    from evenhand.kernel import HighsSession, compile_model

    built = answering_formulation(problem, limits.options.get("formulation")).build(problem)
    compiled = compile_model(built.model)
    blocks, model = problem.blocks, compiled.model
    columns = [compiled.column_of(built.model.x[row]) for row in blocks.rows.tolist()]
    focal, others = np.zeros(model.columns), np.zeros(model.columns)
    focal[columns] = problem.plain_counts(blocks.focal)
    others[columns] = problem.plain_counts(blocks.other)
    session = HighsSession(model)
    session.add_rows(focal[np.newaxis, :], blocks.plain(total(blocks.focal[best.array])), np.inf)
    session.set_costs(others)
    result = session.solve(time_limit=min(SECONDS, limits.remaining), gap=0.0,
                           absolute_gap=ALMOST_ONE / blocks.factor, stop=limits.stop)
    proven = result.status == "optimal"
    if result.values is None:
        return best, False
    values = result.values
    fewer = built.decode(lambda variable: values[compiled.columns_of(variable)])
    reached = total(blocks.focal[fewer.array]) == total(blocks.focal[best.array])
    if not reached or problem.violations(fewer):  # kept within the tolerance of HiGHS only
        return best, False
    return fewer, proven
