"""The certificate of a biproportional division, its value, and a bound from any multipliers at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.biproportional.table import Votes, read_table
from evenhand_apportionment.classic.populations import Floats, Ints

Matrix = Sequence[Sequence[int]] | Ints
Multipliers = Sequence[Fraction] | Sequence[float] | Sequence[Fraction | float]
_SLACK = 1e-13


def check_matrix(votes: Votes, units: Matrix, row_units: Sequence[int] | Ints, column_units: Sequence[int] | Ints,
                 row_multipliers: Multipliers, column_multipliers: Multipliers, *,
                 row_names: Sequence[str] | None = None, column_names: Sequence[str] | None = None) -> list[str]:
    """Faults of a division and its multipliers; an empty list proves the division optimal.

    The row and column sums are right, cells without votes stay empty, and ``a - 1/2 <= V x y <= a + 1/2`` in every
    cell with votes (no lower side where a = 0). Multipliers are taken as the exact numbers they are, and everything
    is compared as whole numbers. The names are for the words of a fault.
    """
    table = read_table(votes, row_units, column_units)
    cells = np.asarray(units, dtype=np.int64).tolist()
    x, y = [Fraction(value) for value in row_multipliers], [Fraction(value) for value in column_multipliers]
    if len(cells) != len(table.rows) or any(len(row) != len(table.columns) for row in cells):
        raise ValueError("units and votes differ in shape")
    if len(x) != len(table.rows) or len(y) != len(table.columns):
        raise ValueError("there must be one multiplier for every row and column")
    row_names = row_names or [str(i) for i in range(len(x))]
    column_names = column_names or [str(j) for j in range(len(y))]
    faults = [f"row {row_names[i]} has {sum(row)} units, not {wanted}"
              for i, (row, wanted) in enumerate(zip(cells, table.rows.tolist(), strict=True)) if sum(row) != wanted]
    faults += [f"column {column_names[j]} has {sum(column)} units, not {wanted}" for j, (column, wanted)
               in enumerate(zip(zip(*cells, strict=True), table.columns.tolist(), strict=True))
               if sum(column) != wanted]
    faults += [f"the multiplier {value} is negative" for value in (*x, *y) if value < 0]
    for i, row in enumerate(cells):
        for j, a in enumerate(row):
            cell = f"cell {row_names[i]} / {column_names[j]}"
            if a < 0 or (a and not table.whole[i][j]):
                faults.append(f"{cell} has {a} units and {table.whole[i][j]} votes")
                continue
            top = 2 * table.whole[i][j] * x[i].numerator * y[j].numerator
            bottom = table.scale * x[i].denominator * y[j].denominator
            if top > (2 * a + 1) * bottom or (a and top < (2 * a - 1) * bottom):
                faults.append(f"{cell}: votes times multipliers are {top / (2 * bottom):.12g}, which does not round "
                              f"to {a}")
    return faults


def matrix_contributions(votes: Votes, units: Matrix) -> Floats:
    """``sum of ln((t + 1/2)/V) over t < a`` of every cell; infinite where a cell without votes has units."""
    have = np.asarray(units, dtype=np.int64)
    shape = have.shape
    floats = np.array([[float(Fraction(value)) for value in row] for row in
                       (votes.tolist() if isinstance(votes, np.ndarray) else votes)]).reshape(shape)
    return _prices(floats, have)


def _prices(votes: Floats, units: Ints) -> Floats:
    with np.errstate(divide="ignore"):
        logs = np.log(votes)
    # ln Gamma(a + 1/2) - ln Gamma(1/2) is the sum of ln(t + 1/2).
    gamma = np.array([math.lgamma(a + 0.5) - math.lgamma(0.5) for a in units.ravel().tolist()]).reshape(units.shape)
    return np.asarray(gamma - np.multiply(units, logs, where=units > 0, out=np.zeros(units.shape)))


def matrix_value(votes: Votes, units: Matrix) -> float:
    """The sum of :func:`matrix_contributions`, which the biproportional division makes least."""
    return math.fsum(matrix_contributions(votes, units).ravel().tolist())


def matrix_bound(votes: Votes, row_units: Sequence[int] | Ints, column_units: Sequence[int] | Ints,
                 row_multipliers: Multipliers, column_multipliers: Multipliers) -> tuple[float, float]:
    """``sum_i r_i ln x_i + sum_j c_j ln y_j + sum_ij min over a of (F_ij(a) - a (ln x_i + ln y_j))``, any multipliers.

    Cells of a row or column with no units must stay empty: they cost nothing, and the multiplier of such a line is
    not used.

    Returns
    -------
    tuple
        The bound, already lowered by the allowance for rounding, and that allowance.

    Raises
    ------
    ValueError
        When a multiplier that is used is not a positive finite number.
    """
    table = read_table(votes, row_units, column_units)
    u = _logs(row_multipliers, table.rows > 0)
    v = _logs(column_multipliers, table.columns > 0)
    i, j = np.nonzero(table.support)
    cells = table.votes[i, j]
    paid = u[i] + v[j]
    with np.errstate(over="ignore"):
        # Where rounding miscounts, the unit in question costs nothing to within the same rounding.
        value = np.minimum(np.exp(np.log(cells) + paid), 2.0**50)
    # A cell cannot have more than its row or its column: a smaller range, and so never a smaller minimum.
    most = np.minimum(table.rows[i], table.columns[j])
    a = np.minimum(np.floor(value + 0.5).astype(np.int64), most)
    prices = _prices(cells, a)
    terms = [*(table.rows * u).tolist(), *(table.columns * v).tolist(), *prices.tolist(), *(-a * paid).tolist()]
    gammas = np.abs(prices) + 2.0 * a * np.abs(np.log(cells)) + 2.0
    size = math.fsum([*map(abs, terms), *gammas.tolist(), *(a * (np.abs(u[i]) + np.abs(v[j]))).tolist()])
    allowance = _SLACK * size
    return math.nextafter(math.fsum([*terms, -allowance]), -math.inf), allowance


def _logs(multipliers: Multipliers, used: npt.NDArray[np.bool_]) -> Floats:
    found = np.zeros(len(used))
    for place in np.flatnonzero(used).tolist():
        value = float(multipliers[place])
        if not (math.isfinite(value) and value > 0.0):
            raise ValueError(f"a multiplier must be a positive finite number; found {multipliers[place]}")
        found[place] = math.log(value)
    return found
