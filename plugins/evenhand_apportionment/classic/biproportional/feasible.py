"""Whether any allocation exists on the support of the votes: a maximum flow, or the rows that have nowhere to go."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_apportionment.classic.populations import Ints


@frozen
class HallSet:
    """Rows whose votes lie only in ``columns``, which together have fewer units than these rows need (Hall 1935)."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    needed: int
    available: int


def hall_set(support: npt.NDArray[np.bool_], rows: Ints, columns: Ints) -> HallSet | None:
    """None when units can be placed on the support with these totals; else a set of rows that proves they cannot."""
    m, n = support.shape
    inside = [np.flatnonzero(row).tolist() for row in support]
    used = [np.flatnonzero(support[:, j]).tolist() for j in range(n)]
    flow = np.zeros((m, n), dtype=np.int64)
    left, room = rows.copy(), columns.copy()
    for i in range(m):
        for j in inside[i]:
            flow[i, j] = min(left[i], room[j])
            left[i] -= flow[i, j]
            room[j] -= flow[i, j]
    for i in range(m):
        while left[i]:
            came_from = {i: -1}                      # rows by number, columns by m + number
            queue, target = deque([i]), -1
            while queue and target < 0:
                node = queue.popleft()
                for other in ([m + j for j in inside[node]] if node < m else
                              [row for row in used[node - m] if flow[row, node - m]]):
                    if other not in came_from:
                        came_from[other] = node
                        if other >= m and room[other - m]:
                            target = other
                            break
                        queue.append(other)
            if target < 0:
                stuck = sorted(node for node in came_from if node < m)
                reached = sorted(node - m for node in came_from if node >= m)
                return HallSet(tuple(stuck), tuple(reached), int(rows[stuck].sum()), int(columns[reached].sum()))
            _push(flow, came_from, target, left, room, i, m)
    return None


def _push(flow: Ints, came_from: dict[int, int], target: int, left: Ints, room: Ints, start: int, m: int) -> None:
    amount, node = min(int(left[start]), int(room[target - m])), target
    while (before := came_from[node]) >= 0:
        if node < m:
            amount = min(amount, int(flow[node, before - m]))
        node = before
    node = target
    while (before := came_from[node]) >= 0:
        if node < m:
            flow[node, before - m] -= amount
        else:
            flow[before, node - m] += amount
        node = before
    left[start] -= amount
    room[target - m] -= amount
