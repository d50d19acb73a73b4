"""The rule of the original notebook, kept for comparison: it is not exact.

It starts at the ideals rounded down (at least the minimum) and adds the unit that gains most, or takes away the one
that costs least, until the sum is right; the first group wins a tie. Allocations below the rounded-down ideal are out
of its reach, and so is the optimum whenever it lies there. Only the arithmetic is mended here: a unit's worth is the
difference of its own group's error, not of two totals.
"""

from __future__ import annotations

import heapq
import math

import numpy as np
from numpy.typing import NDArray

from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.intp]


def greedy_floor(problem: ParametricProblem, k: int) -> Ints:
    """Units per group by the original rule, any beta; O((n + |k - sum of floors|) log n).

    Raises
    ------
    ValueError
        If the bounds do not allow k units.
    """
    at = problem.at(k)
    a = np.clip(np.floor(at.ideal), at.lower, at.upper)
    missing = at.units - int(a.sum())
    if missing:
        _walk(at, a, missing)
    return at.whole(a)


def _walk(at: AtSize, a: Floats, missing: int) -> None:
    """Add (missing > 0) or take away one unit at a time, the cheapest first."""
    adds, count = missing > 0, abs(missing)
    low, high = at.cuts(a)
    cost = high if adds else -low
    rows = np.flatnonzero(np.isfinite(cost))
    if count < len(rows):       # the cheapest `count` groups have that many units to offer: no other is asked
        rows = rows[cost[rows] <= np.partition(cost[rows], count - 1)[count - 1]]
    change = 1.0 if adds else -1.0

    def following(some: Rows, units: Floats) -> list[float]:
        """What one more change would cost after these."""
        below, above = at.cuts(units, some)
        costs: list[float] = (above if adds else -below).tolist()
        return costs

    # Few groups change twice and hardly any three times: second costs are known at once, later ones when asked for.
    second = dict(zip(rows.tolist(), following(rows, a[rows] + change), strict=True))
    queue = list(zip(cost[rows].tolist(), rows.tolist(), strict=True))
    heapq.heapify(queue)
    for _ in range(count):
        row = queue[0][1]
        a[row] += change
        ahead = second.pop(row, None)
        if ahead is None:
            ahead, = following(np.array([row]), a[row:row + 1])
        if math.isfinite(ahead):
            heapq.heapreplace(queue, (ahead, row))
        else:
            heapq.heappop(queue)
