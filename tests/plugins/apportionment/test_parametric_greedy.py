"""The original rule: the fast one allocates as the faithful one does, and both are seen to miss the optimum."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand_apportionment.parametric.greedy import greedy_floor
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from tests.benchmarks.original_greedy import Parameters, allocate, sweep

NEW_ENGLAND = [7136171, 3675069, 1409032, 1405012, 1112308, 648493]


def test_new_england() -> None:
    units, error = allocate(NEW_ENGLAND, 41)
    assert units.tolist() == [19, 9, 4, 4, 3, 2]
    assert error == pytest.approx(0.0037274, abs=5e-8)
    problem = ParametricProblem.build(NEW_ENGLAND)
    assert greedy_floor(problem, 41).tolist() == units.tolist()
    assert problem.at(41).error(units) == pytest.approx(error, rel=1e-12)
    assert solve(problem, 41).error < 0.93 * error


@pytest.mark.parametrize("seed", range(8))
def test_fast_equals_faithful(seed: int) -> None:
    """Sizes near n, where units must be taken back, and far above; betas on both sides of 1."""
    rng = np.random.default_rng(seed)
    for _ in range(25):
        n = int(rng.integers(1, 13))
        people = np.exp(rng.normal(8, 1.3, n)) if rng.random() < 0.5 else rng.integers(1, 5000, n).astype(float)
        chosen = Parameters(*rng.choice([0.0, 0.5, 1.0], 2), *rng.choice([0.5, 1.0, 1.5, 2.0, 3.0], 1),
                            *rng.choice([0.1, 0.5, 0.8], 1))
        k = int(n + rng.integers(0, 8 * n))
        units, error = allocate(people, k, chosen)
        problem = ParametricProblem.build(people, kappa=chosen.kappa, gamma=chosen.gamma, beta=chosen.beta,
                                          sigma=chosen.sigma)
        fast = greedy_floor(problem, k)
        assert fast.sum() == k
        if not np.array_equal(fast, units):     # only where rounding of the totals decided
            assert problem.at(k).error(fast) == pytest.approx(error, rel=1e-12)


def test_the_first_row_wins_a_tie() -> None:
    for people, k in (([10, 10, 10, 10], 6), ([64, 64, 1, 1, 1], 6), ([1, 64, 64, 1], 7)):
        units, _ = allocate(people, k)
        assert greedy_floor(ParametricProblem.build(people), k).tolist() == units.tolist()


def test_never_better_than_the_optimum_and_often_worse() -> None:
    rng = np.random.default_rng(11)
    problem = ParametricProblem.build(np.exp(rng.normal(12, 1.2, 30)), sigma=0.3)
    worse = 0
    for k in range(30, 130):
        least, error = solve(problem, k).error, problem.at(k).error(greedy_floor(problem, k))
        assert error >= least * (1 - 1e-12)
        worse += error > least * (1 + 1e-9)
    assert worse > 5


def test_bounds_hold() -> None:
    problem = ParametricProblem.build([50, 30, 20], lower=[1, 4, 1], upper=[5, 9, 9])
    units = greedy_floor(problem, 12)
    assert units.sum() == 12
    assert (units >= problem.lower).all()
    assert (units <= problem.upper).all()


def test_the_faithful_sweep_scores_as_the_notebook_did() -> None:
    swept = sweep([3, 2, 1], 3, 12)
    assert swept.best_size == 6     # exact at 6 and 12, both scored with 1e-18
    assert swept.errors[3] < 1e-18
    assert swept.scores[3] == pytest.approx(-2 * np.log(6) + 18 * np.log(10))
