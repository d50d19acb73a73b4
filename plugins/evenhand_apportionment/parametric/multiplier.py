"""Exact allocation by a search for the multiplier, for beta >= 1: steady where exchanges of single units would be slow.

Between two prices that bracket the right one every group keeps a range of units that are still in doubt (compare
Frederickson and Johnson 1982). A new price halves the doubt; when little is left, the cheapest of the doubtful units
are selected outright.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand_apportionment.parametric.exchange import Position
from evenhand_apportionment.parametric.levels import count_between, level_above, level_below
from evenhand_apportionment.parametric.problem import AtSize

Floats = NDArray[np.float64]

_SAMPLE = 4096
_FEW_UNITS = 50_000
_ROUNDS = 200


def search(at: AtSize, now: Position) -> Floats:
    """The optimal allocation, from a feasible one (nothing missing) whose cuts are the bracket.

    At ``cut_high`` nobody would hold more than now, at ``cut_low`` nobody less, and k lies between.
    """
    below, above = now.cut_high, now.cut_low
    fewest = level_below(at, now.a, now.low, below, inclusive=False)
    most = level_above(at, now.a, now.high, above, inclusive=True)
    for turn in range(_ROUNDS):
        rows = np.flatnonzero(fewest < most)
        doubt = float((most[rows] - fewest[rows]).sum())
        if not len(rows) or doubt <= max(_FEW_UNITS, at.size // 2):
            break
        price = _price(at, rows, fewest, most, below, above, turn)
        if price is None:
            break
        level = count_between(at, rows, price, fewest[rows], most[rows], inclusive=True)
        held = float(fewest.sum() + (level - fewest[rows]).sum())
        if held >= at.units and not (level < most[rows]).any():
            # everything in doubt costs at most this price: settle what costs less
            level = count_between(at, rows, price, fewest[rows], most[rows], inclusive=False)
            if float(fewest.sum() + (level - fewest[rows]).sum()) <= at.units:
                fewest[rows] = level
                return _spread(at, fewest, most)
        if held >= at.units:
            most[rows], above = level, price
        else:
            fewest[rows], below = level, price
    return _select(at, fewest, most)


def _price(at: AtSize, rows: NDArray[np.intp], fewest: Floats, most: Floats, below: float, above: float,
           turn: int) -> float | None:
    """By turns the straight line between the ends of the bracket, and the weighted median of the middles in doubt."""
    if turn % 2 == 0 and np.isfinite(below) and np.isfinite(above):
        least, largest = float(fewest.sum()), float(most.sum())
        price = below + (above - below) * (at.units - least) / (largest - least)
        if below < price < above:
            return price
    some = rows if len(rows) <= _SAMPLE or turn % 8 == 7 else rows[::len(rows) // _SAMPLE]
    middle = np.floor((fewest[some] + most[some]) / 2.0)
    step = at.steps(middle, some)
    order = np.argsort(step, kind="stable")
    weight = np.cumsum((most[some] - fewest[some])[order])
    price = float(step[order[np.searchsorted(weight, weight[-1] / 2.0)]])
    return price if np.isfinite(price) else None


def _select(at: AtSize, fewest: Floats, most: Floats) -> Floats:
    """The cheapest units of those in doubt; among equals the first group's first."""
    needed = at.units - int(fewest.sum())
    rows = np.flatnonzero(fewest < most)
    if needed <= 0 or not len(rows):
        return fewest
    width = (most[rows] - fewest[rows]).astype(np.int64)
    owner = np.repeat(np.arange(len(rows)), width)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(width) - width, width)
    cost = at.steps(fewest[rows][owner] + number, rows[owner])
    if needed >= len(cost):
        return most.copy()
    price = np.partition(cost, needed - 1)[needed - 1]
    chosen = cost < price
    equal = np.flatnonzero(cost == price)
    chosen[equal[:needed - int(np.count_nonzero(chosen))]] = True
    out = fewest.copy()
    out[rows] += np.bincount(owner[chosen], minlength=len(rows))
    return out


def _spread(at: AtSize, fewest: Floats, most: Floats) -> Floats:
    """Units that all cost the same: the first groups take theirs."""
    room = most - fewest
    before = np.cumsum(room) - room
    taken: Floats = np.clip(at.units - fewest.sum() - before, 0.0, room)
    return fewest + taken
