from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from evenhand_cep.claiming import ClaimingRule, Rounding
from evenhand_cep.instance import Instance
from evenhand_cep.prices.certificate import evaluate_certificate
from evenhand_cep.prices.solve import PriceResult, price_bound, share_prices


def _new_york(shared_data: Path, *, minimum: str = "0.4", groups: int = 10, rounding: Rounding = "none",
              leave: bool = False) -> Instance:
    with (shared_data / "cep" / "nyc_moda_schools.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["Enrollment"]) > 0]
    enrolled, identified, lunches, breakfasts = (
        np.array([float(row[name]) for row in rows]) for name in ("Enrollment", "Identified", "Lunch", "Breakfast"))
    assert len(rows) == 1453
    assert 0.4399 * lunches.sum() + 0.2923 * breakfasts.sum() == pytest.approx(37_673_952.12, abs=0.005)
    outside = -(0.4399 * lunches + 0.2923 * breakfasts) if leave else None
    return Instance.build(enrolled, identified, 2.86 * lunches + 1.849 * breakfasts,
                          rule=ClaimingRule("1.6", minimum, rounding), max_groups=groups, outside=outside,
                          must_join=np.zeros(1453, bool) if leave else None)


def _checked(instance: Instance, result: PriceResult, gap: float) -> PriceResult:
    assert result.labels is not None
    assert instance.is_legal(result.labels)
    assert result.value == instance.value(result.labels)
    assert evaluate_certificate(instance, result.certificate_data) == result.bound
    assert result.value <= result.bound <= result.value + gap * abs(result.value)
    return result


def test_published_values(shared_data: Path) -> None:
    instance = _new_york(shared_data)
    assert instance.slope.sum() == pytest.approx(243_441_749.71, abs=0.005)
    assert instance.value(np.ones(1453, dtype=np.int64)) == pytest.approx(176_870_910.15, abs=0.005)
    assert int(instance.exact_identified.sum()) / int(instance.exact_enrolled.sum()) == pytest.approx(0.454089403)


def test_the_published_grouping_is_reproduced_and_beaten(shared_data: Path) -> None:
    instance = _new_york(shared_data)
    with (shared_data / "cep" / "nyc_original_grouping.csv").open(newline="") as lines:
        labels = np.array([int(row["Group"]) + 1 for row in csv.DictReader(lines) if row["Group"]])
    published = instance.value(labels)
    assert published == pytest.approx(188_445_170, abs=1)
    result = _checked(instance, share_prices(instance, gap=1e-5), 1e-5)
    assert result.value > 1.0135 * published


@pytest.mark.parametrize(("minimum", "groups", "rounding", "leave", "gap"), [
    ("0.4", 1, "none", False, 1e-9), ("0.4", 2, "none", False, 3e-5), ("0.25", 3, "none", False, 3e-5),
    ("0.4", 10, "half_up_4", False, 3e-5), ("0.4", 10, "none", True, 3e-5),
])
def test_other_rules_are_certified(shared_data: Path, minimum: str, groups: int, rounding: Rounding, leave: bool,
                                   gap: float) -> None:
    instance = _new_york(shared_data, minimum=minimum, groups=groups, rounding=rounding, leave=leave)
    _checked(instance, share_prices(instance, gap=gap), gap)


def test_a_bound_alone_is_nearly_as_good(shared_data: Path) -> None:
    instance = _new_york(shared_data)
    bound, data = price_bound(instance)
    assert evaluate_certificate(instance, data) == bound
    assert bound < 191_040_000


def _districts(shared_data: Path, sizes: range) -> Iterator[Instance]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    with (shared_data / "cep" / "mealscount_ca_tx_schools.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            if row["IdentifiedSource"] != "missing" and float(row["Enrollment"]) > 0:
                found.setdefault((row["State"], row["DistrictCode"]), []).append(row)
    assert len(found) == 1955
    for rows in found.values():
        if len(rows) in sizes:
            enrolled, identified, breakfasts, lunches = (
                np.array([float(row[name]) for row in rows])
                for name in ("Enrollment", "Identified", "SyntheticDailyBreakfast", "SyntheticDailyLunch"))
            free = np.full(len(rows), identified.sum() < 0.25 * enrolled.sum())
            yield Instance.build(enrolled, identified, 180 * (4.01 * lunches + 1.98 * breakfasts), max_groups=10,
                                 rule=ClaimingRule("1.6", "0.25"), must_join=~free,
                                 outside=-180 * (0.42 * lunches + 0.39 * breakfasts) * free)


def test_middling_districts_of_two_states(shared_data: Path) -> None:
    values, bounds = 0.0, 0.0
    for instance in _districts(shared_data, range(60, 72)):
        result = _checked(instance, share_prices(instance, gap=1e-3, effort=0.1), 1.0)
        values, bounds = values + result.value, bounds + result.bound
    assert bounds - values <= 1e-3 * values
