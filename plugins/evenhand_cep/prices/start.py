"""First groupings from relaxed prices: which shares to open, and each school to its best one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.instance import Instance, Ints
from evenhand_cep.prices.curve import PriceCurve
from evenhand_cep.prices.dual import Relaxed

Floats = NDArray[np.float64]


def chosen_shares(instance: Instance, relaxed: Relaxed, groups: int) -> Floats:
    """At most ``groups`` shares: both ends of the relaxation's mass, and quantiles of the mass between them."""
    shares = relaxed.grid.shares
    mass = relaxed.weights.T @ instance.enrolled
    held = np.flatnonzero(mass > 1e-6 * max(float(mass.sum()), 1e-300))
    if not len(held):
        return shares[:1]
    if len(held) <= groups:
        return shares[held]
    first, last = held[0], held[-1]
    if groups == 1:
        return np.array([float(mass @ shares) / float(mass.sum())])
    inner = held[1:-1]
    count = groups - 2
    if not count:
        return shares[[first, last]]
    cumulated = np.cumsum(mass[inner])
    spots = (np.arange(count) + 0.5) / count * cumulated[-1]
    middle = np.interp(spots, cumulated - 0.5 * mass[inner], shares[inner])
    return np.unique(np.concatenate([[shares[first]], middle, [shares[last]]]))


def reduced_values(instance: Instance, curve: PriceCurve, shares: Floats) -> Floats:
    """v_s(t) + lambda(t)(a_s - need(t) N_s) at the given shares, shape (k, n)."""
    floor = float(instance.rule.multiplier * instance.rule.minimum_requirement)
    prices = curve.at(shares)
    table = np.multiply.outer(shares, instance.slope) + instance.constant
    table += np.multiply.outer(prices, instance.attributed)
    table -= np.multiply.outer(prices * np.maximum(shares, floor), instance.enrolled)
    table += np.multiply.outer((shares >= 1).astype(float), instance.full)
    return table


def assigned(instance: Instance, curve: PriceCurve, shares: Floats) -> Ints:
    """Labels that put every school where its reduced value is largest (1 = first share; 0 = out)."""
    table = reduced_values(instance, curve, shares)
    labels = np.argmax(table, axis=0) + 1
    best = table.max(axis=0)
    leave = instance.may_stay_out & (instance.outside > best)
    return np.where(leave | instance.must_stay_out, 0, labels).astype(np.int64)
