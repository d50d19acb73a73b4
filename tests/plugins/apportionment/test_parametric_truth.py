"""Ideals as they are: exact divisions are seen, and a bound is a bound on the error of the true ideals."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_apportionment.parametric.dynamic import repeat, solve_dynamic
from evenhand_apportionment.parametric.lagrange import lower_bound
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from evenhand_apportionment.parametric.sweep import best_size, scores, sweep
from evenhand_apportionment.parametric.truth import true_bound
from tests.plugins.apportionment.brute_force import Oracle, ideals
from tests.plugins.apportionment.small_problems import groups, solved, tree, units

quick = settings(deadline=None, max_examples=60)


def least_error(oracle: Oracle) -> Decimal:
    """Over all allocations, from 40 digits of the ideals and with kappa = gamma."""
    shares = ideals(tuple(oracle.population), 1, oracle.gamma)
    aims = ideals(tuple(oracle.population), oracle.k, oracle.kappa)
    beta, sides = Decimal(oracle.beta), (2 * Decimal(oracle.sigma), 2 * (1 - Decimal(oracle.sigma)))

    def term(i: int, a: int) -> Decimal:
        c = aims[i]
        if a == c:
            return Decimal(0)
        return shares[i] * (sides[0] * ((a - c) / c) ** beta if a > c else sides[1] * ((c - a) / a) ** beta)

    terms = [[term(i, a) for a in range(1, oracle.k + 1)] for i in range(oracle.n)]
    return min(sum((terms[i][a - 1] for i, a in enumerate(held)), Decimal()) for held in oracle.allocations())


@pytest.mark.parametrize(("population", "k", "options"), [
    ([0.2, 0.8, 0.6], 12, {"beta": 0.1}), ([0.21, 0.07, 0.07], 10, {"beta": 0.1}),
    ([4, 9], 5, {"kappa": 0.5, "gamma": 0.5, "beta": 0.3}),
    ([4, 9], 5, {"kappa": 0.5, "gamma": 0.5, "beta": 0.3, "sigma": 0.9}),
    ([8, 27], 5, {"kappa": 1 / 3, "gamma": 1 / 3, "beta": 0.3}), ([32, 243], 5, {"kappa": 0.2, "beta": 0.5}),
    ([0.1, 0.2, 0.3], 6, {"beta": 1.0}), ([1, 2, 3], 14, {"kappa": 2.0}),
    ([3_000_001, 7, 9_000_011], 41, {"beta": 0.2, "kappa": 0.7}),
], ids=str)
def test_no_bound_exceeds_the_least_true_error(population: list[float], k: int, options: dict[str, float]) -> None:
    oracle = Oracle(population, k, **options)
    problem, least = oracle.problem(), least_error(oracle)
    answer = solve_dynamic(problem, k)
    again = repeat(problem, k, answer.units, answer.multiplier)
    for bound in (answer.bound, again, lower_bound(problem, k, answer.multiplier).value):
        assert Decimal(bound) <= least * (1 + Decimal("1e-14")) + Decimal("1e-40")
    # An exponent that no double is leaves each ideal open by a part in 1e16, and so each miss.
    assert answer.error == pytest.approx(float(least), rel=1e-9, abs=1e-16**problem.beta)


@quick
@given(st.lists(st.integers(1, 9), min_size=2, max_size=3), st.sampled_from([0.1, 0.01, 7, 10**15 + 1]),
       st.sampled_from([0.0, 0.3, 0.5, 1.0, 1.4, 2.0]), st.sampled_from([0.1, 0.3, 0.7, 1.0, 1.5, 2.0]),
       st.sampled_from([0.0, 0.5, 0.9]), st.integers(3, 12))
def test_small_ratios_are_bounded_and_met(ratio: list[int], scale: float, kappa: float, beta: float, sigma: float,
                                          k: int) -> None:
    people = [round(part * scale, 2) if scale < 1 else part * scale for part in ratio]
    oracle = Oracle(people, k, kappa, 1.0, beta, sigma)
    problem, least = oracle.problem(), least_error(oracle)
    answer = solve_dynamic(problem, k)
    assert Decimal(answer.bound) <= least * (1 + Decimal("1e-14"))
    assert answer.error == pytest.approx(float(least), rel=1e-9, abs=1e-300)
    if beta >= 1.0:
        found = solve(problem, k)
        assert found.error == pytest.approx(float(least), rel=1e-9, abs=1e-300)
        assert Decimal(lower_bound(problem, k, found.multiplier, near=found.units).value) <= least * (
            1 + Decimal("1e-14"))


@pytest.mark.parametrize(("population", "k", "options"), [
    ([0.1, 0.2, 0.3], 6, {}), ([Fraction(1, 7), Fraction(2, 7), Fraction(3, 7)], 12, {}),
    ([10**16 + 1, 2 * 10**16 + 2, 3 * 10**16 + 3], 6, {}), ([10**30 + 1, 3 * 10**30 + 3], 8, {}),
    ([1, 2, 3], 14, {"kappa": 2.0}), ([8, 18], 5, {"kappa": 0.5}), ([16, 81], 35, {"kappa": 0.75}),
    ([5.3, 5.3, 5.3], 6, {"kappa": 0.3}), ([5, 70, 1e9], 6, {"kappa": 0.0}),
], ids=str)
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_an_exact_division_has_no_error(population: list, k: int, options: dict[str, float], beta: float) -> None:
    problem = ParametricProblem.build(population, beta=beta, **options)
    answer = solve_dynamic(problem, k)
    assert (answer.error, answer.bound) == (0.0, 0.0)
    assert problem.at(k).terms(answer.units).tolist() == [0.0] * len(population)
    assert problem.at(k).ideal.tolist() == answer.units.tolist()
    if beta >= 1.0:
        found = solve(problem, k)
        assert (found.error, found.units.tolist()) == (0.0, answer.units.tolist())
        assert lower_bound(problem, k, found.multiplier).value == 0.0


def test_the_first_exact_size_of_a_range_wins() -> None:
    for people in ([0.1, 0.2, 0.3], [10**16 + 1, 2 * 10**16 + 2, 3 * 10**16 + 3]):
        rows = sweep(ParametricProblem.build(people), 4, 26)
        assert rows.sizes[rows.errors == 0.0].tolist() == [6, 12, 18, 24]
        assert best_size(rows.sizes, scores(2.0, rows.sizes, rows.errors)) == 6
    solution = solved(tree(groups(["0.1", "0.2", "0.3"]), units_range=[4, 26]))
    assert (solution.status, solution.metrics["best_units"], units(solution)) == ("optimal", 6, [1, 2, 3])
    assert solution.problem.allocation_table(solution.allocation)["side"].tolist() == ["exact"] * 3


def test_shares_too_large_for_doubles_are_whole_only_where_they_are() -> None:
    problem = ParametricProblem.build([5 * 10**16, 3 * 10**16 + 1, 2 * 10**16 - 1], beta=0.1)
    assert not problem.goals.exact
    ideal = problem.at(10).ideal
    assert ideal[0] == 5.0 and ideal[1] == math.nextafter(3.0, 4.0) and ideal[2] == math.nextafter(2.0, 1.0)
    answer = solve_dynamic(problem, 10)
    assert answer.units.tolist() == [5, 3, 2]
    truth = Fraction(3, 10) * Fraction(1, 3 * 10**16) ** 1   # far below: the power 0.1 of it is what counts
    assert answer.bound <= 0.3 * float(truth) ** 0.1 + 0.2 * 1e-16**0.1 and answer.error > 0.0
    rows = sweep(ParametricProblem.build([5 * 10**16, 3 * 10**16 + 1, 2 * 10**16 - 1]), 9, 11)
    for place, k in enumerate((9, 10, 11)):
        assert rows.errors[place] == solve(rows.problem, k).error


def test_sizes_beyond_the_exact_ones_join_without_a_seam() -> None:
    problem = ParametricProblem.build([2**50 - 1, 2**49 + 3, 12345])
    last = problem.last_exact
    assert 0 < last < 20
    rows = sweep(problem, 3, 30)
    for k in range(3, 31):
        assert (problem.at(k).unit == 1.0) == (k > last)
        answer = solve(problem, k)
        assert rows.allocation(k).tolist() == answer.units.tolist()
        assert rows.errors[k - 3] == pytest.approx(answer.error, rel=1e-13)
        assert lower_bound(problem, k, answer.multiplier, near=answer.units).value == pytest.approx(answer.error,
                                                                                                    rel=1e-10)


def test_what_rounding_of_ideals_may_hide_is_charged() -> None:
    exact, rounded = (ParametricProblem.build([3, 2, 1], kappa=kappa) for kappa in (1.0, 0.77))
    assert true_bound(exact.at(7), 0.01) == pytest.approx(0.01, rel=1e-14)
    assert 0.01 * (1 - 1e-11) < true_bound(rounded.at(7), 0.01) < 0.01 * (1 - 1e-14)
    assert true_bound(rounded.at(7), 1e-40) == 0.0     # an error of this size is beyond what the ideals tell
    below = ParametricProblem.build([8, 27], kappa=1 / 3, beta=0.1)
    assert true_bound(below.at(5), 0.02) == 0.0
    assert true_bound(below.at(6), 0.02) == pytest.approx(0.02, rel=1e-12)


def test_decimals_of_a_table_are_read_as_they_are_written() -> None:
    tenth = ParametricProblem.build(np.array([0.1, 0.2, 0.75]))
    assert tenth.goals.exact and tenth.goals.values.tolist() == [2.0, 4.0, 15.0]
    assert not ParametricProblem.build([math.pi, 1.0]).goals.exact
    with pytest.raises(ValueError, match="positive"):
        ParametricProblem.build([0.1, 0.0])


@pytest.mark.parametrize("solver", ["marginal", "highs", "annealing", "greedy-floor"])
def test_every_solver_proves_an_exact_division(solver: str) -> None:
    for people, k, options in (([1, 2, 3], 12, {}), ([1, 2, 3], 14, {"kappa": 2.0}), ([0.2, 0.4], 3, {"beta": 1.0})):
        solution = solved(tree(groups(people), units=k, **options), solver)
        assert (solution.value, solution.bound, solution.status) == (0.0, 0.0, "optimal")
