"""Every size of a range: the same as one at a time, and the choice among them."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand_apportionment.parametric.certificate import check_cut
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from evenhand_apportionment.parametric.sweep import best_size, scores, sweep

NEW_ENGLAND = [7136171, 3675069, 1409032, 1405012, 1112308, 648493]


@pytest.mark.parametrize("options", [
    {}, {"gamma": 0.0}, {"kappa": 0.0}, {"beta": 1.0}, {"beta": 1.0, "sigma": 1.0}, {"sigma": 0.0}, {"sigma": 1.0},
    {"beta": 6.0, "kappa": 0.4}, {"lower": 2, "upper": 12}, {"beta": 1.3, "sigma": 0.1},
], ids=str)
def test_each_row_is_the_answer_at_its_size(options: dict) -> None:
    rng = np.random.default_rng(5)
    problem = ParametricProblem.build(np.round(np.exp(rng.normal(9, 1.4, 15))), **options)
    first, last = problem.reach[0], min(160, problem.reach[1])
    rows = sweep(problem, first, last)
    assert rows.sizes.tolist() == list(range(first, last + 1))
    for place, k in enumerate(rows.sizes.tolist()):
        answer = solve(problem, k)
        assert np.array_equal(rows.allocation(k), answer.units)
        assert rows.errors[place] == pytest.approx(answer.error, rel=1e-14)
        assert (rows.cut_low[place], rows.cut_high[place]) == (answer.cut_low, answer.cut_high)
        assert rows.tied[place] == (answer.ties is not None)
        assert check_cut(problem, k, rows.allocation(k), float(rows.multiplier[place])).holds


def test_many_groups_and_unkept_allocations() -> None:
    rng = np.random.default_rng(6)
    problem = ParametricProblem.build(np.exp(rng.normal(9, 1.4, 800)), gamma=0.5)
    rows = sweep(problem, 1500, 1504, keep=False)
    assert rows.kept is None
    kept = sweep(problem, 1500, 1504)
    for k in range(1500, 1505):
        assert np.array_equal(rows.allocation(k), kept.allocation(k))
        assert rows.errors[k - 1500] == solve(problem, k).error
    with pytest.raises(ValueError, match="range"):
        rows.allocation(1505)


def test_ranges_that_cannot_be() -> None:
    problem = ParametricProblem.build([3, 2, 1], upper=5)
    for first, last in ((2, 5), (5, 4), (3, 16)):
        with pytest.raises(ValueError, match="sizes"):
            sweep(problem, first, last)
    with pytest.raises(ValueError, match="convex"):
        sweep(ParametricProblem.build([3, 2, 1], beta=0.5), 3, 5)


def test_an_exact_division_is_a_class_of_its_own() -> None:
    rows = sweep(ParametricProblem.build([3, 2, 1]), 3, 24)
    score = scores(2.0, rows.sizes, rows.errors)
    assert rows.sizes[np.isinf(score)].tolist() == [6, 12, 18, 24]
    assert (rows.errors[np.isinf(score)] == 0.0).all()
    assert best_size(rows.sizes, score) == 6
    assert score[0] == pytest.approx(-np.log(3**2 * rows.errors[0]))


def test_scores_by_hand_and_ties_to_the_smallest() -> None:
    score = scores(1.0, [10, 20, 40], [0.4, 0.2, 0.1])
    assert score == pytest.approx(-np.log([4.0, 4.0, 4.0]))
    assert best_size([10, 20, 40], [1.0, 2.0, 2.0]) == 20
    with pytest.raises(ValueError, match="size"):
        best_size([], [])


def test_alpha_on_either_side_of_beta_drives_the_choice_to_the_ends() -> None:
    rows = sweep(ParametricProblem.build(NEW_ENGLAND), 20, 400)
    small = best_size(rows.sizes, scores(4.0, rows.sizes, rows.errors))
    large = best_size(rows.sizes, scores(0.5, rows.sizes, rows.errors))
    assert small < 60
    assert large > 200


def test_paradoxes_are_the_losses_between_neighbouring_sizes() -> None:
    rng = np.random.default_rng(2)
    problem = ParametricProblem.build(np.exp(rng.normal(9, 1.2, 12)), gamma=0.0)
    rows = sweep(problem, 12, 200)
    losses = rows.losses()
    assert losses
    for size, row, before, after in losses:
        assert solve(problem, size - 1).units[row] == before
        assert solve(problem, size).units[row] == after
        assert after < before
    assert sweep(problem, 12, 200, keep=False).losses() == losses
