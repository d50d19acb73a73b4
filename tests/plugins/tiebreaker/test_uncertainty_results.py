"""``[uncertainty]`` of a spec: metrics, tables and notices of an answer, the same whenever they are made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import evenhand
from evenhand.errors import SpecError
from evenhand.solution import Solution
from evenhand.tables.csv_out import render_csv
from evenhand_tiebreaker.sample import write_sample
from evenhand_tiebreaker.uncertainty import estimates
from evenhand_tiebreaker.uncertainty.estimates import uncertainty_of
from evenhand_tiebreaker.uncertainty.notices import HALF_SAMPLES, uncertainty_notices
from evenhand_tiebreaker.uncertainty.outputs import (
    COLUMNS,
    SHRUNK_COLUMNS,
    uncertainty_metrics,
    uncertainty_tables,
)
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, blocks, made, solved, tree

RATES = ("tpr", "fpr", "precision")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    write_sample(folder)
    return folder / "spec.toml"


def answer(spec: Path, *overrides: str) -> Solution:
    return evenhand.solve(spec, overrides=overrides)


def found(solution: Solution) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    problem, allocation = solution.problem, solution.allocation
    tables = {name: render_csv(frame) for name, frame in uncertainty_tables(problem, allocation).items()}
    return uncertainty_metrics(problem, allocation), tables, uncertainty_notices(problem, allocation)


def small(section: dict[str, Any] | None = None, table: Any = None, **problem: Any) -> Solution:
    problem = {"eligibility": ELIGIBLE, "budget": {"fpr": 0.3}, **problem}
    sections = {"uncertainty": {"splits": 30, "seed": 3, **(section or {})}}
    return solved(tree(table, sections=sections, **problem))


# -- what must not matter, and what must ---------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [
    {"selection": "threshold"}, {"selection": "exact"}, {"selection": "exact", "budget": {"fpr": 0.3, "blocks": 4}},
    {"selection": "rule", "features": ["housing", "share:n_both"]}, {"selection": "column", "column": "ctip1"}])
def test_the_order_of_the_rows_changes_no_number(problem: dict[str, Any]) -> None:
    section = {"shrink": "auto", "toward": "neighborhood", "noise": "laplace", "noise_scale": 1}
    table = blocks()
    turned = table.sample(frac=1, random_state=4).reset_index(drop=True)
    first, second = (small(section, given, **{"budget": {"fpr": 0.9}, **problem}) for given in (table, turned))
    tables = [uncertainty_tables(one.problem, one.allocation) for one in (first, second)]
    assert tables[0]["uncertainty.csv"].equals(tables[1]["uncertainty.csv"])
    if "shrunk.csv" in tables[0]:
        shrunk = [one["shrunk.csv"].sort_values("geoid").reset_index(drop=True) for one in tables]
        assert shrunk[0].equals(shrunk[1])


def test_blocks_without_students_never_receive_by_a_shrunk_share(city: Path) -> None:
    solution = answer(city, "uncertainty.shrink=16")
    shrunk = uncertainty_tables(solution.problem, solution.allocation)["shrunk.csv"]
    assert (shrunk["share"] == "").any()
    assert set(shrunk["receives_shrunk"][shrunk["share"] == ""]) == {"0"}
    assert set(shrunk["receives_shrunk"]) == {"0", "1"}


def test_a_weight_is_picked_by_other_divisions_than_those_that_score_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[int]] = {}
    for name in ("best_weight", "estimated"):
        true = getattr(estimates, name)

        def watched(divisions: Any, *rest: Any, _name: str = name, _true: Any = true) -> Any:
            seen.setdefault(_name, []).extend(int(part.focal[0]) for part in divisions)
            return _true(divisions, *rest)

        monkeypatch.setattr(estimates, name, watched)
    found(small({"shrink": "auto", "toward": "neighborhood"}))
    assert len(seen["best_weight"]) == 30 and seen["best_weight"] != seen["estimated"][:30]


# -- numbers -------------------------------------------------------------------------------------------------------


def test_without_the_section_nothing_is_said() -> None:
    assert found(solved(tree(eligibility=ELIGIBLE, budget={"fpr": 0.3}))) == ({}, {}, [])


def test_the_same_seed_gives_the_same_and_seed_or_splits_another(city: Path) -> None:
    first = found(answer(city))
    assert found(answer(city)) == first
    for other in ("uncertainty.seed=2", "uncertainty.splits=41", "uncertainty.share=0.6"):
        assert found(answer(city, other))[0] != first[0]


def test_what_the_tables_hold(city: Path) -> None:
    solution = answer(city, "uncertainty.noise=laplace", "uncertainty.noise_scale=1")
    metrics, _, _ = found(solution)
    tables = uncertainty_tables(solution.problem, solution.allocation)
    table, shrunk = tables["uncertainty.csv"], tables["shrunk.csv"]
    assert tuple(table.columns) == COLUMNS
    assert list(zip(table["method"], table["measure"], strict=True)) == [
        (method, rate) for method in ("plain", "shrunk", "noise") for rate in RATES]
    assert tuple(shrunk.columns) == SHRUNK_COLUMNS
    assert shrunk["receives"].tolist() == ["1" if yes else "0" for yes in solution.allocation.array.tolist()]
    for place, rate in enumerate(RATES):
        interval = metrics[f"{rate}_out_of_sample"]
        assert interval["low"] <= interval["mean"] <= interval["high"]
        assert [float(table[name][place]) for name in ("mean", "low", "high")] == list(interval.values())
        assert float(table["claimed"][place]) == solution.metrics[rate]


def test_small_counts_promise_too_much_and_the_reader_is_told(city: Path) -> None:
    for selection in ("threshold", "exact"):
        solution = answer(city, f"problem.selection={selection}")
        metrics, _, notices = found(solution)
        assert metrics["tpr_out_of_sample"]["high"] < solution.metrics["tpr"]
        warning = next(notice for notice in notices if notice.startswith("Warning"))
        assert f"{100 * solution.metrics['tpr']:.1f}% of the focal students are reached" in warning
        assert "luck does not repeat" in warning
        assert "more than the budget of 10.0%" in notices[0]
        assert HALF_SAMPLES in notices[0]


def test_a_given_column_was_not_tuned_and_keeps_what_it_claims(city: Path) -> None:
    solution = answer(city, "problem.selection=column", "problem.column=ctip1", "problem.budget.fpr=1")
    metrics, tables, notices = found(solution)
    interval = metrics["tpr_out_of_sample"]
    assert interval["low"] < solution.metrics["tpr"] < interval["high"]
    assert not any(notice.startswith("Warning") for notice in notices)
    assert HALF_SAMPLES not in notices[0]
    assert "shrunk.csv" not in tables
    assert any("not shrunk" in notice for notice in notices)


@pytest.mark.parametrize("selection", ["threshold", "exact"])
def test_with_huge_counts_claim_and_expectation_meet(selection: str) -> None:
    # No two shares are equal and the budget, 7.5 of 75 students, is not used up by the three best blocks: 6 of them.
    focal = [k * 10**8 for k in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0)]
    table = blocks(students=[10**9] * 12, n_both=focal, n_frl=None)
    solution = small(table=table, selection=selection, eligibility={"feature": "students", "at_least": 1}, budget={"fpr": 0.1})
    metrics, _, notices = found(solution)
    for rate in RATES:
        interval = metrics[f"{rate}_out_of_sample"]
        assert interval["mean"] == pytest.approx(solution.metrics[rate], abs=1e-3)
        assert interval["high"] - interval["low"] < 1e-3
    assert len(notices) < 3


def test_rates_that_are_never_defined_are_none() -> None:
    solution = small(table=blocks(n_both=[0] * 12))
    metrics, tables, notices = found(solution)
    assert metrics["tpr_out_of_sample"] == {"mean": None, "low": None, "high": None}
    assert tables["uncertainty.csv"].splitlines()[1] == "tpr,plain,,,,,"
    assert "an undefined share" in notices[0]


def test_counts_too_large_to_be_divided() -> None:
    solution = small(table=blocks(students=[2**55] * 12))
    metrics, tables, notices = found(solution)
    assert (metrics, tables) == ({}, {})
    assert "too large to be divided" in notices[0]


def test_estimates_are_made_once_per_choice(city: Path) -> None:
    solution = answer(city)
    assert uncertainty_of(solution.problem, solution.allocation) is uncertainty_of(solution.problem, solution.allocation)


# -- shrinkage and noise -------------------------------------------------------------------------------------------


def test_an_endless_weight_levels_the_shares_of_an_area() -> None:
    solution = small({"shrink": 10**9, "toward": "neighborhood"}, selection="exact")
    problem = solution.problem
    shrinkage = uncertainty_of(problem, solution.allocation).shrinkage
    assert shrinkage.students == 10**9
    district = problem.blocks.total_focal / (problem.blocks.total_focal + problem.blocks.total_other)
    assert shrinkage.shares == pytest.approx(np.full(12, district), abs=1e-6)
    said = next(notice for notice in found(solution)[2] if "shrunk.csv" in notice)
    assert "1 block has no neighborhood" in said


def test_the_weight_is_given_in_students_also_for_averages() -> None:
    table = blocks(students=[f"{row}.5" for row in range(12)], n_both=["0.5"] * 12, n_frl=None)
    whole = blocks(students=[2 * row + 1 for row in range(12)], n_both=[1] * 12, n_frl=None)
    averages = small({"shrink": 3, "toward": "neighborhood"}, table, counts="average")
    sums = small({"shrink": 6, "toward": "neighborhood"}, whole)
    left, right = (uncertainty_of(one.problem, one.allocation).shrinkage for one in (averages, sums))
    assert left.students == 3
    assert left.shares.tolist() == right.shares.tolist()
    notices = found(averages)[2]
    assert any("sums over 2 years" in notice and "unlikely" not in notice for notice in notices)


def test_rounded_averages_are_told_apart_from_averages_of_years() -> None:
    table = blocks(students=["10.33", *["4"] * 11], n_both=["1"] * 12, n_frl=None)
    notices = found(small(table=table, counts="average"))[2]
    assert any("sums over 100 years" in notice and "unlikely" in notice for notice in notices)


@pytest.mark.parametrize("kind", ["laplace", "gaussian", "geometric"])
def test_declared_noise(city: Path, kind: str) -> None:
    noisy = answer(city, f"uncertainty.noise={kind}", "uncertainty.noise_scale=2")
    method = uncertainty_of(noisy.problem, noisy.allocation).methods[-1]
    assert method.estimate.unseen.tpr.mean < method.claimed.tpr
    assert any("cannot be attained for certain" in notice for notice in found(noisy)[2])
    quiet = answer(city, f"uncertainty.noise={kind}", "uncertainty.noise_scale=0.01")
    method = uncertainty_of(quiet.problem, quiet.allocation).methods[-1]
    assert method.estimate.unseen.tpr.mean == method.estimate.fitted.tpr.mean == method.claimed.tpr


@pytest.mark.parametrize(("section", "where"), [
    ({"noise": "laplace"}, "uncertainty.noise_scale"), ({"noise_scale": 2}, "uncertainty.noise"),
    ({"noise": "laplace", "noise_scale": 0}, "uncertainty.noise_scale"), ({"noise": "laplase"}, "did you mean 'laplace'?"),
    ({"splits": 0}, "uncertainty.splits"), ({"share": 1}, "uncertainty.share"), ({"shrink": -1}, "uncertainty.shrink"),
    ({"shrink": 1, "toward": "tracts"}, "uncertainty.toward")])
def test_bad_options(section: dict[str, Any], where: str) -> None:
    with pytest.raises(SpecError) as refused:
        made(tree(sections={"uncertainty": section}))
    assert where in str(refused.value)


# -- what is left out ----------------------------------------------------------------------------------------------


def test_what_the_estimate_leaves_out_is_said() -> None:
    floors = [{"rule": "neighborhood_floor", "share": 0.1}]
    assert any("it leaves out neighborhood_floor" in notice
               for notice in found(small(selection="exact", rules=floors, budget={"fpr": 0.9}))[2])
    assert any("not for the objective" in notice
               for notice in found(small(objective=[{"term": "worst_group_tpr", "groups": ["n_both", "n_frl"]}]))[2])
    assert any("order of their share while they fit" in notice
               for notice in found(small(selection="exact", budget={"fpr": 0.3, "blocks": 2}))[2])
    rule = {"selection": "rule", "features": ["housing", "share:n_frl", "share:n_both"]}
    assert any("the features share:n_frl are" in notice for notice in found(small(**rule))[2])
    assert any("was not searched again" in notice for notice in found(small(**rule, literals=3))[2])


# -- recomputed ----------------------------------------------------------------------------------------------------


def test_verify_finds_the_same_bytes(city: Path, tmp_path: Path) -> None:
    solution = answer(city, "uncertainty.noise=gaussian", "uncertainty.noise_scale=0.7")
    evenhand.write(solution, tmp_path / "result")
    assert (tmp_path / "result" / "shrunk.csv").is_file()
    assert evenhand.verify(tmp_path / "result").status == "optimal"
    again = attrs.evolve(solution.problem)
    assert uncertainty_metrics(again, solution.allocation) == uncertainty_metrics(solution.problem, solution.allocation)
