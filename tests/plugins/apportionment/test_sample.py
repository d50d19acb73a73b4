"""The packaged sample: the House of 2020 as it is, New England, and specs that explain themselves."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import fields

import evenhand
from evenhand.errors import OutputError
from evenhand.plugins import manager
from evenhand_apportionment.options import ApportionmentOptions
from evenhand_apportionment.sample import CONTENTS, sample_text, write_sample

# Seats of the 118th Congress by state, in alphabetical order of the states: U.S. Census Bureau, 26 April 2021.
HOUSE_2020 = [7, 1, 9, 4, 52, 8, 5, 1, 28, 14, 2, 2, 17, 9, 4, 4, 6, 6, 2, 8, 9, 13, 8, 4, 8, 2, 3, 4, 2, 12, 3, 26, 14, 1,
              15, 5, 6, 17, 2, 7, 1, 9, 38, 4, 1, 11, 10, 2, 8, 1]
GAINED = {"Texas": 2, "Colorado": 1, "Florida": 1, "Montana": 1, "North Carolina": 1, "Oregon": 1}
LOST = {"California", "Illinois", "Michigan", "New York", "Ohio", "Pennsylvania", "West Virginia"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sample")
    write_sample(made)
    return made


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sample_text(name))))


# -- the tables --------------------------------------------------------------------------------------------------


def test_the_populations_add_up_to_the_printed_totals() -> None:
    states = rows("states.csv")
    assert [row["group"] for row in states] == sorted(row["group"] for row in states) and len(states) == 50
    assert sum(int(row["population"]) for row in states) == 331_108_434
    assert sum(int(row["current"]) for row in states) == 435
    assert [int(row["population"]) for row in rows("new_england.csv")] == [7_136_171, 3_675_069, 1_409_032, 1_405_012,
                                                                          1_112_308, 648_493]


def test_the_populations_are_those_of_the_reference_table(shared_data: Path) -> None:
    with (shared_data / "apportionment" / "us_house_1910_2020.csv").open(encoding="utf-8", newline="") as file:
        published = {(row["census_year"], row["state"]): row for row in csv.DictReader(file)}
    for row in rows("states.csv"):
        now, before = published["2020", row["group"]], published["2010", row["group"]]
        assert (row["population"], row["current"]) == (now["apportionment_population"], before["seats"])


# -- the answers -------------------------------------------------------------------------------------------------


def test_the_spec_reproduces_the_official_house(folder: Path) -> None:
    solution = evenhand.solve(folder / "spec.toml")
    assert solution.status == "optimal" and solution.allocation is not None
    seats = solution.allocation.array.tolist()
    assert seats == HOUSE_2020
    change = {row["group"]: now - int(row["current"]) for row, now in zip(rows("states.csv"), seats, strict=True)}
    assert {state: gain for state, gain in change.items() if gain > 0} == GAINED
    assert {state for state, gain in change.items() if gain < 0} == LOST


def test_new_england_is_solved_better_than_by_the_original_rule(folder: Path) -> None:
    best = evenhand.solve(folder / "new_england.toml")
    rule = evenhand.solve(folder / "new_england.toml", overrides=['solver.name="greedy-floor"'])
    assert best.allocation is not None and rule.allocation is not None
    assert best.allocation.array.tolist() == [18, 10, 4, 4, 3, 2]
    assert rule.allocation.array.tolist() == [19, 9, 4, 4, 3, 2]
    assert best.value == pytest.approx(0.0034566, abs=5e-8) and rule.value == pytest.approx(0.0037274, abs=5e-8)


def test_the_weight_that_the_spec_proposes_does_what_its_comment_says(folder: Path) -> None:
    weighed = 'objective=[{term="divisor_cost"},{term="moved_units",weight=2e-8}]'
    for overrides, moved in (((), 7), ((weighed,), 5)):
        solution = evenhand.solve(folder / "spec.toml", overrides=overrides)
        assert solution.allocation is not None
        current = [int(row["current"]) for row in rows("states.csv")]
        assert sum(max(0, now - then) for now, then in zip(solution.allocation.array.tolist(), current,
                                                           strict=True)) == moved
    assert "weight = 2e-8" in sample_text("spec.toml") and "here 5 seats move, not 7" in sample_text("spec.toml")


# -- the files ---------------------------------------------------------------------------------------------------


def test_write_sample_writes_four_files_and_overwrites_nothing(tmp_path: Path) -> None:
    made = tmp_path / "new" / "folder"
    written = write_sample(made)
    assert [path.name for path in written] == [name for name, _ in CONTENTS]
    assert all(path.read_text(encoding="utf-8") == sample_text(path.name) for path in written)
    assert all(b"\r" not in path.read_bytes() for path in written)
    assert write_sample(made) == written
    written[0].write_text("group,population\n", encoding="utf-8")
    with pytest.raises(OutputError, match=r"states\.csv exists"):
        write_sample(made)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_sample(tmp_path / "file")


def test_the_domain_offers_the_sample() -> None:
    assert manager().domain("apportionment").sample is write_sample


@pytest.mark.parametrize("name", ["spec.toml", "new_england.toml"])
def test_what_the_specs_comment_out_is_toml_too(name: str) -> None:
    lines = sample_text(name).splitlines()
    assert max(map(len, lines)) <= 120
    said = [line.removeprefix("# ") for line in lines if re.match(r"# (\[\[|term|weight|[a-z_]+ = )", line)]
    tree: dict[str, Any] = tomllib.loads("\n".join(said))
    known = {item.name for item in fields(ApportionmentOptions)}
    assert tree.keys() - {"objective"} <= known
    terms = {entry["term"] for entry in tree.get("objective", [])}
    assert terms <= set(manager().terms["apportionment"])


def test_the_specs_name_every_method_tie_rule_and_term() -> None:
    text = sample_text("spec.toml") + sample_text("new_england.toml")
    hints = {item.name: str(item.type) for item in fields(ApportionmentOptions)}
    names = set(hints) - {"parameter"} | set(manager().terms["apportionment"])
    from typing import get_args

    from evenhand_apportionment import options

    names |= set(get_args(options.Method)) | set(get_args(options.Ties))
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", text)] == []
    assert "NOT a statutory method" in sample_text("new_england.toml")
