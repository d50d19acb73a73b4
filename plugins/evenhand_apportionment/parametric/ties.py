"""Ties at the cut: which groups share which units, and who gets them in a given order of preference; for beta >= 1.

Units whose marginals agree with the cut to 1e-12 may change hands without changing the error. Usually that is one
unit per group; with sigma 0 or 1, or beta = 1, a group's marginals are flat and it may hold several. They are handed
out one at a time, in rounds, so that a flat side does not give everything to the group that is asked first.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric.exchange import TIE_TOLERANCE, Position
from evenhand_apportionment.parametric.levels import level_above, level_below
from evenhand_apportionment.parametric.problem import AtSize

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.intp]


@frozen(eq=False)
class Ties:
    """Groups tied at the cut.

    Attributes
    ----------
    rows : int array of shape (m,), m >= 2
        The tied groups, ascending.
    base, top : int64 arrays of shape (m,)
        Units of each with none and with all of the tied units it could hold.
    shared : int
        Tied units there are to hand out; what the rows hold together is ``base.sum() + shared``.
    """

    rows: Rows
    base: Ints = field(repr=False)
    top: Ints = field(repr=False)
    shared: int


def middle(cut_low: float, cut_high: float) -> float:
    """A multiplier between the two cuts: the middle, the finite one, or 0 if there is none."""
    if math.isinf(cut_low) or math.isinf(cut_high):
        return next((cut for cut in (cut_low, cut_high) if math.isfinite(cut)), 0.0)
    return cut_low / 2.0 + cut_high / 2.0


def meet(cut_low: float, cut_high: float) -> bool:
    """Whether the cuts of an optimal position agree to :data:`TIE_TOLERANCE`."""
    if math.isinf(cut_low) or math.isinf(cut_high):
        return False
    return cut_high - cut_low <= TIE_TOLERANCE * max(abs(cut_low), abs(cut_high))


def find_ties(at: AtSize, now: Position) -> Ties | None:
    """The tie at the cut of an optimal position, or None."""
    cut_low, cut_high = now.cut_low, now.cut_high
    if not meet(cut_low, cut_high):
        return None
    price = middle(cut_low, cut_high)
    margin = TIE_TOLERANCE * abs(price)
    give, take = now.low >= price - margin, now.high <= price + margin
    rows = np.flatnonzero(give | take)
    if len(rows) < 2:       # what a single group could give only itself could take
        return None
    base = level_below(at, now.a, now.low, price - margin, inclusive=False)[rows]
    top = level_above(at, now.a, now.high, price + margin, inclusive=True)[rows]
    shared = int((now.a[rows] - base).sum())
    return Ties(rows, base.astype(np.int64), top.astype(np.int64), shared)


def hand_out(ties: Ties, preference: ArrayLike) -> Ints:
    """Units of ``ties.rows`` when the groups earliest in ``preference`` (row numbers) are served first in each round.

    Raises
    ------
    ValueError
        If ``preference`` is no permutation that covers the tied groups.
    """
    order = np.asarray(preference, dtype=np.int64)
    if len(order) <= int(ties.rows[-1]) or not np.array_equal(np.sort(order), np.arange(len(order))):
        raise ValueError("the preference must be a permutation of all rows")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    room = ties.top - ties.base
    rounds = _whole_rounds(room, ties.shared)
    got = np.minimum(room, rounds)
    left = ties.shared - int(got.sum())
    waiting = np.flatnonzero(room > rounds)
    got[waiting[np.argsort(place[ties.rows[waiting]])][:left]] += 1
    units: Ints = ties.base + got
    return units


def _whole_rounds(room: Ints, shared: int) -> int:
    """Most rounds in which everybody with room left gets a unit."""
    least, most = 0, shared
    while least < most:
        rounds = (least + most + 1) // 2
        if int(np.minimum(room, rounds).sum()) <= shared:
            least = rounds
        else:
            most = rounds - 1
    return least


def preference_order(rule: str, population: ArrayLike, generator: np.random.Generator | None = None) -> Rows:
    """Rows in the order in which ``rule`` serves tied groups.

    Parameters
    ----------
    rule : {"report", "order", "largest", "smallest", "random"}
        The first two are the input order; the next two go by population, then by input order.
    generator : numpy.random.Generator
        Needed for ``random``.

    Raises
    ------
    ValueError
        If the rule is unknown, or ``random`` has no generator.
    """
    people = np.asarray(population)
    if rule in ("report", "order"):
        return np.arange(len(people))
    if rule == "largest":
        return np.argsort(-people, kind="stable")
    if rule == "smallest":
        return np.argsort(people, kind="stable")
    if rule == "random" and generator is not None:
        return generator.permutation(len(people))
    raise ValueError(f"no order of preference for ties = {rule!r}")
