"""The programme's dated rules: which figure holds in which school year, and who is told when an option differs."""

from __future__ import annotations

import tomllib
from datetime import date
from fractions import Fraction
from importlib.resources import files

import pytest

from evenhand_cep.programme import dated_rules, option_notices, rules_during


@pytest.mark.parametrize(("year", "minima"), [
    ("2009-10", []), ("2011-12", ["0.40"]), ("2022-23", ["0.40"]), ("2023-24", ["0.40", "0.25"]),
    ("2024-25", ["0.25"]), ("2030-31", ["0.25"]),
])
def test_minimum_isp_by_school_year(year: str, minima: list[str]) -> None:
    assert [rule.value for rule in rules_during("minimum_isp", year)] == [Fraction(text) for text in minima]


def test_the_grace_minimum_is_ten_points_under_the_minimum() -> None:
    minima, graces = dated_rules("minimum_isp"), dated_rules("grace_isp")
    assert [rule.since for rule in minima] == [rule.since for rule in graces] == [date(2011, 7, 1), date(2023, 10, 26)]
    assert all(low.value == rule.value - Fraction(1, 10) for rule, low in zip(minima, graces, strict=True))


def test_an_option_that_is_not_the_rule_is_told() -> None:
    low, high, multiplier = Fraction(1, 4), Fraction(2, 5), Fraction(8, 5)
    assert option_notices("2024-25", min_isp=low, multiplier=multiplier) == []
    assert option_notices("2022-23", min_isp=high, multiplier=multiplier) == []
    assert option_notices("2023-24", min_isp=high, multiplier=multiplier) == []
    told = option_notices("2024-25", min_isp=high, multiplier=Fraction(3, 2))
    assert len(told) == 2
    assert "min_isp = 0.4 is not" in told[0] and "0.25 since 2023-10-26" in told[0] and "88 FR 65778" in told[0]
    assert "multiplier = 1.5" in told[1]


def test_every_rule_names_its_source_and_says_whether_it_was_read() -> None:
    document = tomllib.loads((files("evenhand_cep") / "data" / "rules.toml").read_text(encoding="utf-8"))
    rows = [row for value in document.values() for row in (value if isinstance(value, list) else [value])
            if isinstance(row, dict)]
    assert len(rows) >= 10 and all(row["source"] and isinstance(row["verified"], bool) for row in rows)
    assert document["rounding"]["verified"] is False
