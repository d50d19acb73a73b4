"""beta < 1: who is tied, and that the option settles it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evenhand_apportionment.costs.parametric import ParametricCost
from evenhand_apportionment.parametric.dynamic import solve_dynamic
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.swaps import find_swaps, settle_swaps
from tests.plugins.apportionment.small_problems import groups, solved, tree, units


@pytest.mark.parametrize("seed", range(4))
def test_equal_groups_are_tied_and_the_lot_decides(seed: int) -> None:
    spec = tree(groups([10, 10, 10]), units=4, beta=0.5, ties="random")
    solution = solved(spec, seed=seed)
    assert solution.metrics["tied_groups"] == ["a", "b", "c"] and solution.status == "optimal"
    assert sorted(units(solution)) == [1, 1, 2]
    assert units(solved(spec, seed=seed)) == units(solution)
    drawn = {tuple(units(solved(spec, seed=other))) for other in range(12)}
    assert drawn == {(2, 1, 1), (1, 2, 1), (1, 1, 2)}


def test_the_order_settles_what_equal_groups_share() -> None:
    problem = ParametricProblem.build([5, 9, 5, 9, 5], beta=0.4)
    for k in range(5, 40):
        at, answer = problem.at(k), solve_dynamic(problem, k)
        for order in ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 3, 0, 1, 4)):
            found = settle_swaps(at, answer.units.astype(float), order)
            assert at.error(found) == pytest.approx(answer.error, rel=1e-12)
            assert found.sum() == k
            for alike in ([0, 2, 4], [1, 3]):
                asked = [found[row] for row in order if row in alike]
                assert asked == sorted(asked, reverse=True)
            assert settle_swaps(at, found, order).tolist() == found.tolist()


def test_groups_that_differ_may_be_tied_too() -> None:
    # kappa = 0: ideals are equal, weights are not; with gamma = 0 as well, bounds alone tell the groups apart.
    problem = ParametricProblem.build([3, 8], kappa=0.0, gamma=0.0, beta=0.5, lower=[1, 2])
    at = problem.at(7)      # 3.5 each: (3, 4) or (4, 3)
    for held, order, wanted in (([3.0, 4.0], (0, 1), [4.0, 3.0]), ([4.0, 3.0], (1, 0), [3.0, 4.0])):
        ties = find_swaps(at, np.array(held))
        assert ties is not None and ties.rows.tolist() == [0, 1] and ties.shared == 1
        assert settle_swaps(at, np.array(held), order).tolist() == wanted


def test_every_tie_of_two_kinds_is_found() -> None:
    """Against all optima of small problems: who can hold another number of units by one swap or one unit's exchange."""
    rng = np.random.default_rng(7)
    seen = 0
    for _ in range(60):
        people, k = rng.integers(1, 5, 3), int(rng.integers(4, 12))
        problem = ParametricProblem.build(people, beta=0.5, gamma=0.0)
        at, answer = problem.at(k), solve_dynamic(problem, k)
        held = answer.units
        optima = [a for a in itertools.product(range(1, k), repeat=3)
                  if sum(a) == k and at.error(np.array(a)) <= answer.error * (1 + 1e-12)]
        apart: set[int] = set()
        for other in optima:
            rows = [row for row in range(3) if other[row] != held[row]]
            swap = len(rows) == 2 and people[rows[0]] == people[rows[1]] and other[rows[0]] == held[rows[1]]
            if swap or (len(rows) == 2 and abs(other[rows[0]] - held[rows[0]]) == 1):
                apart.update(rows)
        ties = find_swaps(at, held.astype(float))
        assert (set() if ties is None else set(ties.rows.tolist())) >= apart
        seen += bool(apart)
    assert seen > 5


def test_an_answer_that_can_be_improved_is_left_alone() -> None:
    problem = ParametricProblem.build([10, 10, 20], beta=0.5)
    worse = np.array([5.0, 1.0, 2.0])
    assert find_swaps(problem.at(8), worse) is None
    assert settle_swaps(problem.at(8), worse, (2, 1, 0)).tolist() == worse.tolist()


def test_what_is_looked_for_is_said() -> None:
    assert "beta < 1" in str(ParametricCost(ParametricProblem.build([2, 1], beta=0.5), 4).tie_scope)
    assert ParametricCost(ParametricProblem.build([2, 1]), 4).tie_scope is None


def test_a_range_settles_its_best_size() -> None:
    found = [units(solved(tree(groups([10, 10, 4]), units_range=[4, 4], beta=0.5, ties="random"), seed=seed))
             for seed in range(8)]
    assert {tuple(held) for held in found} == {(2, 1, 1), (1, 2, 1)}
