"""What must hold between the curves: section by section of the mathematics."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.curves.frontier import exact_frontier
from evenhand_tiebreaker.curves.lagrangian import best_multiplier, hull_bounds
from evenhand_tiebreaker.curves.reduction import best_within
from evenhand_tiebreaker.curves.vertices import Budgets, threshold_curve
from tests.plugins.tiebreaker.curve_cases import Blocks, best_at_every_weight, blocks, lagrangian_bound, tables


def test_a_bound_by_hand() -> None:
    table = blocks((3, 1), (2, 2), (1, 4))
    assert best_multiplier(*table.columns, 2) == 1
    assert lagrangian_bound(table, 2, Fraction(1)) == 2 + 2
    assert lagrangian_bound(table, 2, Fraction(1, 4)) == Fraction(1, 2) + Fraction(11, 4) + Fraction(3, 2)
    assert best_multiplier(*table.columns, 4) == Fraction(1, 4)
    assert best_multiplier(*table.columns, 7) == 0
    assert hull_bounds(*table.columns, [0, 1, 2, 3, 4, 7, 9]).tolist() == [0, 3, 4, 5, 5, 6, 6]
    assert hull_bounds(*table.columns, [2**70, 6]).tolist() == [6, 5]  # beyond everything, and 3 + 2 + 3/4
    for wrong, error in (([-1], ValueError), ([0.5], TypeError)):
        with pytest.raises(error, match="capacities"):
            hull_bounds(*table.columns, wrong)


def test_bounds_where_products_pass_64_bits() -> None:
    table = blocks((2**50, 2**50 - 1), (2**49 + 1, 2**50 + 3))
    capacity = 2**50 + 12345
    multiplier = best_multiplier(*table.columns, capacity)
    exact = lagrangian_bound(table, capacity, multiplier)
    assert hull_bounds(*table.columns, [capacity])[0] == exact.numerator // exact.denominator
    best = best_within(*table.columns, capacity)
    assert (best.focal, best.bound) == (2**50, exact)


@settings(deadline=None, max_examples=30)
@given(tables(most=12), st.fractions(0, 4, max_denominator=12))
def test_exact_between_thresholds_and_hull(table: Blocks, multiplier: Fraction) -> None:
    frontier, curve = exact_frontier(*table.columns), threshold_curve(*table.columns)
    capacities = np.arange(frontier.capacity + 1)
    best, hull = best_at_every_weight(frontier), hull_bounds(*table.columns, capacities)
    assert (np.diff(best) >= 0).all()
    largest = int(table.focal[table.eligible].max(initial=0))
    for capacity in capacities.tolist():
        vertex = curve.best_within(Budgets(other=capacity))
        assert best[capacity] >= (0 if vertex is None else curve.focal[vertex])
        bound = lagrangian_bound(table, capacity, best_multiplier(*table.columns, capacity))
        assert bound >= best[capacity]
        assert bound - int(best[capacity]) < max(largest, 1)
        assert hull[capacity] == bound.numerator // bound.denominator
        assert lagrangian_bound(table, capacity, multiplier) >= bound
        assert best_within(*table.columns, capacity).bound == bound


@settings(deadline=None, max_examples=30)
@given(tables(most=12))
def test_every_vertex_is_on_the_frontier_and_meets_its_bound(table: Blocks) -> None:
    curve, frontier = threshold_curve(*table.columns), exact_frontier(*table.columns)
    for vertex, share in enumerate(curve.thresholds):
        if share == 0:
            continue
        assert frontier.value(curve.other[vertex]) == curve.focal[vertex]
        if share < 1:
            bound = lagrangian_bound(table, int(curve.other[vertex]), share / (1 - share))
            assert bound == curve.focal[vertex]


@settings(deadline=None, max_examples=30)
@given(tables(), st.integers(1, 9))
def test_a_block_without_focal_students_changes_nothing(table: Blocks, other: int) -> None:
    more = Blocks(np.append(table.focal, 0), np.append(table.other, other), np.append(table.eligible, True))
    before, after = exact_frontier(*table.columns), exact_frontier(*more.columns)
    assert before.points()[0].tolist() == after.points()[0].tolist()
    assert before.points()[1].tolist() == after.points()[1].tolist()
    assert not after.choice(after.capacity)[-1]


@settings(deadline=None, max_examples=30)
@given(tables(), st.data())
def test_fewer_eligible_blocks_never_raise_the_optimum(table: Blocks, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(table.focal) - 1))
    fewer = table.eligible.copy()
    fewer[row] = False
    most = int(table.other.sum())
    less, all_ = (exact_frontier(table.focal, table.other, eligible, most) for eligible in (fewer, table.eligible))
    assert (best_at_every_weight(less) <= best_at_every_weight(all_)).all()


@settings(deadline=None, max_examples=30)
@given(tables(), st.data())
def test_splitting_a_block_in_halves_never_lowers_the_optimum(table: Blocks, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(table.focal) - 1))
    focal, other = 2 * table.focal, 2 * table.other
    halved_focal, halved_other = focal.copy(), other.copy()
    halved_focal[row], halved_other[row] = table.focal[row], table.other[row]
    split = (np.append(halved_focal, table.focal[row]), np.append(halved_other, table.other[row]),
             np.append(table.eligible, table.eligible[row]))
    most = int(other.sum())
    halves, whole = exact_frontier(*split, most), exact_frontier(focal, other, table.eligible, most)
    assert (best_at_every_weight(halves) >= best_at_every_weight(whole)).all()


@settings(deadline=None, max_examples=30)
@given(tables(), st.integers(2, 5), st.integers(0, 20))
def test_scaling_all_counts_scales_everything(table: Blocks, factor: int, capacity: int) -> None:
    assume(capacity <= table.other.sum())
    scaled = (factor * table.focal, factor * table.other, table.eligible)
    one, two = exact_frontier(*table.columns, capacity), exact_frontier(*scaled, factor * capacity)
    assert (factor * one.weights).tolist() == two.weights.tolist()
    assert (factor * one.focal).tolist() == two.focal.tolist()
    assert (one.choice(capacity) == two.choice(factor * capacity)).all()
    assert best_multiplier(*table.columns, capacity) == best_multiplier(*scaled, factor * capacity)
    assert best_within(*scaled, factor * capacity).bound == factor * best_within(*table.columns, capacity).bound
