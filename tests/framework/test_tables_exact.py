"""Exact columns against Fraction, and the number grammar."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.tables.decimal_text import diagnose, is_number, parse_exact
from evenhand.tables.exact import ExactColumn

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=7)
whole = st.integers(min_value=-(10**25), max_value=10**25)
texts = st.one_of(decimals.map(lambda d: format(d, "f")), decimals.map(str), whole.map(str))
quick = settings(deadline=None, max_examples=60)


@quick
@given(st.lists(texts, max_size=12))
def test_exact_values_are_those_of_the_text(cells: list[str]) -> None:
    column = ExactColumn.from_text(cells)
    assert column.fractions() == [Fraction(cell) for cell in cells]
    assert column.sum_exact() == sum(map(Fraction, cells), Fraction(0))
    assert column.floats.tolist() == [float(cell) for cell in cells]


@quick
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_floats_survive_exactly(cells: list[float]) -> None:
    column = ExactColumn.from_floats(cells)
    assert column.floats.tolist() == cells
    assert column.fractions() == [Fraction(repr(cell)) for cell in cells]


@quick
@given(st.lists(texts, min_size=1, max_size=8), st.one_of(texts, st.fractions(max_denominator=50)))
def test_compare_is_exact(cells: list[str], bound: str | Fraction) -> None:
    limit = Fraction(bound)
    expected = [(Fraction(cell) > limit) - (Fraction(cell) < limit) for cell in cells]
    assert ExactColumn.from_text(cells).compare(bound).tolist() == expected


@quick
@given(st.lists(st.tuples(texts, st.integers(-1, 3)), max_size=12))
def test_group_sums_match_fractions(rows: list[tuple[str, int]]) -> None:
    column = ExactColumn.from_text([text for text, _ in rows])
    index = np.array([group for _, group in rows], dtype=np.int64)
    expected = [sum((Fraction(text) for text, group in rows if group == wanted), Fraction(0)) for wanted in range(4)]
    assert column.group_sums(index, 4) == expected


def test_a_difference_below_the_doubles_is_seen() -> None:
    column = ExactColumn.from_text(["9007199254740993", "9007199254740992"])
    assert column.compare(2**53).tolist() == [1, 0]
    assert column.integers() == [2**53 + 1, 2**53]
    assert column.floats[0] == column.floats[1]


def test_sums_do_not_overflow() -> None:
    column = ExactColumn.from_ints([2**63 - 1] * 5 + [-(2**63) + 1] * 2)
    assert column.values.dtype == np.int64
    assert column.sum_exact() == 3 * (2**63 - 1)
    assert column.group_sums(np.array([0, 0, 0, 0, 0, 1, 1]), 2) == [5 * (2**63 - 1), -2 * (2**63 - 1)]


def test_a_ten_thousandth_under_the_minimum_is_under_it() -> None:
    assert ExactColumn.from_text(["0.399999999999999999999"]).compare("0.40").tolist() == [-1]
    assert ExactColumn.from_floats([0.1 + 0.2]).compare("0.3").tolist() == [1]


def test_missing_numbers_are_never_zero() -> None:
    column = ExactColumn.from_text(["1.5", "", "2"])
    assert column.missing.tolist() == [False, True, False]
    assert math.isnan(column.floats[1]) and column.fraction(1) is None
    with pytest.raises(ValueError, match="missing"):
        column.sum_exact()
    with pytest.raises(ValueError, match="missing"):
        column.fractions()
    assert column.sum_exact(~column.missing) == Fraction(7, 2)
    assert column.filled("0.25").fractions() == [Fraction(3, 2), Fraction(1, 4), Fraction(2)]
    assert column.filled(0).sum_exact() == Fraction(7, 2)
    with pytest.raises(ValueError, match="finite decimal"):
        column.filled(Fraction(1, 3))


def test_rescaling_keeps_the_numbers_or_refuses() -> None:
    column = ExactColumn.from_text(["1.50", "2"])
    assert column.decimals == 1
    assert column.rescaled(4).values.tolist() == [15000, 20000]
    assert column.rescaled(4).rescaled(1).fractions() == column.fractions()
    with pytest.raises(ValueError, match="decimal places"):
        column.rescaled(0)
    assert ExactColumn.from_text(["9e18"]).rescaled(3).values.tolist() == [9 * 10**21]


def test_take_and_whole_rows() -> None:
    column = ExactColumn.from_text(["1.5", "", "3.0"])
    assert column.whole_rows().tolist() == [False, True, True]
    assert column.take(np.array([2, 0])).fractions() == [3, Fraction(3, 2)]
    with pytest.raises(ValueError, match="not whole"):
        column.take(np.array([0])).integers()


@pytest.mark.parametrize(
    "text", ["1,069", "12 %", " 7 ", "nan", "inf", "-inf", "1e400", "abc", "1_000", "0x10", "", "."]
)
def test_what_is_no_number(text: str) -> None:
    assert not is_number(text)
    if text:
        with pytest.raises(ValueError):
            ExactColumn.from_text([text])


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("1,069", "write 1069"),
        ("-1,234,567.5", "write -1234567.5"),
        ("12 %", "write 0.12 (a share) or 12, without the sign"),
        (" 7 ", "write 7"),
        ("1 069", "write 1069"),
        ("0,5", "write 0.5"),
        ("$1,200.50", "write 1200.50"),
        ("−5", "write -5"),
        ("1e400", "write a number below 1.7e308"),
        ("#DIV/0!", "repair the formula in the spreadsheet"),
        ("true", "write a number"),
    ],
)
def test_the_cure_shows_what_to_write(text: str, cure: str) -> None:
    assert diagnose(text)[1] == cure


def test_parse_exact_reads_numbers_as_written() -> None:
    assert parse_exact(0.29) * 100 == 29
    assert parse_exact("7/20") == parse_exact(Decimal("0.350")) == Fraction(7, 20)
    assert parse_exact(np.int64(5)) == 5
    for bad in (True, float("nan"), float("inf"), Decimal("1e999999999"), "1/0", "x", None, [1], "1e99999"):
        with pytest.raises(ValueError):
            parse_exact(bad)
