"""Budgets as exact limits: what every block costs, and how much there is. Their names stand here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.instance import Blocks, total

# What a limit is counted in: fpr and non_focal are two ways to say one thing.
COUNTED = {"fpr": "non_focal", "non_focal": "non_focal", "students": "students", "blocks": "blocks"}
# The engines of curves, rules and zones know no focal column: what is not focal is the other students to them.
ENGINE_NAMES = {"non_focal": "other", "students": "students", "blocks": "blocks"}


@frozen(eq=False)
class Limit:
    """``sum of cost over receiving blocks <= exact``.

    Attributes
    ----------
    name : ``fpr``, ``non_focal``, ``students`` or ``blocks``, as the user gave it; ``given`` is the number given.
    cost : (n,) whole numbers: students times the table's factor, or 1 for ``blocks``.
    exact : the limit in the same unit, not rounded: 3/10 of 11 non-focal students are 33/10.
    factor : what the unit is the part of: students times this.
    """

    name: str
    given: Fraction
    cost: Ints
    exact: Fraction
    factor: int

    @property
    def most(self) -> int:
        """The limit cut down to whole units: the same for sums of ``cost``, and only for them."""
        return floor(self.exact)

    @property
    def counted(self) -> str:
        """``non_focal``, ``students`` or ``blocks``."""
        return COUNTED[self.name]

    def spent(self, chosen: Bools) -> int:
        """What a choice, (n,), costs."""
        return total(self.cost[chosen])


def cost_of(counted: str, blocks: Blocks) -> tuple[Ints, int]:
    """What every block costs, and the factor of that unit."""
    if counted == "blocks":
        return np.ones(blocks.size, dtype=np.int64), 1
    return (blocks.other if counted == "non_focal" else blocks.students), blocks.factor


def limits_of(given: Mapping[str, Fraction], blocks: Blocks) -> tuple[Limit, ...]:
    """The limits that were given, in the order of the options.

    ``fpr = f`` is ``f Q`` non-focal students, with f the decimal the user wrote and Q the district's.
    """
    found = []
    for name, number in given.items():
        cost, factor = cost_of(COUNTED[name], blocks)
        exact = number * blocks.total_other if name == "fpr" else number * factor
        found.append(Limit(name, number, cost, exact, factor))
    return tuple(found)


def tightest(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """One limit per unit: the smallest."""
    best: dict[str, Limit] = {}
    for limit in limits:
        known = best.get(limit.counted)
        if known is None or limit.exact < known.exact:
            best[limit.counted] = limit
    return tuple(best.values())


def engine_limits(most: Mapping[str, int]) -> dict[str, int]:
    """Limits by ``counted`` under the names that the engines know."""
    return {ENGINE_NAMES[counted]: limit for counted, limit in most.items()}


def engine_budgets(limits: Iterable[Limit]) -> dict[str, int]:
    """The limits, one per unit, under the names that the engines know."""
    return engine_limits({limit.counted: limit.most for limit in limits})
