"""The block table of a city: real geography, invented counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenhand_tiebreaker.curves.frontier import exact_frontier
from evenhand_tiebreaker.curves.lagrangian import hull_bounds
from evenhand_tiebreaker.curves.merge import pareto_points
from evenhand_tiebreaker.curves.reduction import best_within
from evenhand_tiebreaker.curves.summary import auc, inversions, split_ties
from evenhand_tiebreaker.curves.vertices import Budgets, threshold_curve
from evenhand_tiebreaker.resampling.scores import rates
from tests.plugins.tiebreaker.curve_cases import Blocks


@pytest.fixture(scope="module")
def city(shared_data: Path) -> Blocks:
    table = pd.read_csv(shared_data / "tiebreaker" / "sf_blocks_semisynthetic.csv")
    focal, students = table["n_both"].to_numpy(), table["n"].to_numpy()
    return Blocks(focal, students - focal, ((table["housing"] == 1) | (table["redline"] == 1)).to_numpy())


def test_ceilings_of_the_eligible_blocks(city: Blocks) -> None:
    found = rates(*city.columns)
    assert (round(found.tpr, 4), round(found.fpr, 4)) == (0.6459, 0.3605)


@pytest.mark.parametrize("everything", [False, True])
def test_the_whole_frontier_of_a_city(city: Blocks, everything: bool) -> None:
    eligible = city.eligible | everything
    frontier = exact_frontier(city.focal, city.other, eligible)
    weights, focal = frontier.points()
    merged = pareto_points(city.focal, city.other, eligible)
    assert (merged[0].tolist(), merged[1].tolist()) == (weights.tolist(), focal.tolist())
    cut = exact_frontier(city.focal, city.other, eligible, windows=True)
    assert cut.focal.tolist() == focal.tolist()
    bounds = hull_bounds(city.focal, city.other, eligible, weights)
    assert (bounds >= focal).all()
    assert (bounds - focal).max() < city.focal.max()
    tight = exact_frontier(city.focal, city.other, eligible, memory=9 * (frontier.capacity + 1) + 1000)
    for capacity in (0, 1, 100, 1000, 4000, frontier.capacity):
        choice = frontier.choice(capacity)
        assert city.focal[choice].sum() == frontier.value(capacity)
        assert city.other[choice].sum() <= capacity
        best = best_within(city.focal, city.other, eligible, capacity)
        for other in (cut.choice(capacity), tight.choice(capacity), best.choice):
            assert (other == choice).all()


def test_a_threshold_is_nearly_as_good_as_any_set(city: Blocks) -> None:
    capacity = 16 * int(city.other.sum()) // 100
    eligible = np.ones(len(city.focal), dtype=bool)
    curve = threshold_curve(city.focal, city.other, eligible)
    vertex = curve.best_within(Budgets(other=capacity))
    best = best_within(city.focal, city.other, eligible, capacity)
    assert curve.focal[vertex] <= best.focal == best.bound.__floor__()
    assert best.closed_by_bound
    assert inversions(curve, curve.choice(vertex)).count == 0
    assert best.focal - curve.focal[vertex] < 80
    area = auc(curve, int(city.focal.sum()), int(city.other.sum()))
    assert 0.5 < float(area) < 1


def test_inside_a_large_group_of_equal_share_exact_is_worth_something(city: Blocks) -> None:
    curve = threshold_curve(*city.columns)
    group = int(np.argmax(np.diff(curve.focal, prepend=0)))
    capacity = int(curve.other[group - 1] + curve.other[group]) // 2
    vertex = curve.best_within(Budgets(other=capacity))
    best = best_within(*city.columns, capacity)
    assert vertex == group - 1
    assert best.focal > curve.focal[vertex] + 50
    assert split_ties(curve, best.choice).shares[0] == curve.threshold(group)
