"""The report's part of the domain: sentences that promise nothing false, figures that draw, tables that add up."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.errors import InfeasibleError
from evenhand.model import Figure, Sheet, View
from evenhand.report.charts import draw_svg
from evenhand.report.html import render
from evenhand_cep.report import compared, school_charts, view
from evenhand_cep.report.facts import percent
from evenhand_cep.report.money_charts import short_dollars
from evenhand_cep.report.school_charts import sensible_limit, spread
from tests.plugins.cep.small_problems import schools, tree, typed

CEP12 = Path(__file__).resolve().parents[2] / "golden" / "cep12"
EXPECTED = json.loads((CEP12 / "expected.json").read_text(encoding="utf-8"))
OUT = [{"rule": "may_stay_out"}]


@pytest.fixture(scope="module")
def twelve() -> evenhand.Solution:
    return evenhand.solve(CEP12 / "spec.toml")


@pytest.fixture(scope="module")
def stay_out() -> evenhand.Solution:
    frame = schools(11, 4, low=0.1, high=0.8, outside_value=[20_000 + 45_000 * row for row in range(11)],
                    group=["1", "2", "", "out", "1"] + ["2"] * 6)
    return evenhand.solve(tree(frame, OUT, min_isp=0.4, max_groups=3))


@pytest.fixture(scope="module")
def districts() -> evenhand.Solution:
    names = ["Alder"] * 5 + ["Birch"] * 5 + ["Cedar"] * 3
    frame = schools(13, 6, low=0.3, high=0.8, district=names)
    return evenhand.solve(tree(frame, min_isp=0.25, max_groups=2))


def shown(solution: evenhand.Solution) -> View:
    return view(solution.problem, solution)


def sheet(solution: evenhand.Solution, title: str) -> Sheet:
    return next(s for s in shown(solution).sections if isinstance(s, Sheet) and s.title == title)


def titles(solution: evenhand.Solution) -> list[str]:
    return [section.title for section in shown(solution).sections]


def draw_all(seen: View) -> None:
    for place, section in enumerate(seen.sections):
        if isinstance(section, Figure):
            assert "<svg" in draw_svg(section, f"chart{place}")
        else:
            assert all(len(row) == len(section.headings) for row in section.rows)
            assert set(section.formats) <= set(section.headings)


# -- sentences -------------------------------------------------------------------------------------------------


def test_the_typed_twelve_schools_are_told_to_the_dollar(twelve: evenhand.Solution) -> None:
    base, money, one, today = (Fraction(EXPECTED[name]) for name in
                               ("base_reimbursement", "reimbursement", "one_group", "today"))
    seen = shown(twelve)
    assert seen.sentence == (f"12 schools in 3 groups claim ${round(base + money):,} a year, "
                             f"${round(money - one):,} more than one group; no grouping can claim more.")
    assert seen.sentence.startswith("12 schools in 3 groups claim $1,571,930 a year, $61,")
    numbers = dict(seen.highlights)
    assert numbers["Claimed in a year"] == "$1,571,930"
    assert numbers["More than today's grouping"] == f"${round(money - today):,}"
    assert numbers["From the best possible"] == "not a cent"


def with_bounds(solution: evenhand.Solution, **bounds: float | None) -> str:
    return view(solution.problem, attrs.evolve(solution, **bounds)).sentence


@settings(deadline=None, max_examples=40)
@given(more=st.floats(0.01, 1e7))
def test_the_limit_is_never_rounded_down(twelve: evenhand.Solution, more: float) -> None:
    assert twelve.value is not None
    bound = twelve.value + more
    said = with_bounds(twelve, bound=bound, verified_bound=bound)
    limit = int(said.rsplit("$", 1)[1].rstrip(".").replace(",", ""))
    assert limit >= twelve.metrics["base_reimbursement"] + bound - 1e-6
    assert limit <= twelve.metrics["base_reimbursement"] + bound + 1


def test_a_limit_nobody_can_recheck_is_called_that(twelve: evenhand.Solution) -> None:
    assert twelve.value is not None
    said = with_bounds(twelve, bound=twelve.value + 1000, verified_bound=None)
    assert "; the solver says, unproven, that no grouping can claim more than $1,572,931." in said
    # A claimed limit that is closer does not replace the proven one.
    both = with_bounds(twelve, bound=twelve.value + 10, verified_bound=twelve.value + 1000)
    assert "; no grouping can claim more than $1,572,931." in both
    closer = attrs.evolve(twelve, bound=twelve.value + 10, verified_bound=twelve.value * 1.1, gap=10 / twelve.value)
    assert dict(shown(closer).highlights)["From the best possible, at most"] == "10 percent"
    assert with_bounds(twelve, bound=None, verified_bound=None, gap=None).endswith(
        "; how much more another grouping could claim is not known.")


def test_without_an_answer_there_is_a_sentence_and_nothing_else(twelve: evenhand.Solution) -> None:
    nothing = attrs.evolve(twelve, status="no_solution", allocation=None, value=None, gap=None)
    assert shown(nothing) == View("No grouping of the 12 schools that keeps all the rules was found; "
                                  "that does not prove that there is none.")
    impossible = attrs.evolve(nothing, status="infeasible", infeasible=InfeasibleError("The overall ISP is too low."))
    assert shown(impossible).sentence == ("No grouping of the 12 schools keeps all the rules: "
                                          "The overall ISP is too low.")


def test_an_answer_that_breaks_rules_promises_no_money(twelve: evenhand.Solution) -> None:
    every_one_alone = twelve.problem.from_labels(np.array([1, 2, 3] * 4))
    broken = attrs.evolve(twelve, status="violates", allocation=every_one_alone)
    seen = shown(broken)
    assert "breaks rules and cannot be claimed" in seen.sentence
    assert "no grouping can" not in seen.sentence
    assert not any("best" in label for label, _ in seen.highlights)
    assert "What each further group is worth" not in titles(broken)
    draw_all(seen)


def test_schools_outside_and_districts_are_counted(stay_out: evenhand.Solution, districts: evenhand.Solution) -> None:
    metrics = stay_out.metrics
    assert metrics["schools_outside"] > 0
    assert shown(stay_out).sentence.startswith(
        f"{metrics['schools_in_groups']} schools in {metrics['groups']} group")
    assert f"and {metrics['schools_outside']} school" in shown(stay_out).sentence
    assert "than all schools in one group" in shown(stay_out).sentence
    said = shown(districts).sentence
    assert said.startswith(f"13 schools of 3 districts in {districts.metrics['groups']} groups claim $")
    assert "more than one group in each district" in said


def test_everybody_outside() -> None:
    frame = typed([{"school": "a", "enrolled": 100, "identified": 10, "outside_value": 500},
                   {"school": "b", "enrolled": 100, "identified": 20, "outside_value": 300}])
    solution = evenhand.solve(tree(frame, OUT, min_isp=0.4))
    assert shown(solution).sentence == ("No school takes part: 2 schools outside claim $800 a year (all schools in one "
                                        "group would miss the minimum); no grouping can claim more.")
    draw_all(shown(solution))


def test_one_group_is_not_compared_with_itself() -> None:
    # 70 of 100 identified: everything is claimed free, 100 x 4.43 and 100 x 2.37.
    frame = typed([{"school": "a", "enrolled": 100, "identified": 70, "breakfasts": 100}])
    seen = shown(evenhand.solve(tree(frame)))
    assert seen.sentence == "1 school in one group claims $680 a year; no grouping can claim more."
    assert dict(seen.highlights)["Students claimed 100% free"] == "100 in 1 school"
    draw_all(seen)


def test_other_objectives_speak_of_their_own_measure() -> None:
    frame = schools(9, 2, low=0.3, high=0.8)
    free = evenhand.solve(tree(frame, objective=[{"term": "students_free"}], min_isp=0.25))
    students = free.terms["students_free"]
    assert f"; students in schools claimed 100 % free: {students:,.0f}, and no grouping can have more than " \
        in shown(free).sentence
    assert "claim more than" not in shown(free).sentence
    draw_all(shown(free))
    both = evenhand.solve(tree(frame, objective=[{"term": "reimbursement"}, {"term": "students_free", "weight": 50}]))
    assert "; by the objective (maximize 1 x reimbursement + 50 x students_free) it is worth " in shown(both).sentence
    draw_all(shown(both))


def test_a_minimized_measure_has_a_lower_limit() -> None:
    frame = schools(6, 2, low=0.5, high=0.8, group=["1", "1", "1", "2", "2", "2"])
    problem = evenhand.problem("cep", schools=frame, rates="2023-24/contiguous/standard",
                               objective=[{"term": "regrouped"}])
    allocation = problem.from_labels(np.array([1, 1, 2, 2, 2, 2]))
    base = evenhand.solve(tree(frame))
    moved = attrs.evolve(base, problem=problem, allocation=allocation, value=1.0, bound=0.0, verified_bound=0.0,
                         certificate=None)
    assert shown(moved).sentence.endswith(
        "; schools whose group changes: 1, and no grouping can have fewer than 0.")


# -- tables ----------------------------------------------------------------------------------------------------


def test_the_groups_add_up(twelve: evenhand.Solution, stay_out: evenhand.Solution) -> None:
    for solution in (twelve, stay_out):
        table = sheet(solution, "The groups")
        *parts, whole = table.rows
        assert whole[0] == "all"
        for column in (1, 6, 7, 8):
            assert math.isclose(sum(row[column] for row in parts), whole[column], rel_tol=1e-12)
        assert whole[8] == pytest.approx(solution.metrics["total_reimbursement"], rel=1e-12)
    assert [row[0] for row in sheet(stay_out, "The groups").rows][-2] == "outside"


def test_today_and_proposed_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    # 250 of 400 identified: 62.5 %, everything free at once. Today each two schools stand alone: 80 % of 200 x 4.01
    # and 100 % of 200 x 4.01; base 400 x 0.42.
    frame = typed([
        {"school": "a", "enrolled": 100, "identified": 50, "group": "x"},
        {"school": "b", "enrolled": 100, "identified": 50, "group": "x"},
        {"school": "c", "enrolled": 100, "identified": 75, "group": "y"},
        {"school": "d", "enrolled": 100, "identified": 75, "group": "y"}])
    solution = evenhand.solve(tree(frame, max_groups=1))
    rows = {row[0]: row[1:] for row in sheet(solution, "Today and proposed").rows}
    assert rows["Claimed in a year"] == ["$1,612", "$1,772", "+$160"]
    assert rows["Groups"] == ["2", "1", "−1"]
    assert rows["Claiming shares"] == ["80.0% to 100%", "100%", ""]
    assert rows["Schools that change their group"] == ["", "2 of 4", ""]
    where = sheet(solution, "Where the schools of today's groups go")
    assert [list(row) for row in where.rows] == [["x", 2], ["y", 2]]
    money = sheet(solution, "Money of each school")
    monkeypatch.setattr(compared, "MOST_PAIRS", 1)
    many = sheet(solution, "Today and proposed")
    assert "Schools that change their group" not in {row[0] for row in many.rows}
    assert "too many groups" in many.caption
    assert [row[-2:] for row in money.rows] == [["+$80", "$0"]] * 2 + [["$0", "$0"]] * 2


def test_today_that_cannot_be_claimed_shows_no_money(stay_out: evenhand.Solution) -> None:
    rows = {row[0]: row[1:] for row in sheet(stay_out, "Today and proposed").rows}
    today_known = stay_out.metrics["today_reimbursement"] is not None
    assert (rows["Claimed in a year"][0] != "–") == today_known
    assert rows["Schools in groups"][0] == "9"
    where = sheet(stay_out, "Where the schools of today's groups go")
    assert [row[0] for row in where.rows] == ["1", "2", "outside", "none yet"]
    assert sum(sum(row[1:]) for row in where.rows) == 11


def test_break_even_by_hand() -> None:
    # One group at 1.6 x 40 % = 64 %: 100 lunches claim 42 + 0.64 x 401 = 298.64. Outside they would claim 310:
    # 11.36 lack, one more lunch earns 0.64 x 4.43 + 0.36 x 0.42 = 2.9864, so 4 lunches are needed.
    frame = typed([{"school": "a", "enrolled": 100, "identified": 40, "outside_value": 310}])
    rows = sheet(evenhand.solve(tree(frame)), "Break-even of each group").rows
    assert rows[0][1] == pytest.approx(298.64)
    assert rows[0][3] == pytest.approx(-11.36)
    assert rows[0][4] == pytest.approx(2.9864)
    assert rows[0][5:] == [4, "4.0%"]
    well_off = sheet(evenhand.solve(tree(frame.assign(outside_value=298))), "Break-even of each group").rows
    assert well_off[0][5] == "none"
    assert "Break-even of each group" not in titles(evenhand.solve(tree(frame.drop(columns="outside_value"))))


def test_break_even_when_a_lunch_earns_nothing() -> None:
    frame = typed([{"school": "a", "enrolled": 10, "identified": 0, "outside_value": 5}])
    spec = tree(frame, min_isp=0)
    spec["problem"]["rates"] = {"lunch_free": "1", "lunch_paid": "0", "breakfast_free": "1", "breakfast_paid": "0"}
    assert sheet(evenhand.solve(spec), "Break-even of each group").rows[0][5] is None


def test_districts_take_the_place_of_groups(districts: evenhand.Solution) -> None:
    assert "The groups" not in titles(districts)
    table = sheet(districts, "The districts")
    claimed = table.headings.index("Claimed")
    assert sorted(row[0] for row in table.rows) == ["Alder", "Birch", "Cedar"]
    assert sum(row[claimed] for row in table.rows) == pytest.approx(districts.metrics["total_reimbursement"])
    money = [row[claimed] for row in table.rows]
    assert money == sorted(money, reverse=True)
    gains = sum(row[-1] for row in table.rows)
    assert districts.value is not None
    assert gains == pytest.approx(districts.value - districts.metrics["one_group_reimbursement"])
    figures = [s for s in shown(districts).sections if isinstance(s, Figure)]
    assert any("there are several districts" in figure.caption for figure in figures)


def test_many_schools_are_cut_to_those_that_gain_most() -> None:
    solution = evenhand.solve(tree(schools(120, 9), min_isp=0.25), gap=0.05)
    table = sheet(solution, "The schools that gain most")
    assert len(table.rows) == 50
    assert "The 50 of 120 schools" in table.caption
    assert "allocation.csv" in table.caption
    gains = [int(str(row[-1]).translate(str.maketrans({"$": "", "+": "", ",": "", "−": "-"}))) for row in table.rows]
    assert gains == sorted(gains, reverse=True)


# -- figures ---------------------------------------------------------------------------------------------------


def test_every_figure_draws(twelve: evenhand.Solution, stay_out: evenhand.Solution, districts: evenhand.Solution,
                            monkeypatch: pytest.MonkeyPatch) -> None:
    for solution in (twelve, stay_out, districts):
        assert [t for t in titles(solution) if t == "Who lifts whom"]
        draw_all(shown(solution))
    for name in ("COLOURED_GROUPS", "LABELLED_GROUPS", "MARKED_SCHOOLS"):
        monkeypatch.setattr(school_charts, name, 1)
        draw_all(shown(stay_out))


def test_prices_are_drawn_for_one_priced_district() -> None:
    solution = evenhand.solve(tree(schools(40, 3), min_isp=0.25, max_groups=5), gap=1e-3)
    assert "What one more identified student is worth" in titles(solution)
    assert "What each further group is worth" in titles(solution)
    draw_all(shown(solution))
    page = render(solution)
    assert "What one more identified student is worth" in page
    assert page == render(solution)


def test_an_id_with_markup_stays_text() -> None:
    frame = schools(3, 5, low=0.5, name=["<script>alert(1)</script>", "$a_1$ & b", "=1+1"])
    page = render(evenhand.solve(tree(frame)))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


# -- small helpers ---------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.fractions(0, 1))
def test_only_one_is_a_hundred_percent(part: Fraction) -> None:
    text = percent(part)
    assert (text == "100%") == (part == 1)
    if text not in ("100%", "<100%"):
        assert abs(float(text.rstrip("%")) / 100 - part) <= 5.1e-5
        assert float(text.rstrip("%")) < 100


def test_shares_just_under_one_say_so() -> None:
    assert percent(Fraction(99_999, 100_000)) == "99.999%"
    assert percent(1 - Fraction(1, 10**9)) == "<100%"
    assert percent(Fraction(2, 3), 1) == "66.7%"


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "$0"), (12.5, "$12.50"), (752.4, "$752"), (9_994, "$9,994"), (110_000, "$110k"), (999_499, "$999k"),
    (999_600, "$1.00M"), (14_159_696, "$14.2M"), (16_640_649_012, "$16.6B"), (-3_000_000, "−$3.00M")])
def test_short_dollars(value: float, text: str) -> None:
    assert short_dollars(value) == text


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0.4, 1.0), min_size=1, max_size=8))
def test_labels_keep_apart(at: list[float]) -> None:
    at = sorted(at, reverse=True)
    spots = spread(at, 0.03, 1.02)
    assert all(a - b >= 0.03 - 1e-3 for a, b in pairwise(spots))
    assert spots[0] <= 1.02 + 0.03


def test_a_few_extreme_values_do_not_flatten_an_axis() -> None:
    values = np.concatenate([np.linspace(1, 100, 999), [10_000.0]])
    limit, hidden = sensible_limit(values)
    assert 100 < limit < 200
    assert hidden == 1
    assert sensible_limit(np.array([1.0, 2.0])) == (2.1, 0)


def test_nothing_but_dollars_is_priced(twelve: evenhand.Solution) -> None:
    kinds: dict[str, Any] = {title: kind for section in shown(twelve).sections if isinstance(section, Sheet)
                             for title, kind in section.formats.items()}
    assert kinds["Claimed"] == "dollars"
    assert "What one more identified student is worth" not in titles(twelve)  # enumerated: there are no prices
