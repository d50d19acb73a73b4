"""Compile a Pyomo model once into a :class:`LinearModel` of arrays, with the names and maps to find one's way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import numpy as np
import scipy.sparse as sp
from attrs import frozen

from evenhand.errors import SolverUnsuitableError
from evenhand.kernel.linear_model import FloatArray, IntArray, LinearModel


@frozen(eq=False)
class CompiledModel:
    """A linear model and the way back to the Pyomo model it came from.

    Parameters
    ----------
    model
        Every active variable of the Pyomo model is a column, also one that occurs in no row and one that is fixed (a
        fixed one has equal bounds, zero coefficients, and its value inside the constants). Every active,
        non-constant constraint is one row; a constraint limited on both sides stays one row.
    maximize
        Per objective, the sense declared in Pyomo. Costs are the expressions as written: no sign is flipped.
    """

    model: LinearModel
    maximize: tuple[bool, ...]
    _variables: tuple[Any, ...] = attrs.field(repr=False)
    _column_by_id: dict[int, int] = attrs.field(repr=False)

    def column_of(self, variable: Any) -> int:
        """Column of one scalar or indexed-member Pyomo variable.

        Raises
        ------
        KeyError
            When the variable is not part of the compiled model.
        """
        try:
            return self._column_by_id[id(variable)]
        except KeyError:
            raise KeyError(f"{variable} is not a variable of the compiled model") from None

    def columns_of(self, variables: Any) -> IntArray:
        """Columns of an indexed Pyomo variable (in index order) or of any iterable of variables."""
        members: Iterable[Any] = variables.values() if hasattr(variables, "values") else variables
        return np.array([self.column_of(variable) for variable in members], dtype=np.int64)

    def rows_under(self, place: Any) -> IntArray:
        """Rows that come from a constraint or block: given as the Pyomo component or by its name.

        ``rows_under("rules[cap]")`` and ``rows_under(model.rules["cap"])`` are the rows of all constraints on that
        block; ``rows_under("supply")`` all members of one constraint.
        """
        name = place if isinstance(place, str) else place.name
        starts = (name + ".", name + "[")
        return np.array([row for row, text in enumerate(self.model.row_names)
                         if text == name or text.startswith(starts)], dtype=np.int64)

    def load(self, values: FloatArray) -> None:
        """Set the values of the Pyomo variables; fixed variables keep theirs. Nothing is rounded or checked."""
        for variable, value in zip(self._variables, values.tolist(), strict=True):
            if not variable.fixed:
                variable.set_value(value, skip_validation=True)


def compile_model(pyomo_model: Any) -> CompiledModel:
    """Compile all active constraints and objectives of a linear Pyomo model.

    Objectives keep the order of declaration, and there may be any number of them, constant ones included.
    Names are taken down as text, so the result does not need the Pyomo model to stay alive.

    Raises
    ------
    SolverUnsuitableError
        When something is not linear, a number is missing or not a number, a variable has a domain other than
        continuous, integer or binary, or the model holds components a linear solver cannot take.
    """
    form, false_constants = _standard_form(pyomo_model)
    matrix, lower, upper, keep = _one_row_per_constraint(form)
    names = [form.rows[row].constraint.name for row in keep]
    if false_constants:
        matrix = sp.vstack([matrix, sp.csr_array((len(false_constants), matrix.shape[1]))], format="csr")
        lower = np.concatenate([lower, [low for _, low, _ in false_constants]])
        upper = np.concatenate([upper, [high for _, _, high in false_constants]])
        names += [name for name, _, _ in false_constants]

    variables = list(form.columns)
    seen = {id(variable) for variable in variables}
    unused = [variable for variable in _active_variables(pyomo_model) if id(variable) not in seen]
    variables += unused
    column_lower, column_upper, integer = _columns(variables)
    blank = sp.csr_array((matrix.shape[0], len(unused)))
    costs = np.hstack([form.c.toarray(), np.zeros((len(form.objectives), len(unused)))])
    model = LinearModel(
        costs, form.c_offset, sp.hstack([matrix, blank], format="csc"), lower, upper, column_lower, column_upper,
        integer,
        row_names=names, column_names=[variable.name for variable in variables],
        objective_names=[objective.name for objective in form.objectives])
    maximize = tuple(objective.sense < 0 for objective in form.objectives)
    return CompiledModel(model, maximize, tuple(variables), {id(v): column for column, v in enumerate(variables)})


def _standard_form(pyomo_model: Any) -> tuple[Any, list[tuple[str, float, float]]]:
    """Pyomo's standard form, and (name, lower, upper) of every constraint that holds no variable and is false.

    Pyomo's compiler stops at the first false constant. Kept as empty rows they make the model infeasible, as they
    should, and their rule can be named. A true constraint without variables is no row.
    """
    from pyomo.common.errors import InfeasibleConstraintException

    try:
        return _write(pyomo_model), []
    except InfeasibleConstraintException:
        false_constants = list(_false_constants(pyomo_model))
    for constraint, _, _ in false_constants:
        constraint.deactivate()
    try:
        form = _write(pyomo_model)
    finally:
        for constraint, _, _ in false_constants:
            constraint.activate()
    return form, [(constraint.name, low, high) for constraint, low, high in false_constants]


def _write(pyomo_model: Any) -> Any:
    from pyomo.common.errors import InfeasibleConstraintException, PyomoException
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    try:
        form = LinearStandardFormCompiler().write(pyomo_model, mixed_form=True, set_sense=None)
        # Pyomo lets a missing number through in a constant; this is where it shows.
        form.rhs = np.asarray(form.rhs, dtype=np.float64)
        form.c_offset = np.asarray(form.c_offset, dtype=np.float64).reshape(len(form.objectives))
        return form
    except InfeasibleConstraintException:
        raise
    except (PyomoException, ValueError, TypeError) as error:
        raise SolverUnsuitableError(f"The model cannot be written as a linear model: {error}") from error


def _false_constants(pyomo_model: Any) -> Iterator[tuple[Any, float, float]]:
    """Constraints without free variables whose limits exclude their constant, as (constraint, lower, upper)."""
    from pyomo.core.base import Constraint, SortComponents
    from pyomo.core.expr.numvalue import value
    from pyomo.repn.linear import LinearRepnVisitor

    visitor = LinearRepnVisitor({})
    for constraint in pyomo_model.component_data_objects(Constraint, active=True, descend_into=True,
                                                         sort=SortComponents.deterministic):
        lower, body, upper = constraint.to_bounded_expression()
        repn = visitor.walk_expression(body)
        if repn.linear or repn.nonlinear is not None:
            continue
        low = -np.inf if lower is None else float(value(lower)) - repn.constant
        high = np.inf if upper is None else float(value(upper)) - repn.constant
        if low > 0.0 or high < 0.0:
            yield constraint, low, high


def _one_row_per_constraint(form: Any) -> tuple[Any, FloatArray, FloatArray, IntArray]:
    """Join the two rows Pyomo writes for a constraint limited on both sides; also the row each one came from."""
    rhs = form.rhs
    kinds = np.array([entry.bound_type for entry in form.rows], dtype=np.int64)
    owners = np.array([id(entry.constraint) for entry in form.rows], dtype=np.int64)
    lower = np.where(kinds <= 0, rhs, -np.inf)
    upper = np.where(kinds >= 0, rhs, np.inf)
    second = np.zeros(len(rhs), dtype=np.bool_)
    # Pyomo writes the upper-limit row and right after it the lower-limit row.
    second[1:] = (owners[1:] == owners[:-1]) & (kinds[1:] == -1) & (kinds[:-1] == 1)
    lower[:-1] = np.where(second[1:], lower[1:], lower[:-1])
    keep = np.flatnonzero(~second)
    return sp.csr_array(form.A)[keep], lower[keep], upper[keep], keep


def _active_variables(pyomo_model: Any) -> Iterator[Any]:
    from pyomo.core.base import SortComponents, Var

    yield from pyomo_model.component_data_objects(Var, active=True, descend_into=True,
                                                  sort=SortComponents.deterministic)


def _columns(variables: list[Any]) -> tuple[FloatArray, FloatArray, Any]:
    """Bounds and kinds. A fixed variable is continuous: its value may lie outside its domain."""
    size = len(variables)
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    integer = np.zeros(size, dtype=np.bool_)
    whole_by_domain: dict[int, bool] = {}
    for column, variable in enumerate(variables):
        if variable.fixed:
            if variable.value is None:
                raise SolverUnsuitableError(f"Variable {variable.name} is fixed but has no value.")
            lower[column] = upper[column] = float(variable.value)
            continue
        low, high = variable.bounds
        lower[column] = -np.inf if low is None else low
        upper[column] = np.inf if high is None else high
        domain = variable.domain
        whole = whole_by_domain.get(id(domain))
        if whole is None:
            if not (variable.is_continuous() or variable.is_integer()):
                raise SolverUnsuitableError(f"Variable {variable.name} has the domain {domain}; a linear solver takes "
                                            f"continuous, integer and binary variables.")
            whole = whole_by_domain[id(domain)] = bool(variable.is_integer())
        integer[column] = whole
    return lower, upper, integer
