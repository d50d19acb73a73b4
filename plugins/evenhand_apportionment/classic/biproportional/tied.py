"""Ties between equally good allocations: which cells take part, and one allocation chosen by rank."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise

from evenhand_apportionment.classic.biproportional.table import Cell
from evenhand_apportionment.classic.populations import Ints


def tied_cells(more: Iterable[Cell], fewer: Iterable[Cell], m: int, n: int) -> list[Cell]:
    """Cells on some cycle of free changes: a unit more in a cell of ``more``, a unit fewer in one of ``fewer``."""
    up, down = set(more), set(fewer)
    steps = _steps(up, down, m, n)
    return sorted([(i, j) for i, j in up if _path(steps, m + j, i)]
                  + [(i, j) for i, j in down if _path(steps, i, m + j)])


def prefer(units: Ints, more: Iterable[Cell], fewer: Iterable[Cell], order: Sequence[Cell]) -> None:
    """Among all equally good allocations: the most units in the first cell of ``order``, then in the next, ...

    ``units`` is changed in place. Every cell has two values at most, since one free change makes the next one dear.
    """
    m, n = units.shape
    up, down = set(more), set(fewer)
    for cell in order:
        if cell in up:
            up.discard(cell)
            path = _path(_steps(up, down, m, n), m + cell[1], cell[0])
            if path:
                units[cell] += 1
                for one, other in pairwise(path):
                    if one < m:
                        units[one, other - m] += 1
                        up.discard((one, other - m))
                        down.add((one, other - m))
                    else:
                        units[other, one - m] -= 1
                        down.discard((other, one - m))
                        up.add((other, one - m))
        down.discard(cell)


def _steps(more: set[Cell], fewer: set[Cell], m: int, n: int) -> list[list[int]]:
    """Nodes one free change away from each node: rows by number, columns by m + number."""
    found: list[list[int]] = [[] for _ in range(m + n)]
    for i, j in sorted(more):
        found[i].append(m + j)
    for i, j in sorted(fewer):
        found[m + j].append(i)
    return found


def _path(steps: list[list[int]], start: int, end: int) -> list[int]:
    """Nodes of a shortest path from start to end, both included; empty without one."""
    before = {start: -1}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == end:
            path = [node]
            while before[path[-1]] >= 0:
                path.append(before[path[-1]])
            return path[::-1]
        for other in steps[node]:
            if other not in before:
                before[other] = node
                queue.append(other)
    return []
