"""A bound on a linear or mixed-integer model that anyone can recompute from the model and one number per row.

For a minimisation, any row multipliers y whose sign fits the row limits give (weak duality)

    cost @ x + offset  >=  offset + sum_i min over [row_lower_i, row_upper_i] of y_i * r
                                  + sum_j min over [column_lower_j, column_upper_j] of (cost_j - y @ A_j) * x_j

for every x that keeps the rows and bounds, whole numbers or not (the column bounds are taken as they stand). No solver
has to be trusted: a bad y only gives a weaker bound. Following A. Neumaier and O. Shcherbina, "Safe bounds in linear
and mixed-integer linear programming", Mathematical Programming 99 (2004), 283-296, the sum is evaluated with outward
rounding, or exactly in fractions.

The constants of the model are taken at their exact binary values.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from evenhand.kernel.linear_model import FloatArray, LinearModel

_UNIT = 2.0**-53
_TINIEST = 5e-324


def safe_bound(model: LinearModel, cost: FloatArray, offset: float, row_duals: FloatArray, *, maximize: bool = False,
               exact: bool = False) -> float:
    """A lower bound on the minimum (upper bound on the maximum) of ``cost @ x + offset`` over the model.

    Parameters
    ----------
    cost
        Shape (columns,). One objective, for instance from :meth:`LinearModel.combine`.
    row_duals
        Shape (rows,). Any numbers; those of a solved linear program make the bound tight. A multiplier whose sign
        asks for a limit the row does not have, or that is not finite, counts as 0.
    maximize
        True when ``cost`` is maximised; multipliers then have the signs HiGHS reports for a maximisation.
    exact
        Evaluate in fractions, and round outward once at the end, instead of in directed floating point.

    Returns
    -------
    float
        ``-inf`` (``+inf`` when maximising) when the multipliers prove nothing: some column without a bound on one
        side has a reduced cost of the wrong sign. Give such columns bounds, or see :func:`repaired_duals`.

    Raises
    ------
    ValueError
        When a shape is wrong, or the cost or offset is not finite.
    """
    duals, sign = _prepared(model, cost, offset, row_duals, maximize)
    direct = sign * np.asarray(cost, dtype=np.float64)
    if exact:
        total = exact_bound(model, cost, offset, row_duals, maximize=maximize)
        return sign * -math.inf if total is None else sign * _round_down(int(sign) * total)
    terms = [sign * float(offset)]
    terms.extend(_row_terms(model, duals))
    low, high = reduced_cost_range(model, direct, duals)
    terms.extend(_column_terms(model, direct, duals, low, high))
    if any(term == -math.inf or math.isnan(term) for term in terms):
        return sign * -math.inf
    try:
        # fsum rounds the exact sum to nearest; one step down makes it a bound.
        total_down = math.nextafter(math.fsum(terms), -math.inf)
    except OverflowError:
        return sign * -math.inf
    return sign * total_down


def exact_bound(model: LinearModel, cost: FloatArray, offset: float, row_duals: FloatArray, *,
                maximize: bool = False) -> Fraction | None:
    """The value of :func:`safe_bound` without any rounding; None when the multipliers prove nothing."""
    duals, sign = _prepared(model, cost, offset, row_duals, maximize)
    direct = sign * np.asarray(cost, dtype=np.float64)
    total = Fraction(sign * float(offset))
    for row in np.flatnonzero(duals):
        limit = model.row_lower[row] if duals[row] > 0.0 else model.row_upper[row]
        total += Fraction(float(duals[row])) * Fraction(float(limit))
    lower, upper = model.column_lower, model.column_upper
    for column in range(model.columns):
        reduced = exact_reduced_cost(model, direct, duals, column)
        if reduced != 0:
            limit = lower[column] if reduced > 0 else upper[column]
            if math.isinf(limit):
                return None
            total += reduced * Fraction(float(limit))
    return int(sign) * total


def usable_duals(model: LinearModel, row_duals: FloatArray, *, maximize: bool = False) -> FloatArray:
    """The multipliers with every one that has the wrong sign, or is not finite, set to 0."""
    duals = np.array(row_duals, dtype=np.float64)
    if duals.shape != (model.rows,):
        raise ValueError(f"row_duals has shape {duals.shape}; expected ({model.rows},)")
    towards_lower, towards_upper = (duals < 0.0, duals > 0.0) if maximize else (duals > 0.0, duals < 0.0)
    useless = (towards_lower & np.isinf(model.row_lower)) | (towards_upper & np.isinf(model.row_upper))
    duals[useless | ~np.isfinite(duals)] = 0.0
    return duals


def exact_reduced_cost(model: LinearModel, cost: FloatArray, duals: FloatArray, column: int) -> Fraction:
    """``cost_j - duals @ A_j`` without rounding."""
    start, end = int(model.matrix.indptr[column]), int(model.matrix.indptr[column + 1])
    reduced = Fraction(float(cost[column]))
    for row, coefficient in zip(model.matrix.indices[start:end].tolist(), model.matrix.data[start:end].tolist(),
                                strict=True):
        if duals[row] != 0.0:
            reduced -= Fraction(float(duals[row])) * Fraction(coefficient)
    return reduced


def reduced_cost_range(model: LinearModel, cost: FloatArray, duals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Intervals, one per column, that surely hold the exact ``cost - matrix.T @ duals``.

    A sum of n rounded products in any order is off by at most gamma_n = n u / (1 - n u) times the sum of the sizes, u =
    2**-53 (N. Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), plus one subnormal step per
    product that underflows. The sum of the sizes is itself rounded, hence the spare terms in the count.
    """
    transposed = model.matrix.T
    touched = transposed.astype(np.bool_).astype(np.int64) @ (duals != 0.0).astype(np.int64) > 0
    count = np.diff(model.matrix.indptr).astype(np.float64) + 8.0
    with np.errstate(over="ignore", invalid="ignore"):
        middle = cost - transposed @ duals
        sizes = np.abs(cost) + abs(transposed) @ np.abs(duals)
        radius = 2.0 * count * (_UNIT * sizes + _TINIEST)
        low, high = np.nextafter(middle - radius, -np.inf), np.nextafter(middle + radius, np.inf)
    # Without a product there is no rounding: the reduced cost is the cost.
    low, high = np.where(touched, low, cost), np.where(touched, high, cost)
    overflowed = ~(np.isfinite(low) & np.isfinite(high))
    return np.where(overflowed, -np.inf, low), np.where(overflowed, np.inf, high)


def _prepared(model: LinearModel, cost: FloatArray, offset: float, row_duals: FloatArray,
              maximize: bool) -> tuple[FloatArray, float]:
    """Multipliers for the minimisation of ``sign * cost``, and that sign."""
    if np.shape(cost) != (model.columns,):
        raise ValueError(f"cost has shape {np.shape(cost)}; expected ({model.columns},)")
    if not (np.isfinite(cost).all() and math.isfinite(offset)):
        raise ValueError("the cost and its offset must be finite")
    sign = -1.0 if maximize else 1.0
    return sign * usable_duals(model, row_duals, maximize=maximize), sign


def _row_terms(model: LinearModel, duals: FloatArray) -> list[float]:
    active = np.flatnonzero(duals)
    multipliers = duals[active]
    limits = np.where(multipliers > 0.0, model.row_lower[active], model.row_upper[active])
    terms: list[float] = _products_down(multipliers, limits).tolist()
    return terms


def _column_terms(model: LinearModel, cost: FloatArray, duals: FloatArray, low: FloatArray,
                  high: FloatArray) -> list[float]:
    """Lower bounds on each column's ``min reduced * x``.

    The minimum is concave in the reduced cost, so over an interval it is attained at an end. Where an end would meet
    a missing bound although the exact reduced cost may not, the exact one is computed.
    """
    lower, upper = model.column_lower, model.column_upper
    doubtful = ((low < 0.0) & np.isinf(upper)) | ((high > 0.0) & np.isinf(lower))
    terms = np.minimum(_products_down(low, np.where(low > 0.0, lower, upper)),
                       _products_down(high, np.where(high > 0.0, lower, upper)))
    for column in np.flatnonzero(doubtful):
        reduced = exact_reduced_cost(model, cost, duals, int(column))
        limit = float(lower[column] if reduced > 0 else upper[column])
        if reduced == 0:
            terms[column] = 0.0
        else:
            terms[column] = -math.inf if math.isinf(limit) else _round_down(reduced * Fraction(limit))
    result: list[float] = terms.tolist()
    return result


def _products_down(left: FloatArray, right: FloatArray) -> FloatArray:
    """Products rounded down; 0 times anything, infinity included, is 0."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return np.where((left == 0.0) | (right == 0.0), 0.0, np.nextafter(left * right, -np.inf))


def _round_down(number: Fraction) -> float:
    try:
        nearest = float(number)
    except OverflowError:
        return -math.inf if number < 0 else math.nextafter(math.inf, 0.0)
    return math.nextafter(nearest, -math.inf) if Fraction(nearest) > number else nearest
