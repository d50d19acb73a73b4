"""The yardsticks of the benchmarks give the same answers as ours: what is timed is the same work."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.curves.frontier import exact_frontier
from evenhand_tiebreaker.curves.vertices import chosen_at
from evenhand_tiebreaker.matching.acceptance import assign
from evenhand_tiebreaker.resampling.scores import rates
from tests.benchmarks import object_acceptance
from tests.benchmarks.original_tiebreaker import RuleText, ValueTable, plain_points
from tests.plugins.tiebreaker.curve_cases import Blocks, blocks, tables, wide_tables
from tests.plugins.tiebreaker.matching_oracles import Plain, plain_markets


def filled(table: Blocks) -> ValueTable:
    made = ValueTable(table.focal, table.other)
    made.fill()
    return made


def test_the_table_by_hand() -> None:
    # Of (3 focal, 2 other) and (2, 1) in rising order: 2 focal cost 1, 3 cost 2, both together 3.
    made = filled(blocks((3, 2), (2, 1)))
    assert made.cells[0, :3].tolist() == [0, 1, 1] and np.isnan(made.cells[0, 3:]).all()
    assert made.cells[1].tolist() == [0, 1, 1, 2, 3, 3]
    assert made.points() == ([0, 1, 2, 3], [0, 2, 3, 5])
    assert made.choice(2.9) == [0] and sorted(made.choice(3.0)) == [0, 1]


@settings(deadline=None, max_examples=30)
@given(tables(most=8, all_eligible=True))
def test_the_knapsack_over_counts_is_the_frontier(table: Blocks) -> None:
    frontier = exact_frontier(*table.columns)
    wanted = frontier.weights.tolist(), frontier.focal.tolist()
    made = filled(table)
    assert made.points() == wanted == plain_points(table.focal.tolist(), table.other.tolist())
    for weight, focal in zip(*wanted, strict=True):
        chosen = made.choice(weight)
        assert table.focal[chosen].sum() == focal and table.other[chosen].sum() <= weight


def test_both_agree_on_a_larger_table() -> None:
    table = wide_tables(5, 60, 14)
    frontier = exact_frontier(table.focal, table.other, np.ones(60, dtype=bool))
    assert filled(table).points() == (frontier.weights.tolist(), frontier.focal.tolist())


def test_the_curve_of_the_rule_text_at_two_decimals() -> None:
    table = wide_tables(8, 80, 20)
    some = table.focal + table.other > 0
    focal, other = table.focal[some], table.other[some]
    data = pd.DataFrame({"focal": focal.astype(float), "other": other.astype(float), "pct": focal / (focal + other)})
    # Not thirds: there the text has other decimals than the threshold, which is what went wrong in the original.
    thresholds = [0.0, 0.07, 0.35, 0.36, 0.71, 1.0]
    curve = RuleText(data).curve(thresholds)
    every = np.ones(len(focal), dtype=bool)
    for threshold, tpr, fpr in zip(thresholds, curve["tpr"], curve["fpr"], strict=True):
        ours = rates(focal, other, chosen_at(focal, other, every, Fraction(repr(threshold))))
        assert (tpr, fpr) == (pytest.approx(ours.tpr), pytest.approx(ours.fpr))
    assert RuleText(data).blocks(0.3549).tolist() == RuleText(data).blocks(0.35).tolist()


@settings(deadline=None, max_examples=30)
@given(plain_markets(), st.booleans())
def test_objects_are_assigned_like_arrays(plain: Plain, tiebreaker: bool) -> None:
    points = [[own[program][0] for program in own] for own in plain.keys(tiebreaker=tiebreaker)]
    ours = assign(plain.market, plain.lotteries, tiebreaker=tiebreaker)[0]
    assert object_acceptance.assign(plain.preferences, points, plain.capacity, plain.lottery) == ours.tolist()
