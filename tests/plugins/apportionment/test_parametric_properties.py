"""What must not matter does not matter: order, scale, start; and what must cost, costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_apportionment.parametric.certificate import check_cut, cut_from_json, cut_to_json
from evenhand_apportionment.parametric.lagrange import lower_bound
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import resettle, solve
from evenhand_apportionment.parametric.ties import preference_order
from tests.plugins.apportionment.brute_force import CONCAVE, CONVEX, Oracle, oracles

quick = settings(deadline=None, max_examples=50)


@quick
@given(oracles(CONVEX), st.randoms(use_true_random=False))
def test_reordering_rows_reorders_the_answer(oracle: Oracle, random: object) -> None:
    problem = oracle.problem()
    answer = solve(problem, oracle.k)
    assume(answer.ties is None)
    order = np.array(random.sample(range(oracle.n), oracle.n))  # type: ignore[attr-defined]
    shuffled = ParametricProblem.build(problem.population[order], kappa=problem.kappa, gamma=problem.gamma,
                                       beta=problem.beta, sigma=problem.sigma, lower=problem.lower[order],
                                       upper=problem.upper[order])
    assert np.array_equal(solve(shuffled, oracle.k).units, answer.units[order])


@quick
@given(oracles(CONVEX), st.sampled_from([0.001, 3.0, 1e9, 2.0**40]))
def test_the_scale_of_populations_does_not_matter(oracle: Oracle, factor: float) -> None:
    answer = solve(oracle.problem(), oracle.k)
    from attrs import evolve

    scaled = evolve(oracle, population=[factor * people for people in oracle.population])
    again = solve(scaled.problem(), oracle.k)
    assert again.error == pytest.approx(answer.error, rel=1e-9, abs=1e-14)
    if answer.ties is None and again.ties is None:
        assert np.array_equal(again.units, answer.units)


@quick
@given(oracles(CONVEX), st.integers(0, 3), st.integers(0, 3))
def test_moving_a_unit_breaks_the_certificate(oracle: Oracle, giver: int, taker: int) -> None:
    problem, k = oracle.problem(), oracle.k
    answer = solve(problem, k)
    giver, taker = giver % oracle.n, taker % oracle.n
    assume(giver != taker)
    moved = answer.units.copy()
    moved[giver] -= 1
    moved[taker] += 1
    check = check_cut(problem, k, moved, answer.multiplier)
    if (moved < problem.lower).any() or (moved > problem.upper).any():
        assert {fault.side for fault in check.faults} <= {"lower", "upper"}
        assert not check.holds
    elif oracle.error(moved) > answer.error * (1 + 1e-9) + 1e-9 * abs(answer.multiplier):
        assert not check.holds
        assert lower_bound(problem, k, answer.multiplier, near=moved).value <= answer.error
    assert not check_cut(problem, k + 1, answer.units, answer.multiplier).holds


@quick
@given(oracles(st.one_of(CONVEX, CONCAVE)), st.floats(-10, 10))
def test_any_multiplier_gives_a_true_bound(oracle: Oracle, multiplier: float) -> None:
    """Checked against a scan of every unit, and against the least error of all allocations."""
    bound = lower_bound(oracle.problem(), oracle.k, multiplier)
    least = oracle.least()
    assert bound.value <= least
    most = oracle.k - sum(oracle.bounds(i)[0] for i in range(oracle.n))
    scan = multiplier * oracle.k
    size = abs(scan)
    for i in range(oracle.n):
        low, high = oracle.bounds(i)
        inner = min(oracle.term(i, a) - multiplier * a for a in range(low, min(high, low + most) + 1))
        scan, size = scan + inner, size + abs(inner)
    assert bound.value <= max(0.0, scan + 1e-13 * size)
    if bound.value > 0.0:
        assert bound.value + bound.allowance == pytest.approx(scan, rel=1e-9, abs=1e-11 * (1 + size))


@quick
@given(oracles(CONVEX), st.integers(0, 3))
def test_tighter_bounds_never_help(oracle: Oracle, row: int) -> None:
    problem, k = oracle.problem(), oracle.k
    row %= oracle.n
    before = solve(problem, k)
    lower, upper = problem.lower.copy(), problem.upper.copy()
    lower[row] += 1
    same = {"kappa": problem.kappa, "gamma": problem.gamma, "beta": problem.beta, "sigma": problem.sigma}
    if lower[row] <= upper[row] and lower.sum() <= k:
        raised = ParametricProblem.build(problem.population, lower=lower, upper=upper, **same)
        assert solve(raised, k).error >= before.error * (1 - 1e-12)
    upper[row] = before.units[row] - 1
    if upper[row] >= problem.lower[row] and min(upper.sum(), 10**6) >= k:
        capped = ParametricProblem.build(problem.population, lower=problem.lower, upper=upper, **same)
        assert solve(capped, k).error >= before.error * (1 - 1e-12)


def test_whole_ideals_are_met_exactly() -> None:
    answer = solve(ParametricProblem.build([100, 200, 300, 100]), 70)
    assert answer.units.tolist() == [10, 20, 30, 10]
    assert answer.error == 0.0
    equal = solve(ParametricProblem.build([9, 5, 7], kappa=0.0), 21)
    assert (equal.units.tolist(), equal.error) == ([7, 7, 7], 0.0)
    thirds = solve(ParametricProblem.build([1 / 3, 1 / 3, 1 / 3]), 21)
    assert (thirds.units.tolist(), thirds.error) == ([7, 7, 7], 0.0)


@pytest.mark.parametrize("beta", [1.0, 2.0, 2.5])
def test_equal_groups_tie_under_every_rule(beta: float) -> None:
    problem = ParametricProblem.build([10, 10, 10, 10], beta=beta)
    answer = solve(problem, 6)
    assert answer.units.tolist() == [2, 2, 1, 1]
    assert answer.ties is not None
    assert (answer.ties.rows.tolist(), answer.ties.shared) == ([0, 1, 2, 3], 2)
    last_first = resettle(problem, answer, [3, 2, 1, 0])
    assert last_first.units.tolist() == [1, 1, 2, 2]
    assert last_first.error == answer.error
    assert check_cut(problem, 6, last_first.units, last_first.multiplier).holds
    drawn = [preference_order("random", problem.population, np.random.default_rng(5)) for _ in range(2)]
    assert np.array_equal(*drawn)
    assert resettle(problem, answer, drawn[0]).units.sum() == 6
    with pytest.raises(ValueError, match="permutation"):
        resettle(problem, answer, [0, 1, 2, 2])


def test_orders_of_preference() -> None:
    people = [5, 9, 5, 2]
    assert preference_order("report", people).tolist() == [0, 1, 2, 3]
    assert preference_order("order", people).tolist() == [0, 1, 2, 3]
    assert preference_order("largest", people).tolist() == [1, 0, 2, 3]
    assert preference_order("smallest", people).tolist() == [3, 0, 2, 1]
    for rule in ("random", "youngest"):
        with pytest.raises(ValueError, match="preference"):
            preference_order(rule, people)


def test_a_free_side_is_shared_in_rounds() -> None:
    """sigma = 0: units above the ideal cost nothing. Minimums leave 3 of them to three tied groups, one each."""
    problem = ParametricProblem.build([10, 10, 10, 1], sigma=0.0, upper=[9, 9, 9, 1])
    answer = solve(problem, 10)    # ideals 3.2.. and 0.3..: 4, 4, 4 and 1 would be 13
    assert answer.units.tolist() == [3, 3, 3, 1]
    free = ParametricProblem.build([1, 1, 1, 30], sigma=0.0, upper=[40, 40, 40, 5])
    spare = solve(free, 20)        # ideals 0.6 and 18.2, capped at 5: 15 free units for three groups
    assert spare.units.tolist() == [5, 5, 5, 5]
    assert spare.ties is not None
    assert resettle(free, spare, [3, 2, 1, 0]).units.tolist() == [5, 5, 5, 5]
    assert solve(free, 21).units.tolist() == [6, 5, 5, 5]
    assert resettle(free, solve(free, 21), [2, 1, 0, 3]).units.tolist() == [5, 5, 6, 5]


def test_cuts_survive_json() -> None:
    assert cut_to_json(-np.inf) is None
    assert cut_to_json(0.25) == 0.25
    assert cut_from_json(None, "low") == -np.inf
    assert cut_from_json(None, "high") == np.inf
    assert cut_from_json(0.25, "low") == 0.25
