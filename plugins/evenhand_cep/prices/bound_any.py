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


def inside_maxima(instance: Instance, curve: PriceCurve, caps: Floats | None = None, reach: ShareRange | None = None,
                  floors: Floats | None = None) -> Floats:
    """Largest v_s(t) + lambda(t)(a_s - need(t) N_s) over the attainable t, per school; -inf when no t is.

    Parameters
    ----------
    caps, floors : array of shape (n,), optional
        Largest (see :func:`evenhand_cep.prices.reach.reach_caps`) and least need each school can sit at.
    """
    reach = share_range(instance) if reach is None else reach
    if reach.empty:
        return np.full(instance.size, -np.inf)
    caps = np.full(instance.size, np.inf) if caps is None else caps
    floors = np.full(instance.size, -np.inf) if floors is None else floors
    over = _over_segments if reach.continuous else _over_levels
    with np.errstate(over="ignore", invalid="ignore"):  # the caller refuses what is not finite
        return over(instance, curve, caps, floors, reach)


def bound_any(instance: Instance, curve: PriceCurve, caps: Floats | None = None, reach: ShareRange | None = None, *,
              floors: Floats | None = None, may_stay_out: NDArray[np.bool_] | None = None) -> float:
    """The bound of the module's text, padded outward. Cost O(n x nodes), or O(n x levels) under rounding.

    ``floors`` and ``may_stay_out`` narrow what schools may do (for a branch of the problem). -inf: some school has
    nowhere to go, hence no grouping keeps these limits.

    Raises
    ------
    ArithmeticError
        If the prices are so extreme that floats overflow.
    """
    pad = pad_of(instance, curve.largest)
    if not np.isfinite(pad) or pad > 1e280:
        raise ArithmeticError("prices overflow")
    inside = inside_maxima(instance, curve, caps, reach, floors)
    leaving = instance.may_stay_out if may_stay_out is None else may_stay_out
    best = np.where(leaving, instance.outside, -np.inf)
    best = np.where(instance.may_join, np.maximum(best, inside), best)
    if np.any(np.isnan(best)) or np.any(best == np.inf):
        raise ArithmeticError("prices overflow")
    if np.any(best == -np.inf):
        return -np.inf
    return fsum(best.tolist()) + pad


def breakpoints(curve: PriceCurve, reach: ShareRange) -> tuple[Floats, Floats]:
    """Ends of the linear pieces of the curve within a continuous range, and its prices there."""
    within = curve.nodes[(curve.nodes > reach.low) & (curve.nodes < reach.high)]
    breaks = np.unique(np.concatenate([[reach.low], within, [reach.high]]))
    return breaks, curve.at(breaks)


def _over_segments(instance: Instance, curve: PriceCurve, caps: Floats, floors: Floats, reach: ShareRange) -> Floats:
    slope, constant = instance.slope, instance.constant
    attributed, enrolled = instance.attributed, instance.enrolled
    breaks, prices = breakpoints(curve, reach)
    best = np.where((floors <= breaks[0]) & (caps >= breaks[0]),
                    slope * breaks[0] + prices[0] * (attributed - breaks[0] * enrolled), -np.inf)
    for left, right, price, next_price in zip(breaks[:-1], breaks[1:], prices[:-1], prices[1:], strict=True):
        width = right - left
        rise = (next_price - price) / width
        slack = attributed - left * enrolled
        at_left = slope * left + price * slack
        # Along x = t - left: at_left + x lift - rise N x^2. The local form keeps steep short pieces exact.
        lift = slope + rise * slack - price * enrolled
        first = np.maximum(0.0, floors - left)
        last = np.minimum(width, caps - left)
        value = at_left + np.maximum(first * (lift - rise * enrolled * first), last * (lift - rise * enrolled * last))
        if rise > 0:
            vertex = lift / (2 * rise * enrolled)
            peak = np.maximum(value, at_left + 0.5 * lift * vertex)
            value = np.where((vertex > first) & (vertex < last), peak, value)
        best = np.where(first <= last, np.maximum(best, value), best)
    best = best + constant
    if reach.full and np.any(instance.full != 0):
        at_one = slope + constant + instance.full + prices[-1] * (attributed - enrolled)
        best = np.where((caps >= 1.0) & (floors <= 1.0), np.maximum(best, at_one), best)
    return best


def _over_levels(instance: Instance, curve: PriceCurve, caps: Floats, floors: Floats, reach: ShareRange) -> Floats:
    shares, needs = reach.shares, reach.needs
    prices = curve.at(shares)
    best = np.full(instance.size, -np.inf)
    rows_at_once = max(1, _BLOCK_ENTRIES // len(shares))
    limited = bool(np.any(caps < needs[-1]) or np.any(floors > needs[0]))
    for start in range(0, instance.size, rows_at_once):
        rows = slice(start, start + rows_at_once)
        table = np.multiply.outer(instance.slope[rows], shares)
        table += np.multiply.outer(instance.attributed[rows], prices)
        table -= np.multiply.outer(instance.enrolled[rows], prices * needs)
        if reach.full:
            table[:, -1] += instance.full[rows]
        if limited:
            table[(needs > caps[rows, None]) | (needs < floors[rows, None])] = -np.inf
        best[rows] = table.max(axis=1) + instance.constant[rows]
    return best
