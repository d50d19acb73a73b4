"""The re-implemented notebook: its formula by hand, its published numbers, its walk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks import original_walk as original

PROGRAMME = original.Programme()


def frame(groups: list[int]) -> pd.DataFrame:
    """Three schools at 80, 40 and 10 percent, worth 1000, 100 and 1000."""
    return pd.DataFrame({"Enrollment": [100.0] * 3, "Identified": [80.0, 40.0, 10.0], "meal": [1000.0, 100.0, 1000.0],
                         "group": groups})


def test_the_formula_by_hand() -> None:
    assert original.reimbursement(frame([0, 0, 0]), PROGRAMME) == pytest.approx(130 / 300 * 1.6 * 2100)
    assert original.reimbursement(frame([0, 1, 0]), PROGRAMME) == pytest.approx(0.72 * 2000 + 64)
    # Alone, the third is under the minimum: nothing in the valuation, a million per meal dollar in the walk.
    assert original.reimbursement(frame([0, 1, 2]), PROGRAMME) == pytest.approx(1000 + 64)
    assert original.reimbursement(frame([0, 1, 2]), PROGRAMME, cost=1) == pytest.approx(1000 + 64 - 1e9)


def test_groups_within_a_percent_are_merged() -> None:
    schools = pd.DataFrame({"Enrollment": [100.0] * 3, "Identified": [50.0, 50.2, 60.0], "meal": [1.0] * 3,
                            "group": [7, 3, 5]})
    shares = original.group_shares(schools, PROGRAMME)
    assert shares["threshold"].tolist() == pytest.approx([0.8, 0.8032, 0.96])
    assert original.regroup(shares)["group"].tolist() == [0, 0, 1]


def test_a_step_accepts_gains_and_refuses_ruin() -> None:
    rng = np.random.default_rng(0)
    schools = frame([0, 0, 0])
    value = start = original.reimbursement(schools, PROGRAMME)
    for _ in range(60):
        after = original.step(schools, value, 1.0, 2, PROGRAMME, rng)
        assert after > value - 60.0
        assert after == original.reimbursement(schools, PROGRAMME, cost=1)
        value = after
    assert value == pytest.approx(0.72 * 2000 + 64)
    assert value > start


def test_the_run_obeys_its_seed() -> None:
    runs = [original.anneal(frame([0, 0, 0]), seed=seed, groups=2, cooling=0.5, steps_per_temperature=20)
            for seed in (3, 3, 4)]
    assert runs[0].values == runs[1].values
    assert runs[0].values != runs[2].values
    assert len(runs[0].values) == 41
    assert runs[0].final == original.reimbursement(runs[0].frame, PROGRAMME)


def test_published_numbers_of_new_york_city(shared_data: Path) -> None:
    schools = original.read_schools(shared_data / "cep" / "nyc_moda_schools.csv")
    grouping = pd.read_csv(shared_data / "cep" / "nyc_original_grouping.csv")
    assert len(schools) == 1453
    assert schools["paidMeal"].sum() == pytest.approx(37_673_952.12, abs=0.005)
    assert schools["meal"].sum() == pytest.approx(243_441_749.71, abs=0.005)
    assert original.reimbursement(schools, PROGRAMME) == pytest.approx(176_870_910.15, abs=0.005)
    assert original.published_value(schools, grouping) == pytest.approx(188_445_170, abs=0.5)
