"""Multipliers and a first allocation in floats: proportional fitting, then shortest paths to the right totals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.biproportional.table import Table
from evenhand_apportionment.classic.populations import Floats, Ints

_SWEEPS = 60


def fitted(table: Table) -> tuple[Floats, Floats]:
    """Logs of row and column multipliers that roughly give the totals before rounding (Deming and Stephan 1940).

    Rows and columns without units have 0; they take no part.
    """
    support = table.support
    votes = np.where(support, table.votes, 0.0)
    rows, columns = table.live
    x, y = np.ones(len(rows)), np.ones(len(columns))
    for _ in range(_SWEEPS):
        x[rows] = table.rows[rows] / (votes[rows] @ y)
        y[columns] = table.columns[columns] / (x @ votes[:, columns])
        if np.abs((votes @ y * x)[rows] - table.rows[rows]).max(initial=0.0) < 0.01:
            break
    return np.log(x), np.log(y)


def fill(table: Table, u: Floats, v: Floats) -> Ints:
    """Units near the optimum with the right totals; ``u`` and ``v`` (logs of multipliers) are moved along.

    Rounding ``V x y`` is optimal for the totals it happens to give. Each further unit follows a shortest path
    (Busacker and Gowen 1960) in the costs ``ln((a + 1/2) / (V x y))`` of one more and ``ln((V x y) / (a - 1/2))`` of
    one fewer, from where units are missing to where there are too many, so every stage stays optimal for its own
    totals, up to float noise that the exact stage removes.
    """
    support = table.support
    with np.errstate(divide="ignore"):
        logs = np.where(support, np.log(np.where(support, table.votes, 1.0)), -np.inf)
    units = np.where(support, np.floor(np.exp(np.minimum(logs + u[:, None] + v[None, :], 700.0)) + 0.5), 0.0)
    units = units.astype(np.int64)
    m = len(u)
    while True:
        lacking = table.rows - units.sum(axis=1)
        spare = table.columns - units.sum(axis=0)
        # A path brings one unit from a source to a sink: rows lack, columns overflow; rows overflow, columns lack.
        sources = np.concatenate([lacking > 0, spare < 0])
        sinks = np.concatenate([lacking < 0, spare > 0])
        if not sources.any() and not sinks.any():
            return units
        up, down = _costs(logs, units, u, v)
        distance, before = _shortest(up, down, sources, sinks)
        reached = np.where(sinks, distance, np.inf)
        target = int(np.argmin(reached))
        limit = reached[target]
        assert np.isfinite(limit), "the flow on the support was checked"
        shift = np.minimum(distance, limit)
        # x = exp(u) falls with the distance of a row, y rises with that of a column: costs along the path become 0.
        u -= shift[:m]
        v += shift[m:]
        node = target
        while before[node] >= 0:
            other = int(before[node])
            if node >= m:
                units[other, node - m] += 1
            else:
                units[node, other - m] -= 1
            node = other


def _costs(logs: Floats, units: Ints, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Reduced costs, at least 0, of one unit more (row to column) and one fewer (column to row) in each cell."""
    value = logs + u[:, None] + v[None, :]
    with np.errstate(invalid="ignore"):
        up = np.where(np.isfinite(logs), np.log(units + 0.5) - value, np.inf)
        down = np.where(units > 0, value - np.log(np.maximum(units, 1) - 0.5), np.inf)
    return np.maximum(up, 0.0), np.maximum(down, 0.0)


def _shortest(up: Floats, down: Floats, sources: npt.NDArray[np.bool_],
              sinks: npt.NDArray[np.bool_]) -> tuple[Floats, Ints]:
    """Dijkstra from all sources to the nearest sink: distances, right up to that of the sink, and nodes before."""
    m, n = up.shape
    distance = np.where(sources, 0.0, np.inf)
    before = np.full(m + n, -1, dtype=np.int64)
    open_ = np.ones(m + n, dtype=bool)
    for _ in range(m + n):
        waiting = np.where(open_, distance, np.inf)
        node = int(np.argmin(waiting))
        if sinks[node] or not np.isfinite(waiting[node]):
            break
        open_[node] = False
        first, steps = (m, up[node]) if node < m else (0, down[:, node - m])
        better = np.flatnonzero((distance[node] + steps < distance[first: first + len(steps)])
                                & open_[first: first + len(steps)])
        distance[first + better] = distance[node] + steps[better]
        before[first + better] = node
    return distance, before


def centred(table: Table, units: Ints, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Move the multipliers away from the edges of what they may be, so that a float can hold them."""
    support = table.support
    logs = np.where(support, np.log(np.where(support, table.votes, 1.0)), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.where(support, np.log(units + 0.5) - logs, np.inf)
        least = np.where(support & (units > 0), np.log(np.maximum(units, 1) - 0.5) - logs, -np.inf)
    rows, columns = table.live
    with np.errstate(invalid="ignore"):         # lines without votes have no limits at all
        for _ in range(len(u) + len(v)):
            u = np.where(rows, _middle((least - v).max(axis=1), (most - v).min(axis=1)), 0.0)
            v = np.where(columns, _middle((least - u[:, None]).max(axis=0), (most - u[:, None]).min(axis=0)), 0.0)
            total = u[:, None] + v
            if np.where(support, np.minimum(total - least, most - total), np.inf).min(initial=np.inf) > 1e-11:
                break
    return u, v


def _middle(low: Floats, high: Floats) -> Floats:
    # A line of empty cells has no least multiplier: stay one e-fold below the most it may have.
    return np.where(np.isfinite(low), (low + high) / 2.0, high - 1.0)
