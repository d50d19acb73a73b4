"""How much any set of blocks could be worth within one budget: the linear relaxation of the knapsack, exactly."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from evenhand_tiebreaker.literals.feature import Ints, Mask
from evenhand_tiebreaker.literals.search.axes import LARGEST, Weights


@frozen(eq=False)
class Knapsack:
    """The relaxation ``max Σ gain x, Σ load x ≤ limit, 0 ≤ x ≤ 1`` over any subset of blocks (Dantzig 1957).

    The bound is ``λ limit + Σ max(0, gain - λ load)`` for one λ ≥ 0, valid whichever λ is taken (weak duality). λ is
    the ratio of the block that the greedy filling cuts; floats only sort the blocks: at worst they choose a weaker λ.
    """

    gains: Ints
    loads: Ints
    limit: int
    _order: Ints = field(init=False)
    _exact: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        ratio = np.where(self.loads > 0, self.gains / np.maximum(self.loads, 1), np.inf)
        order = np.argsort(-ratio, kind="stable")
        object.__setattr__(self, "_order", order[self.gains[order] > 0])
        largest = int(np.abs(self.gains).max(initial=0)) * int(self.loads.max(initial=0))
        object.__setattr__(self, "_exact", largest < LARGEST)

    def bound(self, blocks: Mask, used: int = 0) -> int:
        """Most that any subset of ``blocks`` can gain when ``used`` of the limit is gone already."""
        order = self._order[blocks[self._order]]
        gains, loads = self.gains[order], self.loads[order]
        filled = np.cumsum(loads)
        limit = self.limit - used
        cut = int(np.searchsorted(filled, limit, side="right"))
        if cut == len(order):
            return int(gains.sum())
        gain, load = int(gains[cut]), int(loads[cut])  # the load is positive: this block overfills
        if self._exact:
            taken = gains * load > gain * loads
        else:
            taken = (gains.astype(object) * load > loads.astype(object) * gain).astype(bool)
        # Σ (gain_i - λ load_i) over the taken, plus λ limit, all times load.
        return (int(gains[taken].sum()) * load + gain * (limit - int(loads[taken].sum()))) // load


def knapsacks(weights: Weights) -> list[Knapsack]:
    """One relaxation for each budget that can bind."""
    return [
        Knapsack(weights.keys, load, limit) for load, limit in zip(weights.loads, weights.limits, strict=True)
    ]


def key_bound(weights: Weights, relaxations: list[Knapsack], blocks: Mask, used: Ints | None = None) -> int:
    """Largest key of any subset of ``blocks``: the least of the relaxations, one for each budget."""
    gone = [0] * len(relaxations) if used is None else used.tolist()
    bounds = [knapsack.bound(blocks, spent) for knapsack, spent in zip(relaxations, gone, strict=True)]
    if bounds:
        return min(bounds)
    keys = weights.keys[blocks]
    return int(keys[keys > 0].sum())
