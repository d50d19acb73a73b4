"""Edges of the domain: exact minima, roundings, limits, rules in combination, labels and tables - by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.plugins import manager
from evenhand.spec.build import build_problem, load_spec
from evenhand_cep.outputs import reimbursement_of
from evenhand_cep.problem import CepProblem
from evenhand_cep.today import moved_rows
from tests.plugins.cep.command import SCHOOLS, Desk
from tests.plugins.cep.small_problems import tree, typed

FLAT = {"lunch_free": 3, "lunch_paid": 1, "breakfast_free": 1, "breakfast_paid": 1}
"""A lunch gains 2 USD from paid to free and earns 1 USD at the paid rate; breakfasts gain nothing."""


def school(name: str, enrolled: Any, identified: Any, lunches: int = 100, **more: Any) -> dict[str, Any]:
    return {"school": name, "enrolled": str(enrolled), "identified": str(identified), "lunches": lunches, **more}


def solved(rows: Sequence[Mapping[str, Any]], constraint: Sequence[Mapping[str, Any]] | None = None,
           objective: Sequence[Mapping[str, Any]] = (), solver: str = "auto", **options: Any) -> evenhand.Solution:
    asked = tree(typed(rows), constraint, objective, **{"rates": FLAT, "min_isp": "0.4", **options})
    return evenhand.solve(asked, solver=solver)


def columns(solution: evenhand.Solution, *names: str) -> list[tuple[str, ...]]:
    frame = solution.problem.allocation_table(solution.allocation)
    return list(zip(*(frame[name].tolist() for name in names), strict=True))


def groups(solution: evenhand.Solution) -> list[str]:
    return [cell for cell, in columns(solution, "group")]


def problem(rows: Sequence[Mapping[str, Any]], constraint: Sequence[Mapping[str, Any]] | None = None,
            **options: Any) -> CepProblem:
    asked = tree(typed(rows), constraint, **{"rates": FLAT, "min_isp": "0.4", **options})
    made = build_problem(load_spec(asked, manager()), manager())
    assert isinstance(made, CepProblem)
    return made


LEAVE = {"rule": "may_stay_out"}


# -- the minimum, exactly ----------------------------------------------------------------------------------------

AT_THE_MINIMUM = [
    [("1", "0.1"), ("1", "0.7")],  # 0.1 + 0.7 < 0.8 in floats
    [("268.1234567891", "100.0000000001"), ("231.8765432109", "99.9999999999")],  # ten digits, 200 of 500
    [("0.1", "0.0"), ("0.2", "0.12")],  # 0.1 + 0.2 > 0.3 in floats: 0.12 of 0.3
    [("1e-9", "4e-10"), ("1000000", "400000")],
    [("33333333.3333333333", "13333333.3333333333"), ("66666666.6666666667", "26666666.6666666667")],
]


@pytest.mark.parametrize("counts", AT_THE_MINIMUM)
@pytest.mark.parametrize("solver", ["share-prices", "exhaustive", "annealing"])
def test_an_isp_exactly_at_the_minimum_is_allowed_and_a_hair_under_is_not(counts: list[tuple[str, str]],
                                                                         solver: str) -> None:
    rows = [school(f"s{i}", *pair) for i, pair in enumerate(counts)]
    found = solved(rows, solver=solver, max_groups=1)
    assert found.status == "optimal" and found.value == pytest.approx(0.64 * 400, rel=1e-12)
    hair = "0." + "0" * 18 + "1"
    rows[1]["identified"] = less(counts[1][1], hair)
    under = solved(rows, solver=solver, max_groups=1)
    assert under.status == "infeasible" and "0.399999" in str(under.infeasible)


def less(text: str, hair: str) -> str:
    return format(Context(prec=60).subtract(Decimal(text), Decimal(hair)), "f")


@pytest.mark.parametrize(("identified", "rounding", "minimum", "isp"), [
    (8001, "none", "0.4", "0.40005"), (8001, "half_up_4", "0.4", "0.4001"), (8001, "floor_4", "0.4", "0.4"),
    (8003, "half_up_4", "0.4", "0.4002"),  # half to even would give 0.4002 too; 0.40005 and 0.40015 tell them apart
    (7999, "half_up_4", "0.4", "0.4"), (7999, "none", "0.4", None), (7999, "floor_4", "0.4", None),
    (8001, "half_up_4", "0.4001", "0.4001"), (8001, "floor_4", "0.4001", None), (8001, "none", "0.4001", None),
    (12499, "half_up_4", "0.4", "0.625"), (12499, "none", "0.4", "0.62495"), (12499, "floor_4", "0.4", "0.6249"),
])
@pytest.mark.parametrize("solver", ["share-prices", "exhaustive"])
def test_the_carried_isp_serves_share_and_minimum(identified: int, rounding: str, minimum: str, isp: str | None,
                                                  solver: str) -> None:
    # Half of 20,000 students a school: the halves lie between two ten-thousandths only when the two are together.
    rows = [school("a", 10000, identified - 5000), school("b", 10000, 5000)]
    found = solved(rows, solver=solver, max_groups=1, isp_rounding=rounding, min_isp=minimum)
    if isp is None:
        assert found.status == "infeasible"
        return
    share = min(Fraction(1), Fraction(8, 5) * Fraction(isp))
    assert found.value == pytest.approx(float(share * 400), rel=1e-12)
    assert columns(found, "group_isp", "claiming_share") == [(isp, repr(float(share)))] * 2


# -- limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["share-prices", "exhaustive", "highs", "annealing"])
def test_equal_schools_gain_nothing_from_groups(solver: str) -> None:
    found = solved([school(f"s{i}", 100, 50) for i in range(6)], solver=solver, max_groups=4)
    assert (found.status, found.value) == ("optimal", pytest.approx(0.8 * 1200))


@pytest.mark.parametrize("solver", ["share-prices", "exhaustive", "highs", "annealing", "hill-climb"])
@pytest.mark.parametrize("constraint", [None, [LEAVE]])
def test_one_school(solver: str, constraint: list[dict[str, str]] | None) -> None:
    found = solved([school("a", 100, 50)], constraint, solver=solver)
    assert (found.status, found.value, groups(found)) == ("optimal", pytest.approx(160.0), ["1"])


def test_one_group_has_one_value_which_is_its_bound() -> None:
    found = solved([school("a", 100, 90, 1000), school("b", 300, 60, 10), school("c", 50, 40)], max_groups=1)
    assert (found.status, found.value) == ("optimal", pytest.approx(1.6 * 190 / 450 * 2220))
    assert found.verified_bound == pytest.approx(found.value, rel=1e-9) and groups(found) == ["1", "1", "1"]


@pytest.mark.parametrize("solver", ["share-prices", "exhaustive", "highs"])
def test_every_school_capped(solver: str) -> None:
    found = solved([school(f"s{i}", 100, 63 + i, 100 + i) for i in range(5)], solver=solver)
    assert found.status == "optimal" and found.value == pytest.approx(2.0 * 510)
    assert set(columns(found, "claiming_share")) == {("1.0",)}


def test_every_school_under_the_minimum() -> None:
    rows = [school("a", 100, 39, outside_value=130), school("b", 100, 10, outside_value="12.5"), school("c", 50, 0)]
    assert solved(rows).status == "infeasible"
    for solver in ("share-prices", "exhaustive", "highs", "annealing"):
        found = solved(rows, [LEAVE], solver=solver)
        assert (found.status, groups(found)) == ("optimal", ["0", "0", "0"])
        assert found.value == pytest.approx(142.5 - 300) and found.metrics["total_reimbursement"] == pytest.approx(142.5)


def test_as_many_groups_as_one_likes() -> None:
    rows = [school("a", 100, 90, 1000), school("b", 100, 45, 10), school("c", 100, 41, 10)]
    best = solved(rows, max_groups=3)
    for limit in (4, 50, 10**25):
        assert solved(rows, max_groups=limit).value == best.value


def test_a_minimum_of_nothing_and_of_everything() -> None:
    rows = [school("a", 100, 100, 10), school("b", 100, 0, 1000), school("c", 10, 10, 5)]
    free = solved(rows, min_isp=0)
    assert free.status == "optimal" and free.value == pytest.approx(1.6 * 110 / 210 * 2030)
    assert solved(rows, min_isp=1).status == "infeasible"
    strict = solved(rows, [LEAVE], min_isp=1)
    assert groups(strict) == ["1", "0", "1"] and strict.value == pytest.approx(2 * 15 - 1000)


@pytest.mark.parametrize("solver", ["share-prices", "exhaustive", "highs", "annealing"])
def test_a_minimum_that_makes_every_group_free_is_a_knapsack(solver: str) -> None:
    # f p = 1.2: a group needs 0.6, and claims 1 from there on. The rich school carries one of the poor ones.
    rows = [school("rich", 100, 90, 10), school("b", 100, 30, 500), school("c", 100, 31, 400)]
    found = solved(rows, [LEAVE], solver=solver, multiplier="2.0", min_isp="0.6", max_groups=3)
    assert groups(found) == ["1", "1", "0"] and found.value == pytest.approx(2 * 510 - 400)
    assert found.status == "optimal"


def test_a_multiplier_of_two() -> None:
    found = solved([school("a", 100, 45), school("b", 100, 30)], multiplier="2.0", min_isp="0.25", max_groups=2)
    assert found.value == pytest.approx(0.9 * 200 + 0.6 * 200)
    assert solved([school("a", 100, 50)], multiplier=2).value == 200.0


# -- money -------------------------------------------------------------------------------------------------------


def test_base_total_and_outside_value_by_hand() -> None:
    # Base: 100 + 200 + 50 lunches and 30 breakfasts at 1 USD. b claims 180 outside, which is 20 under its base.
    rows = [school("a", 100, 50, 100, breakfasts=30), school("b", 100, 5, 200, outside_value=180, excluded=1),
            school("c", 100, 40, 50)]
    found = solved(rows, [LEAVE], max_groups=2)
    assert groups(found) == ["1", "0", "2"]
    assert found.value == pytest.approx(0.8 * 200 + (180 - 200) + 0.64 * 100)
    assert found.metrics["base_reimbursement"] == 380.0
    assert found.metrics["total_reimbursement"] == pytest.approx(380 + found.value)
    assert columns(found, "reimbursement") == [("160.00",), ("-20.00",), ("64.00",)]
    table = found.problem.output_tables(found)["groups.csv"]
    assert table["group"].tolist() == ["1", "2", "0"] and table["reimbursement"].tolist() == ["160.00", "64.00", "-20.00"]
    assert table["claiming_share"].tolist() == ["0.8", "0.64", ""] and table["isp"].tolist() == ["0.5", "0.4", "0.05"]


def test_a_school_joins_only_when_that_pays() -> None:
    for outside, group in ((199, "1"), (201, "0")):
        # Alone it claims 0.5 x 1.6 x 200 = 160 above its base of 100 - or its outside_value less that base.
        found = solved([school("a", 100, 50, outside_value=outside + 61 - (1 if group == "1" else 0))], [LEAVE])
        assert groups(found) == [group]


def test_weights_mix_terms() -> None:
    rows = [school("a", 100, 90, 10), school("b", 100, 40, 1000)]
    money = solved(rows, max_groups=2)
    # Apart: 1.0 x 20 + 0.64 x 2000 = 1300 and 100 students free; together (65 %) all is free: 2020.
    assert money.value == pytest.approx(2020) and groups(money) == ["1", "1"]
    mixed = solved([school("a", 100, 90, 1000), school("b", 300, 120, 10)], max_groups=2, objective=[
        {"term": "reimbursement", "weight": 2}, {"term": "students_free", "weight": "0.5"},
        {"term": "schools_free", "weight": 7}, {"term": "students_covered", "weight": -1}])
    assert groups(mixed) == ["1", "2"]
    assert mixed.value == pytest.approx(2 * (2000 + 0.64 * 20) + 0.5 * 100 + 7 - 400)
    assert mixed.status == "optimal" and mixed.verified_bound is not None
    assert dict(mixed.terms) == pytest.approx({"reimbursement": 2012.8, "students_free": 100, "schools_free": 1,
                                               "students_covered": 400})


# -- rules in combination ----------------------------------------------------------------------------------------


def test_required_and_excluded_together() -> None:
    rows = [school("a", 100, 80, 10, required=1), school("b", 100, 10, 10, required=1, outside_value=999),
            school("c", 100, 90, 10, excluded=1), school("d", 100, 70, 10)]
    found = solved(rows, [LEAVE], max_groups=3)
    assert groups(found)[2] == "0" and "0" not in (groups(found)[0], groups(found)[1])
    assert columns(found, "group")[0] == columns(found, "group")[1], "only a carries b"
    assert solved([{**row, "identified": "0"} if row["school"] in "ad" else row for row in rows],
                  [LEAVE]).status == "infeasible"


@pytest.mark.parametrize("required", [0, 1])
def test_same_group_with_an_excluded_school_keeps_the_others_out_too(required: int) -> None:
    rows = [school("a", 100, 80, required=required), school("b", 100, 80, excluded=1), school("c", 100, 80)]
    found = solved(rows, [LEAVE, {"rule": "same_group", "schools": ["a", "b"]}])
    if required:
        assert found.infeasible is not None and found.infeasible.conflict == ("same_group", "excluded", "required")
    else:
        assert groups(found) == ["0", "0", "1"]


def test_lists_that_overlap_add_up() -> None:
    rows = [school(name, 100, isp, 100 * (i + 1)) for i, (name, isp) in enumerate(zip("abcd", (80, 60, 50, 45), strict=True))]
    found = solved(rows, [{"rule": "same_group", "schools": ["a", "b"]}, {"rule": "same_group", "schools": ["b", "c"]},
                          {"rule": "different_group", "schools": ["c", "d"]}])
    assert groups(found)[0] == groups(found)[1] == groups(found)[2] != groups(found)[3]


def test_different_group_is_not_broken_by_two_outside() -> None:
    rows = [school("a", 100, 10, excluded=1), school("b", 100, 10, excluded=1), school("c", 100, 80)]
    found = solved(rows, [LEAVE, {"rule": "different_group", "schools": ["a", "b", "c"]}])
    assert groups(found) == ["0", "0", "1"]


def test_same_group_across_districts_is_possible_only_outside() -> None:
    rows = [school("a", 100, 80, district="N"), school("b", 100, 80, district="S"), school("c", 100, 80, district="S")]
    together = [{"rule": "same_group", "schools": ["a", "b"]}]
    assert groups(solved(rows, [LEAVE, *together])) == ["0", "0", "1"]
    found = solved(rows, together)
    assert found.infeasible is not None and found.infeasible.conflict == ("same_group", "all_participate")


def test_current_groups_are_valued_as_they_are() -> None:
    rows = [school("a", 100, 80, 50, group="x"), school("b", 100, 40, 500, group="y"), school("c", 100, 60, 70, group="x"),
            school("d", 100, 10, 30, group="0"), school("e", 100, 99, 20, group="OUT")]
    for solver in ("share-prices", "exhaustive", "highs", "annealing"):
        found = solved(rows, [LEAVE, {"rule": "current_groups_kept"}], solver=solver)
        assert groups(found) == ["1", "2", "1", "0", "0"]
        assert found.value == pytest.approx(2 * 120 + 0.64 * 1000 - 50) and found.status == "optimal"
        assert found.metrics["today_reimbursement"] == pytest.approx(found.value) and found.metrics["today_groups"] == 2


def test_a_new_school_is_free() -> None:
    rows = [school("a", 100, 80, 50, group="x"), school("b", 100, 40, 500, group="y"), school("new", 100, 50, 400, group="")]
    found = solved(rows, [{"rule": "current_groups_kept"}], max_groups=2)
    assert groups(found) == ["1", "2", "1"], "65 % carries it to 1.0; with b it would be 72 %"
    alone = solved(rows, [{"rule": "current_groups_kept"}], max_groups=3)
    assert alone.value >= found.value


def test_more_kept_groups_than_are_allowed() -> None:
    rows = [school(f"s{i}", 100, 50 + i, group=str(i + 1)) for i in range(3)]
    found = solved(rows, [{"rule": "current_groups_kept"}], max_groups=2)
    assert found.infeasible is not None and found.infeasible.conflict == ("current_groups_kept", "max_groups", "all_participate")
    assert "0" in groups(solved(rows, [LEAVE, {"rule": "current_groups_kept"}], max_groups=2))


def test_equal_labels_in_two_districts_are_two_groups() -> None:
    rows = [school("a", 100, 80, district="N", group="1"), school("b", 100, 40, district="S", group="1"),
            school("c", 100, 50, district="N", group="2")]
    found = solved(rows, [{"rule": "current_groups_kept"}], max_groups=2)
    assert groups(found) == ["1", "1", "2"] and found.metrics["today_groups"] == 3


# -- labels and tables -------------------------------------------------------------------------------------------


def test_labels_run_by_share_then_money_then_row_and_anew_in_each_district() -> None:
    rows = [school("a", 100, 40, 1000, district="S"), school("b", 100, 50, 10, district="N"),
            school("c", 100, 50, 30, district="N"), school("d", 100, 90, 5, district="N"),
            school("e", 100, 70, 5, district="S"), school("f", 100, 50, 30, district="N")]
    made = problem(rows, max_groups=4)
    decided = made.shape.allocation([3, 0, 2, 1, 0, 3])
    table = made.allocation_table(decided)
    assert table["group"].tolist() == ["2", "4", "2", "1", "1", "3"]
    listed = made.output_tables(evenhand.solve(made))["groups.csv"]
    assert listed["district"].tolist()[0] == "S", "districts in the order of their first row"
    again = made.read_allocation(table)
    assert made.allocation_table(again)["group"].tolist() == table["group"].tolist()


def test_rows_come_back_in_their_order_with_todays_group_and_money_that_adds_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.given("name,school,enrolled,group,identified,breakfasts,lunches,outside_value,note\n"
               "One,3,100,b,80,500,1000.5,,x\nGone,2,0,a,0,33,44,,\nTwo,1,100.50,a,40.2,50,100,,y\nOut,10,100,0,10,5,7,2.25,z\n",
               more='[[constraint]]\nrule = "may_stay_out"\n')
    made = desk.written()
    rows = made.rows()
    assert list(rows[0]) == ["name", "school", "enrolled", "group_today", "identified", "breakfasts", "lunches",
                             "outside_value", "note", "group", "group_isp", "claiming_share", "reimbursement"]
    assert [row["school"] for row in rows] == ["3", "2", "1", "10"] and rows[2]["enrolled"] == "100.50"
    assert [row["group_today"] for row in rows] == ["b", "a", "a", "0"] and [row["note"] for row in rows] == ["x", "", "y", "z"]
    assert [rows[1][name] for name in ("group", "group_isp", "claiming_share", "reimbursement")] == ["", "", "", ""]
    assert rows[3]["group"] == "0" and rows[3]["reimbursement"] == "-9.75"
    assert made.column("group", "groups.csv")[-1] == "0"
    value = made.json["terms"]["reimbursement"]["value"]
    assert float(made.money()) == pytest.approx(value, abs=0.05)
    assert float(made.money("groups.csv")) == pytest.approx(value, abs=0.05)
    assert sum(int(cell) for cell in made.column("schools", "groups.csv")) == 3
    assert any("44 lunches and 33 breakfasts" in notice and "2" in notice for notice in made.json["notices"])


def test_the_sample_of_the_helper_by_hand(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.given(SCHOOLS)
    found = desk.solved()
    assert found["value"] == pytest.approx(0.72 * 7000 + 0.64 * 350) and found["metrics"]["base_reimbursement"] == 3150.0


# -- regrouped ---------------------------------------------------------------------------------------------------

labels = st.lists(st.integers(-2, 3), min_size=1, max_size=7)


def fewest_moved(today: Sequence[int], new: Sequence[int]) -> int:
    """Over every one-to-one matching of today's groups to new ones; -1 is outside, -2 new."""
    old, bins = sorted({t for t in today if t >= 0}), sorted({g for g in new if g >= 0})
    slots: list[int | None] = [*bins, *[None] * len(old)]
    best = len(today)
    for chosen in set(permutations(slots, len(old))):
        partner = dict(zip(old, chosen, strict=True))
        best = min(best, sum(not ((t == -1 and g == -1) or (t >= 0 and partner[t] is not None and partner[t] == g))
                             for t, g in zip(today, new, strict=True) if t != -2))
    return best


@settings(deadline=None, max_examples=60)
@given(labels, st.data())
def test_regrouped_is_the_best_of_all_matchings(today: list[int], data: st.DataObject) -> None:
    new = data.draw(st.lists(st.integers(-1, 3), min_size=len(today), max_size=len(today)))
    cells = {-2: "", -1: "out"}
    rows = [school(f"s{i}", 100, 90, group=cells.get(t, f"g{t}")) for i, t in enumerate(today)]
    made = problem(rows, [LEAVE], max_groups=7)
    new = [min(g, len(today) - 1) for g in new]
    allocation = made.shape.allocation(new)
    assert int(moved_rows(made, made.groups(allocation)).sum()) == fewest_moved(today, new)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_the_money_columns_are_the_term(seed: int) -> None:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(1, 8))
    rows = [school(f"s{i}", int(generator.integers(1, 90)), 0, int(generator.integers(0, 900)),
                   outside_value=int(generator.integers(0, 99)), district="NS"[int(generator.integers(2))])
            for i in range(size)]
    made = problem(rows, [LEAVE], min_isp=0, max_groups=3)
    allocation = made.shape.allocation(generator.integers(-1, len(made.shape.bins), size))
    value = made.objective.measure(made, allocation)[0]
    assert value == pytest.approx(reimbursement_of(made, made.groups(allocation)))
    cents = [Fraction(cell) for cell in made.allocation_table(allocation)["reimbursement"]]
    assert math.isclose(float(sum(cents)), value, abs_tol=0.006 * size)
    assert "-0.00" not in made.allocation_table(allocation)["reimbursement"].tolist()


def test_a_frame_with_numbers_reads_like_its_csv() -> None:
    frame = pd.DataFrame({"school": ["a", "b"], "enrolled": [0.1 + 0.2, 10.0], "identified": [0.3, 4.0],
                          "breakfasts": [0, 1], "lunches": [1, 1]})
    made = build_problem(load_spec(tree(frame, rates=FLAT), manager()), manager())
    assert isinstance(made, CepProblem)
    assert made.exact_enrolled.fractions() == [Fraction("0.30000000000000004"), Fraction(10)]
