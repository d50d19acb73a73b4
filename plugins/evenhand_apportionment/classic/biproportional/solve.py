"""The biproportional division with standard rounding (Balinski and Demange 1989; Pukelsheim 2004)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic.biproportional.checking import check_matrix
from evenhand_apportionment.classic.biproportional.exact import settle, tight_cells
from evenhand_apportionment.classic.biproportional.feasible import hall_set
from evenhand_apportionment.classic.biproportional.scaling import centred, fill, fitted
from evenhand_apportionment.classic.biproportional.table import Cell, Table, Votes, read_table
from evenhand_apportionment.classic.biproportional.tied import prefer, tied_cells
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.populations import Floats, Ints
from evenhand_apportionment.wording import counted


@frozen(eq=False)
class MatrixAnswer:
    """Units per cell (rows x columns, read-only) with the multipliers that prove them.

    Attributes
    ----------
    row_multipliers, column_multipliers
        Exact x and y with ``a - 1/2 <= V x y <= a + 1/2`` in every cell with votes; 0 for a line without units.
        Where there is no tie, x and y are floats (as fractions) well inside these limits.
    ties
        Cells that have one unit more or fewer in another, equally good, allocation.
    """

    units: Ints
    row_multipliers: tuple[Fraction, ...]
    column_multipliers: tuple[Fraction, ...]
    ties: tuple[Cell, ...]


def biproportional(votes: Votes, row_units: Sequence[int] | Ints, column_units: Sequence[int] | Ints, *,
                   preference: Sequence[Cell] | None = None,
                   row_names: Sequence[str] | None = None, column_names: Sequence[str] | None = None) -> MatrixAnswer:
    """Divide the units of every row and column over the cells so that ``a = round(V x y)``.

    Parameters
    ----------
    votes
        Whole numbers or fractions, rows x columns. A cell without votes stays empty.
    preference
        Every cell once, the first to be preferred among equally good allocations; default row by row.
    row_names, column_names
        For the words of an error.

    Raises
    ------
    NoApportionmentError
        When the totals differ, or no allocation exists on the cells with votes: the message names rows whose votes
        lie in too few columns.
    ValueError
        When an argument makes no sense.
    """
    table = read_table(votes, row_units, column_units)
    m, n = table.votes.shape
    order = [(i, j) for i in range(m) for j in range(n)] if preference is None else [(i, j) for i, j in preference]
    if sorted(order) != [(i, j) for i in range(m) for j in range(n)]:
        raise ValueError("preference must list every cell once")
    _check_support(table, row_names or [str(i) for i in range(m)], column_names or [str(j) for j in range(n)])
    u, v = fitted(table)
    units = fill(table, u, v)
    x, y = _float_multipliers(table, *centred(table, units, u, v))
    if check_matrix(votes, units, row_units, column_units, x, y):
        x, y = settle(table, units, u, v)
    more, fewer = tight_cells(table, units, x, y)
    ties = tied_cells(more, fewer, m, n)
    if ties:
        prefer(units, more, fewer, order)
    units.flags.writeable = False
    return MatrixAnswer(units, tuple(x), tuple(y), tuple(ties))


def _float_multipliers(table: Table, u: Floats, v: Floats) -> tuple[list[Fraction], list[Fraction]]:
    rows, columns = table.live
    # One factor is free; halving the spread between the two sides keeps both within what a float can hold.
    middle = (u.max(initial=0.0) - v.max(initial=0.0)) / 2.0
    x = np.where(rows, np.exp(np.clip(u - middle, -700.0, 700.0)), 0.0)
    y = np.where(columns, np.exp(np.clip(v + middle, -700.0, 700.0)), 0.0)
    return [Fraction(value) for value in x.tolist()], [Fraction(value) for value in y.tolist()]


def _check_support(table: Table, row_names: Sequence[str], column_names: Sequence[str]) -> None:
    short = hall_set(table.support, table.rows, table.columns)
    if short is None:
        return
    rows, columns = [row_names[i] for i in short.rows], [column_names[j] for j in short.columns]
    one = len(rows) == 1
    short_of = f"the row {rows[0]} needs" if one else f"the rows {', '.join(rows)} need"
    if not columns:
        where = f"{'has' if one else 'have'} no votes"
    else:
        lie = f"all {'its' if one else 'their'} votes lie in"
        where = (f"{lie} the column {columns[0]}, with {short.available:,}" if len(columns) == 1 else
                 f"{lie} columns with {short.available:,} ({', '.join(columns)})")
    these = "this row" if one else "these rows"
    more = [] if not columns else ["more for this column" if len(columns) == 1 else "more for these columns"]
    relief = [f"{counted(short.needed - short.available, 'unit')} fewer for {these}", *more]
    raise NoApportionmentError(
        f"No allocation exists: {short_of} {counted(short.needed, 'unit')}, and {where}.",
        conflict=(*rows, *columns),
        relief=(f"{', '.join(relief)}, or votes for {these}{' in other columns' if columns else ''}",))
