"""Small models for the tests of the kernel: random ones, and ways to solve them without the kernel."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from evenhand.kernel import LinearModel

INFINITY = float("inf")


def model_of(costs: object, matrix: object, row_lower: object, row_upper: object, lower: object, upper: object,
             integer: object = None, offset: float = 0.0) -> LinearModel:
    """A model with one objective from plain lists."""
    cost = np.atleast_2d(np.asarray(costs, dtype=float))
    columns = cost.shape[1]
    rows = np.asarray(matrix, dtype=float).reshape(-1, columns)
    flags = np.zeros(columns, dtype=bool) if integer is None else np.asarray(integer, dtype=bool)
    return LinearModel(cost, [offset], sp.csc_array(rows), row_lower, row_upper, lower, upper, flags)


@st.composite
def random_models(draw: st.DrawFn, *, integer: bool = False, boxed: bool = True, columns: int = 5, rows: int = 5,
                  ugly: bool = False) -> LinearModel:
    """Random small models; ``ugly`` draws coefficients that are not exact in binary."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(1, columns)), draw(st.integers(0, rows))
    scale = 0.1 if ugly else 1.0
    matrix = generator.integers(-4, 5, (m, n)) * (generator.random((m, n)) < 0.7) * scale
    inside = generator.integers(0, 3, n)
    activity = matrix @ inside
    row_lower = np.where(generator.random(m) < 0.5, activity - generator.integers(0, 4, m), -INFINITY)
    row_upper = np.where(generator.random(m) < 0.5, activity + generator.integers(0, 4, m), INFINITY)
    equation = generator.random(m) < 0.15
    row_lower, row_upper = np.where(equation, activity, row_lower), np.where(equation, activity, row_upper)
    lower, upper = generator.integers(-2, 1, n).astype(float), generator.integers(2, 5, n).astype(float)
    if not boxed:
        lower = np.where(generator.random(n) < 0.3, -INFINITY, lower)
        upper = np.where(generator.random(n) < 0.3, INFINITY, upper)
    flags = generator.random(n) < 0.6 if integer else np.zeros(n, dtype=bool)
    cost = generator.integers(-5, 6, n) * scale
    return model_of(cost, matrix, row_lower, row_upper, lower, upper, flags, float(generator.integers(-3, 4)))


def reference(model: LinearModel, cost: Any, *, maximize: bool = False) -> tuple[str, float | None]:
    """(status, value without offset) by scipy."""
    sign = -1.0 if maximize else 1.0
    constraints = [LinearConstraint(model.matrix.toarray(), model.row_lower, model.row_upper)] if model.rows else []
    found = milp(sign * np.asarray(cost), constraints=constraints, integrality=model.integer.astype(int),
                 bounds=Bounds(model.column_lower, model.column_upper), options={"mip_rel_gap": 0.0})
    if found.status == 0:
        return "optimal", sign * found.fun
    return {2: "infeasible", 3: "unbounded"}.get(found.status, "undecided"), None


def whole_points(model: LinearModel) -> np.ndarray:
    """Every whole point of the box that keeps the rows, shape (points, columns)."""
    axes = [range(int(np.ceil(low)), int(np.floor(high)) + 1)
            for low, high in zip(model.column_lower, model.column_upper, strict=True)]
    points = np.array(list(itertools.product(*axes)), dtype=float).reshape(-1, model.columns)
    activity = points @ model.matrix.toarray().T
    kept = ((activity >= model.row_lower - 1e-9) & (activity <= model.row_upper + 1e-9)).all(axis=1)
    return points[kept]


def assignment_model(items: int, bins: int, *, integer: bool, seed: int = 0, room: float = 0.7) -> LinearModel:
    """Generalised assignment; with room for 0.48 of the average load, 120 items in 20 bins are hard to prove."""
    generator = np.random.default_rng(seed)
    size = items * bins
    load = generator.integers(5, 30, size).astype(float)
    rows = np.concatenate([np.repeat(np.arange(items), bins), items + np.tile(np.arange(bins), items)])
    matrix = sp.csc_array((np.concatenate([np.ones(size), load]), (rows, np.tile(np.arange(size), 2))),
                          shape=(items + bins, size))
    capacity = room * load.sum() / bins**2
    return LinearModel((40 - load + generator.uniform(-3, 3, size))[np.newaxis], [0.0], matrix,
                       np.concatenate([np.ones(items), np.full(bins, -INFINITY)]),
                       np.concatenate([np.ones(items), np.full(bins, capacity)]), np.zeros(size), np.ones(size),
                       np.full(size, integer))
