"""Prices of claiming share, and the grid of shares on which good ones are sought."""

from __future__ import annotations

from math import nextafter

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_cep.instance import Instance

Floats = NDArray[np.float64]


def _floats(values: ArrayLike) -> Floats:
    return np.array(values, dtype=np.float64).reshape(-1)


@frozen(eq=False)
class PriceCurve:
    """Non-negative piecewise-linear lambda(t), worth of one more attributed student at share t; constant past its ends.

    Raises
    ------
    ValueError
        If nodes and prices differ in length, are empty, not finite, a price is negative, or nodes do not rise.
    """

    nodes: Floats = field(converter=_floats)
    prices: Floats = field(converter=_floats)

    def __attrs_post_init__(self) -> None:
        if len(self.nodes) != len(self.prices) or not len(self.nodes):
            raise ValueError(f"{len(self.nodes)} nodes and {len(self.prices)} prices")
        if not (np.all(np.isfinite(self.nodes)) and np.all(np.isfinite(self.prices))):
            raise ValueError("nodes and prices must be finite numbers")
        if np.any(self.prices < 0):
            raise ValueError("a price is negative")
        if np.any(np.diff(self.nodes) <= 0):
            raise ValueError("nodes must rise")

    def at(self, shares: Floats) -> Floats:
        return np.maximum(0.0, np.interp(shares, self.nodes, self.prices))

    @property
    def largest(self) -> float:
        return float(self.prices.max())


@frozen(eq=False)
class ShareRange:
    """The shares a group of this instance can have.

    ``continuous``: every share of [low, high]; else the finite ``shares``, which ask for ``needs``: the slack
    sum(a - need N) of a group is never negative. ``full`` tells whether the last one is share 1.
    """

    low: float
    high: float
    continuous: bool
    shares: Floats
    needs: Floats
    full: bool

    @property
    def empty(self) -> bool:
        """No school reaches the lowest share, hence no group can."""
        return not len(self.shares)


def share_range(instance: Instance) -> ShareRange:
    """Attainable shares: from theta to the best ratio of a school that may join (rounded up), at most 1."""
    rule, joiners = instance.rule, instance.may_join
    none = np.zeros(0)
    if not np.any(instance.minimum_slack[joiners] >= 0):
        return ShareRange(1.0, 0.0, False, none, none, False)
    full = bool(np.any((instance.full_slack[joiners] >= 0) & (instance.minimum_slack[joiners] >= 0)))
    best = nextafter(float((instance.attributed[joiners] / instance.enrolled[joiners]).max()), 2.0)
    if rule.rounding == "none":
        low = float(rule.lowest_share)
        if low >= 1:
            need = np.array([float(rule.multiplier * rule.minimum_requirement)])
            return ShareRange(1.0, 1.0, False, np.ones(1), need, True)
        high = 1.0 if full else max(low, min(1.0, best))
        ends = np.array([low, high]) if high > low else np.array([low])
        return ShareRange(low, high, True, ends, ends, full)
    shares, needs = rule.level_arrays()
    within = needs <= best * (1 + 1e-15)
    within[0] = True
    if not full and shares[-1] >= 1:
        within[-1] = False
        within[0] = len(shares) > 1
    shares, needs = shares[within], needs[within]
    if not len(shares):
        return ShareRange(1.0, 0.0, False, none, none, False)
    return ShareRange(float(shares[0]), float(shares[-1]), False, shares, needs, full)


@frozen(eq=False)
class ShareGrid:
    """T shares, rising, with their needs: the points where prices are sought. ``full``: the last is share 1."""

    shares: Floats
    needs: Floats
    full: bool


def grid_on(reach: ShareRange, wanted: Floats) -> ShareGrid:
    """The attainable shares nearest to the wanted ones, both ends always among them."""
    wanted = np.clip(np.asarray(wanted, dtype=np.float64), reach.low, reach.high)
    if reach.continuous:
        shares = np.unique(np.concatenate([reach.shares, wanted]))
        # Nodes closer than this add nothing but steep slopes.
        keep = np.concatenate([[True], np.diff(shares) > 1e-9])
        keep[-1] = True
        if len(shares) > 1 and not np.diff(shares[keep])[-1] > 1e-9:
            keep[np.flatnonzero(keep)[-2]] = len(np.flatnonzero(keep)) <= 2
        shares = shares[keep]
        return ShareGrid(shares, shares, reach.full)
    at = np.clip(np.searchsorted(reach.shares, wanted), 0, len(reach.shares) - 1)
    chosen = np.unique(np.concatenate([[0, len(reach.shares) - 1], at]))
    return ShareGrid(reach.shares[chosen], reach.needs[chosen], reach.full)
