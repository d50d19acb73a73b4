"""Compiled search for node cuts: maximum flows from the roots to one block after another. Loads numba: import it late.

Each block v is an arc v' -> v'' with the capacity x_v (times a unit), the source leads to v' with capacity r_v, and
neighbours are joined without limit. A cut towards b' is then x(boundary of A) + r(A) for the blocks A on b's side.
Capacities are whole numbers. Maximum flow by blocking flows (Dinic 1970), levels counted from the target.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ENDLESS = np.int64(1) << np.int64(50)


@njit(cache=True, nogil=True)
def build_network(indptr: Ints, indices: Ints) -> tuple[Ints, Ints, Ints]:
    """Arcs as (head, next arc of the same tail, first arc of each node); arc e and e ^ 1 are opposite.

    Nodes: v' = 2 v, v'' = 2 v + 1, source 2 n. Arc 2 v runs v' -> v'', arc 2 (n + v) source -> v', then the joints.
    """
    count = len(indptr) - 1
    arcs = 2 * (2 * count + len(indices))
    head, following = np.empty(arcs, np.int64), np.empty(arcs, np.int64)
    first = np.full(2 * count + 1, -1, np.int64)
    arc = 0
    for kind in range(3):
        for block in range(count):
            start = indptr[block] if kind == 2 else 0
            end = indptr[block + 1] if kind == 2 else 1
            for place in range(start, end):
                if kind == 0:
                    tail, tip = 2 * block, 2 * block + 1
                elif kind == 1:
                    tail, tip = 2 * count, 2 * block
                else:
                    tail, tip = 2 * block + 1, 2 * indices[place]
                head[arc], following[arc], first[tail] = tip, first[tail], arc
                head[arc + 1], following[arc + 1], first[tip] = tail, first[tip], arc + 1
                arc += 2
    return head, following, first


@njit(cache=True, nogil=True)
def _push(target: int, needed: int, head: Ints, following: Ints, first: Ints, capacity: Ints, level: Ints,
          current: Ints, queue: Ints, path: Ints) -> int:
    """Flow from the source (the last node) to ``target``, up to ``needed``; leaves residual capacities and levels.

    When the flow falls short, ``level`` is >= 0 exactly at the nodes that still reach the target.
    """
    source = len(first) - 1
    flow = 0
    while flow < needed:
        for node in range(len(first)):
            level[node] = -1
            current[node] = first[node]
        level[target] = 0
        queue[0] = target
        place, tail = 0, 1
        while place < tail:
            node = queue[place]
            place += 1
            arc = first[node]
            while arc >= 0:
                if level[head[arc]] < 0 and capacity[arc ^ 1] > 0:
                    level[head[arc]] = level[node] + 1
                    queue[tail] = head[arc]
                    tail += 1
                arc = following[arc]
        if level[source] < 0:
            return flow
        blocked = False
        while flow < needed and not blocked:
            depth = 0
            node = source
            while node != target:
                arc = current[node]
                while arc >= 0 and not (capacity[arc] > 0 and level[head[arc]] == level[node] - 1):
                    arc = following[arc]
                current[node] = arc
                if arc >= 0:
                    path[depth] = arc
                    depth += 1
                    node = head[arc]
                elif node == source:
                    blocked = True
                    break
                else:
                    depth -= 1
                    node = head[path[depth] ^ 1]
                    current[node] = following[path[depth]]
            if blocked:
                break
            least = needed - flow
            for place in range(depth):
                least = min(least, capacity[path[place]])
            for place in range(depth):
                capacity[path[place]] -= least
                capacity[path[place] ^ 1] += least
            flow += least
    return flow


@njit(cache=True, nogil=True)
def _keep_cut(target: int, side: Bools, indptr: Ints, indices: Ints, queue: Ints, cut: Bools, behind: Bools) -> None:
    """Write the part of ``side`` that is connected to the target into ``behind``, its boundary into ``cut``."""
    place, tail = 0, 1
    queue[0] = target
    side[target] = False
    while place < tail:
        block = queue[place]
        place += 1
        for neighbour in indices[indptr[block]:indptr[block + 1]]:
            if side[neighbour]:
                side[neighbour] = False
                queue[tail] = neighbour
                tail += 1
            else:
                cut[neighbour] = True
    for place in range(tail):
        cut[queue[place]] = False
        behind[queue[place]] = True


@njit(cache=True, nogil=True)
def find_separators(targets: Ints, rank: Ints, x: Ints, r: Ints, slack: int, extra: int, indptr: Ints, indices: Ints,
                    head: Ints, following: Ints, first: Ints) -> tuple[Ints, Bools, Bools]:
    """Separators of the targets whose flow from the roots falls short of x by more than ``slack``.

    ``x``, ``r``   capacities, whole numbers. Roots ranked after a target do not serve it.
    ``extra``      is added to the capacity of every block: among cuts of nearly equal weight the one of fewest blocks
                   is found, and those are the cuts that move the bound.

    Returns the targets, shape (cuts,), the separators, shape (cuts, n), and the blocks behind them, where the target
    is: per target the separator nearest to it and the one nearest to the roots. All are valid whatever the numbers
    were.
    """
    count = len(x)
    capacity = np.empty(len(head), np.int64)
    level, current = np.empty(len(first), np.int64), np.empty(len(first), np.int64)
    queue, path = np.empty(len(first), np.int64), np.empty(len(first), np.int64)
    side = np.empty(count, np.bool_)
    owners = np.empty(2 * len(targets), np.int64)
    cuts = np.zeros((2 * len(targets), count), np.bool_)
    behind = np.zeros((2 * len(targets), count), np.bool_)
    found = 0
    for target in targets:
        for arc in range(len(head)):
            capacity[arc] = 0 if arc < 4 * count or arc % 2 else ENDLESS
        for block in range(count):
            capacity[2 * block] = x[block] + extra
            if rank[block] <= rank[target]:
                capacity[2 * (count + block)] = r[block]
        needed = x[target] - slack
        if needed <= 0 or _push(2 * target, needed, head, following, first, capacity, level, current, queue,
                                path) >= needed:
            continue
        for block in range(count):
            side[block] = level[2 * block] >= 0
        _keep_cut(target, side, indptr, indices, queue, cuts[found], behind[found])
        owners[found] = target
        found += 1
        for node in range(len(first)):
            level[node] = -1
        place, tail = 0, 1
        queue[0] = len(first) - 1
        level[queue[0]] = 0
        while place < tail:
            arc = first[queue[place]]
            place += 1
            while arc >= 0:
                if level[head[arc]] < 0 and capacity[arc] > 0:
                    level[head[arc]] = 0
                    queue[tail] = head[arc]
                    tail += 1
                arc = following[arc]
        for block in range(count):
            side[block] = level[2 * block] < 0
        _keep_cut(target, side, indptr, indices, queue, cuts[found], behind[found])
        owners[found] = target
        found += 1
    return owners[:found], cuts[:found], behind[:found]
