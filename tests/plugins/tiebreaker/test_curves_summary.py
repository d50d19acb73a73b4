"""Area, inversions, split ties and near misses."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.curves.near_misses import NEVER, flips
from evenhand_tiebreaker.curves.summary import auc, inversions, split_ties
from evenhand_tiebreaker.curves.vertices import chosen_at, threshold_curve
from tests.plugins.tiebreaker.curve_cases import Blocks, blocks, tables


def share(table: Blocks, row: int) -> Fraction | None:
    students = int(table.focal[row] + table.other[row])
    return Fraction(int(table.focal[row]), students) if students else None


def test_area_by_hand() -> None:
    table = blocks((3, 1), (1, 1), (2, 6, False))
    # P = 6, Q = 8: to (1/8, 1/2), to (1/4, 2/3), flat to 1.
    expected = Fraction(1, 8) * Fraction(1, 4) + Fraction(1, 8) * Fraction(7, 12) + Fraction(3, 4) * Fraction(2, 3)
    assert auc(threshold_curve(*table.columns), 6, 8) == expected
    assert auc(threshold_curve(*blocks((3, 0)).columns), 3, 0) is None
    assert auc(threshold_curve(*blocks((0, 3)).columns), 0, 3) is None


@settings(deadline=None, max_examples=30)
@given(tables(most=8, all_eligible=True))
def test_area_is_the_rank_statistic(table: Blocks) -> None:
    total_focal, total_other = int(table.focal.sum()), int(table.other.sum())
    area = auc(threshold_curve(*table.columns), total_focal, total_other)
    if total_focal == 0 or total_other == 0:
        assert area is None
        return
    wins = Fraction(0)
    for a, p in enumerate(table.focal.tolist()):
        for b, q in enumerate(table.other.tolist()):
            if p and q:
                wins += p * q * (1 if share(table, a) > share(table, b) else Fraction(1, 2) if share(table, a) == share(table, b) else 0)
    assert area == wins / (total_focal * total_other)


@settings(deadline=None, max_examples=30)
@given(tables(most=12), st.data())
def test_inversions_and_split_ties_pair_by_pair(table: Blocks, data: st.DataObject) -> None:
    size = len(table.focal)
    drawn = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    choice = np.array(drawn) & table.eligible
    curve = threshold_curve(*table.columns)
    ranked = [row for row in range(size) if table.eligible[row] and share(table, row) is not None]
    pairs = [(a, b) for a in ranked for b in ranked if choice[a] and not choice[b] and share(table, b) > share(table, a)]
    found = inversions(curve, choice)
    assert found.count == len(pairs)
    assert np.flatnonzero(found.receiving).tolist() == sorted({a for a, _ in pairs})
    assert np.flatnonzero(found.refused).tolist() == sorted({b for _, b in pairs})
    split = {share(table, a) for a in ranked for b in ranked if choice[a] and not choice[b] and share(table, a) == share(table, b)}
    ties = split_ties(curve, choice)
    assert ties.shares == tuple(sorted(split, reverse=True))
    assert ties.count == len(split)
    assert np.flatnonzero(ties.blocks).tolist() == [row for row in ranked if share(table, row) in split]


@settings(deadline=None, max_examples=30)
@given(tables(most=12), st.fractions(0, 1, max_denominator=7))
def test_a_threshold_makes_no_inversions_and_splits_no_tie(table: Blocks, threshold: Fraction) -> None:
    choice, curve = chosen_at(*table.columns, threshold), threshold_curve(*table.columns)
    assert inversions(curve, choice).count == 0
    assert split_ties(curve, choice).count == 0


def test_near_misses_by_hand() -> None:
    table = blocks((2, 2), (1, 3), (0, 0), (3, 0), (1, 1, False), (2, 3))
    receives = np.array([True, False, False, True, False, True])
    # 2/(4+1) < 1/2; (1+2)/(4+2) = 1/2; one focal student; 3/(3+4) < 1/2; 2/5 is below already.
    assert flips(*table.columns, receives, Fraction(1, 2)).tolist() == [1, 2, 1, 4, NEVER, 0]


def test_blocks_that_nothing_turns_around() -> None:
    table = blocks((1, 1), (2, 0), (0, 3))
    nobody, everybody = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)
    assert flips(*table.columns, nobody, Fraction(1)).tolist() == [NEVER, 0, NEVER]
    assert flips(*table.columns, everybody, Fraction(0)).tolist() == [NEVER] * 3
    assert flips(*table.columns, everybody, Fraction(1, 4), Fraction(1, 4)).tolist() == [NEVER] * 3
    with pytest.raises(ValueError, match="from 0 to 1"):
        flips(*table.columns, nobody, Fraction(35))
    with pytest.raises(ValueError, match="hysteresis"):
        flips(*table.columns, nobody, Fraction(1, 2), Fraction(-1, 2))


def test_hysteresis_lowers_the_share_that_loses_a_block() -> None:
    table = blocks((4, 6), (3, 7), (2, 8))
    receives = np.array([True, True, False])
    assert flips(*table.columns, receives, Fraction(7, 20), Fraction(1, 20)).tolist()[:2] == [4, 1]


@settings(deadline=None, max_examples=30)
@given(tables(most=6), st.fractions(0, 1, max_denominator=6), st.fractions(0, Fraction(1, 2), max_denominator=5), st.data())
def test_a_near_miss_is_the_least_number_that_turns_the_block(
    table: Blocks, threshold: Fraction, hysteresis: Fraction, data: st.DataObject
) -> None:
    size = len(table.focal)
    receives = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size))) & table.eligible
    found = flips(*table.columns, receives, threshold, hysteresis)
    for row in range(size):
        p, n = int(table.focal[row]), int(table.focal[row] + table.other[row])
        expected = NEVER
        for d in range(200) if table.eligible[row] else ():
            if n + d == 0:
                continue
            turned = Fraction(p, n + d) < threshold - hysteresis if receives[row] else Fraction(p + d, n + d) >= threshold
            if turned:
                expected = d
                break
        assert found[row] == expected
