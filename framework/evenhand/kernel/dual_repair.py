"""Nudge row multipliers so that columns without a bound on one side keep a usable reduced cost.

A solver's multipliers are right up to 1e-9 or so. On a column that has both bounds this costs as much of the bound; on
a column without one (the t of a minimax, the deviation of an absolute value) it costs all of it: the safe bound is
minus infinity unless the reduced cost has exactly the right sign. Moving one multiplier by the exact surplus cures it.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from evenhand.kernel.dual_bound import exact_reduced_cost, reduced_cost_range, usable_duals
from evenhand.kernel.linear_model import BoolArray, FloatArray, IntArray, LinearModel

_PASSES = 8


def repaired_duals(model: LinearModel, cost: FloatArray, row_duals: FloatArray, *,
                   maximize: bool = False) -> FloatArray:
    """Multipliers close to ``row_duals`` for which :func:`safe_bound` is finite, as far as a simple repair finds them.

    Each multiplier moved changes the bound by about the size of the move. Where no repair is found, the safe bound
    says so by being infinite. That happens for a column free on both sides when its multipliers are fractions that
    no float equals (1/3, say): give such a column a bound.
    """
    sign = -1.0 if maximize else 1.0
    duals = sign * usable_duals(model, row_duals, maximize=maximize)
    direct = sign * np.asarray(cost, dtype=np.float64)
    no_lower, no_upper = np.isneginf(model.column_lower), np.isposinf(model.column_upper)
    open_columns = no_lower | no_upper
    if open_columns.any():
        crowding = abs(model.matrix.astype(np.bool_).astype(np.int64)) @ open_columns.astype(np.int64)
        for _ in range(_PASSES):
            if not _one_pass(model, direct, duals, no_lower, no_upper, crowding):
                break
    return np.asarray(sign * duals + 0.0)


def _one_pass(model: LinearModel, cost: FloatArray, duals: FloatArray, no_lower: BoolArray, no_upper: BoolArray,
              crowding: IntArray) -> bool:
    """Repair every column that needs it, in place; False when none did or none could be helped."""
    low, high = reduced_cost_range(model, cost, duals)
    moved = False
    for column in np.flatnonzero(((low < 0.0) & no_upper) | ((high > 0.0) & no_lower)).tolist():
        surplus = exact_reduced_cost(model, cost, duals, column)
        if (surplus < 0 and no_upper[column]) or (surplus > 0 and no_lower[column]):
            both = bool(no_lower[column] and no_upper[column])
            moved = _move_one(model, cost, duals, column, surplus, both, crowding) or moved
    return moved


def _move_one(model: LinearModel, cost: FloatArray, duals: FloatArray, column: int, surplus: Fraction, exact: bool,
              crowding: IntArray) -> bool:
    """Change one multiplier so that the column's reduced cost is 0, or just past 0 where that is enough."""
    start, end = int(model.matrix.indptr[column]), int(model.matrix.indptr[column + 1])
    entries = sorted(zip(model.matrix.indices[start:end].tolist(), model.matrix.data[start:end].tolist(), strict=True),
                     key=lambda entry: (crowding[entry[0]], -abs(entry[1]), abs(duals[entry[0]]), entry[0]))
    for row, coefficient in entries:
        former = float(duals[row])
        wanted = Fraction(former) + surplus / Fraction(coefficient)
        multiplier = float(wanted)
        if not exact and Fraction(multiplier) != wanted:
            # Away from the old value: past 0 is allowed, short of it is not.
            further = math.inf if surplus / Fraction(coefficient) > 0 else -math.inf
            multiplier = math.nextafter(multiplier, further)
        if (multiplier > 0.0 and math.isinf(model.row_lower[row])) or (multiplier < 0.0
                                                                      and math.isinf(model.row_upper[row])):
            continue
        duals[row] = multiplier
        reduced = exact_reduced_cost(model, cost, duals, column)
        if reduced == 0 or (not exact and (reduced > 0) == (surplus < 0)):
            return True
        duals[row] = former
    return False
