"""Exact allocation by improving exchanges, many at a time; for beta >= 1.

By the theorem of separable convex allocation (Gross 1956; Fox 1966; Ibaraki and Katoh 1988) a feasible allocation is
optimal if and only if no unit costs its holder more than it would cost somebody else. Every pass looks at two units
of each group, its last and its next, and keeps the cheapest that are needed of those 2 n.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from evenhand_apportionment.parametric.problem import AtSize

Floats = NDArray[np.float64]

TIE_TOLERANCE = 1e-12
"""Relative difference of marginals up to which they are equal: without it, rounding would be exchanged for ever."""

_START_ROUNDS = 6


@define(eq=False)
class Position:
    """A whole allocation (as float64), its sum's shortfall, and what the last and the next unit of each group cost."""

    a: Floats
    missing: int
    low: Floats
    high: Floats

    @property
    def cut_low(self) -> float:
        return self.low.item(int(self.low.argmax()))

    @property
    def cut_high(self) -> float:
        return self.high.item(int(self.high.argmin()))

    @property
    def is_optimal(self) -> bool:
        """Nothing is missing and no exchange improves (by more than a tie)."""
        return not self.missing and not exceeds(self.cut_low, self.cut_high)


@frozen
class Move:
    """Rows that change, by how much, and the price at which the cheapest units were cut off."""

    rows: NDArray[np.intp]
    change: Floats
    price: float


def exceeds(low: float, high: float) -> bool:
    """Whether ``low > high`` by more than :data:`TIE_TOLERANCE`."""
    return low > high and (math.isinf(low) or math.isinf(high)
                           or low - high > TIE_TOLERANCE * max(abs(low), abs(high)))


def position(at: AtSize, a: Floats) -> Position:
    """Evaluate an allocation within the bounds; its sum may differ from k."""
    low, high = at.cuts(a)
    return Position(a, at.units - int(a.sum()), low, high)


def rounded_start(at: AtSize) -> tuple[Floats, int]:
    """The rounded ideals within the bounds, and how many units they leave of k.

    Where bounds push the sum far from k the ideals are shifted by one multiplier first. To first order (beta = 2) a
    group leaves its ideal by a multiple of c^2 / W. It is only a start.
    """
    a = _rounded(at, at.ideal)
    missing = at.units - int(np.add.reduce(a))
    if abs(missing) <= 8 + at.size / 16:
        return a, missing
    slope = at.ideal * at.ideal
    slope /= at.problem.weights
    slope /= slope.max()
    shift = 0.0
    for _ in range(_START_ROUNDS):
        wanted = at.ideal + shift * slope
        free = (wanted > at.lower) & (wanted < at.upper)
        inside = np.clip(wanted, at.lower, at.upper, out=wanted)
        reach = float(slope[free].sum())
        if reach <= 0.0:
            break
        shift += (at.units - float(inside.sum())) / reach
    better = _rounded(at, at.ideal + shift * slope)
    short = at.units - int(np.add.reduce(better))
    return (better, short) if abs(short) < abs(missing) else (a, missing)


def _rounded(at: AtSize, amounts: Floats) -> Floats:
    a = np.rint(amounts)
    np.maximum(a, at.lower, out=a)
    return np.minimum(a, at.upper, out=a)


def cheapest(now: Position) -> Move:
    """Of the last and the next unit of every group, keep as many of the cheapest as are needed."""
    size = len(now.a)
    units = np.concatenate((now.low, now.high))
    rank = min(size + now.missing, 2 * size)
    if rank <= 0:
        price = -np.inf
    else:
        units.partition(rank - 1)
        price = float(units[rank - 1])
    del units
    gives, takes = now.low > price, now.high < price
    short = now.missing + int(np.count_nonzero(gives)) - int(np.count_nonzero(takes))
    if short and np.isfinite(price):    # among equals as few move as possible
        if short > 0:
            takes[np.flatnonzero(now.high == price)[:short]] = True
        else:
            gives[np.flatnonzero(now.low == price)[short:]] = True
    change = takes.astype(np.float64)
    change -= gives
    rows = np.flatnonzero(change)
    return Move(rows, change[rows], price)


def apply(at: AtSize, now: Position, move: Move) -> None:
    """Make a move in place; only what it touches is evaluated again."""
    now.a[move.rows] += move.change
    now.missing -= int(move.change.sum())
    if 2 * len(move.rows) > at.size:
        now.low, now.high = at.cuts(now.a)
    else:
        now.low[move.rows], now.high[move.rows] = at.cuts(now.a[move.rows], move.rows)


def exchange(at: AtSize, now: Position, passes: int) -> bool:
    """Improve in place for at most that many passes. Returns whether the result is optimal."""
    for _ in range(passes):
        if now.is_optimal:
            return True
        move = cheapest(now)
        if not len(move.rows):
            break
        apply(at, now, move)
    return now.is_optimal


def fill(at: AtSize, now: Position) -> None:
    """Hand out or take back what is missing anyhow, within the bounds, so that a search for the best can start."""
    if not now.missing:
        return
    room = at.upper - now.a if now.missing > 0 else now.a - at.lower
    before = np.cumsum(room) - room
    part = np.clip(abs(now.missing) - before, 0.0, room)
    now.a = now.a + part if now.missing > 0 else now.a - part
    now.missing = at.units - int(now.a.sum())
    now.low, now.high = at.cuts(now.a)
