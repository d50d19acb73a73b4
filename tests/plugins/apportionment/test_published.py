"""Published divisions through the whole program: reading, solving, auditing, metrics and tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evenhand.solution import Solution
from tests.plugins.apportionment.small_problems import solved, tree, units

YEARS = (1940, 1950, 1960, 1970, 1980, 1990, 2000, 2010, 2020)


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "apportionment" / name, dtype=str, keep_default_na=False)


def census(folder: Path, year: int) -> tuple[pd.DataFrame, list[int]]:
    rows = read(folder, "us_house_1910_2020.csv").query(f"census_year == '{year}'")
    if year == 1910:
        rows = rows[~rows["state"].isin(["Arizona", "New Mexico"])]
    table = rows[["state", "apportionment_population"]].set_axis(["group", "population"], axis=1)
    return table.reset_index(drop=True), [int(seats) for seats in rows["seats"]]


def proven(solution: Solution) -> Solution:
    assert solution.status == "optimal" and solution.certificate is not None
    assert solution.certificate.kind == "marginals" and solution.metrics["tied_groups"] == []
    return solution


@pytest.mark.parametrize("year", YEARS)
def test_the_house_by_huntington_hill(shared_data: Path, year: int) -> None:
    table, seats = census(shared_data, year)
    assert units(proven(solved(tree(table, units=435, method="huntington_hill")))) == seats


@pytest.mark.parametrize(("year", "house"), [(1910, 433), (1930, 435)])
def test_the_house_by_webster(shared_data: Path, year: int, house: int) -> None:
    table, seats = census(shared_data, year)
    assert units(proven(solved(tree(table, units=house, method="webster")))) == seats


@pytest.mark.parametrize("solver", ["highs", "glpk"])
def test_a_linear_programme_comes_to_the_same_house(shared_data: Path, solver: str) -> None:
    table, seats = census(shared_data, 2020)
    if solver == "glpk":
        from evenhand.plugins import manager

        if manager().solvers_for("apportionment")["glpk"].missing():
            pytest.skip("glpk is not installed")
    solution = solved(tree(table, units=435, method="huntington_hill", cap=60), solver)
    assert units(solution) == seats


def test_the_last_seat_of_2020(shared_data: Path) -> None:
    table, _ = census(shared_data, 2020)
    solution = solved(tree(table, units=435, method="huntington_hill"))
    rows = solution.problem.output_tables(solution)["priorities.csv"].set_index("unit")
    assert list(rows.index[[0, -1]]) == ["51", "445"]
    assert (rows.loc["435", "group"], f"{float(rows.loc['435', 'priority']):.3f}") == ("Minnesota", "762997.705")
    assert (rows.loc["436", "group"], f"{float(rows.loc['436', 'priority']):.3f}") == ("New York", "762994.353")
    frame = solution.problem.allocation_table(solution.allocation).set_index("group")
    assert frame.loc["New York", "next_priority"] == rows.loc["436", "priority"]


def test_the_priority_lists_of_all_censuses(shared_data: Path) -> None:
    lists = read(shared_data, "us_house_priority_values_computed.csv")
    for year, rows in lists.groupby("census_year"):
        table, _ = census(shared_data, int(str(year)))
        solution = solved(tree(table, units=435, method="huntington_hill"))
        ours = solution.problem.output_tables(solution)["priorities.csv"].set_index("unit").loc[list(rows["house_seat"])]
        assert ours["group"].tolist() == rows["state"].tolist()
        assert ours["group_unit"].tolist() == rows["state_seat"].tolist()
        for said, found in zip(rows["priority_value"], ours["priority"], strict=True):
            assert abs(float(said) - float(found)) <= 5e-4 + 1e-9 * float(said)


def test_hamilton_and_webster_in_1880(shared_data: Path) -> None:
    rows = read(shared_data, "us_house_1880.csv")
    table = rows[["state", "apportionment_population"]].set_axis(["group", "population"], axis=1)
    seats = [int(count) for count in rows["seats_actual_325"]]
    for method in ("hamilton", "webster"):
        assert units(solved(tree(table, units=325, method=method))) == seats


def test_alabama_loses_a_seat_at_300(shared_data: Path) -> None:
    rows = read(shared_data, "us_house_1880.csv")
    table = rows[["state", "apportionment_population"]].set_axis(["group", "population"], axis=1)
    place = rows["state"].tolist().index("Alabama")
    assert [units(solved(tree(table, units=size, method="hamilton")))[place] for size in (299, 300)] == [8, 7]


def new_england(folder: Path) -> pd.DataFrame:
    return read(folder, "new_england_2024_seed.csv").set_axis(["group", "population"], axis=1)


def test_new_england_and_the_rule_it_began_with(shared_data: Path) -> None:
    table = new_england(shared_data)
    best = solved(tree(table, units=41))
    assert units(best) == [18, 10, 4, 4, 3, 2] and best.status == "optimal"
    assert best.value == pytest.approx(0.0034566, abs=5e-8)
    greedy = solved(tree(table, units=41), "greedy-floor")
    assert units(greedy) == [19, 9, 4, 4, 3, 2] and greedy.status == "feasible"
    assert greedy.value == pytest.approx(0.0037274, abs=5e-8)
    assert greedy.verified_bound == pytest.approx(best.value, rel=1e-9)
    assert any("not exact" in notice for notice in greedy.notices)


def test_the_cambridge_compromise(shared_data: Path) -> None:
    rows = read(shared_data, "eu_parliament_camcom_2011.csv")
    table = rows[["member_state", "population_2010"]].set_axis(["group", "population"], axis=1)
    solution = proven(solved(tree(table, units=751, method="adams", base_units=5, cap=96, minimum=6)))
    assert units(solution) == [int(count) for count in rows["camcom_seats_computed"]]


def uri(folder: Path) -> tuple[Mapping[str, Any], list[int]]:
    rows = read(folder, "biprop_uri_2020.csv")
    votes = rows[["party", "district", "votes"]].set_axis(["row", "column", "votes"], axis=1)
    districts = rows.drop_duplicates("district")[["district", "district_seats"]].set_axis(["column", "units"], axis=1)
    parties = pd.DataFrame({"row": ["CVP", "SPGB", "FDP", "SVP"], "units": [12, 9, 7, 9]})
    spec = {"domain": "apportionment", "problem": {"method": "biproportional"},
            "data": {"votes": votes, "rows": parties, "columns": districts.reset_index(drop=True)}}
    return spec, [int(count) for count in rows["seats"]]


@pytest.mark.parametrize("solver", ["auto", "marginal"])
def test_uri_2020(shared_data: Path, solver: str) -> None:
    spec, seats = uri(shared_data)
    solution = solved(spec, solver)
    assert units(solution) == seats and solution.status == "optimal"
    assert solution.certificate is not None and solution.certificate.kind == "dual"
    frame = solution.problem.allocation_table(solution.allocation)
    assert [round(float(ideal)) for ideal in frame["ideal"]] == seats
    divisors = solution.problem.output_tables(solution)["divisors.csv"]
    assert divisors["name"].tolist()[:4] == ["CVP", "SPGB", "FDP", "SVP"] and len(divisors) == 4 + 4
