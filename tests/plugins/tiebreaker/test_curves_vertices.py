"""The threshold curve: every share a vertex, compared exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.curves.shares import quotient, reaches, share_ranks
from evenhand_tiebreaker.curves.vertices import Budgets, chosen_at, threshold_curve
from tests.plugins.tiebreaker.curve_cases import Blocks, blocks, tables


def test_vertices_of_a_small_table_by_hand() -> None:
    table = blocks((1, 2), (3, 1), (2, 4), (0, 2), (0, 0), (5, 0, False))
    curve = threshold_curve(*table.columns)
    assert curve.thresholds == [Fraction(3, 4), Fraction(1, 3), Fraction(0)]
    assert curve.focal.tolist() == [3, 6, 6]
    assert curve.other.tolist() == [1, 7, 9]
    assert curve.blocks.tolist() == [1, 3, 4]
    assert curve.group.tolist() == [1, 0, 1, 2, -1, -1]
    assert curve.choice(1).tolist() == [True, True, True, False, False, False]
    assert not curve.choice(None).any()
    assert curve.threshold(1) == Fraction(1, 3)


def test_budgets_by_hand() -> None:
    curve = threshold_curve(*blocks((1, 2), (3, 1), (2, 4), (0, 2)).columns)
    assert curve.best_within(Budgets()) == 1                       # the share 0 adds no focal student
    assert curve.lowest_within(Budgets()) == 2
    assert curve.best_within(Budgets(other=6)) == 0                # ties stay together: 1/3 does not fit
    assert curve.best_within(Budgets(other=Fraction(15, 2))) == 1
    assert curve.best_within(Budgets(other=7, blocks=2)) == 0
    assert curve.best_within(Budgets(students=13)) == 1
    assert curve.best_within(Budgets(students=3)) is None
    assert threshold_curve(*blocks((0, 1)).columns).best_within(Budgets()) is None


def test_a_smaller_eligible_set_can_make_a_tie_affordable() -> None:
    rows = [(3, 1), (1, 1), (1, 1), (1, 1)]
    everything = threshold_curve(*blocks(*rows).columns)
    fewer = threshold_curve(*blocks(*rows[:3], (1, 1, False)).columns)
    reached = [curve.focal[curve.best_within(Budgets(other=3))] for curve in (everything, fewer)]
    assert reached == [3, 5]


@pytest.mark.parametrize("vertex", [-1, 1])
def test_a_vertex_that_does_not_exist(vertex: int) -> None:
    curve = threshold_curve(*blocks((1, 1)).columns)
    with pytest.raises(IndexError):
        curve.choice(vertex)
    with pytest.raises(IndexError):
        curve.threshold(vertex)


def test_shares_that_floats_cannot_tell_apart() -> None:
    large = 2**40
    table = blocks((large, 1), (large + 1, 1), (2 * large, 2), (large - 1, 1))
    curve = threshold_curve(*table.columns)
    assert curve.group.tolist() == [1, 0, 1, 2]
    assert curve.thresholds[1] == Fraction(large, large + 1)
    exactly = Fraction(large, large + 1)
    assert chosen_at(*table.columns, exactly).tolist() == [True, True, True, False]


def test_four_decimals_are_not_rounded_to_two() -> None:
    table = blocks((345, 655), (344, 656), (3449, 6551))
    assert chosen_at(*table.columns, Fraction("0.3449")).tolist() == [True, False, True]
    assert chosen_at(*table.columns, Fraction("0.34")).tolist() == [True, True, True]
    long_decimal = Fraction(repr(0.1 + 0.2))                       # 0.30000000000000004
    assert chosen_at(*blocks((3, 7)).columns, long_decimal).tolist() == [False]


def test_a_threshold_of_0_takes_every_eligible_block_with_students() -> None:
    table = blocks((0, 3), (0, 0), (1, 0), (1, 1, False))
    assert chosen_at(*table.columns, Fraction(0)).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("focal", "other", "eligible", "error"),
    [
        ([1.0], [1], [True], TypeError),
        (np.array([1.5], dtype=object), [1], [True], TypeError),
        ([1], [1], [1], TypeError),
        ([-1], [1], [True], ValueError),
        ([1, 2], [1], [True], ValueError),
        ([[1]], [[1]], [[True]], ValueError),
        ([2**62, 2**62, 2**62], [1, 1, 1], [True] * 3, OverflowError),
        ([2**52], [2**52], [True], OverflowError),
        (np.array([2**70], dtype=object), [1], [True], OverflowError),
    ],
)
def test_counts_that_are_refused(focal: object, other: object, eligible: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        threshold_curve(focal, other, eligible)


def test_a_float_budget_is_refused() -> None:
    with pytest.raises(TypeError):
        threshold_curve(*blocks((1, 1)).columns).best_within(Budgets(other=0.5))


@settings(deadline=None, max_examples=30)
@given(tables(most=12), st.fractions(-1, 2, max_denominator=9), st.sampled_from([1, 2**30, 2**70]))
def test_shares_of_any_size_are_ranked_and_compared_exactly(table: Blocks, threshold: Fraction, factor: int) -> None:
    """Counts of any size: the same shares, times a factor that neither doubles nor 64 bits hold."""
    some = table.focal + table.other > 0
    part, whole = (column[some].astype(object) * factor for column in (table.focal, table.focal + table.other))
    shares = [Fraction(p, n) for p, n in zip(part.tolist(), whole.tolist(), strict=True)]
    highest_first = sorted(set(shares), reverse=True)
    ranks, members = share_ranks(part, whole)
    assert ranks.tolist() == [highest_first.index(share) for share in shares]
    assert [shares[member] for member in members.tolist()] == highest_first
    assert reaches(part, whole, threshold).tolist() == [share >= threshold for share in shares]


def test_an_undefined_share_has_no_quotient() -> None:
    assert (quotient(1, 3), quotient(0, 2), quotient(0, 0)) == (1 / 3, 0.0, None)


@settings(deadline=None, max_examples=30)
@given(tables(most=12), st.fractions(0, 1, max_denominator=9))
def test_the_curve_is_what_each_threshold_chooses(table: Blocks, threshold: Fraction) -> None:
    focal, other, eligible = table.columns
    curve = threshold_curve(*table.columns)
    students = focal + other
    shares = {Fraction(int(p), int(n)) for p, n, e in zip(focal, students, eligible, strict=True) if e and n}
    assert curve.thresholds == sorted(shares, reverse=True)
    for vertex, share in enumerate(curve.thresholds):
        choice = chosen_at(*table.columns, share)
        assert (curve.choice(vertex) == choice).all()
        assert (focal[choice].sum(), other[choice].sum(), choice.sum()) == (
            curve.focal[vertex], curve.other[vertex], curve.blocks[vertex])
    expected = [bool(e) and n > 0 and Fraction(int(p), int(n)) >= threshold
                for p, n, e in zip(focal, students, eligible, strict=True)]
    assert chosen_at(*table.columns, threshold).tolist() == expected


@settings(deadline=None, max_examples=30)
@given(tables(most=10), st.integers(0, 25), st.integers(0, 8))
def test_best_vertex_within_two_budgets(table: Blocks, most_other: int, most_blocks: int) -> None:
    curve = threshold_curve(*table.columns)
    budgets = Budgets(other=most_other, blocks=most_blocks)
    fitting = [v for v in range(len(curve)) if curve.other[v] <= most_other and curve.blocks[v] <= most_blocks]
    assert curve.lowest_within(budgets) == (max(fitting) if fitting else None)
    worth = [v for v in fitting if curve.focal[v] > 0]
    best = max(worth, key=lambda v: (curve.focal[v], curve.threshold(v))) if worth else None
    assert curve.best_within(budgets) == best
