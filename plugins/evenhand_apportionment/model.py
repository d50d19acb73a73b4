"""The unit-increment model in Pyomo: a column per unit that a group may still get, priced by what it costs.

A group's units cost more and more where the cost is convex, so the cheapest come first by themselves: no rows keep
them in order and no column need be whole. The one row of ones (or the rows and columns of a biproportional table) with
bounds is totally unimodular, so the linear programme has whole solutions (Hoffman and Kruskal 1956).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand.errors import SolverUnsuitableError
from evenhand.model import Formulation, shape_variables
from evenhand_apportionment.costs.base import Additive, Ints

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand.shapes.base import FloatArray, ReadVariable
    from evenhand_apportionment.problem import ApportionmentProblem

# Pyomo needs some ten microseconds for a column; branch and bound with ordering rows ends long before that matters.
MOST_COLUMNS = 150_000
MOST_ORDERED = 20_000
# Units of a group to either side of where its window is centred.
WINDOW = 16


@frozen(eq=False)
class Increments:
    """The columns: unit ``number[c]`` (from 0) of inner row ``row[c]``; ``first`` units of each row are there."""

    variables: list[Any]
    row: Ints
    number: Ints
    first: Ints

    def expression(self, cost: Additive) -> Any:
        """The cost as a linear expression."""
        from pyomo.core.expr.numeric_expr import LinearExpression

        prices = cost.steps(self.number, self.row)
        if not np.isfinite(prices).all():
            raise SolverUnsuitableError("a unit costs more than a double can hold: use the domain's own solver")
        return LinearExpression(constant=cost.value(self.first), linear_coefs=prices.tolist(),
                                linear_vars=self.variables)

    def units(self, values: FloatArray) -> Ints:
        """Inner units of solved values, rounded."""
        held = np.bincount(self.row, weights=values, minlength=len(self.first))
        found: Ints = self.first + np.rint(held).astype(np.int64)
        return found

    def values(self, inner: Ints) -> FloatArray:
        """Columns at 1 for the units that a group has."""
        found: FloatArray = (self.number < inner[self.row]).astype(np.float64)
        return found


def ordered(problem: ApportionmentProblem) -> bool:
    """Whether units must be kept in order by rows of their own, since later ones may be cheaper."""
    if any(part.weight < 0 for part in problem.objective.parts):
        return True
    return problem.options.family == "parametric" and problem.options.beta < 1


def formulations(problem: ApportionmentProblem) -> tuple[Formulation, ...]:
    """One formulation: exact while all units fit, else a window around the ideals."""
    if problem.open_size or problem.options.family == "balinski_young":
        return (REFUSED,)
    if ordered(problem):
        return (ORDERED,)
    return (UNITS,) if _columns(problem) <= MOST_COLUMNS else (NEAR,)


def _columns(problem: Any) -> int:
    return int((problem.upper - problem.lower).sum())


def _near_columns(problem: Any) -> int:
    first, last = _window(problem)
    return int((last - first).sum())


def _bounds(problem: ApportionmentProblem) -> tuple[Ints, Ints]:
    rows = problem.rows
    return problem.lower[rows] - problem.base, problem.upper[rows] - problem.base


def _window(problem: ApportionmentProblem) -> tuple[Ints, Ints]:
    """A few units around the rounded ideals; wide enough to reach the total."""
    from evenhand_apportionment.walks import rounded_start

    lower, upper = _bounds(problem)
    near = rounded_start(problem)
    return np.maximum(lower, near - WINDOW), np.minimum(upper, near + WINDOW)


def _refuse(problem: Any, build: Build) -> None:
    if problem.open_size:
        raise SolverUnsuitableError("units_range is solved size by size: use marginal or dynamic-programming")
    raise SolverUnsuitableError("the quota method of Balinski and Young is a rule and minimizes nothing: use the "
                                "solver marginal, which follows it")


def _all_units(problem: Any, build: Build) -> None:
    _build(problem, build, *_bounds(problem))


def _near_units(problem: Any, build: Build) -> None:
    _build(problem, build, *_window(problem))


def _ordered_units(problem: Any, build: Build) -> None:
    """Whole columns, and no unit of a group before the one below it."""
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import LinearExpression

    _build(problem, build, *_bounds(problem), whole=True)
    increments: Increments = build.extra["increments"]
    same = np.flatnonzero(np.diff(increments.row) == 0).tolist()
    build.model.order = pyo.Constraint(pyo.RangeSet(0, len(same) - 1))
    for place, column in enumerate(same):
        below, above = increments.variables[column], increments.variables[column + 1]
        step = LinearExpression(constant=0, linear_coefs=[1.0, -1.0], linear_vars=[below, above])
        build.model.order[place] = step >= 0.0


def _build(problem: ApportionmentProblem, build: Build, first: Ints, last: Ints, *, whole: bool = False) -> None:
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import LinearExpression

    width = last - first
    row = np.repeat(np.arange(len(first)), width)
    number = np.arange(len(row)) - np.repeat(np.cumsum(width) - width, width) + first[row]
    model = build.model
    model.x = pyo.Var(range(len(row)), domain=pyo.Binary if whole else pyo.Reals, bounds=(0.0, 1.0))
    variables = list(model.x.values())
    build.extra["increments"] = Increments(variables, row, number, first)
    left = float(problem.cost.units - int(first.sum()))
    if variables:
        total = LinearExpression(constant=0, linear_coefs=[1.0] * len(variables), linear_vars=variables)
        model.total = pyo.Constraint(expr=total == left)
    elif left:
        model.total = pyo.Constraint(expr=pyo.Constraint.Infeasible)


def _decode(problem: Any, build: Build, read: ReadVariable) -> Allocation:
    """Count the columns; ties are settled as the option says, since every tied solution is as good."""
    increments: Increments = build.extra["increments"]
    return problem.outer(settled(problem, increments.units(read(build.model.x))))


def settled(problem: ApportionmentProblem, inner: Ints) -> Ints:
    """The same optimum with ties settled by the option ``ties``."""
    if int(inner.sum()) != problem.cost.units:
        return inner
    if problem.options.biproportional:
        tied, _ = problem.matrix.tied(inner)
        return problem.matrix.cells(problem.matrix.answer.units) if len(tied) else inner
    goal = problem.goal
    return inner if goal is None else goal.cost.settled(inner, np.argsort(problem.preference, kind="stable"))


def _encode(problem: Any, build: Build, allocation: Allocation) -> list[tuple[Any, FloatArray]]:
    return [(build.model.x, build.extra["increments"].values(problem.inner(allocation)))]


UNITS = Formulation(
    "units", "exact", _all_units, decode=_decode, encode=_encode, columns=_columns, max_columns=MOST_COLUMNS,
    doc="a continuous column for every unit that a group may get; its solutions are whole by themselves")
NEAR = Formulation(
    "near-units", "restriction", _near_units, decode=_decode, columns=_near_columns, max_columns=MOST_COLUMNS,
    doc="only units near the ideals; the certificate on all units shows whether that was wide enough")
ORDERED = Formulation(
    "ordered-units", "exact", _ordered_units, decode=_decode, encode=_encode, columns=_columns,
    max_columns=MOST_ORDERED, doc="whole columns with units in order: for costs that are not convex")
BOUNDS = Formulation(
    "bounds", "relaxation", shape_variables, doc="sum and bounds alone: whether any division keeps them")
REFUSED = Formulation("none", "exact", _refuse, doc="this problem has no model")
