"""Budgets as exact limits: what every block costs, and how much there is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.counts import Ints
from evenhand_tiebreaker.instance import Blocks

# What a limit is counted in: fpr and non_focal are two ways to say one thing.
COUNTED = {"fpr": "non_focal", "non_focal": "non_focal", "students": "students", "blocks": "blocks"}


@frozen(eq=False)
class Limit:
    """``sum of cost over receiving blocks <= most``, in whole numbers.

    Attributes
    ----------
    name : ``fpr``, ``non_focal``, ``students`` or ``blocks``, as the user gave it; ``given`` is the number given.
    cost : (n,) whole numbers: students times the table's factor, or 1 for ``blocks``.
    most : the limit in the same unit. A fraction of a unit can never be used, so cutting it off changes nothing.
    factor : what the unit is the part of: students times this.
    """

    name: str
    given: Fraction
    cost: Ints
    most: int
    factor: int

    @property
    def counted(self) -> str:
        """``non_focal``, ``students`` or ``blocks``."""
        return COUNTED[self.name]

    def spent(self, chosen: Ints) -> int:
        """What a choice costs; (n,) bool."""
        return int(self.cost[chosen].sum())

    @property
    def most_plain(self) -> float:
        """The limit in students or blocks."""
        return self.most / self.factor


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
        whole = number * blocks.total_other if name == "fpr" else number * factor
        found.append(Limit(name, number, cost, floor(whole), factor))
    return tuple(found)


def tightest(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """One limit per unit: the smallest."""
    best: dict[str, Limit] = {}
    for limit in limits:
        known = best.get(limit.counted)
        if known is None or limit.most < known.most:
            best[limit.counted] = limit
    return tuple(best.values())
