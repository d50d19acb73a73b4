"""Ties where the error is not convex (beta < 1): exchanges that leave the error as it is, from an answer.

Two kinds are looked for. Groups of the same population and bounds may trade places, whatever they hold; and one unit
may go from one group to another where what it saves is what it costs, to a relative 1e-12. Both are settled by an
order of preference until no such exchange would serve a more preferred group. An equally good division that only an
exchange of several units, or of units among three groups, would reach is not seen: that would take all optima of the
recursion.
"""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric.exchange import TIE_TOLERANCE
from evenhand_apportionment.parametric.problem import AtSize
from evenhand_apportionment.parametric.ties import Ties

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCOPE = ("For beta < 1 ties are looked for among groups of equal population and bounds, and among exchanges of one "
         "unit between two groups; other divisions may be as good.")

_EXCHANGES = 100_000


@frozen(eq=False)
class _Exchanges:
    """Whether some exchange of one unit improves, and all those that change nothing: givers and their takers."""

    improves: bool
    givers: Ints = field(repr=False)
    takers: Ints = field(repr=False)


def find_swaps(at: AtSize, a: Floats) -> Ties | None:
    """Who is tied, for an answer that no exchange of one unit improves; None without a tie, or where one does."""
    found = _exchanges(at, a)
    if found.improves:
        return None
    base, top = a.copy(), a.copy()
    for rows in _alike(at):
        base[rows], top[rows] = a[rows].min(), a[rows].max()
    base[found.givers] = np.minimum(base[found.givers], a[found.givers] - 1.0)
    top[found.takers] = np.maximum(top[found.takers], a[found.takers] + 1.0)
    rows = np.flatnonzero(base < top)
    if not len(rows):
        return None
    return Ties(rows, base[rows].astype(np.int64), top[rows].astype(np.int64), int((a - base)[rows].sum()))


def settle_swaps(at: AtSize, a: Floats, preference: ArrayLike) -> Floats:
    """An answer as good as ``a``, with ties settled by an order of rows, most preferred first.

    An answer that an exchange of one unit improves is returned as it is.
    """
    order = np.asarray(preference, dtype=np.int64)
    place = np.empty(at.size, dtype=np.int64)
    place[order] = np.arange(at.size)
    now, classes = a.copy(), [rows[np.argsort(place[rows])] for rows in _alike(at)]
    for _ in range(_EXCHANGES):     # each serves a more preferred group, so they come to an end
        for rows in classes:
            now[rows] = -np.sort(-now[rows])
        found = _exchanges(at, now)
        if found.improves:
            return a
        better = np.flatnonzero(place[found.takers] < place[found.givers])
        if not len(better):
            break
        best = better[np.lexsort((-place[found.givers[better]], place[found.takers[better]]))[0]]
        now[found.givers[best]] -= 1.0
        now[found.takers[best]] += 1.0
    return now if _same(at, a, now) else a


def _same(at: AtSize, a: Floats, b: Floats) -> bool:
    """Whether b is as good as a."""
    return at.error(b) <= at.error(a) * (1.0 + TIE_TOLERANCE)


def _alike(at: AtSize) -> list[Ints]:
    """Rows of groups that differ in nothing but the name, where there are several."""
    problem = at.problem
    shares = problem.goals.whole or problem.goals.values.tolist()
    classes: dict[tuple[float, ...], list[int]] = {}
    keys = zip(shares, problem.weights.tolist(), problem.lower.tolist(), problem.upper.tolist(), strict=True)
    for row, key in enumerate(keys):
        classes.setdefault(key, []).append(row)
    return [np.array(rows, dtype=np.int64) for rows in classes.values() if len(rows) > 1]


def _exchanges(at: AtSize, a: Floats) -> _Exchanges:
    low, high = at.cuts(a)
    nobody = np.zeros(0, dtype=np.int64)
    if at.size < 2:
        return _Exchanges(False, nobody, nobody)
    cheapest = np.argsort(high, kind="stable")[:2]
    offered = np.where(np.arange(at.size) == cheapest[0], high[cheapest[1]], high[cheapest[0]])
    hair = _hair(low, offered)
    with np.errstate(invalid="ignore"):
        if (low - offered > hair).any():
            return _Exchanges(True, nobody, nobody)
        willing = np.flatnonzero((offered - low <= hair) & np.isfinite(low) & np.isfinite(offered))
    pairs = []
    for giver in willing.tolist():
        equal = np.isfinite(high) & (high - low[giver] <= _hair(high, low[giver]))
        equal[giver] = False
        takers = np.flatnonzero(equal)
        pairs.append((np.full(len(takers), giver), takers))
    if not pairs:
        return _Exchanges(False, nobody, nobody)
    givers, takers = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return _Exchanges(False, givers, takers)


def _hair(one: Floats, other: Floats | float) -> Floats:
    larger = np.maximum(np.abs(one), np.abs(other))
    found: Floats = TIE_TOLERANCE * np.where(np.isfinite(larger), larger, 0.0)
    return found
