"""Every solver against every other and against enumeration; what each refuses, and what it says of its answer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.errors import InputError, SolverUnsuitableError
from evenhand.model import Problem
from evenhand.solution import relative_gap
from evenhand_apportionment.parametric.swaps import SCOPE
from tests.plugins.apportionment.small_problems import groups, matrix, solved, tree, units

QUICK = settings(deadline=None, max_examples=40)
EXACT = ("marginal", "highs")
METHODS = ("adams", "dean", "huntington_hill", "webster", "jefferson", "danish", "condorcet", "imperiali",
           "modified_sainte_lague", "hamilton", "droop")


def made(spec: Mapping[str, Any]) -> Problem:
    return evenhand.problem("apportionment", objective=spec.get("objective"), **spec["data"], **spec["problem"])


def least(problem: Problem) -> float:
    """The least value of all divisions within the bounds, by listing them."""
    return min(problem.objective.measure(problem, allocation)[0] for allocation in problem.shape.every())


@st.composite
def small_specs(draw: st.DrawFn) -> dict[str, Any]:
    """Up to four groups and fourteen units with bounds."""
    n = draw(st.integers(1, 4))
    low = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    high = [least + draw(st.integers(0, 9)) for least in low]
    k = draw(st.integers(sum(low), 14))
    assume(sum(high) >= k)
    table = groups(draw(st.lists(st.integers(1, 40), min_size=n, max_size=n)), minimum=low, maximum=high,
                   current=draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)))
    return tree(table, units=k)


parameters = st.fixed_dictionaries({
    "kappa": st.sampled_from([0, 0.5, 1, 1.3]), "gamma": st.sampled_from([0, 1, 2]),
    "beta": st.sampled_from([0.3, 0.8, 1, 1.5, 2, 6]), "sigma": st.sampled_from([0, 0.2, 0.5, 1])})


def proves(bound: float | None, value: float | None) -> bool:
    """Whether a bound leaves no more than a billionth to the value."""
    gap = relative_gap(value, bound)
    return gap is not None and gap <= 1e-9


@QUICK
@given(spec=small_specs(), options=parameters)
def test_parametric_solvers_find_the_least_error(spec: dict[str, Any], options: dict[str, Any]) -> None:
    spec["problem"] |= options
    problem = made(spec)
    best = least(problem)
    names = ["dynamic-programming", "highs", *(["marginal"] if options["beta"] >= 1 else [])]
    cheap = problem.cheap_bound()
    assert cheap is not None
    # The recursion for beta < 1 adds up regrets as large as the multiplier: a far smaller error has fewer digits left.
    blurred = options["beta"] < 1 and best < 1e-4
    assert blurred or proves(cheap.bound(problem), best)
    for name in names:
        solution = evenhand.solve(problem, solver=name, gap=1e-9)
        if name == "highs":     # it stops within a tolerance of its own: who is not the least is not called optimal
            assert solution.value == pytest.approx(best, rel=1e-6, abs=1e-9)
            assert proves(best, solution.value) or solution.status == "feasible"
        else:
            assert proves(best, solution.value), name
            assert solution.status == "optimal" or blurred, name
            assert blurred or solution.verified_bound == pytest.approx(best, rel=1e-9, abs=1e-290)


@QUICK
@given(spec=small_specs(), method=st.sampled_from(METHODS))
def test_classic_solvers_find_the_least_cost(spec: dict[str, Any], method: str) -> None:
    spec["problem"]["method"] = method
    problem = made(spec)
    assume(problem.proven_infeasible() is None)
    best = least(problem)
    for name in EXACT:
        solution = evenhand.solve(problem, solver=name, gap=1e-9)
        assert solution.value == pytest.approx(best, rel=1e-9, abs=1e-12), name
        assert solution.status == "optimal" or name == "highs", name
        assert solution.verified_bound == pytest.approx(best, rel=1e-9, abs=1e-9)


@QUICK
@given(spec=small_specs(), method=st.sampled_from(["parametric", "webster", "hamilton"]),
       weights=st.tuples(st.sampled_from([0, 0.25, 1, 7]), st.sampled_from([0, 0.01, 0.3, 2])))
def test_weighted_objectives(spec: dict[str, Any], method: str, weights: tuple[float, float]) -> None:
    spec["problem"]["method"] = method
    term = {"parametric": "representation_error", "webster": "divisor_cost", "hamilton": "quota_deviation"}[method]
    spec["objective"] = [{"term": term, "weight": weights[0]}, {"term": "moved_units", "weight": weights[1]}]
    problem = made(spec)
    assume(problem.proven_infeasible() is None)
    best = least(problem)
    for name in EXACT:
        solution = evenhand.solve(problem, solver=name, gap=1e-9)
        assert solution.value == pytest.approx(best, rel=1e-9, abs=1e-12), name
        assert weights == (0, 0) or solution.verified_bound == pytest.approx(best, rel=1e-9, abs=1e-9), name


@QUICK
@given(votes=st.lists(st.integers(0, 30), min_size=6, max_size=6), total=st.data())
def test_biproportional_solvers_find_the_least_cost(votes: list[int], total: st.DataObject) -> None:
    columns = total.draw(st.lists(st.integers(0, 4), min_size=3, max_size=3))
    assume(sum(columns) > 0 and sum(votes) > 0)
    first = total.draw(st.integers(0, sum(columns)))
    problem = made(matrix([votes[:3], votes[3:]], [first, sum(columns) - first], columns))
    legal = [allocation for allocation in map(problem.shape.allocation, _matrices(first, columns))
             if not problem.shape.faults(allocation)]
    solutions = [evenhand.solve(problem, solver=name, gap=1e-9) for name in EXACT]
    if not legal:
        assert [solution.status for solution in solutions] == ["infeasible", "infeasible"]
        return
    best = min(problem.objective.measure(problem, allocation)[0] for allocation in legal)
    for solution in solutions:
        assert solution.value == pytest.approx(best, rel=1e-9, abs=1e-9) and solution.status == "optimal"


def _matrices(first: int, columns: list[int]) -> list[list[int]]:
    upper = itertools.product(*(range(count + 1) for count in columns))
    return [[*row, *(count - a for count, a in zip(columns, row, strict=True))] for row in upper if sum(row) == first]


# -- searches ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [
    tree(groups([713, 367, 140, 141, 111, 65]), units=41),
    tree(groups([713, 367, 140, 141, 111, 65]), units=41, method="huntington_hill"),
    tree(groups([713, 367, 140, 141, 111, 65]), units=41, method="hamilton"),
    tree(groups([713, 367, 140, 141, 111, 65]), units=41, beta=0.5),
    matrix(),
])
def test_a_search_comes_near_and_is_bounded_by_a_certificate(spec: dict[str, Any]) -> None:
    exact = solved(spec)
    found = solved(spec, "annealing", options={"steps": 6_000}, seed=1)
    assert found.value is not None and exact.value is not None
    assert exact.value <= found.value * (1 + 1e-12) + 1e-12 or exact.value < 0
    assert found.value == pytest.approx(exact.value, rel=0.2)
    assert found.verified_bound is not None and found.verified_bound <= exact.value + 1e-9 * abs(exact.value)


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("solver", "problem", "words"), [
    ("marginal", {"units": 9, "beta": 0.5}, "dynamic-programming"),
    ("dynamic-programming", {"units": 9, "method": "webster"}, "marginal"),
    ("greedy-floor", {"units": 9, "method": "webster"}, "parametric"),
    ("highs", {"units": 9, "method": "quota_balinski_young"}, "rule"),
    ("highs", {"units_range": [5, 9]}, "units_range"),
    ("annealing", {"units_range": [5, 9]}, "marginal"),
    ("greedy-floor", {"units_range": [5, 9]}, "units_range"),
])
def test_what_a_solver_refuses(solver: str, problem: dict[str, Any], words: str) -> None:
    with pytest.raises(SolverUnsuitableError, match=words):
        solved(tree(groups([5, 3, 2]), **problem), solver)


def test_a_negative_weight_is_no_convex_problem() -> None:
    spec = tree(groups([5, 3, 2], current=[1, 1, 1]), units=9, objective=[
        {"term": "representation_error"}, {"term": "moved_units", "weight": -0.1}])
    with pytest.raises(SolverUnsuitableError, match="weights of at least 0"):
        solved(spec, "marginal")
    assert solved(spec).value == pytest.approx(least(made(spec)), rel=1e-9)


def test_auto_chooses_by_the_problem() -> None:
    table = groups([713, 367, 140])
    assert solved(tree(table, units=9)).run.used == "marginal"
    assert solved(tree(table, units=9, beta=0.9)).run.used == "dynamic-programming"
    assert solved(matrix()).run.used.startswith("HiGHS")
    assert solved(tree(table, units=9)).notices == ()
    assert solved(tree(table, units=9, beta=0.9)).notices == (SCOPE,)   # what kind of ties were looked for


def test_beyond_the_recursion_the_gap_is_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand_apportionment.parametric import dynamic

    monkeypatch.setattr(dynamic.solve_dynamic, "__kwdefaults__", {"max_work": 10})
    solution = solved(tree(groups([713, 367, 140, 141, 111, 65]), units=23, beta=0.5), gap=1e-15)
    assert solution.status == "feasible" and solution.certificate is not None
    assert solution.certificate.kind == "marginals"
    assert any("too large" in notice for notice in solution.notices)
    assert solution.verified_bound is not None and solution.value is not None
    assert solution.verified_bound <= solution.value


def test_errors_beyond_all_numbers_are_a_matter_of_beta() -> None:
    with pytest.raises(InputError, match=r"problem\.beta"):
        solved(tree(groups([1e9, 1e-9]), units=5, beta=400))


def test_one_tiny_group_among_giants() -> None:
    # The tiny group's term dwarfs all others: the gap is blind to them, the inequality of every group is not.
    spec = tree(groups([1e12, 1.3e12, 0.7e12, 1]), units=31, beta=6)
    solution = solved(spec)
    assert units(solution)[3] == 1
    apart = solved(tree(groups([1e12, 1.3e12, 0.7e12]), units=30, beta=6))
    assert units(solution)[:3] == units(apart)
    assert solution.certificate is not None and solution.allocation is not None
    worse = solution.problem.shape.allocation(np.array(units(solution)) + np.array([1, -1, 0, 0]))
    assert solution.certificate.faults(solution.problem, worse)


# -- properties --------------------------------------------------------------------------------------------------


@QUICK
@given(spec=small_specs(), seed=st.integers(0, 99), method=st.sampled_from(["parametric", *METHODS]))
def test_the_order_of_rows_changes_nothing_but_ties(spec: dict[str, Any], seed: int, method: str) -> None:
    spec["problem"]["method"] = method
    first = solved(spec)
    assume(first.allocation is not None and not first.metrics["tied_groups"])
    table = spec["data"]["groups"]
    shuffled = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    second = solved(tree(shuffled, **spec["problem"]))
    assert dict(zip(table["group"], units(first), strict=True)) == dict(zip(shuffled["group"], units(second), strict=True))


@QUICK
@given(spec=small_specs(), factor=st.sampled_from([2, 7, 1000]), method=st.sampled_from(["parametric", *METHODS]))
def test_populations_in_thousands_change_nothing(spec: dict[str, Any], factor: int, method: str) -> None:
    assume(method != "droop")  # its quota is a whole number of people
    spec["problem"]["method"] = method
    first = solved(spec)
    assume(first.allocation is not None and not first.metrics["tied_groups"])
    table = spec["data"]["groups"].assign(population=spec["data"]["groups"]["population"] * factor)
    assert units(solved(tree(table, **spec["problem"]))) == units(first)


@QUICK
@given(spec=small_specs())
def test_tighter_bounds_never_help(spec: dict[str, Any]) -> None:
    bounded = solved(spec).value
    free = solved(tree(spec["data"]["groups"][["group", "population"]], **spec["problem"])).value
    assert bounded is not None and free is not None and free <= bounded * (1 + 1e-12)


@pytest.mark.parametrize("axis", ["rows", "columns"])
def test_votes_of_a_line_in_other_units_change_nothing(axis: str) -> None:
    votes = np.array([[123, 45, 815], [912, 714, 414], [255, 215, 543]])
    scaled = votes * ([[3], [1], [10]] if axis == "rows" else [3, 1, 10])
    assert units(solved(matrix(scaled.tolist()))) == units(solved(matrix(votes.tolist())))
    turned = solved(matrix(votes.T.tolist(), [7, 5, 9], [5, 11, 5]))
    assert np.array(units(turned)).reshape(3, 3).T.ravel().tolist() == units(solved(matrix(votes.tolist())))


def test_a_window_is_not_believed_until_all_units_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand_apportionment import model

    spec = tree(groups([10**6, 10**6, *range(1, 9)]), units=60)
    exact = solved(spec)
    monkeypatch.setattr(model, "MOST_COLUMNS", 200)
    monkeypatch.setattr(model, "WINDOW", 12)
    wide = solved(spec, "highs")
    assert wide.value == pytest.approx(exact.value, rel=1e-12) and wide.certificate is not None
    assert wide.certificate.kind == "marginals" and wide.status == "optimal"
    monkeypatch.setattr(model, "WINDOW", 1)
    narrow = solved(spec, "highs")
    assert narrow.value is not None and exact.value is not None
    assert math.isclose(narrow.verified_bound or 0.0, exact.value, rel_tol=1e-9)
    assert (narrow.status == "optimal") == math.isclose(narrow.value, exact.value, rel_tol=1e-9)
