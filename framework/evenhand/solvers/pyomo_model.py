"""From a problem to a model file: which formulation, one objective, and back from named values to an allocation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand.errors import SolverUnsuitableError, nearest

if TYPE_CHECKING:
    from evenhand.model import Built, Problem
    from evenhand.shapes import Allocation
    from evenhand.shapes.base import FloatArray

# Solvers have absolute tolerances (1e-5 for an improvement, 1e-7 for a reduced cost): the largest coefficient of the
# written objective lies between these two, so that rates of 1e-4 and budgets of 1e9 are solved equally well.
LEAST, LARGEST = 2.0**12, 2.0**20


def build_for(problem: Problem, solver: str, name: str | None = None) -> Built:
    """The model to solve: the one asked for by name; else the first exact one that can be built, else a restriction.

    A relaxation is only taken by name: its solutions need a repair that only its domain knows.

    Raises
    ------
    SolverUnsuitableError
        No formulation serves; the message gives the reason for each.
    """
    reasons = []
    formulations = problem.formulations()
    if name is not None:
        found = next((f for f in formulations if f.name == name), None)
        if found is None:
            raise SolverUnsuitableError(f"there is no formulation {name!r}; "
                                        f"{nearest(name, [f.name for f in formulations])}")
        return found.build(problem)
    ordered = [f for wanted in ("exact", "restriction") for f in formulations if f.honesty == wanted]
    for formulation in ordered:
        try:
            return formulation.build(problem)
        except SolverUnsuitableError as reason:
            reasons.append(str(reason))
    reasons += [f"the formulation {f.name!r} is a relaxation, whose solutions need repair"
                for f in formulations if f.honesty == "relaxation"]
    raise SolverUnsuitableError(f"{solver} cannot take this problem: " + ("; ".join(reasons) or "it has no model"))


@frozen(eq=False)
class Written:
    """A model on file, always a minimization: value of the problem = ``factor`` * written value.

    ``names`` maps ``id(variable)`` to its name in the file; a variable that no row and no cost mentions has none.
    """

    built: Built
    factor: float
    names: Mapping[int, str]
    quadratic: bool

    def decode(self, values: Mapping[str, float]) -> Allocation:
        """The allocation that values by name stand for; a name that is missing was left at 0 by the solver."""

        def read(container: Any) -> FloatArray:
            return np.array([self._value(variable, values) for variable in container.values()], dtype=np.float64)

        return self.built.decode(read)

    def _value(self, variable: Any, values: Mapping[str, float]) -> float:
        name = self.names.get(id(variable))
        if name is not None and name in values:
            return values[name]
        if variable.fixed:
            return float(variable.value)
        low, high = variable.bounds
        return min(max(0.0, -math.inf if low is None else float(low)), math.inf if high is None else float(high))


def write_model(built: Built, path: Path) -> Written:
    """Write a model in CPLEX LP format, with the weighted sum of its terms as the one objective.

    Raises
    ------
    SolverUnsuitableError
        A row or the objective is neither linear nor quadratic.
    """
    import pyomo.environ as pyo
    from pyomo.repn import generate_standard_repn
    from pyomo.repn.plugins.lp_writer import LPWriter

    model, objective = built.model, built.problem.objective
    for variable in model.component_data_objects(pyo.Var, active=True):
        if variable.is_integer() and not variable.is_binary():
            _whole_bounds(variable)  # GLPK refuses others, and nothing is lost
    sign = -1.0 if objective.sense == "maximize" else 1.0
    total: Any = 0.0
    for key, weight in zip(objective.keys, objective.weights(), strict=True):
        part = getattr(model.terms, key)
        part.deactivate()
        if weight:
            total += sign * weight * part.expr
    repn = generate_standard_repn(total, quadratic=True)
    largest = max((abs(c) for c in (*repn.linear_coefs, *repn.quadratic_coefs)), default=0.0)
    scale = 1.0
    if largest > 0.0 and math.isfinite(largest) and not LEAST <= largest < LARGEST:
        # A power of two changes no digit of any coefficient.
        scale = 2.0 ** (math.ceil(math.log2((LEAST if largest < LEAST else LARGEST / 2.0) / largest)))
    model.written = pyo.Objective(expr=scale * total, sense=pyo.minimize)
    try:
        with path.open("w", encoding="ascii") as stream:
            info = LPWriter().write(model, stream)
    except ValueError as fault:
        raise SolverUnsuitableError(f"the model of {built.formulation.name!r} cannot be written as a linear or "
                                    f"quadratic program: {fault}") from fault
    text = path.read_text(encoding="ascii")
    # Names are x1, x2, ...: a bracket can only open a quadratic part.
    return Written(built, sign / scale, dict(info.symbol_map.byObject), "[" in text)


def _whole_bounds(variable: Any) -> None:
    low, high = variable.bounds
    if low is not None and low != math.ceil(low):
        variable.setlb(math.ceil(low))
    if high is not None and high != math.floor(high):
        variable.setub(math.floor(high))
