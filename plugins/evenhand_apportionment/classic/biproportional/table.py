"""A table of votes with its totals, exact and checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.populations import Ints

Votes = Sequence[Sequence[int]] | Sequence[Sequence[Fraction]] | Sequence[Sequence[int | Fraction]] | Ints
Cell = tuple[int, int]


@frozen(eq=False)
class Table:
    """``whole[i][j] / scale`` votes, ``votes`` the same as floats; ``rows`` and ``columns`` the units of each."""

    whole: list[list[int]]
    scale: int
    votes: npt.NDArray[np.float64]
    rows: Ints
    columns: Ints

    @property
    def support(self) -> npt.NDArray[np.bool_]:
        """Cells that may have units: some votes, and neither total is 0."""
        return np.asarray((self.votes > 0) & (self.rows > 0)[:, None] & (self.columns > 0)[None, :])

    @property
    def live(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Rows and columns with at least one cell that may have units."""
        return np.asarray(self.support.any(axis=1)), np.asarray(self.support.any(axis=0))


def read_table(votes: Votes, row_units: Sequence[int] | Ints, column_units: Sequence[int] | Ints) -> Table:
    """Check and convert.

    Raises
    ------
    ValueError
        When the table is empty or ragged, a number is negative or not a whole number or ``Fraction``, or a
        population lies outside ``2**-300 .. 2**300``.
    NoApportionmentError
        When the row totals and the column totals differ.
    """
    exact = [[_exact(value) for value in row] for row in (votes.tolist() if isinstance(votes, np.ndarray) else votes)]
    rows, columns = np.array(row_units, dtype=np.int64), np.array(column_units, dtype=np.int64)
    if not exact or not exact[0] or {len(row) for row in exact} != {len(columns)} or len(exact) != len(rows):
        raise ValueError(f"the votes need {len(rows)} rows and {len(columns)} columns, at least one of each")
    if (rows < 0).any() or (columns < 0).any():
        raise ValueError("a row or column has a negative number of units")
    if rows.sum() != columns.sum():
        raise NoApportionmentError(
            f"The rows have {int(rows.sum())} units, the columns {int(columns.sum())}: every unit is in one of each.",
            conflict=("rows", "columns"), relief=("totals that agree",))
    scale = math.lcm(*(value.denominator for row in exact for value in row))
    whole = [[value.numerator * (scale // value.denominator) for value in row] for row in exact]
    floats = np.array([[float(value) for value in row] for row in exact])
    positive = floats[floats > 0]
    if (floats < 0).any():
        raise ValueError("a number of votes is negative")
    if len(positive) and (positive.max() > 2.0**300 or positive.min() < 2.0**-300):
        raise ValueError("a number of votes lies outside 2**-300 .. 2**300")
    return Table(whole, scale, floats, rows, columns)


def _exact(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | np.integer | Fraction):
        raise ValueError(f"votes must be whole numbers or fractions; found {value!r}")
    return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value)
