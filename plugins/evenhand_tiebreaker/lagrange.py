"""The dual bound for any set of eligible blocks: budgets priced by multipliers, in exact fractions.

For multipliers of at least 0 every set S within the budgets has ``p(S) <= sum lambda_k W_k + sum over eligible blocks
of max(0, p - sum lambda_k c_k)``. A cut-off t on the share is the multiplier t / (1 - t) of the non-focal budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.budgets import Limit
from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.curve import fits_engine
from evenhand_tiebreaker.curves.lagrangian import best_multiplier
from evenhand_tiebreaker.instance import Blocks


@frozen(eq=False)
class Multipliers:
    """A price per unit of each budget (by ``counted``), and the bound it gives, both in whole units of the counts."""

    prices: Mapping[str, Fraction]
    bound: Fraction

    @property
    def floored(self) -> int:
        """The bound for whole counts."""
        return self.bound.__floor__()


def gains(blocks: Blocks, limits: Sequence[Limit], prices: Mapping[str, Fraction]) -> tuple[Ints, int]:
    """(n,) ``p - sum lambda c`` times a common denominator, and that denominator; exact."""
    common = lcm(*(price.denominator for price in prices.values()))
    found = blocks.focal.astype(object) * common
    for limit in limits:
        price = prices.get(limit.counted, Fraction(0))
        found = found - limit.cost.astype(object) * int(price * common)
    return found, common


def dual_bound(blocks: Blocks, limits: Sequence[Limit], prices: Mapping[str, Fraction]) -> Fraction:
    """The bound on focal students (times the table's factor) at these prices.

    Raises
    ------
    ValueError
        A negative price, which bounds nothing.
    """
    if any(price < 0 for price in prices.values()):
        raise ValueError("a multiplier is negative")
    gain, common = gains(blocks, limits, prices)
    spare = sum((prices.get(limit.counted, Fraction(0)) * limit.most for limit in limits), Fraction(0))
    return spare + Fraction(sum(number for number in gain[blocks.eligible].tolist() if number > 0), common)


def best_multipliers(blocks: Blocks, limits: Sequence[Limit]) -> Multipliers:
    """The lowest bound among those that price one budget alone; each is that budget's linear optimum.

    ``limits`` : one per unit.
    """
    found = [_at(blocks, limits, {})]
    found += [_at(blocks, limits, {limit.counted: _price(blocks, limit)}) for limit in limits]
    return min(found, key=lambda multipliers: multipliers.bound)


def _at(blocks: Blocks, limits: Sequence[Limit], prices: Mapping[str, Fraction]) -> Multipliers:
    return Multipliers(prices, dual_bound(blocks, limits, prices))


def _price(blocks: Blocks, limit: Limit) -> Fraction:
    if fits_engine(blocks.focal, limit.cost):
        return best_multiplier(blocks.focal, limit.cost, blocks.eligible, limit.most)
    useful = np.flatnonzero(blocks.eligible & (blocks.focal > 0) & (limit.cost > 0)).tolist()
    pairs = sorted(((Fraction(int(blocks.focal[row]), int(limit.cost[row])), int(limit.cost[row])) for row in useful),
                   reverse=True)
    left = limit.most
    for price, cost in pairs:
        left -= cost
        if left < 0:
            return price
    return Fraction(0)


def lagrangian_set(blocks: Blocks, limits: Sequence[Limit], prices: Mapping[str, Fraction]) -> Bools:
    """(n,) eligible blocks that are worth more than they cost at these prices."""
    gain, _ = gains(blocks, limits, prices)
    chosen: Bools = blocks.eligible & np.array([number > 0 for number in gain.tolist()], dtype=bool)
    return chosen
