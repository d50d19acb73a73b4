"""Rates: the packaged table is exact and honest about its origin; every unknown key or bad number is told in full."""

from __future__ import annotations

import itertools
import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import SpecError
from evenhand_cep.rates import (
    REGIONS,
    TIERS,
    Rates,
    known_keys,
    missing_rates_fault,
    newest_year,
    packaged_entry,
    packaged_rates,
    rates_notice,
    read_rates,
)

INLINE = {"lunch_free": 3.2999, "lunch_paid": 0.4399, "breakfast_free": 2.1413, "breakfast_paid": 0.2923}


def faults_of(option: object) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_rates(option)
    assert all(fault.where.startswith("problem.rates") for fault in caught.value.faults)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(("key", "figures"), [
    ("2020-21/contiguous/standard", "3.51 0.33 1.89 0.32"),
    ("2021-22/hawaii/standard", "4.28 0.41 2.29 0.38"),
    ("2022-23/contiguous/standard", "3.93 0.37 2.11 0.35"),
    ("2022-23/contiguous/standard_severe", "3.93 0.37 2.52 0.35"),
    ("2023-24/alaska/standard", "6.90 0.66 3.66 0.58"),
    ("2023-24/alaska/high_severe", "6.92 0.68 4.39 0.58"),
    ("2024-25/contiguous/standard", "4.43 0.42 2.37 0.39"),
    ("2024-25/contiguous/high", "4.45 0.44 2.37 0.39"),
    ("2024-25/contiguous/high_severe", "4.45 0.44 2.84 0.39"),
])
def test_golden_figures(key: str, figures: str) -> None:
    assert packaged_rates(key) == Rates(*figures.split())


def test_every_year_offers_standard_and_high_in_every_region() -> None:
    years = {key.split("/")[0] for key in known_keys()}
    assert sorted(years) == ["2020-21", "2021-22", "2022-23", "2023-24", "2024-25"]
    assert newest_year() == "2024-25"
    for year in years:
        for region in REGIONS:
            assert {f"{year}/{region}/standard", f"{year}/{region}/high"} <= set(known_keys())
    assert len(set(known_keys())) == len(known_keys())
    assert {key.split("/")[2] for key in known_keys()} == set(TIERS)


def test_high_adds_two_cents_to_every_lunch_and_so_leaves_the_gain() -> None:
    for key in known_keys():
        if "/high" in key:
            high, standard = packaged_rates(key), packaged_rates(key.replace("/high", "/standard"))
            assert high.lunch_free - standard.lunch_free == high.lunch_paid - standard.lunch_paid == Fraction(1, 50)
            assert (high.lunch_gain, high.breakfast_gain) == (standard.lunch_gain, standard.breakfast_gain)


def test_severe_need_raises_the_free_breakfast_only() -> None:
    severe = [key for key in known_keys() if key.endswith("_severe")]
    assert severe
    for key in severe:
        plain, rates = packaged_rates(key.removesuffix("_severe")), packaged_rates(key)
        assert rates.breakfast_free > plain.breakfast_free
        assert (rates.breakfast_paid, rates.lunch_free, rates.lunch_paid) == (
            plain.breakfast_paid, plain.lunch_free, plain.lunch_paid)


def test_rates_rise_over_the_years_and_outlying_regions_earn_more() -> None:
    for region in REGIONS:
        rows = [packaged_rates(key) for key in known_keys() if key.endswith(f"/{region}/standard")]
        for earlier, later in itertools.pairwise(rows):
            assert earlier.lunch_free < later.lunch_free and earlier.breakfast_free < later.breakfast_free
    for key in known_keys():
        if "/contiguous/standard" in key:
            other = key.replace("contiguous", "hawaii")
            assert other not in known_keys() or packaged_rates(other).lunch_free > packaged_rates(key).lunch_free


def test_the_file_holds_text_only_and_every_row_says_where_it_comes_from() -> None:
    document = tomllib.loads((files("evenhand_cep") / "data" / "rates.toml").read_text(encoding="utf-8"))
    for year in document["year"]:
        assert re.fullmatch(r"20\d\d-\d{5}", year["notice"])
        assert str(year["published"]).startswith(year["school_year"][:4])
        for region in year["region"]:
            figures = [*region["lunch"].values(), *region["breakfast"].values()]
            assert all(isinstance(figure, str) and re.fullmatch(r"\d\.\d\d", figure) for figure in figures)
            assert region["evidence"] in ("notice", "state agency", "secondary") and region["source"]
    packaged = {year["school_year"] for year in document["year"]}
    assert not packaged & {row["school_year"] for row in document["withheld"]}


def test_a_result_is_told_what_the_figures_were_compared_with() -> None:
    entry = packaged_entry("2024-25/contiguous/standard")
    assert entry.verified and entry.document == "2024-15175" and entry.citation == "89 FR 56720"
    assert "Massachusetts" in str(entry.notice) and "not compared with Federal Register notice" in str(entry.notice)
    secondary = packaged_entry("2021-22/alaska/high")
    assert not secondary.verified and "secondary source" in str(secondary.notice)
    assert "Keep Kids Fed" in str(rates_notice("2022-23/hawaii/standard"))
    assert rates_notice(INLINE) is None


@pytest.mark.parametrize(("key", "words"), [
    ("2024-25/contigous/standard", "did you mean 'contiguous'?"),
    ("2024-25/contiguous/hgh", "did you mean 'high'?"),
    ("2024-2025/contiguous/standard", "write a school year as '2024-25'"),
    ("2024/contiguous/standard", "write a school year as '2024-25'"),
    ("24-25/contiguous/standard", "write a school year as '2024-25'"),
    ("2024-26/contiguous/standard", "two neighbouring years"),
    ("2025-26/contiguous/standard", "left out on purpose"),
    ("2031-32/contiguous/standard", "packaged years: 2020-21"),
    ("2024-25/alaska/standard_severe", "packaged: 2024-25/alaska/standard, 2024-25/alaska/high"),
    ("2024-25/alaska/standard_severe", "the tier exists as 2023-24/alaska/standard_severe"),
    ("2024-25", "write it as 2024-25/contiguous/standard"),
    ("", "is not of the form"),
    ("2024-25/Contiguous/standard", "unknown region 'Contiguous'"),
    ("2024-25/contiguous/standard ", "unknown tier 'standard '"),
])
def test_an_unknown_key_is_told_what_exists(key: str, words: str) -> None:
    told = faults_of(key)
    assert len(told) == 1 and words in told[0]


def test_all_faults_of_a_key_come_at_once() -> None:
    assert len(faults_of("2024-2025/alasca/hi")) == 3


def test_no_rates_no_default() -> None:
    assert faults_of(None) == [str(missing_rates_fault())]
    assert '"2024-25/contiguous/standard"' in missing_rates_fault().cure


def test_inline_rates_are_exact() -> None:
    assert read_rates(INLINE) == Rates("3.2999", "0.4399", "2.1413", "0.2923")
    assert read_rates({**INLINE, "lunch_free": Decimal("3.2999")}) == read_rates(INLINE)
    zero = read_rates(dict.fromkeys(INLINE, 0))
    assert zero == Rates(0, 0, 0, 0) and zero.lunch_gain == 0
    assert read_rates(zero) is zero


@pytest.mark.parametrize(("change", "words"), [
    ({"lunch_free": 0.10}, "is under lunch_paid"),
    ({"breakfast_paid": 2.15}, "is under breakfast_paid"),
    ({"lunch_paid": -0.01}, "is negative"),
    ({"lunch_paid": float("nan")}, "not a finite number"),
    ({"lunch_paid": float("inf")}, "not a finite number"),
    ({"lunch_paid": "0,44"}, "not a finite number"),
    ({"lunch_paid": True}, "not a finite number"),
    ({"lunch_fre": 0.44}, "did you mean 'lunch_free'?"),
])
def test_a_bad_inline_rate_is_one_fault(change: dict[str, object], words: str) -> None:
    told = faults_of({**INLINE, **change})
    assert len(told) == 1 and words in told[0]


def test_all_inline_faults_come_at_once() -> None:
    assert len(faults_of({"lunch_free": 1, "lunch_paid": 2, "breakfast_free": -1, "supper": 3})) == 4


@pytest.mark.parametrize("option", [7, 4.43, ["2024-25/contiguous/standard"], True])
def test_anything_else_is_refused(option: object) -> None:
    assert "neither a packaged key nor a table" in faults_of(option)[0]


def test_rates_refuse_floats_and_nonsense_in_code() -> None:
    with pytest.raises(TypeError, match="not floats"):
        Rates(4.43, "0.42", "2.37", "0.39")
    with pytest.raises(ValueError, match="lunch_free is under"):
        Rates("0.10", "0.42", "2.37", "0.39")
    with pytest.raises(ValueError, match="negative"):
        Rates("4.43", "0.42", "2.37", "-0.39")


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_float_is_read_as_the_decimal_its_author_wrote(gain: int, paid: int) -> None:
    rates = read_rates({**INLINE, "lunch_free": (gain + paid) / 10**4, "lunch_paid": paid / 10**4})
    assert rates.lunch_free == Fraction(gain + paid, 10**4) and rates.lunch_gain == Fraction(gain, 10**4)
