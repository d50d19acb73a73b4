"""Frontier, single budget and Pareto merge against enumeration and against each other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.curves.frontier import exact_frontier
from evenhand_tiebreaker.curves.items import pieces_of
from evenhand_tiebreaker.curves.merge import pareto_points
from evenhand_tiebreaker.curves.reduction import best_within
from tests.plugins.tiebreaker.curve_cases import Blocks, best_at_every_weight, blocks, enumerated, tables, wide_tables

HAND = blocks((2, 2), (3, 1), (1, 0), (0, 5), (2, 2), (9, 1, False), (0, 0))


def weights_of(table: Blocks, *, students: bool) -> np.ndarray:
    return table.focal + table.other if students else table.other


def test_a_frontier_by_hand() -> None:
    frontier = exact_frontier(*HAND.columns)
    assert frontier.weights.tolist() == [0, 1, 3, 5]
    assert frontier.focal.tolist() == [1, 4, 6, 8]
    assert frontier.capacity == 10
    assert best_at_every_weight(frontier).tolist() == [1, 4, 4, 6, 6, 8, 8, 8, 8, 8, 8]
    assert np.flatnonzero(frontier.choice(4)).tolist() == [0, 1, 2]          # the first of the two equal blocks
    assert np.flatnonzero(frontier.choice(0)).tolist() == [2]
    weights, focal = pareto_points(*HAND.columns)
    assert (weights.tolist(), focal.tolist()) == ([0, 1, 3, 5], [1, 4, 6, 8])


def test_one_budget_by_hand() -> None:
    best = best_within(*HAND.columns, 3)
    assert (best.focal, best.weight, best.multiplier) == (6, 3, Fraction(1))
    assert best.bound == 3 * 1 + (3 - 1) + 1                                  # lambda W, block 1, block 2
    assert best.closed_by_bound
    everything = best_within(*HAND.columns, 100)
    assert (everything.focal, everything.multiplier, everything.bound) == (8, 0, 8)


def test_among_optima_larger_shares_come_first() -> None:
    # The first block, or the other two: both 5 focal for 5 others. The share 3/5 is the largest of the three.
    table = blocks((5, 5), (2, 3), (3, 2))
    assert exact_frontier(*table.columns).choice(5).tolist() == [False, True, True]
    assert best_within(*table.columns, 5).choice.tolist() == [False, True, True]


def test_among_equal_shares_larger_blocks_come_first() -> None:
    table = blocks((1, 1), (1, 1), (2, 2), (4, 4), (4, 4))
    assert exact_frontier(*table.columns).choice(6).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("number", range(0, 18))
def test_bundles_make_every_number_and_the_first_fit_is_the_largest(number: int) -> None:
    one = np.ones(1, dtype=np.int64)
    pieces = pieces_of(3 * one, 2 * one, number * one, 100)
    sizes = pieces.size.tolist()
    assert sum(sizes) == number
    assert pieces.before.tolist() == [2 * sum(sizes[:place]) for place in range(len(sizes) + 1)]
    for wanted in range(number + 1):
        left = wanted
        for size in sizes:
            left -= size if size <= left else 0
        assert left == 0


@pytest.mark.parametrize("windows", [False, True])
def test_nothing_to_choose_from(windows: bool) -> None:
    for table in (blocks((0, 3), (0, 0)), blocks((4, 1, False)), blocks()):
        frontier = exact_frontier(*table.columns, windows=windows)
        assert (frontier.weights.tolist(), frontier.focal.tolist()) == ([0], [0])
        assert not frontier.choice(0).any()
        assert best_within(*table.columns, 5).focal == 0


def test_limits_that_are_refused() -> None:
    for call in (exact_frontier, best_within, pareto_points):
        with pytest.raises(ValueError, match="capacity"):
            call(*HAND.columns, -1)
        with pytest.raises(TypeError):
            call(*HAND.columns, 0.5)
    with pytest.raises(ValueError, match="known from 0 to 3"):
        exact_frontier(*HAND.columns, 3).choice(4)
    with pytest.raises(OverflowError, match="Pareto"):
        exact_frontier(*blocks((1, 10**9 + 7), (2, 10**9 + 9)).columns)
    with pytest.raises(OverflowError):
        pareto_points(*blocks((2**40, 2**40)).columns)


def test_a_common_divisor_of_the_weights_costs_nothing() -> None:
    table = blocks((3, 10**9), (5, 2 * 10**9), (4, 10**9))
    frontier = exact_frontier(*table.columns)
    assert frontier.weights.tolist() == [0, 10**9, 2 * 10**9, 3 * 10**9, 4 * 10**9]
    assert frontier.focal.tolist() == [0, 4, 7, 9, 12]
    assert frontier.choice(10**9 + 5).tolist() == [False, False, True]


@pytest.mark.parametrize("windows", [False, True])
def test_a_capacity_between_the_light_blocks_and_the_heavy_one(windows: bool) -> None:
    frontier = exact_frontier(*blocks((3, 1), (4, 50), (1, 2)).columns, 20, windows=windows)
    assert (frontier.weights.tolist(), frontier.focal.tolist(), frontier.capacity) == ([0, 1, 3], [0, 3, 4], 20)
    assert frontier.choice(20).tolist() == [True, False, True]


def test_counts_beyond_32_bits() -> None:
    table = blocks((2**40, 3), (2**40 - 1, 2), (2**41, 4))
    for windows in (False, True):
        assert exact_frontier(*table.columns, windows=windows).focal.tolist() == [0, 2**40 - 1, 2**40, 2**41, 2**41 + 2**40 - 1,
                                                                                2**41 + 2**40, 2**42 - 1]


@settings(deadline=None, max_examples=30)
@given(tables(), st.booleans(), st.data())
def test_every_budget_against_enumeration(table: Blocks, students: bool, data: st.DataObject) -> None:
    weight = weights_of(table, students=students)
    frontier = exact_frontier(table.focal, weight, table.eligible)
    capacity = data.draw(st.integers(0, frontier.capacity))
    focal, least, choice = enumerated(table, weight, capacity)
    assert frontier.value(capacity) == focal
    assert frontier.choice(capacity).tolist() == choice
    assert weight[frontier.choice(capacity)].sum() == least
    capped = exact_frontier(table.focal, weight, table.eligible, capacity, windows=True)
    assert capped.choice(capacity).tolist() == choice
    for memory in (0, 10**6):
        best = best_within(table.focal, weight, table.eligible, capacity, memory=memory)
        assert (best.focal, best.weight, best.choice.tolist()) == (focal, least, choice)
        assert best.bound >= focal
    weights, reached = pareto_points(table.focal, weight, table.eligible, capacity)
    assert (weights[-1], reached[-1]) == (least, focal)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([3, 12, 60]), st.booleans(), st.booleans())
def test_four_ways_to_one_frontier(seed: int, size: int, spread: int, students: bool, capped: bool) -> None:
    table = wide_tables(seed, size, spread)
    weight = weights_of(table, students=students)
    capacity = int(weight.sum()) // 5 if capped else int(weight[table.eligible].sum())
    plain = exact_frontier(table.focal, weight, table.eligible, capacity, windows=False)
    cut = exact_frontier(table.focal, weight, table.eligible, capacity, windows=True)
    tight = exact_frontier(table.focal, weight, table.eligible, capacity, memory=9 * (int(weight.sum()) + 1))
    weights, focal = pareto_points(table.focal, weight, table.eligible, capacity)
    for frontier in (plain, cut, tight):
        assert frontier.weights.tolist() == weights.tolist()
        assert frontier.focal.tolist() == focal.tolist()
    for asked in {0, capacity // 7, capacity // 3, capacity}:
        choice = plain.choice(asked)
        assert not (choice & ~table.eligible).any()
        assert weight[choice].sum() <= asked
        assert table.focal[choice].sum() == plain.value(asked)
        best = best_within(table.focal, weight, table.eligible, asked, memory=40)
        for other in (cut.choice(asked), tight.choice(asked), best.choice):
            assert (other == choice).all()


@pytest.mark.parametrize("total", [total + more for total in (2**14 - 2, 2**30 - 2) for more in (0, 1, 2)])
def test_cells_are_wide_enough_for_all_focal_students(total: int) -> None:
    """Totals around those from which 16 and 32 bits no longer do."""
    table = wide_tables(4, 25, 9)
    every = np.ones(26, dtype=bool)
    focal, other = np.append(table.focal, total - table.focal.sum()), np.append(table.other, 1)
    frontier = exact_frontier(focal, other, every)
    weights, reached = pareto_points(focal, other, every)
    assert (frontier.weights.tolist(), frontier.focal.tolist()) == (weights.tolist(), reached.tolist())
    assert frontier.focal[-1] == total and focal[frontier.choice(0)].sum() == frontier.value(0)


@settings(deadline=None, max_examples=30)
@given(tables(most=14), st.randoms(use_true_random=False), st.data())
def test_the_order_of_the_table_decides_between_equal_blocks_only(table: Blocks, random, data: st.DataObject) -> None:
    order = list(range(len(table.focal)))
    random.shuffle(order)
    shuffled = table.rows(np.array(order))
    one, two = exact_frontier(*table.columns), exact_frontier(*shuffled.columns)
    assert best_at_every_weight(one).tolist() == best_at_every_weight(two).tolist()
    capacity = data.draw(st.integers(0, one.capacity))

    def chosen(given: Blocks, choice: np.ndarray) -> list[tuple[int, int]]:
        return sorted(zip(given.focal[choice].tolist(), given.other[choice].tolist(), strict=True))

    assert chosen(table, one.choice(capacity)) == chosen(shuffled, two.choice(capacity))
