"""How far one rule would have to give so that a conflict disappears; a proof of infeasibility from the same model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
import scipy.sparse as sp
from attrs import frozen

from evenhand.errors import NoSolutionError
from evenhand.kernel.dual_bound import exact_bound
from evenhand.kernel.dual_repair import repaired_duals
from evenhand.kernel.guarded_run import Stop
from evenhand.kernel.highs import HighsSession
from evenhand.kernel.linear_model import FloatArray, IntArray, LinearModel
from evenhand.kernel.rules import RuleGroups, RuleTable

_LARGEST_DENOMINATOR = 100_000


@frozen(eq=False)
class Relief:
    """The least total by which one rule's limits must give, in the units of its rows.

    Parameters
    ----------
    total
        Sum of all entries below.
    rows, row_below, row_above
        The rule's rows; by how much each stays below its lower limit, and by how much it exceeds its upper limit.
    columns, column_below, column_above
        The same for columns whose bounds belong to the rule.
    values
        Shape (columns of the model,). A point that keeps everything else.
    proven
        True when it is proven (within the gap) that no smaller total exists.
    """

    total: float
    rows: IntArray
    row_below: FloatArray
    row_above: FloatArray
    columns: IntArray
    column_below: FloatArray
    column_above: FloatArray
    values: FloatArray
    proven: bool


def least_relief(model: LinearModel, groups: RuleGroups, rule: str, *, keep: Iterable[str] | None = None,
                 stop: Stop | None = None, time_limit: float | None = None, gap: float = 1e-6,
                 options: Mapping[str, object] | None = None) -> Relief | None:
    """Minimise the total slack of one rule while the rules in ``keep`` hold.

    Parameters
    ----------
    keep
        The other rules that stay as they are, for instance the rest of a conflict; the remaining ones are dropped.
        None keeps all. What belongs to no rule always holds.

    Returns
    -------
    Relief or None
        None when even dropping the rule altogether leaves no solution.

    Raises
    ------
    NoSolutionError
        When the search ended before a solution was found.
    """
    table = RuleTable.of(model, groups)
    part = table.parts[rule]
    others = [name for name in (table.names if keep is None else keep) if name != rule]
    kept_rows, kept_columns = table.kept(others)
    # A row that another kept rule shares must not give.
    rows, columns = part.rows[~kept_rows[part.rows]], part.columns[~kept_columns[part.columns]]
    unit = sp.csr_array((np.ones(len(columns)), (np.arange(len(columns)), columns)),
                        shape=(len(columns), model.columns))
    by_row = sp.csr_array(model.matrix)
    firm = np.flatnonzero(kept_rows)
    soft = sp.vstack([by_row[rows], unit], format="csr")
    soft_lower = np.concatenate([model.row_lower[rows], model.column_lower[columns]])
    soft_upper = np.concatenate([model.row_upper[rows], model.column_upper[columns]])
    elastic = _elastic(
        model, by_row[firm], model.row_lower[firm], model.row_upper[firm], soft, soft_lower, soft_upper,
        np.where(kept_columns, model.column_lower, -np.inf), np.where(kept_columns, model.column_upper, np.inf))
    result = HighsSession(elastic).solve(gap=gap, stop=stop, time_limit=time_limit, options=options)
    if result.status == "infeasible":
        return None
    if result.values is None:
        raise NoSolutionError(f"No point that keeps the other rules was found in time, so how far {rule!r} must give "
                              f"is not known; allow more time.")
    size, count = len(soft_lower), model.columns
    below, above = result.values[count:count + size], result.values[count + size:]
    split = len(rows)
    return Relief(float(below.sum() + above.sum()), rows, below[:split], above[:split], columns, below[split:],
                  above[split:], result.values[:count], proven=result.status == "optimal")


def infeasibility_proof(model: LinearModel, *, stop: Stop | None = None, time_limit: float | None = None
                        ) -> FloatArray | None:
    """Row multipliers that prove, in exact arithmetic, that the model has no solution; None when none were found.

    The multipliers are the duals of minimising the total slack of all rows. They prove infeasibility (Farkas' lemma)
    when the bound they give on a cost of zero is above zero: see :func:`proves_infeasible`. Only the linear relaxation
    is looked at: a model that fails for whole numbers alone has no such proof.
    """
    blank = sp.csr_array((0, model.columns))
    elastic = _elastic(model.relaxed(), blank, np.zeros(0), np.zeros(0), sp.csr_array(model.matrix), model.row_lower,
                       model.row_upper, model.column_lower, model.column_upper)
    result = HighsSession(elastic).solve(stop=stop, time_limit=time_limit)
    if result.status != "optimal" or result.row_duals is None:
        return None
    repaired = repaired_duals(model, np.zeros(model.columns), result.row_duals)
    for duals in (repaired, _in_whole_numbers(result.row_duals)):
        if proves_infeasible(model, duals):
            return duals
    return None


def _in_whole_numbers(duals: FloatArray) -> FloatArray:
    """The multipliers as the simple fractions they nearly are, times the common denominator.

    A proof may be multiplied by any positive number, and so can hold exactly where fractions like 1/3, which no
    float equals, would not cancel on a column without bounds.
    """
    fractions = [Fraction(dual).limit_denominator(_LARGEST_DENOMINATOR) for dual in duals.tolist()]
    common = math.lcm(*(fraction.denominator for fraction in fractions))
    return np.array([float(fraction * common) if common < 2**50 else 0.0 for fraction in fractions])


def proves_infeasible(model: LinearModel, row_duals: FloatArray) -> bool:
    """Whether the multipliers prove that nothing keeps the model's rows and bounds. Exact; no solver runs."""
    bound = exact_bound(model, np.zeros(model.columns), 0.0, row_duals)
    return bound is not None and bound > 0


def _elastic(model: LinearModel, firm: sp.csr_array, firm_lower: FloatArray, firm_upper: FloatArray,
             soft: sp.csr_array, soft_lower: FloatArray, soft_upper: FloatArray, column_lower: FloatArray,
             column_upper: FloatArray) -> LinearModel:
    """Columns x, below, above; minimise the sum of below and above; soft rows hold for ``soft @ x + below - above``."""
    count, size = model.columns, len(soft_lower)
    slack = sp.eye_array(size, format="csr")
    matrix = sp.block_array([[firm, sp.csr_array((firm.shape[0], 2 * size))],
                             [soft, sp.hstack([slack, -slack])]], format="csr")
    cost = np.concatenate([np.zeros(count), np.ones(2 * size)])
    return LinearModel(cost[np.newaxis, :], [0.0], matrix, np.concatenate([firm_lower, soft_lower]),
                       np.concatenate([firm_upper, soft_upper]), np.concatenate([column_lower, np.zeros(2 * size)]),
                       np.concatenate([column_upper, np.full(2 * size, np.inf)]),
                       np.concatenate([model.integer, np.zeros(2 * size, dtype=np.bool_)]))
