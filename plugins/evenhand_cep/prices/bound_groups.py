"""Bound C: for any (u, lambda), an upper bound over groupings into at most K groups.

With u_s >= o_s where s may stay out, lambda >= 0 and phi(t) = sum_s max(0, v_s(t) + lambda(t)(a_s - t N_s) - u_s),
every group adds at most phi(its share) above its schools' u, hence any grouping into at most K groups is worth at most

    sum_s u_s + K sup over t of phi(t).

The supremum runs over the continuum of shares: it is enclosed by bisection, never sampled.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from math import fsum

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_any import breakpoints, pad_of
from evenhand_cep.prices.curve import PriceCurve, share_range

Floats = NDArray[np.float64]

_BLOCK_ENTRIES = 1 << 21
_MOST_PIECES = 200_000


@frozen
class GroupsBound:
    """The bound, the share where phi peaks, and the enclosed supremum of phi (unpadded)."""

    bound: float
    peak: float
    supremum: float


def bound_groups(instance: Instance, curve: PriceCurve, anchors: Floats, tolerance: float,
                 stop: Callable[[], bool] = lambda: False) -> GroupsBound:
    """Evaluate the bound of the module's text, padded outward.

    Parameters
    ----------
    anchors : array of shape (n,)
        u, in the objective's unit; ignored for schools that must stay out.
    tolerance : float
        Width at which the enclosure of K sup phi stops; the upper end is used, so any width is valid.
    stop : callable
        Asked between bisections; stopping early leaves a wider enclosure.

    Raises
    ------
    ValueError
        If u is not finite, has the wrong length, or lies under o_s where s may stay out.
    """
    anchors = np.asarray(anchors, dtype=np.float64)
    if anchors.shape != (instance.size,):
        raise ValueError(f"u has shape {anchors.shape}, expected ({instance.size},)")
    if not np.all(np.isfinite(anchors)):
        raise ValueError("u must be finite numbers")
    free = instance.may_stay_out & instance.may_join
    if np.any(anchors[free] < instance.outside[free]):
        raise ValueError("u lies under what a school is worth outside")
    joiners = instance.may_join
    fixed = fsum(instance.outside[~joiners].tolist()) + fsum(anchors[joiners].tolist())
    reach = share_range(instance)
    pad = pad_of(instance, curve.largest) + 1e-12 * float(np.abs(anchors).sum())
    if reach.empty:
        return GroupsBound(fixed + pad, reach.low, 0.0)
    profile = _Profile(instance, anchors)
    if reach.continuous:
        supremum, peak = _continuous(profile, *breakpoints(curve, reach), tolerance / instance.max_groups, stop)
        if reach.full and np.any(profile.full != 0):
            at_one = profile.point(1.0, float(curve.at(np.ones(1))[0]), 1.0, True)
            if at_one > supremum:
                supremum, peak = at_one, 1.0
    else:
        values = profile.levels(reach.shares, reach.needs, curve.at(reach.shares), reach.full)
        supremum, peak = float(values.max()), float(reach.shares[int(np.argmax(values))])
    if not np.isfinite(supremum):
        raise ArithmeticError("prices overflow")
    return GroupsBound(fixed + instance.max_groups * supremum + pad * (1 + instance.max_groups), peak, supremum)


class _Profile:
    """phi for fixed u: the schools that may join, each reduced by its u."""

    def __init__(self, instance: Instance, anchors: Floats) -> None:
        joiners = instance.may_join
        self.slope, self.full = instance.slope[joiners], instance.full[joiners]
        self.base = instance.constant[joiners] - anchors[joiners]
        self.attributed, self.enrolled = instance.attributed[joiners], instance.enrolled[joiners]

    def point(self, share: float, price: float, need: float, full: bool) -> float:
        height = self.slope * share + self.base + price * (self.attributed - need * self.enrolled)
        if full:
            height = height + self.full
        return float(np.maximum(0.0, height).sum())

    def levels(self, shares: Floats, needs: Floats, prices: Floats, full: bool) -> Floats:
        total = np.zeros(len(shares))
        rows_at_once = max(1, _BLOCK_ENTRIES // len(shares))
        for start in range(0, len(self.slope), rows_at_once):
            rows = slice(start, start + rows_at_once)
            table = np.multiply.outer(self.slope[rows], shares) + self.base[rows, None]
            table += np.multiply.outer(self.attributed[rows], prices)
            table -= np.multiply.outer(self.enrolled[rows], prices * needs)
            if full:
                table[:, -1] += self.full[rows]
            total += np.maximum(0.0, table).sum(axis=0)
        return total

    def piece(self, left: float, right: float, price: float, rise: float) -> tuple[float, float]:
        """Upper bound of phi on [left, right], where lambda = price + rise (t - left), and phi(left)."""
        width = right - left
        slack = self.attributed - left * self.enrolled
        start = self.slope * left + self.base + price * slack
        lift = self.slope + rise * slack - price * self.enrolled
        bend = rise * self.enrolled
        end = start + width * (lift - bend * width)
        bump = np.abs(bend) * (0.25 * width * width)
        highest = np.maximum(start, end) + (bump if rise > 0 else 0.0)
        lowest = np.minimum(start, end) - (bump if rise < 0 else 0.0)
        sure = lowest > 0
        # Schools positive throughout add up to one parabola, whose maximum is exact; the others are bounded alone.
        maybe = float(np.maximum(0.0, highest[~sure]).sum())
        height, tilt, curl = float(start[sure].sum()), float(lift[sure].sum()), float(bend[sure].sum())
        top = max(height, height + width * (tilt - curl * width))
        if curl > 0 and 0 < tilt < 2 * curl * width:
            top = max(top, height + tilt * tilt / (4 * curl))
        return maybe + top, float(np.maximum(0.0, start).sum())


def _continuous(profile: _Profile, breaks: Floats, prices: Floats, tolerance: float,
                stop: Callable[[], bool]) -> tuple[float, float]:
    """Upper bound of sup phi within ``tolerance`` of a value that is attained, and where about it peaks."""
    if len(breaks) == 1:
        value = profile.point(float(breaks[0]), float(prices[0]), float(breaks[0]), False)
        return value, float(breaks[0])
    attained = profile.point(float(breaks[-1]), float(prices[-1]), float(breaks[-1]), False)
    peak = float(breaks[-1])
    queue: list[tuple[float, float, float, float, float]] = []

    def push(left: float, right: float, price: float, rise: float) -> None:
        nonlocal attained, peak
        upper, at_left = profile.piece(left, right, price, rise)
        if at_left > attained:
            attained, peak = at_left, left
        heapq.heappush(queue, (-upper, left, right, price, rise))

    for left, right, price, following in zip(breaks[:-1], breaks[1:], prices[:-1], prices[1:], strict=True):
        push(float(left), float(right), float(price), float((following - price) / (right - left)))
    for _ in range(_MOST_PIECES):
        upper, left, right, price, rise = queue[0]
        if -upper <= attained + tolerance or right - left <= 1e-13 or stop():
            break
        heapq.heappop(queue)
        middle = 0.5 * (left + right)
        push(left, middle, price, rise)
        push(middle, right, price + rise * (middle - left), rise)
    return max(attained, -queue[0][0]), peak
