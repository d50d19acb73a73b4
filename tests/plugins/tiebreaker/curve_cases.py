"""Small block tables and the answers of plain enumeration."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
from attrs import frozen
from hypothesis import strategies as st

from evenhand_tiebreaker.curves.frontier import Frontier


@frozen(eq=False)
class Blocks:
    """A table of blocks."""

    focal: np.ndarray
    other: np.ndarray
    eligible: np.ndarray

    @property
    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.focal, self.other, self.eligible

    def rows(self, order: np.ndarray) -> Blocks:
        return Blocks(self.focal[order], self.other[order], self.eligible[order])


def blocks(*rows: tuple[int, int] | tuple[int, int, bool]) -> Blocks:
    """A table from rows (focal, other) or (focal, other, eligible)."""
    full = [(*row, True) if len(row) == 2 else row for row in rows]
    columns = list(zip(*full, strict=True)) or [(), (), ()]
    return Blocks(np.array(columns[0], dtype=np.int64), np.array(columns[1], dtype=np.int64), np.array(columns[2], dtype=bool))


def tables(most: int = 9, largest: int = 6, *, all_eligible: bool = False) -> st.SearchStrategy[Blocks]:
    """Tables with many equal blocks and equal shares, empty blocks among them."""
    count = st.integers(0, largest)
    eligible = st.just(True) if all_eligible else st.sampled_from([True, True, True, False])
    return st.lists(st.tuples(count, count, eligible), min_size=1, max_size=most).map(lambda rows: blocks(*rows))


def wide_tables(seed: int, size: int, spread: int) -> Blocks:
    """A larger random table: shares and sizes vary, some blocks repeat."""
    random = np.random.default_rng(seed)
    students = random.integers(0, spread, size)
    focal = random.binomial(students, random.beta(1.0, 2.5, size))
    return Blocks(focal, students - focal, random.random(size) < 0.9)


def best_at_every_weight(frontier: Frontier) -> np.ndarray:
    """The most focal students within each weight 0, 1, ..., capacity."""
    return frontier.value(np.arange(frontier.capacity + 1))


def lagrangian_bound(table: Blocks, capacity: int, multiplier: Fraction) -> Fraction:
    """``multiplier * capacity + sum of max(0, p - multiplier * q)`` over the eligible blocks, in fractions."""
    rows = zip(*(column.tolist() for column in table.columns), strict=True)
    return multiplier * capacity + sum((max(p - multiplier * q, Fraction(0)) for p, q, open_ in rows if open_), Fraction(0))


def preference(table: Blocks) -> list[int]:
    """Eligible blocks with focal students by falling share, falling size, table order."""
    rows = [int(row) for row in np.flatnonzero(table.eligible & (table.focal > 0))]
    return sorted(rows, key=lambda r: (-Fraction(int(table.focal[r]), int(table.focal[r] + table.other[r])), -table.focal[r], r))


def enumerated(table: Blocks, weight: np.ndarray, capacity: int) -> tuple[int, int, list[bool]]:
    """Best focal count within the capacity, its least weight, and the preferred choice among those."""
    listed = preference(table)
    best: tuple[int, int, tuple[bool, ...]] | None = None
    for taken in product((False, True), repeat=len(listed)):
        chosen = [row for row, take in zip(listed, taken, strict=True) if take]
        load = int(weight[chosen].sum())
        if load <= capacity:
            entry = (int(table.focal[chosen].sum()), -load, taken)
            best = entry if best is None else max(best, entry)
    assert best is not None
    choice = [False] * len(table.focal)
    for row, take in zip(listed, best[2], strict=True):
        choice[row] = take
    return best[0], -best[1], choice
