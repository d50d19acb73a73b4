"""A biproportional problem: cells of votes with given totals of rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic.biproportional.checking import check_matrix
from evenhand_apportionment.classic.biproportional.exact import settle, tight_cells
from evenhand_apportionment.classic.biproportional.scaling import fitted
from evenhand_apportionment.classic.biproportional.solve import MatrixAnswer, biproportional
from evenhand_apportionment.classic.biproportional.table import Table as VoteTable
from evenhand_apportionment.classic.biproportional.table import read_table
from evenhand_apportionment.classic.biproportional.tied import tied_cells
from evenhand_apportionment.costs.base import Floats, Ints

if TYPE_CHECKING:
    from evenhand.tables import Table

Multipliers = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


@frozen(eq=False, slots=False)
class Matrix:
    """Rows x columns, with one entry of ``cell_row`` and ``cell_column`` for every row of the table ``votes``.

    ``counts`` are exact votes, 0 where the table has no cell; ``order`` lists the cells as ties prefer them.
    """

    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    row_units: Ints
    column_units: Ints
    cell_row: Ints
    cell_column: Ints
    counts: Sequence[Sequence[int | Fraction]]
    order: Sequence[tuple[int, int]]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.row_names), len(self.column_names)

    @property
    def units(self) -> int:
        return int(self.row_units.sum())

    @cached_property
    def table(self) -> VoteTable:
        return read_table(self.counts, self.row_units, self.column_units)

    @property
    def votes(self) -> Floats:
        """(R, C) votes as doubles."""
        return self.table.votes

    @cached_property
    def most(self) -> Ints:
        """Most units each listed cell can have: none without votes, else those of its row or column."""
        most = np.minimum(self.row_units[self.cell_row], self.column_units[self.cell_column])
        return np.where(self.cell_votes > 0, most, 0)

    @cached_property
    def cell_votes(self) -> Floats:
        return self.votes[self.cell_row, self.cell_column]

    def grid(self, cells: Ints) -> Ints:
        """Units of the listed cells as (R, C)."""
        found = np.zeros(self.shape, dtype=np.int64)
        found[self.cell_row, self.cell_column] = cells
        return found

    def cells(self, grid: Ints) -> Ints:
        """The inverse of :meth:`grid`."""
        return np.asarray(grid)[self.cell_row, self.cell_column]

    @cached_property
    def answer(self) -> MatrixAnswer:
        """The division. Raises :class:`~.classic.failures.NoApportionmentError` where none exists."""
        return biproportional(self.counts, self.row_units, self.column_units, preference=self.order,
                              row_names=self.row_names, column_names=self.column_names)

    def faults(self, grid: Ints, multipliers: Multipliers) -> list[str]:
        """What contradicts that these units are the rounded products of votes and multipliers; exact."""
        return check_matrix(self.counts, grid, self.row_units, self.column_units, *multipliers,
                            row_names=self.row_names, column_names=self.column_names)

    def multipliers(self, cells: Ints) -> Multipliers | None:
        """Multipliers that prove these units optimal; None if they are not."""
        grid = self.grid(cells)
        if (grid.sum(axis=1) != self.row_units).any() or (grid.sum(axis=0) != self.column_units).any():
            return None
        if np.array_equal(grid, self.answer.units):
            return self.answer.row_multipliers, self.answer.column_multipliers
        x, y = settle(self.table, grid.copy(), *fitted(self.table))
        found = tuple(x), tuple(y)
        return None if self.faults(grid, found) else found

    def divisors(self, cells: Ints) -> tuple[Floats, Floats] | None:
        """Row and column divisors, 1/x and 1/y; NaN for a line without units. None for units that are not optimal."""
        found = self.multipliers(cells)
        if found is None:
            return None
        rows, columns = ([float(1 / value) if value else np.nan for value in side] for side in found)
        return np.array(rows), np.array(columns)

    def products(self, cells: Ints) -> Floats | None:
        """``V x y`` of the listed cells, which round to their units."""
        found = self.multipliers(cells)
        if found is None:
            return None
        x, y = found
        exact = (self.counts[i][j] * x[i] * y[j] for i, j in zip(self.cell_row.tolist(), self.cell_column.tolist(),
                                                                 strict=True))
        return np.array([float(value) for value in exact])

    def tied(self, cells: Ints) -> tuple[Ints, int]:
        """Listed cells with other units in an equally good division, and how many units are in play."""
        found = self.multipliers(cells)
        if found is None:
            return np.zeros(0, dtype=np.int64), 0
        more, fewer = tight_cells(self.table, self.grid(cells), list(found[0]), list(found[1]))
        tied = set(tied_cells(more, fewer, *self.shape))
        pairs = zip(self.cell_row.tolist(), self.cell_column.tolist(), strict=True)
        listed = [place for place, pair in enumerate(pairs) if pair in tied]
        return np.array(listed, dtype=np.int64), len(tied & set(fewer))


def matrix_of(tables: Mapping[str, Table], ties: str, seed: int) -> Matrix:
    """Read the tables ``votes``, ``rows`` and ``columns`` (which are known to agree)."""
    votes, rows, columns = tables["votes"], tables["rows"], tables["columns"]
    row_place = {name: place for place, name in enumerate(rows.texts("row"))}
    column_place = {name: place for place, name in enumerate(columns.texts("column"))}
    cell_row = np.array([row_place[name] for name in votes.texts("row")], dtype=np.int64)
    cell_column = np.array([column_place[name] for name in votes.texts("column")], dtype=np.int64)
    exact = votes.exact("votes")
    numbers: Sequence[int | Fraction] = exact.integers() if exact.is_whole else exact.fractions()
    counts: list[list[int | Fraction]] = [[0] * len(column_place) for _ in row_place]
    for i, j, number in zip(cell_row.tolist(), cell_column.tolist(), numbers, strict=True):
        counts[i][j] = number
    return Matrix(tuple(row_place), tuple(column_place), np.array(rows.exact("units").integers(), dtype=np.int64),
                  np.array(columns.exact("units").integers(), dtype=np.int64), cell_row, cell_column, counts,
                  _order(counts, ties, seed))


def _order(counts: Sequence[Sequence[int | Fraction]], ties: str, seed: int) -> list[tuple[int, int]]:
    every = [(i, j) for i, row in enumerate(counts) for j in range(len(row))]
    if ties == "random":
        return [every[place] for place in np.random.default_rng(seed).permutation(len(every)).tolist()]
    if ties in ("largest", "smallest"):
        every.sort(key=lambda cell: counts[cell[0]][cell[1]], reverse=ties == "largest")
    return every
