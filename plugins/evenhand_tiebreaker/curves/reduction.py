"""The best set of blocks within one budget, with the multiplier that proves how good it is."""

from __future__ import annotations

from fractions import Fraction

import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.curves.core import core_optimum
from evenhand_tiebreaker.curves.counts import Counts, Mask, block_counts, floor_of
from evenhand_tiebreaker.curves.items import block_types

MEMORY = 128 * 2**20


@frozen(eq=False)
class BestChoice:
    """An optimal choice within one budget.

    Attributes
    ----------
    choice : shape (n,)
    focal, weight : what it holds
    multiplier : lambda, focal students per weight, of the bound
    bound : lambda * W + sum of max(0, p - lambda * w), W the capacity rounded down; no choice within it holds more
    core : number of blocks that reduced costs left open
    closed_by_bound : whether the bound alone, rounded down, proves it too
    """

    choice: Mask
    focal: int
    weight: int
    multiplier: Fraction
    bound: Fraction
    core: int

    @property
    def closed_by_bound(self) -> bool:
        """Whether the bound, rounded down, equals the value."""
        return self.bound.numerator // self.bound.denominator == self.focal


def best_within(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacity: int | Fraction, *,
                memory: int = MEMORY) -> BestChoice:
    """The choice with the most focal students among those of a weight of at most ``capacity``.

    Several optima: the least weight; then, with the blocks listed by falling share, falling size and table order, the
    first in that list are kept whenever some optimum keeps them.

    Parameters
    ----------
    focal, weight : shape (n,); the weight is non-focal students or all students
    eligible : shape (n,), boolean
    capacity : 0 or more
    memory : bytes for the bits of the trace; beyond, parts of the sweep are repeated

    Raises
    ------
    TypeError, ValueError, OverflowError : counts that are not whole, negative or too large; a negative capacity
    """
    p, w, mask = block_counts(focal, weight, eligible)
    if capacity < 0:
        raise ValueError(f"capacity must not be negative: {capacity}")
    types = block_types(p, w, mask)
    whole = floor_of(capacity)
    found = core_optimum(types, whole // types.unit, memory)
    free, multiplier = int(p[types.free].sum()), found.multiplier / types.unit
    # A capacity that is no multiple of the unit: the bound is stated for what was asked, as anyone would compute it.
    bound = free + found.bound + multiplier * (whole % types.unit)
    return BestChoice(types.choice(found.taken), free + found.focal, found.weight * types.unit, multiplier, bound,
                      found.core)
