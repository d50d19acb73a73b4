from __future__ import annotations

import threading

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from evenhand.errors import SolverUnsuitableError, SpecError
from evenhand.kernel import HighsSession, LinearModel, LinearResult, checked_options, relative_gap
from evenhand.kernel.options_allowed import ALLOWED, RESERVED
from tests.framework.kernel_cases import (
    INFINITY,
    assignment_model,
    model_of,
    random_models,
    reference,
    whole_points,
)


def solved(model: LinearModel, *, maximize: bool = False, gap: float = 0.0) -> LinearResult:
    session = HighsSession(model)
    session.set_costs(model.costs[0], float(model.cost_offsets[0]), maximize=maximize)
    return session.solve(gap=gap)


def breaks_nothing(model: LinearModel, values: np.ndarray) -> bool:
    activity = model.matrix @ values
    return bool((activity >= model.row_lower - 1e-6).all() and (activity <= model.row_upper + 1e-6).all()
                and (values >= model.column_lower - 1e-6).all() and (values <= model.column_upper + 1e-6).all()
                and np.allclose(values[model.integer], np.rint(values[model.integer]), atol=1e-5))


# max 3x + 2y + 10, x + y <= 4, x + 3y <= 6, x <= 3: the corner (3, 1), worked by hand.
CORNER = model_of([3, 2], [[1, 1], [1, 3]], [-INFINITY] * 2, [4, 6], [0, 0], [3, INFINITY], offset=10)


def test_a_corner_worked_by_hand() -> None:
    result = solved(CORNER, maximize=True)
    assert result.status == "optimal"
    assert result.values == pytest.approx([3.0, 1.0])
    assert result.objective == pytest.approx(21.0)
    assert result.bound == pytest.approx(21.0)
    assert result.row_duals == pytest.approx([2.0, 0.0]) or result.row_duals == pytest.approx([0.0, 2 / 3])


@settings(deadline=None, max_examples=60)
@given(random_models(boxed=False), st.booleans())
def test_linear_programs_agree_with_scipy(model: LinearModel, maximize: bool) -> None:
    status, value = reference(model, model.costs[0], maximize=maximize)
    result = solved(model, maximize=maximize)
    if status == "optimal":
        assert value is not None
        assert result.status == "optimal"
        assert result.objective == pytest.approx(value + model.cost_offsets[0], abs=1e-7)
        assert result.values is not None
        assert breaks_nothing(model, result.values)
    else:
        # scipy's milp may report a model that is both as either.
        assert result.status in ("infeasible", "unbounded")
        assert linprog(np.zeros(model.columns), *_inequalities(model)).status == (2 if result.status == "infeasible"
                                                                                  else 0)


def _inequalities(model: LinearModel) -> tuple[object, object, None, None, object]:
    dense = model.matrix.toarray()
    finite_upper, finite_lower = np.isfinite(model.row_upper), np.isfinite(model.row_lower)
    matrix = np.vstack([dense[finite_upper], -dense[finite_lower]])
    limits = np.concatenate([model.row_upper[finite_upper], -model.row_lower[finite_lower]])
    return matrix, limits, None, None, np.column_stack([model.column_lower, model.column_upper])


@settings(deadline=None, max_examples=60)
@given(random_models(integer=True, ugly=True), st.booleans())
def test_whole_number_models_agree_with_brute_force(model: LinearModel, maximize: bool) -> None:
    whole = LinearModel(model.costs, model.cost_offsets, model.matrix, model.row_lower, model.row_upper,
                        model.column_lower, model.column_upper, np.ones(model.columns, dtype=bool))
    points = whole_points(whole)
    result = solved(whole, maximize=maximize)
    if len(points) == 0:
        assert result.status == "infeasible"
        return
    values = points @ whole.costs[0] + whole.cost_offsets[0]
    best = values.max() if maximize else values.min()
    assert result.status == "optimal"
    assert result.objective == pytest.approx(best, abs=1e-7)
    assert result.values is not None
    assert breaks_nothing(whole, result.values)
    assert result.row_duals is None


@settings(deadline=None, max_examples=40)
@given(random_models(rows=6), st.booleans())
def test_duals_have_the_signs_and_the_sum_that_the_docs_promise(model: LinearModel, maximize: bool) -> None:
    result = solved(model, maximize=maximize)
    assert result.status == "optimal"
    duals, reduced = result.row_duals, result.reduced_costs
    assert duals is not None
    assert reduced is not None
    assert model.costs[0] - model.matrix.T @ duals == pytest.approx(reduced, abs=1e-7)
    sign = -1 if maximize else 1
    assert not (sign * duals[np.isneginf(model.row_lower)] > 1e-9).any()
    assert not (sign * duals[np.isposinf(model.row_upper)] < -1e-9).any()


def test_a_dual_is_the_change_of_the_objective_per_unit_of_the_limit() -> None:
    model = model_of([1, 3], [[1, 1]], [2], [INFINITY], [0, 0], [1.5, 9])
    result = solved(model)
    assert result.objective == pytest.approx(1.5 + 1.5)
    assert result.row_duals == pytest.approx([3.0])
    assert result.reduced_costs == pytest.approx([-2.0, 0.0])


@pytest.mark.parametrize(("model", "status"), [
    (model_of([1, 1], [[1, 1], [1, 1]], [3, -INFINITY], [INFINITY, 2], [0, 0], [9, 9]), "infeasible"),
    (model_of([-1, 0], [[1, -1]], [-INFINITY], [2], [0, 0], [INFINITY, INFINITY]), "unbounded"),
    (model_of([-1, 0], [[1, -1]], [-INFINITY], [2], [0, 0], [INFINITY, INFINITY], [1, 1]), "unbounded"),
    # The relaxation is unbounded, but no whole y satisfies 2 y = 1.
    (model_of([-1, 0], [[1, 0], [0, 2]], [0, 1], [INFINITY, 1], [0, 0], [INFINITY, 5], [1, 1]), "infeasible"),
    # HiGHS calls these two "unbounded or infeasible"; 6 y - 4 z is never 1, but can be 2.
    (model_of([-1, 0, 0], [[1, -1, 0], [0, 6, -4]], [0, 1], [INFINITY, 1], [0] * 3, [INFINITY] * 3, [1] * 3),
     "infeasible"),
    (model_of([-1, 0, 0], [[1, -1, 0], [0, 6, -4]], [0, 2], [INFINITY, 2], [0] * 3, [INFINITY] * 3, [1] * 3),
     "unbounded"),
    (model_of([1, 1], [[0, 0]], [3], [5], [0, 0], [1, 1]), "infeasible"),
    (model_of([1, 1], [[1, 1]], [0], [5], [2, 0], [1, 1]), "infeasible"),
    (model_of([1, 1], [[1, 1]], [3], [2], [0, 0], [1, 1]), "infeasible"),
    (model_of([1], [[1]], [0], [5], [0.2], [0.8], [1]), "infeasible"),
    (LinearModel(np.zeros((1, 0)), [2.5], np.zeros((1, 0)), [1], [2], [], [], []), "infeasible"),
])
def test_infeasible_and_unbounded(model: LinearModel, status: str) -> None:
    result = solved(model)
    assert result.status == status
    assert result.values is None
    assert result.bound is None


def test_no_columns_no_rows_no_objectives() -> None:
    nothing = LinearModel(np.zeros((1, 0)), [2.5], np.zeros((1, 0)), [-1], [2], [], [], [])
    assert solved(nothing).objective == 2.5
    free_of_rows = model_of([1, -1], [], [], [], [0, 0], [1, 1.5], [1, 1])
    assert solved(free_of_rows).objective == pytest.approx(-1.0)
    no_cost = LinearModel(np.zeros((0, 1)), [], [[1.0]], [1], [2], [0], [9], [False])
    result = HighsSession(no_cost).solve()
    assert (result.status, result.objective) == ("optimal", 0.0)


def test_a_session_follows_changes_of_costs_bounds_and_rows() -> None:
    session = HighsSession(CORNER)
    session.set_costs(np.array([3.0, 2.0]), 10.0, maximize=True)
    assert session.solve().objective == pytest.approx(21.0)
    session.set_costs(np.array([1.0, 1.0]), maximize=False)
    assert session.solve().objective == pytest.approx(0.0)
    session.set_costs(np.array([0.0, 2.0]), 1.0, maximize=True)
    assert session.solve().objective == pytest.approx(5.0)
    added = session.add_rows(sp.csr_array([[0.0, 1.0], [1.0, 0.0]]), [-INFINITY, 1.0], [1.25, INFINITY])
    assert added.tolist() == [2, 3]
    assert session.solve().objective == pytest.approx(3.5)
    session.set_row_bounds([2], -INFINITY, 0.5)
    assert session.solve().objective == pytest.approx(2.0)
    session.delete_rows([2])
    assert session.rows == 3
    assert session.solve().objective == pytest.approx(1 + 2 * 5 / 3)
    session.set_bounds([1, 0], [0.0, 0.0], [0.25, 3.0])
    assert session.solve().objective == pytest.approx(1.5)
    with pytest.raises(ValueError, match="distinct"):
        session.set_bounds([0, 0], 0, 1)
    with pytest.raises(ValueError, match="row numbers"):
        session.delete_rows([9])


def test_relaxing_gives_duals_and_can_be_undone() -> None:
    model = model_of([3, 2], [[2, 2]], [-INFINITY], [5], [0, 0], [2, 2], [1, 1])
    session = HighsSession(model)
    session.set_costs(model.costs[0], maximize=True)
    assert session.solve().objective == pytest.approx(6.0)
    session.relax()
    relaxed = session.solve()
    assert relaxed.objective == pytest.approx(7.0)
    assert relaxed.row_duals == pytest.approx([1.0])
    session.relax(False)
    assert session.solve().objective == pytest.approx(6.0)


def test_rates_are_not_swallowed_by_absolute_tolerances() -> None:
    # Costs of 1e-9: HiGHS alone calls any point optimal, since every reduced cost is below its tolerance.
    cost = np.array([3e-9, 1e-9, 2e-9])
    for integer in (False, True):
        model = model_of(cost, [[1, 1, 1]], [2], [2], [0] * 3, [1] * 3, [integer] * 3)
        result = solved(model)
        assert result.objective == pytest.approx(3e-9, rel=1e-9)
        assert result.bound == pytest.approx(3e-9, rel=1e-6)
        assert solved(model, maximize=True).objective == pytest.approx(5e-9, rel=1e-9)
    duals = solved(model_of(cost, [[1, 1, 1]], [2], [2], [0] * 3, [1] * 3)).row_duals
    assert duals is not None
    assert 1e-9 <= duals[0] <= 3.0000001e-9


@pytest.mark.parametrize("method", ["choose", "simplex", "ipm"])
@pytest.mark.parametrize("crossover", [True, False])
def test_every_method_finds_the_same_value(method: str, crossover: bool) -> None:
    model = assignment_model(40, 6, integer=False)
    expected = reference(model, model.costs[0])[1]
    result = HighsSession(model).solve(method=method, crossover=crossover)  # type: ignore[arg-type]
    assert result.status == "optimal"
    assert result.objective == pytest.approx(expected, rel=1e-6)


def test_a_start_is_used() -> None:
    model = assignment_model(30, 5, integer=True)
    best = HighsSession(model).solve(gap=0.01)
    assert best.values is not None
    session = HighsSession(model)
    session.start_from(np.rint(best.values))
    options = {"mip_heuristic_effort": 0.0, "mip_max_nodes": 0, "presolve": "off"}
    warm = session.solve(gap=0.0, options=options)
    assert warm.objective is not None
    assert best.objective is not None
    assert warm.objective <= best.objective + 1e-6
    partial = np.rint(best.values)
    partial[::2] = np.nan
    session.start_from(partial)
    assert session.solve(gap=0.05).status == "optimal"
    with pytest.raises(ValueError, match="shape"):
        session.start_from(np.zeros(3))


def test_a_limit_stops_with_an_honest_status_and_a_real_bound() -> None:
    model = assignment_model(120, 20, integer=True, room=0.48)
    result = HighsSession(model).solve(gap=0.0, time_limit=0.6)
    assert result.status in ("feasible", "no_solution")
    if result.bound is not None and result.objective is not None:
        assert result.bound <= result.objective
        assert result.gap is not None
        assert result.gap > 0.0
    wide = HighsSession(model).solve(gap=0.5)
    assert wide.status == "optimal"
    assert wide.gap is not None
    assert wide.gap <= 0.5


def test_an_absolute_gap_counts_in_units_of_the_objective() -> None:
    easy, hard = assignment_model(40, 8, integer=True), assignment_model(120, 20, integer=True, room=0.48)
    for model, scale, allowed in ((easy, 1e-3, 0.05), (hard, 1e-6, 1e-3)):
        session = HighsSession(model)
        session.set_costs(model.costs[0] * scale)
        result = session.solve(gap=0.0, absolute_gap=allowed, time_limit=60.0)
        assert result.status == "optimal"
        assert result.objective is not None
        assert result.bound is not None
        assert result.objective - result.bound <= allowed


def test_without_an_absolute_gap_even_small_values_are_solved_to_the_end() -> None:
    # Worth close to weight: many near-optimal packings, so that a loose gap would end the search early.
    generator = np.random.default_rng(1)
    weight = generator.integers(10, 60, (5, 25))
    worth = weight.mean(axis=0) + generator.random(25) * 3
    model = model_of(worth * 1e-7, weight, [-INFINITY] * 5, weight.sum(axis=1) // 2, [0] * 25, [1] * 25, [1] * 25)
    result = solved(model, maximize=True)
    assert result.status == "optimal"
    assert result.bound == pytest.approx(result.objective, rel=1e-8)
    assert result.objective == pytest.approx(reference(model, worth, maximize=True)[1] * 1e-7, rel=1e-8)


def test_optimal_needs_the_bound_to_be_within_the_gap() -> None:
    session = HighsSession(CORNER)
    point = np.array([1.0, 1.0])
    assert not session._closed(point, 10.0, 9.0, 0.05, 0.0)
    assert session._closed(point, 10.0, 9.0, 0.1, 0.0)
    assert session._closed(point, 10.0, 9.0, 0.0, 1.0)
    assert session._closed(point, 10.0, 10.0 - 1e-15, 0.0, 0.0)
    assert not session._closed(point, 10.0, None, 1.0, 1.0)


def test_options_hold_for_one_solve_only() -> None:
    model = assignment_model(30, 5, integer=False)
    session = HighsSession(model)
    assert session.solve(options={"simplex_iteration_limit": 0, "presolve": "off"}).status == "no_solution"
    assert session.solve().status == "optimal"


def test_two_threads_solve_at_once() -> None:
    models = [assignment_model(20, 5, integer=True, seed=seed) for seed in range(4)]
    alone = [HighsSession(model).solve(gap=0.02).objective for model in models]
    together: list[float | None] = [None] * len(models)

    def work(place: int) -> None:
        together[place] = HighsSession(models[place]).solve(gap=0.02).objective

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(models))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_one_session_refuses_two_threads() -> None:
    session = HighsSession(assignment_model(120, 20, integer=True, room=0.48))
    refused: list[str] = []

    def intrude() -> bool:
        if not refused:
            with pytest.raises(RuntimeError, match="already solving") as caught:
                session.solve()
            refused.append(str(caught.value))
        return True

    session.solve(gap=0.0, stop=intrude)
    assert refused


@pytest.mark.parametrize("change", [
    {"matrix": [[1e-13, 1.0]]}, {"matrix": [[1e16, 1.0]]}, {"row_upper": [1e21]}, {"lower": [-1e20, 0]},
    {"costs": [1e20, 1.0]},
])
def test_numbers_that_highs_would_drop_or_take_as_infinite_are_refused(change: dict[str, object]) -> None:
    parts: dict[str, object] = {"costs": [1, 1], "matrix": [[1, 1]], "row_lower": [0], "row_upper": [2],
                                "lower": [0, 0], "upper": [1, 1], **change}
    with pytest.raises(SolverUnsuitableError):
        HighsSession(model_of(*parts.values()))


def test_wrong_shapes_are_refused() -> None:
    session = HighsSession(CORNER)
    with pytest.raises(ValueError, match="cost has shape"):
        session.set_costs(np.ones(3))
    with pytest.raises(ValueError, match="3 columns"):
        session.add_rows([[1.0, 1.0, 1.0]], 0, 1)


def test_every_allowed_option_is_one_highs_knows() -> None:
    import highspy

    highs = highspy.Highs()
    highs.silent()
    for name, rule in ALLOWED.items():
        status, value = highs.getOptionValue(name)
        assert status == highspy.HighsStatus.kOk, name
        assert rule.accepts(value), (name, value)
        for extreme in (rule.lower, rule.upper) if rule.kind == "int" else rule.words:
            chosen = int(extreme) if rule.kind == "int" else extreme
            assert highs.setOptionValue(name, rule.convert(chosen)) == highspy.HighsStatus.kOk, (name, chosen)
    assert all(highs.getOptionValue(name)[0] == highspy.HighsStatus.kOk for name in RESERVED)


def test_all_faults_of_the_options_are_reported_together() -> None:
    assert checked_options({"mip_heuristic_effort": 1}) == {"mip_heuristic_effort": 1.0}
    assert checked_options(None) == {}
    with pytest.raises(SpecError) as caught:
        checked_options({"presolv": "on", "presolve": "maybe", "random_seed": True, "simplex_strategy": 5,
                         "mip_rel_gap": 0.1, "mip_max_nodes": 10.5, "mip_detect_symmetry": 1, "log_file": "x"})
    text = str(caught.value)
    assert len(caught.value.faults) == 8
    assert "did you mean 'presolve'" in text
    assert "`gap`" in text
    assert "solver.options.simplex_strategy" in text
    with pytest.raises(SpecError):
        HighsSession(CORNER).solve(options={"output_flag": True})


def test_relative_gap() -> None:
    assert relative_gap(10.0, 9.0) == pytest.approx(0.1)
    assert relative_gap(0.0, 0.0) == 0.0
    assert relative_gap(0.0, 1.0) == INFINITY
    assert LinearResult("infeasible").gap is None
