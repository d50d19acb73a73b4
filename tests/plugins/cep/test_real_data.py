"""Public tables through the command line: published figures, a certified answer, exact optima of a small district."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.plugins.cep.command import Desk, run

NYC_RATES = "rates = { lunch_free = 3.2999, lunch_paid = 0.4399, breakfast_free = 2.1413, breakfast_paid = 0.2923 }"
NYC_COLUMNS = ('school = "School", enrolled = "Enrollment", identified = "Identified", breakfasts = "Breakfast", '
               'lunches = "Lunch"')
PUBLISHED_BASE, PUBLISHED_ONE_GROUP, PUBLISHED_BEST = 37_673_952.12, 176_870_910.15, 188_445_170


def nyc(shared_data: Path) -> Path:
    return shared_data / "cep" / "nyc_moda_schools.csv"


def test_new_york_city_is_solved_certified_and_verified(shared_data: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.spec("max_groups = 10", "[solver]\ngap = 1e-5\n", rates=NYC_RATES,
              data=f"schools = {{ file = '{nyc(shared_data)}', columns = {{ {NYC_COLUMNS} }} }}")
    made = desk.written("--seed", "1")
    told = made.json
    metrics = told["metrics"]
    assert metrics["base_reimbursement"] == pytest.approx(PUBLISHED_BASE, abs=0.005)
    assert metrics["one_group_reimbursement"] == pytest.approx(PUBLISHED_ONE_GROUP, abs=0.005)
    assert metrics["total_reimbursement"] == pytest.approx(PUBLISHED_BASE + told["value"], abs=0.01)
    assert metrics["overall_isp"] == pytest.approx(0.454089403, abs=1e-9)
    assert told["status"] == "optimal" and told["value"] >= 1.01 * PUBLISHED_BEST
    assert (told["verified_bound"] - told["value"]) / told["value"] <= 1e-5
    assert any("34 schools without enrolment" in notice for notice in told["notices"])
    with open(nyc(shared_data), encoding="utf-8", newline="") as stream:
        assert made.column("school") == [row["School"] for row in csv.DictReader(stream)]
    assert made.column("group").count("") == 34 and set(made.column("group")) <= {"", *map(str, range(1, 11))}
    assert float(made.money()) == pytest.approx(told["value"], abs=0.005 * 1453)
    made.change_json("result.json", verified_bound=told["value"] * (1 + 1e-6), bound=told["value"] * (1 + 1e-6))
    made.rejected()


def test_the_published_grouping_is_worth_what_it_was_said_to_be(shared_data: Path, tmp_path: Path) -> None:
    with open(shared_data / "cep" / "nyc_original_grouping.csv", encoding="utf-8", newline="") as stream:
        # Its groups are numbered from 0, which means outside here.
        label = {row["School"]: row["Group"] and f"g{row['Group']}" for row in csv.DictReader(stream)}
    lines = nyc(shared_data).read_text(encoding="utf-8").splitlines()
    joined = [f"{line},{label[line.partition(',')[0]]}" for line in lines[1:]]
    desk = Desk(tmp_path)
    desk.table("\n".join([f"{lines[0]},group", *joined]) + "\n")
    desk.spec("max_groups = 10", '[[constraint]]\nrule = "current_groups_kept"\n', rates=NYC_RATES,
              data=f'schools = {{ file = "schools.csv", columns = {{ {NYC_COLUMNS} }} }}')
    told = desk.solved()
    assert told["value"] == pytest.approx(PUBLISHED_BEST, abs=1.0) and told["metrics"]["groups"] == 4
    assert told["metrics"]["today_reimbursement"] == pytest.approx(told["value"], abs=1e-6)
    assert told["status"] == "optimal", "there is one such grouping: its value is its bound"


HOUSTON = ('schools = {{ file = "{}", columns = {{ school = "School", enrolled = "Enrolled", identified = "Identified", '
           'breakfasts = "DailyBreakfast", lunches = "DailyLunch" }} }}')


@pytest.mark.parametrize(("minimum", "most"), [("0.25", 10), ("0.40", 10), ("0.40", 2)])
def test_houston_county_is_solved_to_the_optimum(shared_data: Path, tmp_path: Path, minimum: str, most: int) -> None:
    desk = Desk(tmp_path)
    data = HOUSTON.format(shared_data / "cep" / "ga_houston_schools.csv")
    rates = 'rates = "2024-25/contiguous/standard"'
    desk.spec(f"max_groups = {most}", data=data, rates=rates, minimum=f"min_isp = {minimum}")
    desk.refused("row 19", "column 'identified'", "'175'", "more than enrolled, 153", "clip_identified = true")
    desk.spec(f"max_groups = {most}\nclip_identified = true", data=data, rates=rates, minimum=f"min_isp = {minimum}")
    exact = desk.solved("--solver", "exhaustive")
    assert exact["status"] == "optimal" and any("in 1 school: 18." in notice for notice in exact["notices"])
    own = desk.solved()
    assert own["value"] <= exact["value"] * (1 + 1e-12) <= own["verified_bound"] * (1 + 2e-12)
    assert own["value"] >= exact["value"] * (1 - 1e-3)
    for name in ("base_reimbursement", "overall_isp", "one_group_reimbursement"):
        assert own["metrics"][name] == exact["metrics"][name]
    assert exact["metrics"]["overall_isp"] == pytest.approx(6472 / 13232)


def test_the_exact_optimum_of_houston_county_verifies(shared_data: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.spec("clip_identified = true", data=HOUSTON.format(shared_data / "cep" / "ga_houston_schools.csv"),
              rates='rates = "2024-25/contiguous/standard"')
    made = desk.written("--solver", "exhaustive")
    assert made.json["certificate"]["kind"] == "exhaustive"
    made.change("allocation.csv", ",1,", ",2,")
    assert run("verify", made.folder).code == 5
