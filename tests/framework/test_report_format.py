"""Numbers as people read them: never a limit that is none, never a gap smaller than it is."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.report import format as written

MINUS = "\u2212"


@pytest.mark.parametrize(("value", "text"), [
    (1234.5, "$1,234.50"), (-1234.5, f"{MINUS}$1,234.50"), (0, "$0.00"), (-0.001, "$0.00"), (None, "–"),
    (math.nan, "–"), (math.inf, "∞"), (-math.inf, f"{MINUS}∞"), (np.float64(2.0), "$2.00"),
    (1e12, "$1,000,000,000,000.00"),
])
def test_money(value: float | None, text: str) -> None:
    assert written.money(value) == text


@pytest.mark.parametrize(("value", "kind", "text"), [
    (1234.56, "dollars", "$1,235"), (1453, "count", "1,453"), (1453.25, "count", "1,453.25"), (0.4, "share", "40.0%"),
    (1.0, "share", "100.0%"), (None, "share", "–"), (1234.5678, "number", "1,234.57"), (0.1, "number", "0.1"),
    (0.00001234, "number", f"1.234e{MINUS}5"), (-3, "number", f"{MINUS}3"), (0, "number", "0"),
    (1e7, "number", "10,000,000"),
    ("all", "count", "all"), (True, "text", "yes"), (np.False_, "text", "no"), (None, "text", "–"),
    (2.5, "text", "2.5"),
    ([1, "a", None], "text", "1, a, –"), ([], "text", "none"), (np.int64(3), "count", "3"),
])
def test_cells(value: object, kind: str, text: str) -> None:
    assert written.cell(value, kind) == text


def test_an_unknown_kind_of_cell_is_an_error() -> None:
    with pytest.raises(KeyError):
        written.cell(1, "euros")


@pytest.mark.parametrize(("value", "unit", "text"), [
    (5, "USD", "$5.00"), (0.25, "share", "25.00%"), (3.5, "km", "3.5\u00a0km"), (3.5, "", "3.5"), (None, "USD", "–"),
])
def test_quantities(value: float | None, unit: str, text: str) -> None:
    assert written.quantity(value, unit) == text


@pytest.mark.parametrize(("value", "unit", "upper", "text"), [
    (80949470.36177318, "USD", True, "$80,949,470.37"), (80949470.36177318, "USD", False, "$80,949,470.36"),
    (1250010.0, "USD", True, "$1,250,010.00"), (-0.005, "USD", False, f"{MINUS}$0.01"),
    (0.12345678, "share", True, "12.35%"),
    (1234.561, "km", True, "1,234.57\u00a0km"), (1234.569, "km", False, "1,234.56\u00a0km"),
    (math.inf, "USD", True, "∞"),
    (None, "USD", True, "–"),
])
def test_a_limit_is_rounded_to_its_safe_side(value: float | None, unit: str, upper: bool, text: str) -> None:
    assert written.limit(value, unit, upper=upper) == text


@settings(deadline=None, max_examples=60)
@given(st.floats(-1e9, 1e9).filter(lambda value: abs(value) > 1e-3), st.booleans())
def test_no_limit_is_shown_that_is_none(value: float, upper: bool) -> None:
    shown = Decimal(written.limit(value, "USD", upper=upper).replace("$", "").replace(",", "").replace(MINUS, "-"))
    assert shown >= Decimal(value) if upper else shown <= Decimal(value)


@pytest.mark.parametrize(("gap", "unit", "words"), [
    (None, "", "unknown"), (0.0, "USD", "nothing"), (8e-6, "", "8 in a million"),
    (8e-6, "USD", "8 dollars in a million"),
    (10 / 1250000, "USD", "8 dollars in a million"), (1e-6, "USD", "1 dollar in a million"),
    (5.062e-5, "", "51 in a million"), (1e-4, "", "100 in a million"), (4.1e-9, "", "4.1 in a billion"),
    (0.0023, "", "2.3 in a thousand"), (0.00999, "", "10 in a thousand"), (0.01, "", "1 percent"),
    (0.0234, "", "2.4 percent"),
    (0.5, "", "50 percent"), (1.234, "", "124 percent"), (3.0, "", "3 times the value"),
    (1e-13, "", "less than one in a billion"),
    (1e-13, "USD", "less than a dollar in a billion"), (math.inf, "", "more than a thousand times the value"),
    (0.9999e-3, "", "1000 in a million"), (99.5e-6, "", "100 in a million"),
])
def test_gaps_in_words(gap: float | None, unit: str, words: str) -> None:
    assert written.gap_words(gap, unit) == words


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-9, 0.99))
def test_no_gap_is_shown_smaller_than_it_is(gap: float) -> None:
    words = written.gap_words(gap)
    scale = {"percent": 1e-2, "thousand": 1e-3, "million": 1e-6, "billion": 1e-9}[words.split()[-1]]
    shown = float(re.match(r"[\d.]+", words).group()) * scale
    assert gap * (1 - 1e-11) <= shown <= gap * 1.11


@pytest.mark.parametrize(("value", "words"), [
    (0.0, "0.00 s"), (0.04, "0.04 s"), (1.7, "1.7 s"), (59.96, "1 min"), (60.0, "1 min"), (125.0, "2 min 5 s"),
    (3600.0, "1 h"), (3725.0, "1 h 2 min"), (7199.9, "2 h"),
])
def test_durations(value: float, words: str) -> None:
    assert written.seconds(value) == words


def test_a_limit_has_as_many_digits_as_the_value_beside_it() -> None:
    value, limit, beside = 1.2345674e-5, written.limit, written.limit_beside
    assert written.number(value) == f"1.23457e{MINUS}5" and limit(value, "", upper=False) == f"1.23456e{MINUS}5"
    assert limit(value, "", upper=True) == f"1.23457e{MINUS}5"
    assert beside(value, value, "", upper=False) == f"1.23457e{MINUS}5"
    assert beside(value * (1 - 1e-13), value, "", upper=False) == f"1.23457e{MINUS}5, but for rounding"
    assert beside(value * 0.99, value, "", upper=False) == limit(value * 0.99, "", upper=False)
    assert beside(None, value, "", upper=False) == "–"
