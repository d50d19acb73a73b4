"""The rows that a certificate speaks of, as text."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenhand.tables.exact import ExactColumn
from evenhand_cep.certificate import _fractions

NUMBERS = st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False, allow_infinity=False)


@settings(deadline=None, max_examples=60)
@given(st.lists(NUMBERS, min_size=1, max_size=8))
@example([Decimal("0"), Decimal("0.5"), Decimal("12")])
def test_exact_numbers_are_written_in_lowest_terms(numbers: list[Decimal]) -> None:
    column = ExactColumn.from_text(format(number, "f") for number in numbers)
    assert _fractions(column) == [str(value) for value in column.fractions()]


def test_numbers_beyond_64_bits_are_written_too() -> None:
    column = ExactColumn.from_text(["1" + 30 * "0", "0.25"])
    assert _fractions(column) == [str(value) for value in column.fractions()]
    fine = ExactColumn.from_text(["0." + 24 * "0" + "5", "0"])
    assert _fractions(fine) == [str(value) for value in fine.fractions()]
