"""beta < 1: exact where the recursion is completed, honest where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand_apportionment.parametric.dynamic import descend, repeat, solve_dynamic
from evenhand_apportionment.parametric.lagrange import best_multiplier
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from tests.plugins.apportionment.brute_force import Oracle


def country(n: int, beta: float, **options: object) -> ParametricProblem:
    return ParametricProblem.build(np.exp(np.random.default_rng(n).normal(11, 1.2, n)), beta=beta, **options)


@pytest.mark.parametrize("beta", [0.2, 0.6, 0.99])
def test_fifty_groups_are_solved_and_bracketed(beta: float) -> None:
    problem = country(50, beta)
    answer = solve_dynamic(problem, 300)
    assert answer.exact
    assert answer.units.sum() == 300
    assert answer.lagrangian <= answer.bound <= answer.error
    assert answer.error - answer.bound <= 1e-9 * answer.error
    assert repeat(problem, 300, answer.units, answer.multiplier) == pytest.approx(answer.error, rel=1e-9)


@pytest.mark.parametrize("upper", [None, 3])
def test_maximums_that_bind_leave_the_recursion_exact(upper: int | None) -> None:
    people = [100, 9, 8, 7, 3, 2]
    high = () if upper is None else (upper,) * 6
    for k in (6, 10, 16):
        for sigma in (0.0, 0.2, 0.9, 1.0):
            oracle = Oracle(people, k, beta=0.5, sigma=sigma, upper=high)
            answer = solve_dynamic(oracle.problem(), k)
            assert answer.exact
            assert answer.error == pytest.approx(oracle.full_table(), rel=1e-9)


def test_beyond_the_limit_the_gap_is_honest() -> None:
    problem = country(40, 0.4, sigma=0.2)
    exact = solve_dynamic(problem, 200)
    limited = solve_dynamic(problem, 200, max_work=3000)
    assert exact.exact
    assert not limited.exact
    assert limited.units.sum() == 200
    assert limited.bound == limited.lagrangian
    assert limited.bound <= exact.error <= limited.error
    assert repeat(problem, 200, limited.units, limited.multiplier, max_work=10) <= exact.error


def test_repeating_with_a_worse_allocation_still_proves_the_optimum() -> None:
    problem = country(12, 0.5)
    answer = solve_dynamic(problem, 40)
    worse = answer.units.copy()
    worse[worse.argmax()] -= 1
    worse[worse.argmin()] += 1
    proven = repeat(problem, 40, worse, answer.multiplier)
    assert proven == pytest.approx(answer.error, rel=1e-9)
    assert proven <= answer.error < problem.at(40).error(worse)
    with pytest.raises(ValueError, match="allowed"):
        repeat(problem, 41, answer.units, answer.multiplier)


def test_exchanges_alone_can_be_stuck_where_the_recursion_is_not() -> None:
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        problem = ParametricProblem.build(rng.integers(1, 60, 5), beta=0.4, sigma=0.1, gamma=0.0)
        at = problem.at(20)
        stuck = at.error(descend(at, at.lower.copy()))
        least = solve_dynamic(problem, 20).error
        assert least <= stuck * (1 + 1e-12)
        found += least < stuck * (1 - 1e-9)
    assert found


def test_the_best_multiplier_bounds_from_below_closely() -> None:
    problem = country(60, 0.7)
    bound = best_multiplier(problem.at(500))
    answer = solve_dynamic(problem, 500)
    assert 0.8 * answer.error < bound.value <= answer.error


def test_convex_problems_come_out_as_everywhere_else() -> None:
    problem = country(30, 2.0)
    assert solve_dynamic(problem, 100).error == pytest.approx(solve(problem, 100).error, rel=1e-12)
