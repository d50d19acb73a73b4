"""The packaged city and the typed twelve schools: what they are, to the byte, and what they are worth."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evenhand.errors import OutputError
from evenhand_cep.rates import Rates, packaged_rates, read_rates
from evenhand_cep.sample import SCHOOLS, sample_csv, sample_frame, sample_schools, write_sample

GOLDEN = Path(__file__).parents[2] / "golden" / "cep12"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return tomllib.loads((folder / "spec.toml").read_text(encoding="utf-8"))


# -- the city ------------------------------------------------------------------------------------------------


def test_the_city_is_the_same_bytes_everywhere() -> None:
    text = sample_csv()
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "6ccfe542d1a3d6ffbb83bae96216bb6a385ec53d0751d7dc6c72ec994b60f906")
    assert text.splitlines()[:2] == ["school,name,enrolled,identified,breakfasts,lunches,group",
                                     "0001,Elder Heights High School,117,81,2823,7531,1"]


def test_write_sample_writes_two_files_and_overwrites_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    written = write_sample(folder)
    assert [path.name for path in written] == ["schools.csv", "spec.toml"]
    assert written[0].read_bytes() == sample_csv().encode() and b"\r" not in written[1].read_bytes()
    assert write_sample(folder) == written
    written[1].write_text("domain = \"cep\"\n", encoding="utf-8")
    with pytest.raises(OutputError, match=r"spec\.toml exists"):
        write_sample(folder)
    assert written[1].read_text(encoding="utf-8") == "domain = \"cep\"\n"


def test_write_sample_says_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_sample(tmp_path / "file")


def test_ids_names_and_counts_are_sound() -> None:
    schools = sample_schools()
    assert [row.school for row in schools] == [f"{number:04d}" for number in range(1, SCHOOLS + 1)]
    assert len({row.name for row in schools}) == SCHOOLS == 600
    for row in schools:
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ (Elementary|Middle|High) School", row.name)
        assert 0 < row.identified <= row.enrolled and row.lunches > 0 and row.breakfasts >= 0
        assert row.lunches + row.breakfasts < 2 * 180 * row.enrolled
    assert {row.group for row in schools} == {1, 2, 3, 4}


def test_the_frame_is_the_file() -> None:
    frame = sample_frame()
    assert frame.to_csv(index=False, lineterminator="\n") == sample_csv()
    assert list(frame["school"][:2]) == ["0001", "0002"] and set(frame["group"]) == {"1", "2", "3", "4"}


def test_the_city_has_the_shape_of_the_public_aggregates(spec: dict[str, object]) -> None:
    frame = sample_frame()
    enrolled, identified = frame["enrolled"], frame["identified"]
    isp, value = identified / enrolled, _meals_value(spec)
    per_student = value / enrolled
    assert 0.450 < identified.sum() / enrolled.sum() < 0.458
    assert 480 < enrolled.mean() < 530 and enrolled.median() < 0.85 * enrolled.mean()
    assert enrolled.max() > 7 * enrolled.mean()                     # a heavy tail
    assert 0.04 < isp.min() < 0.08 and 0.92 < isp.max() < 0.96 and isp.std() > 0.18
    assert 325 < value.sum() / enrolled.sum() < 345
    assert per_student.std() > 0.3 * per_student.mean()             # meals are not proportional to enrolment
    assert 0.1 < isp.corr(per_student) < 0.4                        # and rise weakly with poverty


def test_todays_groups_are_allowed_under_either_minimum_and_leave_money_on_the_table(spec: dict[str, object]) -> None:
    frame = sample_frame().assign(value=_meals_value(spec))
    today = frame.groupby("group")[["enrolled", "identified", "value"]].sum()
    assert ((today["identified"] / today["enrolled"]) >= 0.40).all()
    share = (1.6 * today["identified"] / today["enrolled"]).clip(upper=1)
    isp = frame["identified"] / frame["enrolled"]
    # Two groups: the poorest schools filled up with the dearest until just capped, and the rest.
    order = frame.assign(worth=isp + frame["value"] / frame["enrolled"] / 2_000).sort_values("worth", ascending=False)
    capped = order[["identified", "enrolled"]].cumsum().eval("identified >= 0.625 * enrolled")
    rest = order[~capped][["identified", "enrolled"]].sum()
    split = order[capped]["value"].sum() + order[~capped]["value"].sum() * 1.6 * rest["identified"] / rest["enrolled"]
    assert rest["identified"] > 0.25 * rest["enrolled"]
    assert split > 1.04 * float((share * today["value"]).sum())


def _meals_value(spec: dict[str, object]) -> Any:
    frame, rates = sample_frame(), _rates(spec)
    return float(rates.lunch_gain) * frame["lunches"] + float(rates.breakfast_gain) * frame["breakfasts"]


def _rates(spec: dict[str, object]) -> Rates:
    problem = spec["problem"]
    assert isinstance(problem, dict)
    return read_rates(problem["rates"])


# -- its spec ------------------------------------------------------------------------------------------------


def test_the_spec_shows_every_option_and_says_the_city_is_invented(spec: dict[str, object], tmp_path: Path) -> None:
    assert spec["problem"] == {
        "rates": "2024-25/contiguous/standard", "max_groups": 10, "min_isp": 0.25, "multiplier": 1.6,
        "isp_rounding": "none", "drop_zero_enrolled": True, "clip_identified": False,
    }
    assert _rates(spec) == packaged_rates("2024-25/contiguous/standard")
    text = write_sample(tmp_path)[1].read_text(encoding="utf-8")
    assert "SYNTHETIC DATA" in text.split("domain =")[0] and "0.40" in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_what_the_spec_comments_out_is_toml_too(tmp_path: Path) -> None:
    lines = write_sample(tmp_path)[1].read_text(encoding="utf-8").splitlines()
    said = [line.removeprefix("# ") for line in lines if re.match(r"# (\[|term|rule|schools = \[|grid)", line)]
    tree = tomllib.loads("\n".join(said))
    assert {"objective", "constraint"} == set(tree) and len(tree["constraint"]) == 3
    inline = next(line.removeprefix("# ") for line in lines if line.startswith("# rates ="))
    assert read_rates(tomllib.loads(inline)["rates"]) == packaged_rates("2024-25/contiguous/standard")


# -- twelve schools ------------------------------------------------------------------------------------------


def _twelve() -> list[dict[str, str]]:
    with (GOLDEN / "schools.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_twelve_hold_the_edges_that_floats_miss() -> None:
    rows = {row["school"]: row for row in _twelve()}
    enrolled = {key: Fraction(row["enrolled"]) for key, row in rows.items()}
    identified = {key: Fraction(row["identified"]) for key, row in rows.items()}
    assert identified["0001"] / enrolled["0001"] == Fraction(2, 5)
    assert 114.92 / 287.3 < 0.4 and 114.92 < 0.4 * 287.3            # a float refuses what the rule allows
    pair = ("0009", "0010")
    assert sum(identified[key] for key in pair) / sum(enrolled[key] for key in pair) == Fraction(2, 5)
    assert identified["0006"] / enrolled["0006"] == Fraction(5, 8)


@pytest.fixture(scope="module")
def twelve() -> tuple[list[dict[str, str]], Rates, dict[str, Any]]:
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    return _twelve(), _rates(tomllib.loads((GOLDEN / "spec.toml").read_text(encoding="utf-8"))), expected


def test_the_best_grouping_of_the_twelve_is_the_recorded_one(twelve: Any) -> None:
    rows, rates, expected = twelve
    listed = sorted(_valued(rows, rates), reverse=True)
    (best, labels), (second, _) = listed[:2]
    assert best == Fraction(expected["reimbursement"]) and f"{float(best):.2f}" == expected["reimbursement_usd"]
    assert second < best                                            # the best grouping is the only one
    recorded = list(expected["grouping"].values())
    assert list(expected["grouping"]) == [row["school"] for row in rows]
    assert len(set(zip(labels, recorded, strict=True))) == len(set(labels)) == len(set(recorded))
    groups = {label: _group(rows, rates, [row for row, own in enumerate(recorded) if own == label])
              for label in sorted(set(recorded))}
    shares = [share for share, _ in groups.values()]
    assert shares == sorted(shares, reverse=True)                   # labels by claiming share falling
    assert sum(share * worth for share, worth in groups.values()) == best


def test_the_recorded_values_of_one_group_and_of_today(twelve: Any) -> None:
    rows, rates, expected = twelve
    base = sum(Fraction(row["lunches"]) * rates.lunch_paid + Fraction(row["breakfasts"]) * rates.breakfast_paid
               for row in rows)
    assert base == Fraction(expected["base_reimbursement"])
    share, worth = _group(rows, rates, range(len(rows)))
    assert share * worth == Fraction(expected["one_group"])
    value = Fraction(0)
    for label in ("1", "2", "3"):
        share, worth = _group(rows, rates, [at for at, row in enumerate(rows) if row["group"] == label])
        assert share >= Fraction(16, 25)                            # allowed, two of them with nothing to spare
        value += share * worth
    assert value == Fraction(expected["today"]) < Fraction(expected["reimbursement"])


def _group(rows: list[dict[str, str]], rates: Rates, members: Iterable[int]) -> tuple[Fraction, Fraction]:
    """Claiming share and meals value of a group, exact."""
    chosen = [rows[at] for at in members]
    isp = sum(Fraction(row["identified"]) for row in chosen) / sum(Fraction(row["enrolled"]) for row in chosen)
    worth = sum(Fraction(row["lunches"]) * rates.lunch_gain + Fraction(row["breakfasts"]) * rates.breakfast_gain
                for row in chosen)
    return min(Fraction(1), Fraction(8, 5) * isp), Fraction(worth)


def _valued(rows: list[dict[str, str]], rates: Rates) -> Iterator[tuple[Fraction, list[int]]]:
    """Every allowed grouping into at most three groups with its exact value, ties to the first labels."""
    scale = 1_000
    enrolled = [int(Fraction(row["enrolled"]) * scale) for row in rows]
    identified = [int(Fraction(row["identified"]) * scale) for row in rows]
    worth = [int((Fraction(row["lunches"]) * rates.lunch_gain + Fraction(row["breakfasts"]) * rates.breakfast_gain)
                 * scale) for row in rows]
    top: float = 0
    for labels in _growth_strings(len(rows), 3):
        sums = [[0, 0, 0] for _ in range(max(labels) + 1)]
        for row, label in enumerate(labels):
            group = sums[label]
            group[0] += enrolled[row]
            group[1] += identified[row]
            group[2] += worth[row]
        if any(5 * held < 2 * students for students, held, _ in sums):
            continue
        if sum(min(1, 1.6 * held / students) * value for students, held, value in sums) < top * (1 - 1e-9):
            continue                                                # far from the best: no need of exact numbers
        exact = sum((min(Fraction(1), Fraction(8 * held, 5 * students)) * value for students, held, value in sums),
                    Fraction(0))
        top = max(top, float(exact))
        yield exact / scale, [label + 1 for label in labels]


def _growth_strings(length: int, most: int) -> Iterator[list[int]]:
    """Restricted growth strings: every partition into at most ``most`` parts once."""
    labels = [0] * length

    def extend(at: int, used: int) -> Iterator[list[int]]:
        if at == length:
            yield labels
            return
        for label in range(min(used + 1, most)):
            labels[at] = label
            yield from extend(at + 1, max(used, label + 1))

    yield from extend(1, 1)
