"""The exact stage: no improving cycle is left, and rational multipliers prove it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from evenhand_apportionment.classic.biproportional.table import Cell, Table
from evenhand_apportionment.classic.populations import Floats, Ints

Edge = tuple[int, int, int, int]
"""From node, to node (rows first, then columns), and the factor that may pass at most, as two whole numbers."""


def settle(table: Table, units: Ints, u: Floats, v: Floats) -> tuple[list[Fraction], list[Fraction]]:
    """Multipliers x, y with ``a - 1/2 <= V x y <= a + 1/2`` in every cell; ``units`` are improved in place if need be.

    One unit more in a cell multiplies the product of all ``(t + 1/2)/V`` by ``(a + 1/2)/V``, one fewer divides it by
    ``(a - 1/2)/V``. A cycle of the two kinds whose product is below 1 improves the division; without one, the
    smallest product on the way to each node is its multiplier (Bellman 1958), started from the float ones.
    """
    start = [_near(-value) for value in u] + [_near(value) for value in v]
    while True:
        found = _potentials(list(_edges(table, units)), start)
        if isinstance(found, list):
            m = len(u)
            live_rows, live_columns = table.live
            return ([1 / found[i] if live_rows[i] else Fraction(0) for i in range(m)],
                    [found[m + j] if live_columns[j] else Fraction(0) for j in range(len(v))])
        for cell, change in _changes(found, len(u)):
            units[cell] += change


def _near(log: float) -> Fraction:
    """A fraction near exp(log) with few digits: it need not be exact, only shared by all that builds on it."""
    return Fraction(float(np.exp(np.clip(log, -700.0, 700.0)))).limit_denominator(10**12) or Fraction(1, 10**12)


def _edges(table: Table, units: Ints) -> Iterator[Edge]:
    m = len(table.rows)
    for i, j in zip(*(part.tolist() for part in np.nonzero(table.support)), strict=True):
        a, votes = int(units[i, j]), 2 * table.whole[i][j]
        yield i, m + j, (2 * a + 1) * table.scale, votes
        if a:
            yield m + j, i, votes, (2 * a - 1) * table.scale


def _potentials(edges: list[Edge], start: list[Fraction]) -> list[Fraction] | dict[int, int]:
    """Node values with ``value[to] <= value[from] * factor`` on every edge, or a cycle: the node before each node."""
    value = list(start)
    before: dict[int, int] = {}
    for _ in range(len(value) + 1):
        changed = -1
        for origin, target, top, bottom in edges:
            here, there = value[origin], value[target]
            if here.numerator * top * there.denominator < there.numerator * here.denominator * bottom:
                value[target] = Fraction(here.numerator * top, here.denominator * bottom)
                before[target] = origin
                changed = target
        if changed < 0:
            return value
    for _ in range(len(value)):
        changed = before[changed]
    cycle, node = {changed: before[changed]}, before[changed]
    while node != changed:
        cycle[node] = before[node]
        node = before[node]
    return cycle


def _changes(cycle: dict[int, int], m: int) -> Iterator[tuple[Cell, int]]:
    for target, origin in cycle.items():
        yield ((origin, target - m), 1) if origin < m else ((target, origin - m), -1)


def tight_cells(table: Table, units: Ints, x: list[Fraction], y: list[Fraction]) -> tuple[list[Cell], list[Cell]]:
    """Cells whose ``V x y`` is exactly a + 1/2 (one more would cost nothing) and exactly a - 1/2."""
    more: list[Cell] = []
    fewer: list[Cell] = []
    for i, j in zip(*(part.tolist() for part in np.nonzero(table.support)), strict=True):
        twice = 2 * table.whole[i][j] * x[i] * y[j] / table.scale
        a = int(units[i, j])
        if twice == 2 * a + 1:
            more.append((i, j))
        elif twice == 2 * a - 1:
            fewer.append((i, j))
    return more, fewer
