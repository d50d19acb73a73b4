"""What proves, or refutes, that an answer is the best there is, whoever found it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.certificates import Certificate
    from evenhand.shapes import Allocation
    from evenhand_apportionment.problem import ApportionmentProblem

_GROUP = re.compile(r"\bgroup (\d+)\b")
NO_MULTIPLIERS = ("This is not the answer of the method: no multipliers of the rows and columns round the votes to "
                  "these units, so another table with the same totals is better.")


def own_proof(problem: ApportionmentProblem, allocation: Allocation) -> Certificate | None:
    """Multipliers, or the price at the cut, for an answer that they prove; None for one that they do not."""
    if any(part.weight < 0 for part in problem.objective.parts) or problem.open_size:
        return None
    if problem.options.biproportional:
        from evenhand_apportionment.biproportional import MultipliersCertificate

        found = problem.matrix.multipliers(allocation.array)
        return None if found is None else MultipliersCertificate.of(problem, allocation, found)
    goal = problem.goal
    if goal is None or not goal.cost.convex:
        return None
    from evenhand_apportionment.certificate import MarginalsCertificate

    inner = problem.inner(allocation)
    try:
        if goal.cost.faults(inner, goal.cost.cuts(inner).multiplier):
            return None
        return MarginalsCertificate.of(problem, goal, inner, optimal=True)
    except ArithmeticError:  # errors beyond the range of doubles: a bound may still be possible
        return None


def improvements(problem: ApportionmentProblem, allocation: Allocation) -> list[str] | None:
    """What an exact comparison of claims has against this answer; None where the method compares floats, or none."""
    parts = problem.objective.parts
    if problem.options.biproportional:
        if not parts or any(part.weight < 0 for part in parts) or not any(part.weight for part in parts):
            return None
        return [NO_MULTIPLIERS] if problem.matrix.multipliers(allocation.array) is None else []
    goal = problem.goal
    if goal is None or not goal.pure or not goal.cost.exact:
        return None
    return [f"This is not the answer of the method: {fault}. Moving that unit would be better."
            for fault in named(problem, goal.cost.exact_faults(problem.inner(allocation)))]


def named(problem: ApportionmentProblem, faults: Iterable[str]) -> list[str]:
    """Faults of inner units with the groups' ids in place of their rows."""
    rows = problem.rows
    return [_GROUP.sub(lambda match: problem.ids[int(rows[int(match[1])])], fault) for fault in faults]
