"""Growing the tree of cases: best-first branch and bound with prices in every leaf."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_branches import Case, Fork, capped_bound, case_caps, whole
from evenhand_cep.prices.curve import PriceCurve, ShareGrid, ShareRange
from evenhand_cep.prices.dual import Relaxed, best_prices

Floats = NDArray[np.float64]

_FIRST, _LAST, _SHRINK = 0.1, 1e-4, 0.1
_DIGITS = 7
"""Prices are cut to so many digits: certificates stay short, and any prices bound."""


@frozen(eq=False)
class Leaf:
    """An unsplit case: its prices, bound and relaxation."""

    place: int
    case: Case
    curve: PriceCurve
    bound: float
    relaxed: Relaxed
    caps: Floats


@define(eq=False)
class Tree:
    """The nodes so far, and the open leaves by falling bound."""

    instance: Instance
    grid: ShareGrid
    reach: ShareRange
    stop: Callable[[], bool]
    nodes: list[Fork | PriceCurve] = field(factory=list)
    open: list[tuple[float, int, Leaf]] = field(factory=list)
    closed: float = -np.inf
    enough: float = -np.inf

    def plant(self, curve: PriceCurve) -> None:
        """Make the root."""
        self.nodes.append(curve)
        self._price(0, whole(self.instance), curve)

    @property
    def bound(self) -> float:
        """Largest bound of all leaves."""
        return max(self.closed, -self.open[0][0] if self.open else -np.inf)

    def grow(self, value: float) -> Leaf | None:
        """Split the worst leaf; returns it, or None when nothing is left to split. ``value``: the best known worth."""
        if not self.open:
            return None
        self.enough = value - 0.01 * abs(value)
        _, _, leaf = heapq.heappop(self.open)
        fork = _best_fork(self.instance, leaf)
        if fork is None or leaf.bound <= value:
            self.closed = max(self.closed, leaf.bound)
            return leaf
        school, need = fork
        low, high = len(self.nodes), len(self.nodes) + 1
        self.nodes[leaf.place] = Fork(school, need, low, high)
        self.nodes += [leaf.curve, leaf.curve]
        self._price(low, leaf.case.low(school, need), leaf.curve)
        self._price(high, leaf.case.high(school, need), leaf.curve)
        return leaf

    def _price(self, place: int, case: Case, inherited: PriceCurve) -> None:
        instance, grid = self.instance, self.grid
        caps = case_caps(instance, case, float(self.reach.needs[0]))
        if caps is None:
            return
        bound, curve = capped_bound(instance, case, inherited, caps, self.reach), inherited
        if bound == -np.inf:
            return
        relaxed = best_prices(instance, grid, caps, inherited.at(grid.shares), self.stop, _FIRST, _LAST,
                              _SHRINK, floors=case.floors, may_stay_out=case.may_stay_out, enough=self.enough)
        shortened = PriceCurve(grid.shares, _shortened(relaxed.curve.prices))
        own = capped_bound(instance, case, shortened, caps, self.reach)
        if own < bound:
            bound, curve = own, shortened
        self.nodes[place] = curve
        heapq.heappush(self.open, (-bound, place, Leaf(place, case, curve, bound, relaxed, caps)))


def _shortened(prices: Floats) -> Floats:
    return np.array([float(f"{price:.{_DIGITS}g}") for price in prices])


def _best_fork(instance: Instance, leaf: Leaf) -> tuple[int, float] | None:
    """School and need that part the relaxation's mixture most: whole students' lack on the lighter side counts."""
    weights, needs = leaf.relaxed.weights, leaf.relaxed.grid.needs
    inside = weights.sum(axis=1)
    outside = np.where(leaf.case.may_stay_out & instance.may_join, np.maximum(0.0, 1.0 - inside), 0.0)
    first = weights @ needs
    mean_lack = np.abs(instance.attributed * inside - instance.enrolled * first) / np.maximum(inside, 1e-12)
    by_leaving = np.minimum(outside, inside) * mean_lack
    below = np.cumsum(weights, axis=1)[:, :-1]
    above = inside[:, None] - below
    moment = np.cumsum(weights * needs, axis=1)[:, :-1]
    low_mean = moment / np.maximum(below, 1e-12)
    high_mean = (first[:, None] - moment) / np.maximum(above, 1e-12)
    parted = np.minimum(below, above) * (high_mean - low_mean) * instance.enrolled[:, None]
    best_leave = int(np.argmax(by_leaving))
    best_part = int(np.argmax(parted)) if parted.size else 0
    leave_score = float(by_leaving[best_leave])
    part_score = float(parted.flat[best_part]) if parted.size else 0.0
    if max(leave_score, part_score) <= 1e-4 * float(instance.enrolled.mean()):
        return _undecided(instance, leaf)
    if leave_score >= part_score:
        return best_leave, 0.5 * float(needs[0])
    school, at = divmod(best_part, parted.shape[1])
    middle = 0.5 * (low_mean[school, at] + high_mean[school, at])
    need = float(needs[int(np.argmin(np.abs(needs - middle)))])
    # On a node that holds mass both cases would keep it: step between two nodes then.
    if not (low_mean[school, at] < need < high_mean[school, at]) or weights[school, needs == need].sum() > 1e-3:
        need = float(0.5 * (needs[at] + needs[at + 1]))
    return school, need


def _undecided(instance: Instance, leaf: Leaf) -> tuple[int, float] | None:
    """The relaxation is whole and yet no answer: split a school that is still free, or the widest range of needs."""
    needs, case = leaf.relaxed.grid.needs, leaf.case
    lowest = float(needs[0])
    free = case.may_stay_out & instance.may_join & (leaf.caps >= lowest)
    if free.any():
        inside = leaf.relaxed.weights.sum(axis=1)
        return int(np.argmax(np.where(free, (1e-3 + inside) * instance.enrolled, -1.0))), 0.5 * lowest
    low = np.maximum(case.floors, lowest)
    high = np.minimum(leaf.caps, float(needs[-1]))
    width = np.where(instance.may_join & (leaf.caps >= lowest), (high - low) * instance.enrolled, 0.0)
    school = int(np.argmax(width))
    if high[school] - low[school] < 1e-6:
        return None
    return school, float(0.5 * (low[school] + high[school]))
