"""Exact allocation by dynamic programming, for any beta; meant for beta < 1, where exchanges prove nothing.

With a multiplier lambda and inner minimisers b, a group's *regret* ``f_i(a) - lambda a`` less its minimum is never
negative, and the error of an allocation of k units is the Lagrangian bound plus the sum of its regrets. So the
recursion runs over ``s = sum (a_j - b_j)`` of the first groups, holds the least sum of regrets for each s, and drops
whatever exceeds the distance between the bound and an allocation already known: no optimum is lost, and the tables
stay narrow. If they do not, the search is cut short to a window and only the Lagrangian bound is claimed.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from attrs import define, field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric import measure
from evenhand_apportionment.parametric.lagrange import Bound, best_multiplier, lower_bound
from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem
from evenhand_apportionment.parametric.truth import true_bound

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_WORK = 400_000_000
"""Additions after which the exact recursion gives up: some seconds."""

_WINDOW = 4
_WINDOW_STATES = 2048
_DESCENT = 20_000
_PAD = 1e-11


@frozen(eq=False)
class DynamicAnswer:
    """The best allocation found and what is proven about it.

    Attributes
    ----------
    units : int64 array of shape (n,)
    size : int
        k.
    error : float
    multiplier : float
        The lambda of ``lagrangian``.
    bound : float
        No allowed allocation has a smaller error.
    lagrangian : float
        The part of it that one pass over the table confirms.
    exact : bool
        Whether the recursion was completed: the error is the least possible.
    work : int
        Additions made.
    """

    units: Ints = field(repr=False)
    size: int
    error: float
    multiplier: float
    bound: float
    lagrangian: float
    exact: bool
    work: int


def solve_dynamic(problem: ParametricProblem, k: int, *, max_work: int = MAX_WORK) -> DynamicAnswer:
    """The least error for any beta if ``max_work`` additions suffice, else a good allocation and an honest bound.

    Raises
    ------
    ValueError
        If the bounds do not allow k units.
    OverflowError
        If an error is no finite double.
    """
    at = problem.at(k)
    bound = _dual(at)
    known = descend(at, bound.units.astype(np.float64))
    table = _Table(at, bound, known, max_work)
    found = table.run()
    if found is None:
        window = _Table(at, bound, known, max_work, window=_WINDOW)
        found = window.run()
        best = known if found is None or at.error(found) >= at.error(known) else found
        return DynamicAnswer(at.whole(best), at.units, at.error(best), bound.multiplier, bound.value, bound.value,
                             False, table.work + window.work)
    best = known if at.error(known) <= at.error(found) else found
    error = at.error(best)
    proven = max(bound.value, true_bound(at, error - table.rounding(error)))
    return DynamicAnswer(at.whole(best), at.units, error, bound.multiplier, proven, bound.value, True, table.work)


def repeat(problem: ParametricProblem, k: int, units: ArrayLike, multiplier: float, *,
           max_work: int = MAX_WORK) -> float:
    """Repeat the recursion to confirm an allocation: a proven lower bound on the error, by nothing but enumeration.

    Raises
    ------
    ValueError
        If ``units`` is no allowed allocation of k units, or the multiplier is not finite.
    """
    at, a = problem.at(k), np.asarray(units, dtype=np.float64)
    if a.shape != at.ideal.shape or a.sum() != k or (a < at.lower).any() or (a > at.upper).any():
        raise ValueError("no allowed allocation of that many units")
    bound = lower_bound(problem, k, multiplier, near=a)
    table = _Table(at, bound, a, max_work)
    found = table.run()
    if found is None:
        return bound.value
    error = min(at.error(found), at.error(a))
    return max(bound.value, true_bound(at, error - table.rounding(error)))


def _dual(at: AtSize) -> Bound:
    if at.beta < 1.0:
        return best_multiplier(at)
    from evenhand_apportionment.parametric.solve import solve

    answer = solve(at.problem, at.units)
    return lower_bound(at.problem, at.units, answer.multiplier, near=answer.units)


def descend(at: AtSize, a: Floats) -> Floats:
    """An allocation of k units from which no exchange of one unit improves (or 20,000 exchanges further on)."""
    a = np.clip(a, at.lower, at.upper)
    missing = at.units - int(a.sum())
    low, high = at.cuts(a)
    for _ in range(_DESCENT + abs(missing)):
        giver, taker = int(low.argmax()), int(high.argmin())
        if missing == 0 and giver == taker:     # without convexity one group may be both: move between it and another
            others = np.delete(np.arange(at.size), giver)
            if not len(others):
                break
            next_giver, next_taker = others[low[others].argmax()], others[high[others].argmin()]
            if low[giver] - high[next_taker] >= low[next_giver] - high[taker]:
                taker = int(next_taker)
            else:
                giver = int(next_giver)
        gain = low[giver] - high[taker]
        if missing == 0 and not gain > 1e-12 * max(abs(low[giver]), abs(high[taker])):
            break
        changed = []
        if missing <= 0:
            a[giver] -= 1.0
            changed.append(giver)
        if missing >= 0:
            a[taker] += 1.0
            changed.append(taker)
        missing -= (missing > 0) - (missing < 0)
        rows = np.array(changed)
        low[rows], high[rows] = at.cuts(a[rows], rows)
    return a


@define(eq=False)
class _Layer:
    """After one group: the states s from ``first`` on, and which of the group's offsets leads to each."""

    first: int
    offsets: Ints
    choice: NDArray[np.int32]


class _Table:
    """One run of the recursion; ``window`` restricts it to a few units around the minimisers."""

    def __init__(self, at: AtSize, bound: Bound, known: Floats, max_work: int, window: int | None = None) -> None:
        self.at, self.bound, self.max_work, self.window = at, bound, max_work, window
        self.b = bound.units.astype(np.float64)
        self.target = at.units - int(bound.units.sum())
        self.plain = at.error(self.b) + bound.multiplier * self.target
        self.scale = at.error(known) + at.error(self.b) + abs(bound.multiplier) * (at.units + float(self.b.sum()))
        self.slack = at.error(known) - self.plain + _PAD * self.scale
        self.work = 0

    def rounding(self, error: float) -> float:
        """What adding up n regrets in doubles may have lost."""
        at = self.at
        return 4.0 * (at.size + 64) * (at.beta + 4.0) * sys.float_info.epsilon * (self.scale + error)

    def run(self) -> Floats | None:
        """The best allocation, or None when the work limit was reached or a window lost every one."""
        first, cost = 0, np.zeros(1)
        layers: list[_Layer] = []
        for row in range(self.at.size):
            offsets, regret = self._regrets(row)
            self.work += len(regret) * len(cost)
            if self.work > self.max_work or not len(regret):
                return None
            layer, first, cost = self._extend(first, cost, offsets, regret)
            if layer is None:
                return None
            layers.append(layer)
        if not first <= self.target < first + len(cost) or not math.isfinite(cost[self.target - first]):
            return None
        return self._trace(layers)

    def _regrets(self, row: int) -> tuple[Ints, Floats]:
        """Offsets from b whose regret alone does not exceed the slack."""
        at, b = self.at, self.b[row]
        least, most = int(at.lower[row] - b), int(at.upper[row] - b)
        if self.window is not None:
            least, most = max(least, -self.window), min(most, self.window)
        elif most - least > self.max_work - self.work:
            self.work += most - least
            return np.empty(0, dtype=np.int64), np.empty(0)
        self.work += most - least
        offsets = np.arange(least, most + 1, dtype=np.int64)
        with np.errstate(over="ignore", invalid="ignore"):
            error = measure.values((b + offsets) * at.unit, at.aim[row], at.over[row], at.under[row], at.beta)
            regret = error - error[-least] - self.bound.multiplier * offsets
        kept = np.flatnonzero(regret <= self.slack)
        return offsets[kept], regret[kept]

    def _extend(self, first: int, cost: Floats, offsets: Ints, regret: Floats) -> tuple[_Layer | None, int, Floats]:
        """Min-plus convolution with one group's regrets; states beyond the slack are dropped and the ends trimmed."""
        length = len(cost)
        start = int(offsets[0])
        out = np.full(length + int(offsets[-1]) - start, np.inf)
        choice = np.zeros(len(out), dtype=np.int32)
        for number, (offset, more) in enumerate(zip((offsets - start).tolist(), regret.tolist(), strict=True)):
            candidate = cost + more
            spot = slice(offset, offset + length)
            better = candidate < out[spot]
            out[spot][better] = candidate[better]
            choice[spot][better] = number
        out[out > self.slack] = np.inf
        first += start
        if self.window is not None:     # states far from where the sum must end cannot all be kept
            distance = np.abs(np.arange(first, first + len(out)) - np.clip(self.target, first, first + len(out) - 1))
            out[distance > _WINDOW_STATES] = np.inf
        alive = np.flatnonzero(np.isfinite(out))
        if not len(alive):
            return None, first, out
        kept = slice(int(alive[0]), int(alive[-1]) + 1)
        first += kept.start
        return _Layer(first, offsets, choice[kept].copy()), first, out[kept].copy()

    def _trace(self, layers: list[_Layer]) -> Floats:
        a = self.b.copy()
        state = self.target
        for row in range(len(layers) - 1, -1, -1):
            layer = layers[row]
            offset = int(layer.offsets[layer.choice[state - layer.first]])
            a[row] += offset
            state -= offset
        return a
