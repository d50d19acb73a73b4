"""Bound A: for any non-negative prices, an upper bound over groupings into any number of groups.

With lambda(t) >= 0, every group of share t has sum(a - t N) >= 0, hence the value of any grouping is at most

    sum_s max( o_s if s may stay out ; max over t of  v_s(t) + lambda(t) (a_s - t N_s) ).

Bad prices weaken this bound, they never falsify it.
"""

from __future__ import annotations

from math import fsum

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.curve import PriceCurve, ShareRange, share_range

Floats = NDArray[np.float64]

PAD = 1e-12
"""Outward pad of float evaluation, relative to the magnitudes added up (thousands of units in the last place)."""

_BLOCK_ENTRIES = 1 << 21


def pad_of(instance: Instance, largest_price: float) -> float:
    """Absolute pad: PAD x (sum of all worths + largest price x (sum a + sum N x largest need))."""
    worth = sum(float(np.abs(part).sum())
                for part in (instance.slope, instance.constant, instance.full, instance.outside))
    need = max(1.0, float(instance.rule.multiplier * instance.rule.minimum_requirement))
    students = float(instance.attributed.sum()) + need * float(instance.enrolled.sum())
    return PAD * (worth + largest_price * students)


def inside_maxima(instance: Instance, curve: PriceCurve, caps: Floats | None = None,
                  reach: ShareRange | None = None) -> Floats:
    """Largest v_s(t) + lambda(t)(a_s - need(t) N_s) over the attainable t, per school; -inf when no t is.

    Parameters
    ----------
    caps : array of shape (n,), optional
        Largest need each school can sit at (see :func:`evenhand_cep.prices.reach.reach_caps`).
    """
    reach = share_range(instance) if reach is None else reach
    if reach.empty:
        return np.full(instance.size, -np.inf)
    return _over_segments(instance, curve, caps, reach) if reach.continuous else _over_levels(
        instance, curve, caps, reach)


def bound_any(instance: Instance, curve: PriceCurve, caps: Floats | None = None,
              reach: ShareRange | None = None) -> float:
    """The bound of the module's text, padded outward. Cost O(n x nodes), or O(n x levels) under rounding.

    Raises
    ------
    ArithmeticError
        If the prices are so extreme that floats overflow.
    """
    inside = inside_maxima(instance, curve, caps, reach)
    best = np.where(instance.may_stay_out, instance.outside, -np.inf)
    best = np.where(instance.may_join, np.maximum(best, inside), best)
    if np.any(np.isnan(best)) or np.any(best == np.inf):
        raise ArithmeticError("prices overflow")
    if np.any(best == -np.inf):
        return -np.inf
    return fsum(best.tolist()) + pad_of(instance, curve.largest)


def breakpoints(curve: PriceCurve, reach: ShareRange) -> tuple[Floats, Floats]:
    """Ends of the linear pieces of the curve within a continuous range, and its prices there."""
    within = curve.nodes[(curve.nodes > reach.low) & (curve.nodes < reach.high)]
    breaks = np.unique(np.concatenate([[reach.low], within, [reach.high]]))
    return breaks, curve.at(breaks)


def _over_segments(instance: Instance, curve: PriceCurve, caps: Floats | None, reach: ShareRange) -> Floats:
    slope, constant = instance.slope, instance.constant
    attributed, enrolled = instance.attributed, instance.enrolled
    breaks, prices = breakpoints(curve, reach)
    limit = np.full(instance.size, reach.high) if caps is None else np.minimum(caps, reach.high)
    # A school that must join and whose cap fell under the lowest share only shows that caps do not decide legality.
    limit = np.maximum(limit, reach.low)
    best = slope * breaks[0] + prices[0] * (attributed - breaks[0] * enrolled)
    for left, right, price, next_price in zip(breaks[:-1], breaks[1:], prices[:-1], prices[1:], strict=True):
        width = right - left
        rise = (next_price - price) / width
        slack = attributed - left * enrolled
        at_left = slope * left + price * slack
        # Along x = t - left: at_left + x lift - rise N x^2. The local form keeps steep short pieces exact.
        lift = slope + rise * slack - price * enrolled
        reached = np.minimum(width, limit - left)
        open_here = reached >= 0
        reached = np.maximum(reached, 0.0)
        at_right = at_left + reached * (lift - rise * enrolled * reached)
        value = np.maximum(at_left, at_right)
        if rise > 0:
            vertex = lift / (2 * rise * enrolled)
            value = np.where((vertex > 0) & (vertex < reached), np.maximum(value, at_left + 0.5 * lift * vertex), value)
        best = np.where(open_here, np.maximum(best, value), best)
    best = best + constant
    if reach.full and np.any(instance.full != 0):
        at_one = slope + constant + instance.full + prices[-1] * (attributed - enrolled)
        can = np.ones(instance.size, bool) if caps is None else caps >= 1.0
        best = np.where(can, np.maximum(best, at_one), best)
    return best


def _over_levels(instance: Instance, curve: PriceCurve, caps: Floats | None, reach: ShareRange) -> Floats:
    shares, needs = reach.shares, reach.needs
    prices = curve.at(shares)
    best = np.full(instance.size, -np.inf)
    rows_at_once = max(1, _BLOCK_ENTRIES // len(shares))
    bonus = np.zeros(len(shares))
    bonus[-1] = 1.0 if reach.full else 0.0
    for start in range(0, instance.size, rows_at_once):
        rows = slice(start, start + rows_at_once)
        table = np.multiply.outer(instance.slope[rows], shares)
        table += np.multiply.outer(instance.attributed[rows], prices)
        table -= np.multiply.outer(instance.enrolled[rows], prices * needs)
        table[:, -1] += instance.full[rows] * bonus[-1]
        if caps is not None:
            beyond = needs[None, :] > caps[rows, None]
            beyond[:, 0] = False
            table[beyond] = -np.inf
        best[rows] = table.max(axis=1) + instance.constant[rows]
    return best
