from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.kernel import (
    HighsSession,
    LinearModel,
    exact_bound,
    infeasibility_proof,
    proves_infeasible,
    repaired_duals,
    safe_bound,
    usable_duals,
)
from evenhand.kernel.dual_bound import exact_reduced_cost, reduced_cost_range
from tests.framework.kernel_cases import INFINITY, assignment_model, model_of, random_models, reference, whole_points

RAW = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 0.1, -0.1, 1 / 3, 1e-300, -1e-300, 1e300, math.nan, math.inf])


def by_hand(model: LinearModel, duals: np.ndarray, *, maximize: bool) -> Fraction | None:
    """The bound from its definition, in fractions, term by term, sharing nothing with the code under test."""
    best = max if maximize else min
    cost, offset = model.costs[0], model.cost_offsets[0]
    total = Fraction(float(offset))
    used = []
    for i in range(model.rows):
        y = Fraction(float(duals[i])) if math.isfinite(duals[i]) else Fraction(0)
        limit = model.row_lower[i] if (y > 0) != maximize else model.row_upper[i]
        if y != 0 and math.isinf(limit):
            y = Fraction(0)
        used.append(y)
        total += y * Fraction(float(limit)) if y else 0
    dense = model.matrix.toarray()
    for j in range(model.columns):
        reduced = Fraction(float(cost[j])) - sum(used[i] * Fraction(float(dense[i, j])) for i in range(model.rows))
        if reduced == 0:
            continue
        ends = [float(model.column_lower[j]), float(model.column_upper[j])]
        if any(math.isinf(end) and (reduced > 0) == ((end < 0) != maximize) for end in ends):
            return None
        total += best(reduced * Fraction(end) for end in ends if math.isfinite(end))
    return total


@settings(deadline=None, max_examples=60)
@given(random_models(boxed=False, ugly=True), st.booleans(), st.data())
def test_exact_agrees_with_the_definition_and_float_stays_on_the_safe_side(model: LinearModel, maximize: bool,
                                                                           data: st.DataObject) -> None:
    duals = np.array(data.draw(st.lists(RAW, min_size=model.rows, max_size=model.rows)), dtype=float)
    cost, offset = model.costs[0], float(model.cost_offsets[0])
    expected = by_hand(model, duals, maximize=maximize)
    assert exact_bound(model, cost, offset, duals, maximize=maximize) == expected
    rounded = safe_bound(model, cost, offset, duals, maximize=maximize, exact=True)
    directed = safe_bound(model, cost, offset, duals, maximize=maximize)
    worst = math.inf if maximize else -math.inf
    if expected is None:
        assert rounded == directed == worst
        return
    for bound in (rounded, directed):
        if bound != worst:
            assert Fraction(bound) >= expected if maximize else Fraction(bound) <= expected
    if abs(expected) < 2**1000:
        assert abs(Fraction(rounded) - expected) <= abs(expected) * Fraction(2) ** -52 + Fraction(2) ** -1074


@settings(deadline=None, max_examples=50)
@given(random_models(integer=True), st.booleans(), st.data())
def test_no_point_is_better_than_the_bound_of_any_multipliers(model: LinearModel, maximize: bool,
                                                             data: st.DataObject) -> None:
    duals = np.array(data.draw(st.lists(st.integers(-6, 6), min_size=model.rows, max_size=model.rows)), dtype=float)
    cost, offset = model.costs[0], float(model.cost_offsets[0])
    points = whole_points(model)
    bound = safe_bound(model, cost, offset, duals, maximize=maximize)
    values = points @ cost + offset
    assert (values <= bound).all() if maximize else (values >= bound).all()


@settings(deadline=None, max_examples=50)
@given(random_models(ugly=True), st.booleans())
def test_duals_of_a_solved_program_make_the_bound_tight(model: LinearModel, maximize: bool) -> None:
    cost, offset = model.costs[0], float(model.cost_offsets[0])
    value = reference(model, cost, maximize=maximize)[1]
    assert value is not None
    session = HighsSession(model)
    session.set_costs(cost, offset, maximize=maximize)
    duals = session.solve().row_duals
    assert duals is not None
    assert safe_bound(model, cost, offset, duals, maximize=maximize) == pytest.approx(value + offset, abs=1e-6)


def test_a_bound_worked_by_hand() -> None:
    # min x + 3y, x + y >= 2, x <= 1.5: with y = 3 the bound is 3*2 + (1-3)*1.5 = 3.
    model = model_of([1, 3], [[1, 1]], [2], [INFINITY], [0, 0], [1.5, 9], offset=10.0)
    cost = model.costs[0]
    assert exact_bound(model, cost, 10.0, np.array([3.0])) == 13
    assert safe_bound(model, cost, 10.0, np.array([3.0])) == pytest.approx(13.0)
    assert exact_bound(model, cost, 10.0, np.array([1.0])) == 12
    # A multiplier of the wrong sign asks for an upper limit the row does not have: it counts as 0.
    assert exact_bound(model, cost, 10.0, np.array([-5.0])) == 10
    assert usable_duals(model, np.array([-5.0])).tolist() == [0.0]
    assert usable_duals(model, np.array([-5.0]), maximize=True).tolist() == [-5.0]
    assert exact_bound(model, cost, 0.0, np.array([0.0]), maximize=True) == Fraction(57, 2)


def test_cancellation_does_not_make_a_bound_too_good() -> None:
    # The reduced cost of x is 1e16 + 1 - 1e16 - ...: naive summation loses the 1.
    model = model_of([1.0], [[1e8], [1e8]], [-1e8, -INFINITY], [INFINITY, 1e8], [-1e9], [1e9])
    duals = np.array([1e8, -1e8])
    exact = exact_bound(model, model.costs[0], 0.0, duals)
    assert exact is not None
    assert Fraction(safe_bound(model, model.costs[0], 0.0, duals)) <= exact


def test_a_column_without_bound_needs_the_right_sign() -> None:
    model = model_of([1.0], [[1.0]], [1.0], [INFINITY], [0.0], [INFINITY])
    assert safe_bound(model, model.costs[0], 0.0, np.array([1.0])) == pytest.approx(1.0)
    slightly_too_much = np.array([1.0 + 1e-12])
    assert safe_bound(model, model.costs[0], 0.0, slightly_too_much) == -INFINITY
    assert safe_bound(model, model.costs[0], 0.0, slightly_too_much, exact=True) == -INFINITY
    repaired = repaired_duals(model, model.costs[0], slightly_too_much)
    assert safe_bound(model, model.costs[0], 0.0, repaired) == pytest.approx(1.0)


def test_repair_rounds_past_the_limit_and_not_short_of_it() -> None:
    # 5/3 as a float is above 5/3, so the reduced cost 5 - 3 y is below 0 by a hair.
    model = model_of([5.0], [[3.0]], [3.0], [INFINITY], [0.0], [INFINITY])
    assert safe_bound(model, model.costs[0], 0.0, np.array([5 / 3])) == -INFINITY
    repaired = repaired_duals(model, model.costs[0], np.array([5 / 3]))
    assert safe_bound(model, model.costs[0], 0.0, repaired) == pytest.approx(5.0)


@pytest.mark.parametrize("maximize", [False, True])
def test_repair_saves_the_bound_of_a_minimax(maximize: bool) -> None:
    """t free, t >= every bin's load: the duals of those rows must sum to exactly 1."""
    generator = np.random.default_rng(3)
    items, bins = 30, 7
    load = generator.random((items, bins)) * 10
    size = items * bins
    matrix = np.zeros((items + bins, size + 1))
    for item in range(items):
        matrix[item, item * bins:(item + 1) * bins] = 1
    for place in range(bins):
        matrix[items + place, place:size:bins] = -load[:, place]
        matrix[items + place, size] = 1
    sign = -1.0 if maximize else 1.0
    matrix[:, size] *= sign
    cost = np.zeros(size + 1)
    cost[size] = 1.0
    model = model_of(cost, matrix, [1] * items + [0] * bins, [1] * items + [INFINITY] * bins,
                     [0] * size + [-INFINITY], [1] * size + [INFINITY])
    session = HighsSession(model)
    session.set_costs(cost, maximize=maximize)
    result = session.solve()
    assert result.row_duals is not None
    for noise in (0.0, 1e-10):
        duals = result.row_duals * (1 + noise * generator.random(model.rows))
        bound = safe_bound(model, cost, 0.0, repaired_duals(model, cost, duals, maximize=maximize), maximize=maximize)
        assert bound == pytest.approx(result.objective, rel=1e-7)
        assert bound <= result.objective + 1e-9 if not maximize else bound >= result.objective - 1e-9


@settings(deadline=None, max_examples=60)
@given(random_models(boxed=False, ugly=True), st.booleans())
def test_repair_never_makes_a_bound_wrong(model: LinearModel, maximize: bool) -> None:
    cost, offset = model.costs[0], float(model.cost_offsets[0])
    status, value = reference(model, cost, maximize=maximize)
    session = HighsSession(model)
    session.set_costs(cost, offset, maximize=maximize)
    result = session.solve()
    duals = np.zeros(model.rows) if result.row_duals is None else result.row_duals
    bound = safe_bound(model, cost, offset, repaired_duals(model, cost, duals, maximize=maximize), maximize=maximize)
    if status == "optimal":
        assert value is not None
        assert bound >= value + offset - 1e-6 if maximize else bound <= value + offset + 1e-6
    elif result.status == "unbounded":
        assert bound == (INFINITY if maximize else -INFINITY)


def test_the_relaxation_certifies_a_whole_number_model() -> None:
    model = assignment_model(30, 5, integer=True)
    session = HighsSession(model)
    best = session.solve(gap=0.02)
    session.relax()
    duals = session.solve().row_duals
    assert duals is not None
    bound = safe_bound(model, model.costs[0], 0.0, duals)
    assert best.objective is not None
    assert best.objective * 0.9 < bound <= best.objective
    assert bound <= safe_bound(model, model.costs[0], 0.0, duals, exact=True)


def test_overflow_gives_no_bound_rather_than_a_wrong_one() -> None:
    model = model_of([1e300], [[1e10]], [-1e300], [1e300], [-1e300], [1e300])
    assert safe_bound(model, model.costs[0], 0.0, np.array([1e300])) == -INFINITY
    assert safe_bound(model, model.costs[0], 0.0, np.array([1e300]), exact=True) == -INFINITY


def test_directed_rounding_is_needed_and_done() -> None:
    """Numbers that are not exact in binary: rounded to nearest, a third of these bounds would be too good."""
    generator = np.random.default_rng(11)
    too_good_to_nearest = 0
    for _ in range(300):
        rows, columns = 4, 6
        matrix = generator.normal(size=(rows, columns))
        lower, upper = -generator.random(columns), generator.random(columns)
        model = model_of(generator.normal(size=columns), matrix, generator.normal(size=rows) - 3, [INFINITY] * rows,
                         lower, upper)
        duals, cost, offset = generator.random(rows), model.costs[0], float(generator.normal())
        exact = exact_bound(model, cost, offset, duals)
        assert exact is not None
        assert Fraction(safe_bound(model, cost, offset, duals)) <= exact
        assert Fraction(safe_bound(model, cost, offset, duals, exact=True)) <= exact
        reduced = cost - matrix.T @ duals
        nearest = offset + duals @ model.row_lower + np.minimum(reduced * lower, reduced * upper).sum()
        too_good_to_nearest += Fraction(float(nearest)) > exact
    assert too_good_to_nearest > 50


@settings(deadline=None, max_examples=60)
@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_each_rounding_is_outward_by_itself(dual: float, limit: float, cost: float, coefficient: float) -> None:
    # One row alone: only the product of dual and limit is rounded.
    row = model_of([0.0], [[0.0]], [limit], [INFINITY], [0.0], [0.0])
    assert Fraction(safe_bound(row, row.costs[0], 0.0, np.array([abs(dual)]))) <= Fraction(abs(dual)) * Fraction(limit)
    # One column in the unit box [0, 1] or [-1, 0]: only the reduced cost is rounded.
    for lower, upper in ((0.0, 1.0), (-1.0, 0.0)):
        column = model_of([cost], [[coefficient]], [0.0], [INFINITY], [lower], [upper])
        exact = exact_bound(column, column.costs[0], 0.0, np.array([abs(dual)]))
        assert exact is not None
        assert Fraction(safe_bound(column, column.costs[0], 0.0, np.array([abs(dual)]))) <= exact


def test_reduced_cost_intervals_hold_the_exact_value() -> None:
    generator = np.random.default_rng(5)
    for size in (1, 3, 40):
        matrix = generator.normal(size=(size, 12)) * 10.0 ** generator.integers(-8, 9, (size, 12))
        model = model_of(generator.normal(size=12), matrix, [0] * size, [1] * size, [0] * 12, [1] * 12)
        duals = generator.normal(size=size)
        low, high = reduced_cost_range(model, model.costs[0], duals)
        middle = model.costs[0] - model.matrix.T @ duals
        missed = 0
        for column in range(12):
            exact = exact_reduced_cost(model, model.costs[0], duals, column)
            assert Fraction(float(low[column])) <= exact <= Fraction(float(high[column]))
            missed += Fraction(float(middle[column])) != exact
        assert missed
        assert (high - low <= 1e-12 * (1 + abs(model.matrix.T) @ np.abs(duals))).all()


def test_products_and_sums_are_rounded_down() -> None:
    # 0.1 * 3 is above the float 0.3 by less than it is below the next one; sums likewise.
    row = model_of([0.0], [[0.0]], [3.0], [INFINITY], [0.0], [0.0])
    for dual in (0.1, 0.7, 1 / 3, 1.1):
        for offset in (0.0, 0.1, 1e16, -1e16):
            bound = safe_bound(row, row.costs[0], offset, np.array([dual]))
            assert Fraction(bound) <= Fraction(offset) + 3 * Fraction(dual)
    # A thousand products that all round up, less an offset that leaves little but their rounding.
    many = model_of([0.0], np.zeros((1000, 1)), [3.0] * 1000, [INFINITY] * 1000, [0.0], [0.0])
    assert Fraction(0.1 * 3.0) > 3 * Fraction(0.1)
    bound = safe_bound(many, many.costs[0], -300.0, np.full(1000, 0.1))
    assert Fraction(bound) <= 3000 * Fraction(0.1) - 300


def test_bad_input_is_refused() -> None:
    model = model_of([1.0], [[1.0]], [0], [1], [0], [1])
    with pytest.raises(ValueError, match="row_duals"):
        safe_bound(model, model.costs[0], 0.0, np.zeros(2))
    with pytest.raises(ValueError, match="cost has shape"):
        safe_bound(model, np.zeros(3), 0.0, np.zeros(1))
    with pytest.raises(ValueError, match="finite"):
        safe_bound(model, np.array([math.nan]), 0.0, np.zeros(1))


@settings(deadline=None, max_examples=50)
@given(random_models(boxed=False), st.integers(0, 2**32 - 1))
def test_infeasibility_is_proven_exactly_when_it_holds(model: LinearModel, seed: int) -> None:
    # One more row, often out of reach.
    generator = np.random.default_rng(seed)
    level = float(generator.integers(-40, 40))
    tried = model.with_rows(generator.integers(-2, 3, (1, model.columns)), [level], [level])
    status = reference(tried, np.zeros(model.columns))[0]
    proof = infeasibility_proof(tried)
    if status == "optimal":
        assert proof is None
    else:
        assert status == "infeasible"
        assert proof is not None
        assert proves_infeasible(tried, proof)
        assert not proves_infeasible(tried, np.zeros(tried.rows))
