"""Every exact route gives the least error of all allocations, with a cut that proves it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from evenhand_apportionment.parametric import exchange, multiplier
from evenhand_apportionment.parametric.certificate import check_cut
from evenhand_apportionment.parametric.dynamic import solve_dynamic
from evenhand_apportionment.parametric.lagrange import lower_bound
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from evenhand_apportionment.parametric.sweep import sweep
from tests.plugins.apportionment.brute_force import CONCAVE, CONVEX, Oracle, oracles

NEW_ENGLAND = [7136171, 3675069, 1409032, 1405012, 1112308, 648493]

quick = settings(deadline=None, max_examples=60)


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-300)


def searched(problem: ParametricProblem, k: int) -> np.ndarray:
    """The multiplier search alone, from an allocation that merely fits."""
    at = problem.at(k)
    now = exchange.position(at, at.lower.copy())
    exchange.fill(at, now)
    return multiplier.search(at, now) if not now.is_optimal else now.a


@quick
@given(oracles(CONVEX))
def test_all_convex_routes_agree(oracle: Oracle) -> None:
    problem, k = oracle.problem(), oracle.k
    least = oracle.least()
    answer = solve(problem, k)
    assert answer.units.sum() == k
    assert answer.error == close(least)
    assert oracle.error(answer.units) == close(least)
    assert oracle.error(oracle.heap()) == close(least)
    assert oracle.error(searched(problem, k)) == close(least)
    assert solve_dynamic(problem, k).error == close(least)
    rows = sweep(problem, k, min(k + 2, problem.reach[1]))
    assert rows.errors[0] == close(least)
    assert np.array_equal(rows.allocation(k), answer.units)


@quick
@given(oracles(CONVEX))
def test_every_answer_carries_a_cut_that_holds(oracle: Oracle) -> None:
    problem, k = oracle.problem(), oracle.k
    rows = sweep(problem, k, k)
    for answer in (solve(problem, k), solve(problem, k, start=problem.lower)):
        assert check_cut(problem, k, answer.units, answer.multiplier).holds
        bound = lower_bound(problem, k, answer.multiplier, near=answer.units)
        assert bound.value <= oracle.least() * (1 + 1e-13)
        assert bound.value == pytest.approx(answer.error, rel=1e-9, abs=1e-11 * abs(answer.multiplier) * k)
    assert check_cut(problem, k, rows.allocation(k), float(rows.multiplier[0])).holds


@quick
@given(oracles(CONCAVE))
def test_concave_is_solved_by_dynamic_programming(oracle: Oracle) -> None:
    answer = solve_dynamic(oracle.problem(), oracle.k)
    least = oracle.least()
    assert answer.exact
    assert answer.units.sum() == oracle.k
    assert oracle.error(answer.units) == close(least)
    assert oracle.full_table() == close(least)
    assert answer.bound <= least * (1 + 1e-13)
    assert answer.bound == pytest.approx(least, rel=1e-8)


@pytest.mark.parametrize("beta", [0.3, 0.9, 1.0, 2.0, 3.3])
def test_more_groups_against_the_plain_recursion(beta: float) -> None:
    rng = np.random.default_rng(7)
    for sigma in (0.2, 0.5):
        oracle = Oracle(np.exp(rng.normal(5, 1.5, 9)).tolist(), 44, beta=beta, sigma=sigma, gamma=0.3)
        assert solve_dynamic(oracle.problem(), 44).error == close(oracle.full_table())
        if beta >= 1:
            assert solve(oracle.problem(), 44).error == close(oracle.full_table())


def test_new_england_by_hand() -> None:
    answer = solve(ParametricProblem.build(NEW_ENGLAND), 41)
    assert answer.units.tolist() == [18, 10, 4, 4, 3, 2]
    assert answer.error == pytest.approx(0.0034566, abs=5e-8)
    assert answer.cut_low < answer.multiplier < answer.cut_high
    assert answer.ties is None
    # Last in: the tenth unit of Connecticut; next: Massachusetts would take its nineteenth.
    at = ParametricProblem.build(NEW_ENGLAND).at(41)
    low, high = at.cuts(answer.units.astype(float))
    assert (int(low.argmax()), int(high.argmin())) == (1, 0)


def test_new_england_from_the_shared_table(shared_data: Path) -> None:
    path = shared_data / "apportionment" / "new_england_2024_seed.csv"
    people = [int(line.split(",")[1]) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    assert people == NEW_ENGLAND


def test_a_tiny_group_among_giants_does_not_drown_the_others() -> None:
    """beta = 6: the tiny group's error is near 1e30; differences of totals would see nothing else."""
    people = [1e9, 7.3e8, 2.9e8, 1.0]
    problem = ParametricProblem.build(people, beta=6.0, gamma=0.0)
    answer = solve(problem, 50)
    without = solve(ParametricProblem.build(people[:3], beta=6.0, gamma=0.0), 49)
    assert answer.error > 1e30
    assert answer.units.tolist() == [*without.units.tolist(), 1]
    assert check_cut(problem, 50, answer.units, answer.multiplier).holds
    moved = answer.units + np.array([1, -1, 0, 0])
    assert problem.at(50).error(moved) == answer.error     # the sum cannot tell
    assert not check_cut(problem, 50, moved, answer.multiplier).holds


def test_far_from_the_ideal_marginals_keep_their_digits() -> None:
    from fractions import Fraction

    problem = ParametricProblem.build([3.0, 5.0], beta=2.0)
    at = problem.at(8_000_000)     # ideals 3 and 5 million
    a = np.array([3_900_000.0, 4_100_000.0])
    step = at.steps(a)
    above = Fraction(3, 8) * (2 * Fraction(900_000) + 1) / Fraction(3_000_000) ** 2
    short = [Fraction(5_000_000 - u, u) ** 2 for u in (4_100_000, 4_100_001)]
    assert step[0] == pytest.approx(float(above), rel=1e-14)
    assert step[1] == pytest.approx(float(Fraction(5, 8) * (short[1] - short[0])), rel=1e-14)


def test_many_groups_with_one_that_must_absorb_the_rest() -> None:
    rng = np.random.default_rng(3)
    people = np.exp(rng.normal(8, 2.0, 30_000))
    people[17] = people.sum()
    for gamma in (0.0, 1.0):
        problem = ParametricProblem.build(people, gamma=gamma)
        answer = solve(problem, 60_000)
        assert answer.units.sum() == 60_000
        assert check_cut(problem, 60_000, answer.units, answer.multiplier).holds
        assert lower_bound(problem, 60_000, answer.multiplier, near=answer.units).value == pytest.approx(answer.error)


def test_bounds_decide_alone() -> None:
    problem = ParametricProblem.build([5, 3, 2], lower=[4, 2, 1])
    answer = solve(problem, 7)
    assert answer.units.tolist() == [4, 2, 1]
    assert answer.cut_low == -np.inf
    assert check_cut(problem, 7, answer.units, answer.multiplier).holds
    capped = ParametricProblem.build([5, 3, 2], upper=[2, 2, 2])
    answer = solve(capped, 6)
    assert answer.units.tolist() == [2, 2, 2]
    assert answer.cut_high == np.inf
    assert lower_bound(capped, 6, answer.multiplier, near=answer.units).value == pytest.approx(answer.error)


def test_what_cannot_be_solved_is_refused() -> None:
    problem = ParametricProblem.build([5, 3, 2], upper=4)
    for k in (2, 13, 0, -1):
        with pytest.raises(ValueError, match="units"):
            solve(problem, k)
    with pytest.raises(ValueError, match="convex"):
        solve(ParametricProblem.build([5, 3], beta=0.5), 4)
    for people in ([], [1.0, 0.0], [1.0, np.nan], [1.0, np.inf], [-1.0]):
        with pytest.raises(ValueError, match=r"group|populations"):
            ParametricProblem.build(people)
    for bad in ({"beta": 0.0}, {"sigma": 1.1}, {"sigma": -0.1}, {"kappa": -1.0}, {"gamma": np.inf}, {"beta": np.nan}):
        with pytest.raises(ValueError, match="range"):
            ParametricProblem.build([1.0, 2.0], **bad)
    with pytest.raises(ValueError, match="at least 1"):
        ParametricProblem.build([1.0, 2.0], lower=0)
    with pytest.raises(ValueError, match="exceeds"):
        ParametricProblem.build([1.0, 2.0], lower=[1, 5], upper=4)


def test_overflow_is_told_not_computed_with() -> None:
    with pytest.raises(OverflowError):
        ParametricProblem.build([1e-200, 1.0], kappa=3.0)
    with pytest.raises(OverflowError):
        solve(ParametricProblem.build([1e-300, 1.0], beta=6.0), 10)
