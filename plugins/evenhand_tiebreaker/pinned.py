"""What the pinned blocks alone make impossible: one addition or one look at the map proves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenhand.errors import InfeasibleError
from evenhand.model import Constraint
from evenhand_tiebreaker.rules import Budget, Forbid, Pin, RobustBudget
from evenhand_tiebreaker.words import count_words, number_of, unit_words
from evenhand_tiebreaker.zone_instance import most_zones

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


def pinned_too_much(problem: TiebreakerProblem) -> InfeasibleError | None:
    """A budget that the pinned blocks alone pass; whatever else receives only adds to it."""
    rules = problem.rules()
    pins = [label for label, rule in rules.items() if isinstance(rule, Pin)]
    held = _allocation(problem, pins)
    for label, rule in rules.items():
        if not pins or not isinstance(rule, Budget | RobustBudget):
            continue
        found = rule.violations(problem, held)
        if found:
            needed = _needed(problem, rule, pins)
            few = "Already the pinned blocks break a rule"
            return InfeasibleError(f"{few}: {found[0].message}.", conflict=(*needed, label), proof={"kind": "pinned"},
                                   relief=(_more(problem, rule, held), "pin: fewer or smaller blocks"))
    return None


def _allocation(problem: TiebreakerProblem, pins: Sequence[str]) -> Allocation:
    """The choice of just the blocks that these rules pin."""
    chosen = np.zeros(problem.blocks.size, dtype=bool)
    for label in pins:
        rule = problem.rules()[label]
        assert isinstance(rule, Pin)
        chosen[rule.rows(problem)] = True
    return problem.shape.allocation(chosen)


def _needed(problem: TiebreakerProblem, rule: Constraint, pins: Sequence[str]) -> list[str]:
    """Rules that pin too much together, none of which could be left out."""
    kept = list(pins)
    for label in pins:
        others = [other for other in kept if other != label]
        if rule.violations(problem, _allocation(problem, others)):
            kept = others
    return kept


def _more(problem: TiebreakerProblem, rule: Budget | RobustBudget, held: Allocation) -> str:
    return enough(problem, rule, held) if isinstance(rule, Budget) else rule.relief(problem,
                                                                                    rule.excess(problem, held))


def enough(problem: TiebreakerProblem, rule: Budget, allocation: Allocation) -> str:
    """The least budget that this choice keeps."""
    return "budget: " + " and ".join(
        f"at least {count_words(spent, limit.factor)} {unit_words(limit.counted)}"
        for limit in rule.limits(problem) if (spent := limit.spent(allocation.array)) > limit.most)


def pinned_apart(problem: TiebreakerProblem) -> InfeasibleError | None:
    """Pinned blocks that lie in more parts of the eligible blocks than there may be zones."""
    pins = [row for rule in problem.constraints if isinstance(rule, Pin) for row in rule.rows(problem)]
    allowed = most_zones(problem.constraints)
    if not pins or allowed is None:
        return None
    open_ = problem.blocks.eligible.copy()
    for rule in problem.constraints:
        if isinstance(rule, Forbid):
            open_[rule.rows(problem)] = False
    apart = np.unique(problem.graph.components(open_)[pins]).size
    if apart <= allowed:
        return None
    return InfeasibleError(
        f"The pinned blocks lie in {apart:,} parts of the eligible blocks that nothing connects; "
        f"{number_of(allowed, 'zone is', 'zones are')} allowed.", conflict=("pin", "zones_at_most"),
        proof={"kind": "parts"},
        relief=(f"zones_at_most: {number_of(apart - allowed, 'more zone', 'more zones')}",
                "pin: blocks of fewer parts"))
