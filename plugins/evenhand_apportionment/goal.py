"""The whole objective of a problem as one cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_apportionment.costs.base import Additive, Cost, Ints

if TYPE_CHECKING:
    from evenhand_apportionment.problem import ApportionmentProblem


@frozen(eq=False)
class Goal:
    """``weight * cost``: the objective's value of inner units.

    ``pure``: the cost is the method's own, compared as exactly as the method allows.
    """

    cost: Cost
    weight: float
    pure: bool

    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        """What no division can come below, for any multiplier (in units of the cost), and its rounding allowance.

        No cost is negative, so the bound never is either.
        """
        bound, allowance = self.cost.bound(multiplier, near)
        return self.scaled(bound), self.weight * allowance

    def scaled(self, bound: float) -> float:
        """A bound of the cost as one of the objective, rounded down."""
        if bound <= 0.0:
            return 0.0
        return bound if self.weight == 1.0 else math.nextafter(self.weight * bound, -math.inf)


def goal_of(problem: ApportionmentProblem) -> Goal | None:
    """None where no single cost stands for the objective: biproportional, a range, a rule, or negative weights."""
    if problem.options.family in ("biproportional", "balinski_young") or problem.open_size:
        return None
    parts: list[tuple[float, Additive]] = []
    for part in problem.objective.parts:
        if part.weight < 0:
            return None
        if part.weight > 0:
            parts.append((part.weight, part.term.cost(problem)))  # type: ignore[attr-defined]
    if not parts:
        return None
    own = [weight for weight, cost in parts if cost is problem.cost]
    if len(own) == len(parts):
        assert isinstance(problem.cost, Cost)
        return Goal(problem.cost, math.fsum(own), True)
    from evenhand_apportionment.costs.mixed import MixedCost
    from evenhand_apportionment.rules import first_units_only

    parts.sort(key=lambda pair: pair[1] is not problem.cost)  # the method's own first: a good place to start from
    cost = problem.cost
    assert isinstance(cost, Cost)
    lower, upper, limit = cost.lower, cost.upper, cost.limit
    if (served := first_units_only(problem)) is not None:  # a law, which no weight of another term may break
        inside, outside = served
        lower, upper, limit = lower.copy(), upper.copy(), limit.copy()
        lower[inside] = np.maximum(lower[inside], 1)
        upper[outside] = limit[outside] = 0
    return Goal(MixedCost(parts, cost.units, lower, upper, limit), 1.0, False)
