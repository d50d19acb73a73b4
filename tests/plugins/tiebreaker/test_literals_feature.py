"""Features: every comparison exact, at any size, with any denominator."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.literals import Feature, Literal

HUGE = 2**53


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 2**70), st.integers(0, 2**70)), min_size=1, max_size=12),
    st.fractions(min_value=0, max_value=3),
)
def test_shares_compare_like_fractions(pairs: list[tuple[int, int]], threshold: Fraction) -> None:
    parts, wholes = (np.array(column, dtype=object) for column in zip(*pairs, strict=True))
    feature = Feature.of_share("share:p", parts, wholes)
    exact = [Fraction(p, w) if w else None for p, w in pairs]
    assert [feature.value(block) for block in range(len(pairs))] == exact
    for t in {threshold, *(value for value in exact if value is not None)}:
        assert feature.at_least(t).tolist() == [value is not None and value >= t for value in exact]
        assert feature.at_most(t).tolist() == [value is not None and value <= t for value in exact]
        assert feature.equals(t).tolist() == [value == t for value in exact]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**70), 2**70), st.integers(-2, 2))), st.sampled_from([1, 10, 3]))
def test_scaled_columns_are_the_columns_of_their_quotients(numbers: list[int | None], scale: int) -> None:
    missing = np.array([number is None for number in numbers], dtype=bool)
    scaled = Feature.of_scaled("x", np.array([number or 0 for number in numbers], dtype=object), scale, missing=missing)
    plain = Feature.of("x", [None if number is None else Fraction(number, scale) for number in numbers])
    assert scaled.levels == plain.levels and scaled.ranks.tolist() == plain.ranks.tolist()
    small = [None if number is None else max(-(2**60), min(number, 2**60)) for number in numbers]
    narrow = Feature.of_scaled("x", np.array([number or 0 for number in small], dtype=np.int64), scale, missing=missing)
    assert [narrow.value(row) for row in range(len(small))] == [number if number is None else Fraction(number, scale) for number in small]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([0.1, Decimal("0.1"), "1/3"])), min_size=1), st.data())
def test_levels_are_ranked_among_the_blocks_asked_for(values: list, data: st.DataObject) -> None:
    feature = Feature.of("x", values)
    inside = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    levels, ranks = feature.among(inside)
    found = [feature.value(block) for block in np.flatnonzero(inside)]
    assert list(levels) == sorted({value for value in found if value is not None})
    assert [None if rank < 0 else levels[rank] for rank in ranks] == found


def test_neighbours_above_the_floats_are_told_apart() -> None:
    feature = Feature.of("x", np.array([HUGE, HUGE + 1], dtype=np.int64))
    assert feature.at_least(Fraction(HUGE + 1)).tolist() == [False, True]
    share = Feature.of_share("share:x", [HUGE, HUGE + 1], [HUGE + 1, HUGE + 2])
    assert share.levels[0] < share.levels[1]
    assert Feature.of("x", [10**400, 10**400 + 1]).at_least(Fraction(10**400 + 1)).tolist() == [False, True]


def test_four_decimals_of_a_threshold_count() -> None:
    """The original formatted its threshold with two decimals: 0.3449 ran as 0.34 and let the first block in."""
    feature = Feature.of_share("share:p", [3442, 3449, 3450], [10_000, 10_000, 10_000])
    literal = Literal("share:p", Fraction("0.3449"))
    assert literal.holds(feature).tolist() == [False, True, True]
    assert literal.text == "share of p at least 0.3449 (3449/10000)"


def test_a_float_threshold_is_the_decimal_written() -> None:
    """29 of 100 is exactly 0.29, and 7 of 20 exactly 0.35, although no float is."""
    assert Feature.of_share("share:p", [29, 7], [100, 20]).at_least(Fraction("0.29")).tolist() == [True, True]
    assert Feature.of("x", [0.29, 0.1 + 0.2]).at_least(Fraction(3, 10)).tolist() == [False, True]


def test_small_averages_are_kept() -> None:
    """Ten blocks that share 4 students: the original rounded each 0.4 to 0."""
    feature = Feature.of("n", [0.4] * 10)
    assert feature.at_least(Fraction(2, 5)).all()
    assert sum(feature.value(block) for block in range(10)) == 4


def test_missing_values_satisfy_nothing() -> None:
    for values in ([1, None], [1.0, float("nan")], np.array([1.0, np.nan]), pd.array([1, pd.NA], dtype="Int64")):
        feature = Feature.of("x", values)
        assert feature.missing.tolist() == [False, True]
        assert feature.at_least(Fraction(-9)).tolist() == [True, False]
        assert feature.at_most(Fraction(9)).tolist() == [True, False]
    assert Feature.of("x", [1, 2], missing=[True, False]).missing.tolist() == [True, False]
    assert Feature.of_share("share:x", [0, 1], [0, 2]).missing.tolist() == [True, False]
    assert Feature.of("x", []).levels == ()


def test_booleans() -> None:
    assert Feature.of("x", [True, None, False]).boolean
    assert not Feature.of("x", [1, 0]).boolean
    assert Feature.of_booleans("x", np.array([1.0, np.nan, 0.0])).missing.tolist() == [False, True, False]


def test_single_precision_is_read_as_written() -> None:
    assert Feature.of("x", np.array([0.35], dtype=np.float32)).value(0) == Fraction(7, 20)


def test_a_long_decimal_is_not_the_float_it_equals() -> None:
    feature = Feature.of("x", [0.1, Decimal.from_float(0.1)])
    assert len(feature.levels) == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Feature.of("x", [1, float("inf")]), "finite"),
        (lambda: Feature.of("x", [1, True]), "mixed"),
        (lambda: Feature.of("x", ["many"]), "many"),
        (lambda: Feature.of_booleans("x", [2]), "neither"),
        (lambda: Feature.of_share("x", [1], [-1]), "negative"),
        (lambda: Feature.of_scaled("x", [0.5]), "whole numbers"),
        (lambda: Feature.of_scaled("x", np.array([0.5, 1], dtype=object)), "whole numbers"),
        (lambda: Feature.of_scaled("x", [1], 0), "scale"),
        (lambda: Feature.of_scaled("x", [1], missing=[True, False]), "another length"),
        (lambda: Feature.of_scaled("x", [2], boolean=True), "0 and 1"),
        (lambda: Feature.of_share("x", [1], [1, 2]), "1 parts"),
        (lambda: Feature.of_share("x", [0.5], [1]), "whole numbers"),
        (lambda: Feature.of("x", [1], missing=[True, False]), "length"),
        (lambda: Feature("x", (Fraction(2), Fraction(1)), np.array([0])), "ascend"),
        (lambda: Feature("x", (Fraction(2),), np.array([1])), "ranks"),
        (lambda: Feature("x", (Fraction(2),), np.array([0]), boolean=True), "0 and 1"),
    ],
)
def test_wrong_columns_are_refused(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
