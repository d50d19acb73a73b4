"""The search for an and/or rule over features: the best one, and one that names a given set of blocks."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, lcm
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand.tables.decimal_text import parse_exact
from evenhand_tiebreaker.budgets import engine_budgets
from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.literals import Rule, RuleAnswer, best_rule
from evenhand_tiebreaker.literals.search.axes import LARGEST
from evenhand_tiebreaker.rules import Budget
from evenhand_tiebreaker.terms import StudentsTerm

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class RuleFound:
    """What the search ended with.

    Attributes
    ----------
    chosen : (n,) the blocks of the best rule; None when no rule keeps the side rules.
    value : the objective's value, measured.
    exact : whether every rule of the class was considered.
    rules : how many there are, over all thresholds.
    """

    chosen: Bools | None
    value: float | None
    exact: bool
    rules: int
    answer: RuleAnswer


def worth(problem: TiebreakerProblem) -> Ints | None:
    """(n,) whole numbers whose sum over a choice orders choices as the objective does; None for other objectives.

    Python's integers, divided by what all of them have in common.
    """
    parts = list(zip(problem.objective.parts, problem.objective.weights(), strict=True))
    if not all(isinstance(part.term, StudentsTerm) for part, _ in parts):
        return None
    weights = [parse_exact(weight) for _, weight in parts]
    common = lcm(*(weight.denominator for weight in weights))
    sign = 1 if problem.objective.sense == "maximize" else -1
    total = np.zeros(problem.blocks.size, dtype=object)
    for (part, _), weight in zip(parts, weights, strict=True):
        assert isinstance(part.term, StudentsTerm)
        total = total + part.term.counts(problem).astype(object) * int(sign * weight * common)
    shared: Ints = total // (gcd(*total.tolist()) or 1)
    return shared


def unsearchable(problem: TiebreakerProblem) -> str | None:
    """Why the search over rules cannot take this problem; None when it can."""
    values = worth(problem)
    if values is None:
        return "rule-search takes the terms focal_reached and non_focal_reached"
    blocks = problem.blocks
    if sum(map(abs, values.tolist())) * (blocks.total_other + 2) + blocks.total_focal >= LARGEST:
        return ("rule-search adds up whole numbers, and made whole the weights or counts of this problem are too large "
                "for it: give the weights fewer decimals")
    return None


def search(problem: TiebreakerProblem, stop: Callable[[], bool] | None = None) -> RuleFound:
    """The best rule within the budgets; side rules are asked about each candidate, best first."""
    blocks, values = problem.blocks, worth(problem)
    assert values is not None, "the objective does not add up over blocks"
    sides = [rule for rule in problem.constraints if not isinstance(rule, Budget)]

    def keeps(chosen: Bools) -> bool:
        allocation = problem.shape.allocation(chosen)
        return not any(rule.violations(problem, allocation) for rule in sides)

    answer = best_rule(
        list(problem.features.values()), blocks.focal, blocks.other, blocks.eligible,
        literals=problem.options.literals, directions=problem.options.directions,
        budgets=engine_budgets(problem.binding), values=values,
        feasible=keeps if sides else None, stop=stop)
    if answer.value is None:
        return RuleFound(None, None, answer.exact, answer.rules, answer)
    value = problem.objective.measure(problem, problem.shape.allocation(answer.chosen))[0]
    return RuleFound(answer.chosen, value, answer.exact, answer.rules, answer)


def rule_of(problem: TiebreakerProblem, chosen: Bools) -> Rule | None:
    """A rule that names exactly these blocks: the best one where it does, else one made for them.

    The search is asked for the rule that reaches most of the set and nothing outside it.
    """
    key = chosen.tobytes()
    known = problem.known.rules
    if key not in known:
        known[key] = _rule_of(problem, chosen)
    return known[key]


def _rule_of(problem: TiebreakerProblem, chosen: Bools) -> Rule | None:
    found = problem.rule_found
    if found is not None and found.chosen is not None and np.array_equal(found.chosen, chosen):
        return found.answer.rule
    inside = chosen.astype(np.int64)
    outside = (problem.blocks.eligible & ~chosen).astype(np.int64)
    answer = best_rule(list(problem.features.values()), inside, outside, problem.blocks.eligible,
                       literals=problem.options.literals, directions=problem.options.directions, budgets={"other": 0})
    return answer.rule if answer.focal == int(inside.sum()) else None
