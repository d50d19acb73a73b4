"""Tables of sums over every AND of two literals, and the cells of them that matter."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.literals.feature import Ints, Mask

TABLE_CELLS = 2**20
"""Largest two-dimensional table; a longer one is cut into windows of one axis."""


def sums_over_ands(weights: Ints, first: Ints, second: Ints, shape: tuple[int, int]) -> Ints:
    """Sums of each row of ``weights`` over every AND of two literals.

    Parameters
    ----------
    weights
        Shape (rows, m).
    first, second
        Shape (m,): coordinates on two axes.
    shape
        Number of literals of each axis, plus one.

    Returns
    -------
    Ints
        Shape (rows, *shape): entry [:, j, k] sums the blocks with first ≥ j and second ≥ k; literal 0 is no condition.
    """
    cells = first * shape[1] + second
    table = np.zeros((len(weights), shape[0] * shape[1]), dtype=np.int64)
    for row, weight in zip(table, weights, strict=True):
        np.add.at(row, cells, weight)
    return _from_the_top(table.reshape(len(weights), *shape))


def _from_the_top(table: Ints) -> Ints:
    downward = table[:, ::-1, ::-1]
    np.cumsum(downward, axis=1, out=downward)
    np.cumsum(downward, axis=2, out=downward)
    return table


@frozen(eq=False)
class Cells:
    """The sums ``±table + row[:, :, None] + column[:, None, :] + constant`` of one shape of rules, not formed yet.

    ``table`` has shape (rows, j, k): the keys in row 0, then one row for each budget, and the number of blocks last.
    """

    table: Ints
    plus: bool
    row: Ints | None = None
    column: Ints | None = None
    constant: Ints | None = None

    def within(self, floor: int, limits: tuple[int, ...], *, distinct: bool) -> tuple[Ints, Ints, Ints] | None:
        """Cells with a key of at least ``floor`` within all ``limits``: keys and both indices; None if there is none.

        ``distinct`` leaves out a cell whose choice is also that of the next cell along one of the axes.
        """
        if 0 in self.table.shape:
            return None
        wanted: Mask | None = None
        for place, bound in enumerate((floor, *limits)):
            limit = bound if self.constant is None else bound - int(self.constant[place])
            # Everything but the table goes to the other side of the comparison: one pass over the cells less.
            rest: Ints = np.array([[limit if self.plus else -limit]])
            row = None if self.row is None else self.row[place][:, None]
            column = None if self.column is None else self.column[place][None, :]
            for part in (row, column):
                if part is not None:
                    rest = rest - part if self.plus else rest + part
            good = self.table[place] >= rest if (place == 0) is self.plus else self.table[place] <= rest
            wanted = good if wanted is None else wanted & good
        assert wanted is not None
        if not wanted.any():
            return None
        j, k = np.nonzero(wanted)
        if distinct:
            blocks = self._sums(-1, j, k)
            last_j, last_k = self.table.shape[1] - 1, self.table.shape[2] - 1
            idle = (self._sums(-1, np.minimum(j + 1, last_j), k) == blocks) & (j < last_j)
            idle |= (self._sums(-1, j, np.minimum(k + 1, last_k)) == blocks) & (k < last_k)
            j, k = j[~idle], k[~idle]
        return (self._sums(0, j, k), j, k) if j.size else None

    def _sums(self, place: int, j: Ints, k: Ints) -> Ints:
        sums = self.table[place, j, k] if self.plus else -self.table[place, j, k]
        sums = sums if self.row is None else sums + self.row[place, j]
        sums = sums if self.column is None else sums + self.column[place, k]
        return sums if self.constant is None else sums + self.constant[place]
