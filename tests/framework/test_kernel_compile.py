from __future__ import annotations

import gc

import numpy as np
import pyomo.environ as pyo
import pytest

from evenhand.errors import SolverUnsuitableError
from evenhand.kernel import CompiledModel, HighsSession, compile_model
from tests.framework.kernel_cases import INFINITY


def model_with_rules() -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b c", "d,e"], bounds=(0, 1))
    model.y = pyo.Var(domain=pyo.Binary)
    model.z = pyo.Var(domain=pyo.Integers, bounds=(-3, None))
    model.unused = pyo.Var([1, 2], bounds=(-1, 7))
    model.fixed = pyo.Var(domain=pyo.Reals, bounds=(0, 1))
    model.fixed.fix(2.5)
    model.rules = pyo.Block(["cap", "all, in", "capacity"])
    model.rules["cap"].both = pyo.Constraint(expr=(1, model.x["a"] + model.x["d,e"] + model.fixed, 5))
    model.rules["all, in"].each = pyo.Constraint([1, 2], rule=lambda block, i: model.z + i * model.y >= 1)
    model.rules["capacity"].equal = pyo.Constraint(expr=2 * model.y == 1 - model.x["b c"])
    model.trivial = pyo.Constraint(expr=model.fixed <= 3)
    model.gain = pyo.Objective(expr=3 + model.x["a"] - 2 * model.z, sense=pyo.maximize)
    model.nothing = pyo.Objective(expr=7.0)
    model.loss = pyo.Objective(expr=2 * model.x["a"] - model.fixed)
    model.asleep = pyo.Objective(expr=model.y)
    model.asleep.deactivate()
    return model


def row(compiled: CompiledModel, name: str) -> tuple[dict[str, float], float, float]:
    place = compiled.model.row_names.index(name)
    coefficients = compiled.model.matrix.toarray()[place]
    named = {compiled.model.column_names[j]: float(coefficients[j]) for j in np.flatnonzero(coefficients)}
    return named, float(compiled.model.row_lower[place]), float(compiled.model.row_upper[place])


def test_rows_columns_and_objectives_are_as_written() -> None:
    compiled = compile_model(model_with_rules())
    model = compiled.model
    assert row(compiled, "rules[cap].both") == ({"x[a]": 1.0, "x['d,e']": 1.0}, -1.5, 2.5)
    assert row(compiled, "rules['all, in'].each[2]") == ({"z": 1.0, "y": 2.0}, 1.0, INFINITY)
    assert row(compiled, "rules[capacity].equal") == ({"x[b c]": 1.0, "y": 2.0}, 1.0, 1.0)
    assert model.rows == 4
    assert model.objective_names == ("gain", "nothing", "loss")
    assert compiled.maximize == (True, False, False)
    assert model.cost_offsets.tolist() == [3.0, 7.0, -2.5]
    costs = {name: dict(zip(model.column_names, cost, strict=True))
             for name, cost in zip(model.objective_names, model.costs.tolist(), strict=True)}
    assert (costs["gain"]["x[a]"], costs["gain"]["z"], costs["loss"]["x[a]"]) == (1.0, -2.0, 2.0)
    assert not any(costs["nothing"].values())


def test_every_variable_is_a_column_with_its_bounds_and_kind() -> None:
    source = model_with_rules()
    compiled = compile_model(source)
    model = compiled.model
    assert sorted(model.column_names) == sorted(v.name for v in source.component_data_objects(pyo.Var))

    def column(variable: object) -> tuple[float, float, bool]:
        place = compiled.column_of(variable)
        return float(model.column_lower[place]), float(model.column_upper[place]), bool(model.integer[place])

    assert column(source.y) == (0.0, 1.0, True)
    assert column(source.z) == (-3.0, INFINITY, True)
    assert column(source.unused[2]) == (-1.0, 7.0, False)
    assert column(source.fixed) == (2.5, 2.5, False)
    places = compiled.columns_of(source.x)
    assert [model.column_names[place] for place in places] == ["x[a]", "x[b c]", "x['d,e']"]
    assert compiled.columns_of([source.z, source.y]).tolist() == [compiled.column_of(source.z),
                                                                  compiled.column_of(source.y)]
    with pytest.raises(KeyError, match="not a variable"):
        compiled.column_of(model_with_rules().y)


def test_rows_are_found_by_rule() -> None:
    source = model_with_rules()
    compiled = compile_model(source)

    def names(place: object) -> list[str]:
        return [compiled.model.row_names[i] for i in compiled.rows_under(place)]

    assert names("rules[cap]") == ["rules[cap].both"]
    assert names(source.rules["all, in"]) == ["rules['all, in'].each[1]", "rules['all, in'].each[2]"]
    assert names(source.rules["all, in"].each[2]) == ["rules['all, in'].each[2]"]
    assert len(names("rules")) == 4
    assert names("rule") == []


def test_names_outlive_the_pyomo_model() -> None:
    compiled = compile_model(model_with_rules())
    gc.collect()
    assert "x['d,e']" in compiled.model.column_names
    assert compiled.rows_under("rules[capacity]").size == 1


def test_compiling_twice_gives_one_digest() -> None:
    assert compile_model(model_with_rules()).model.digest() == compile_model(model_with_rules()).model.digest()


def test_a_solution_goes_back_into_pyomo() -> None:
    source = model_with_rules()
    compiled = compile_model(source)
    session = HighsSession(compiled.model)
    session.set_costs(compiled.model.costs[0], float(compiled.model.cost_offsets[0]), maximize=compiled.maximize[0])
    result = session.solve(gap=0.0)
    assert result.values is not None
    compiled.load(result.values)
    assert pyo.value(source.gain) == pytest.approx(result.objective)
    # y = 1 would need x[b c] = -1, so y = 0 and z = 1: 3 + 1 - 2.
    assert result.objective == pytest.approx(2.0)
    assert pyo.value(source.fixed) == 2.5


def test_false_constants_become_rows_that_name_their_rule() -> None:
    source = model_with_rules()
    source.rules["cap"].never = pyo.Constraint(expr=source.fixed <= 1)
    source.rules["cap"].twice = pyo.Constraint(expr=0 * source.y >= 4)
    compiled = compile_model(source)
    assert row(compiled, "rules[cap].never") == ({}, -INFINITY, -1.5)
    assert row(compiled, "rules[cap].twice") == ({}, 4.0, INFINITY)
    assert compiled.rows_under("rules[cap]").size == 3
    assert HighsSession(compiled.model).solve().status == "infeasible"
    assert source.rules["cap"].never.active
    assert source.rules["cap"].twice.active


def test_models_without_objectives_rows_or_columns() -> None:
    empty = pyo.ConcreteModel()
    assert compile_model(empty).model.columns == 0
    empty.value = pyo.Objective(expr=3.0)
    constant = compile_model(empty)
    assert constant.model.cost_offsets.tolist() == [3.0]
    assert HighsSession(constant.model).solve().objective == 3.0
    empty.free = pyo.Var(range(3))
    loose = compile_model(empty).model
    assert (loose.columns, loose.rows, loose.objectives) == (3, 0, 1)


def _squared(m: pyo.ConcreteModel) -> None:
    m.square = pyo.Objective(expr=m.x[0] ** 2)


def _product(m: pyo.ConcreteModel) -> None:
    m.product = pyo.Constraint(expr=m.x[0] * m.x[1] <= 1)


def _not_a_number(m: pyo.ConcreteModel) -> None:
    m.broken = pyo.Constraint(expr=float("nan") * m.x[0] + m.x[1] <= 1)


def _no_value(m: pyo.ConcreteModel) -> None:
    m.x[0].fix(None)
    m.missing = pyo.Constraint(expr=m.x[0] + m.x[1] <= 1)


def _fixed_nowhere(m: pyo.ConcreteModel) -> None:
    m.x[0].fix(None)


def _odd_domain(m: pyo.ConcreteModel) -> None:
    m.odd = pyo.Var(within=pyo.Set(initialize=[1, 3, 7]))


def _special_set(m: pyo.ConcreteModel) -> None:
    m.special = pyo.SOSConstraint(var=m.x, sos=1)


@pytest.mark.parametrize(("spoil", "words"), [
    (_squared, "square"), (_product, "product"), (_not_a_number, "not a finite number"), (_no_value, "linear"),
    (_fixed_nowhere, "no value"), (_odd_domain, "domain"), (_special_set, "SOS"),
])
def test_what_is_not_linear_is_refused_in_words(spoil: object, words: str) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(2))
    assert callable(spoil)
    spoil(model)
    with pytest.raises(SolverUnsuitableError, match=words):
        compile_model(model)
