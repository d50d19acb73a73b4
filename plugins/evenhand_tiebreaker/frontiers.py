"""The exact frontier of the eligible blocks, where it is of a workable size."""

from __future__ import annotations

from evenhand_tiebreaker.budgets import Limit
from evenhand_tiebreaker.curve import fits_engine
from evenhand_tiebreaker.curves.frontier import Frontier, exact_frontier
from evenhand_tiebreaker.instance import Blocks


def whole_frontier(blocks: Blocks) -> Frontier | None:
    """Most focal students at every number of non-focal ones; None where the counts are too large for it."""
    return _frontier(blocks, blocks.other, None)


def budget_frontier(blocks: Blocks, limit: Limit | None) -> Frontier | None:
    """The same up to one limit, in that limit's unit."""
    if limit is None:
        return whole_frontier(blocks)
    return _frontier(blocks, limit.cost, limit.most)


def _frontier(blocks: Blocks, cost: object, most: int | None) -> Frontier | None:
    import numpy as np

    weight = np.asarray(cost)
    if not fits_engine(blocks.students, weight):
        return None
    try:
        return exact_frontier(blocks.focal, weight, blocks.eligible, most)
    except OverflowError:  # a row of cells that no memory holds
        return None
