"""The report's part of the domain: sentences that promise nothing false, margins to the person, figures that draw."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.errors import InfeasibleError
from evenhand.model import Figure, Sheet, View
from evenhand.report.charts import draw_svg
from evenhand.report.html import render
from evenhand.solution import Solution
from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.report import curves, ladder, view
from evenhand_apportionment.report.facts import Facts
from evenhand_apportionment.report.margin import margin
from evenhand_apportionment.report.methods import METHODS
from evenhand_apportionment.report.words import NOT_STATUTORY
from evenhand_apportionment.sample import write_sample
from evenhand_apportionment.wording import listed
from tests.plugins.apportionment.small_problems import groups, matrix, solved, tree, units

NEW_ENGLAND = [7_136_171, 3_675_069, 1_409_032, 1_405_012, 1_112_308, 648_493]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    folder = tmp_path_factory.mktemp("house")
    write_sample(folder)
    return evenhand.solve(folder / "spec.toml")


@pytest.fixture(scope="module")
def new_england() -> Solution:
    return evenhand.solve(tree(groups(NEW_ENGLAND), units=41))


@pytest.fixture(scope="module")
def sizes() -> Solution:
    return evenhand.solve(tree(groups(NEW_ENGLAND), units_range=[6, 100]))


def shown(solution: Solution) -> View:
    return view(solution.problem, solution)  # type: ignore[arg-type]


def facts(solution: Solution) -> Facts:
    assert solution.allocation is not None
    return Facts(solution.problem, solution, solution.allocation)  # type: ignore[arg-type]


def sheet(solution: Solution, title: str) -> Sheet:
    return next(s for s in shown(solution).sections if isinstance(s, Sheet) and s.title == title)


def titles(solution: Solution) -> list[str]:
    return [section.title for section in shown(solution).sections]


def decided(solution: Solution) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in sheet(solution, "How it was decided").rows}


def draw_all(solution: Solution) -> View:
    seen = shown(solution)
    for place, section in enumerate(seen.sections):
        if isinstance(section, Figure):
            assert "<svg" in draw_svg(section, f"chart{place}")
        else:
            assert all(len(row) == len(section.headings) for row in section.rows), section.title
            assert set(section.formats) <= set(section.headings), section.title
    return seen


# -- the House ---------------------------------------------------------------------------------------------------


def test_the_last_seat_of_2020_by_89_and_by_26_people(house: Solution) -> None:
    seen = shown(house)
    assert seen.sentence == (
        "435 units among 50 groups by Huntington-Hill (equal proportions): the last unit went to Minnesota, New York "
        "would have needed 89 more people.")
    numbers = dict(seen.highlights)
    assert numbers["Last unit"] == "Minnesota, by 26 people"
    assert numbers["Next in line"] == "New York, 89 people short"
    assert numbers["Change hands against today"] == "7 units"


def test_the_claims_around_the_last_seat_are_the_published_priorities(house: Solution) -> None:
    rows = sheet(house, "Claims around the last unit").rows
    assert [list(row[:4]) for row in rows[3:6]] == [["given", 434, "Montana", 2], ["given", 435, "Minnesota", 8],
                                                    ["next in line", 436, "New York", 27]]
    assert [row[4] for row in rows[4:6]] == ["762,997.705", "762,994.353"]


def test_other_methods_are_named_where_they_differ(house: Solution) -> None:
    table = sheet(house, "Other methods, where they differ")
    rows = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    assert rows["New York"]["Webster"] == "27 (+1)" and rows["Montana"]["Webster"] == "1 (−1)"
    assert rows["California"]["Adams"] == "50 (−2)" and "Alaska" not in rows
    assert "26 groups that get the same by all of them" in table.caption
    brief = {row[0]: row for row in sheet(house, "Other methods in brief").rows}
    assert brief["Webster"][1] == 2 and brief["Adams"][-1] == 3
    assert brief["This: Huntington-Hill"][1] == 0


def test_how_it_was_decided_says_all_that_a_footnote_needs(house: Solution) -> None:
    said = decided(house)
    assert said["Method"] == "Huntington-Hill (equal proportions)" and said["Units"] == "435"
    assert said["Minimum"] == "1" and said["Held up by the minimum"].startswith("3 groups")
    assert said["Ties"].startswith("none") and "no other division is better" in said["Proof"]
    assert "Standing" not in said


def test_the_report_of_the_house_is_small_and_the_same_every_time(house: Solution) -> None:
    text = render(house)
    assert text == render(house) and len(text) < 300_000


# -- margins -----------------------------------------------------------------------------------------------------


POPULATIONS = st.lists(st.integers(1, 2_000), min_size=2, max_size=6)
DIVISORS = st.sampled_from(["adams", "dean", "huntington_hill", "webster", "jefferson", "danish", "imperiali",
                            "modified_sainte_lague"])


@settings(deadline=None, max_examples=60)
@given(people=POPULATIONS, method=DIVISORS, extra=st.integers(1, 25))
def test_a_margin_is_the_least_number_of_people_that_decides(people: list[int], method: str, extra: int) -> None:
    k = len(people) + extra
    solution = solved(tree(groups(people), units=k, method=method))
    found = margin(facts(solution))
    if found is None or found.more is None:
        return
    given = units(solution)

    def after(row: int, change: int) -> tuple[Any, bool]:
        changed = [*people]
        changed[row] += change
        answer = apportion(changed, k, method, lower=1)
        return answer.units, bool(answer.tied_groups)

    won, _ = after(found.next, found.more)
    assert won[found.next] > given[found.next]
    if found.more > 1:
        same, tied = after(found.next, found.more - 1)
        assert tied or same.tolist() == given
    if found.fewer is not None and found.fewer < people[found.last]:
        lost, _ = after(found.last, -found.fewer)
        assert lost[found.last] < given[found.last]
        if found.fewer > 1:
            same, tied = after(found.last, 1 - found.fewer)
            assert tied or same.tolist() == given


def test_a_margin_in_votes_that_are_not_whole(house: Solution) -> None:
    solution = solved(tree(groups(["100.5", "60.25", "40.125"]), units=6, method="webster"))
    found = margin(facts(solution))
    assert found is not None and found.more is not None and found.fewer is not None
    people = [Fraction("100.5"), Fraction("60.25"), Fraction("40.125")]
    people[found.next] += found.more
    assert apportion(people, 6, "webster", lower=1).units[found.next] == units(solution)[found.next] + 1


def test_no_margin_without_a_last_or_a_next() -> None:
    only = solved(tree(groups([5, 6, 7]), units=3, method="webster"))
    assert margin(facts(only)) is None and shown(only).sentence == "3 units among 3 groups by Webster (Sainte-Laguë)."
    assert "Around the last unit" not in titles(only)
    draw_all(only)


def test_hamilton_says_whether_one_unit_more_would_cost_a_unit() -> None:
    # The textbook table: with 10 units c has 2, with 11 it has 1.
    solution = solved(tree(groups([6, 6, 2]), units=10, method="hamilton", minimum=0))
    assert decided(solution)["With one unit more"] == (
        "a and b would gain, and c would lose: the Alabama paradox")
    divisor = solved(tree(groups([6, 6, 2]), units=10, method="webster", minimum=0))
    assert "With one unit more" not in decided(divisor)


@settings(deadline=None, max_examples=25)
@given(people=POPULATIONS, extra=st.integers(1, 20), beta=st.sampled_from([1.0, 2.0, 3.5]))
def test_the_ladder_is_the_order_of_the_marginals(people: list[int], extra: int, beta: float) -> None:
    solution = solved(tree(groups(people), units=len(people) + extra, beta=beta))
    summary = facts(solution)
    found = ladder.rungs(summary)
    assert found is not None
    at = summary.problem.parametric.at(summary.k)
    every = [(-float(at.steps(np.array([unit - 1.0]), np.array([row]))[0]), row, unit)
             for row in range(len(people)) for unit in range(2, summary.k + 8)]
    met = sorted((claim for claim, row, unit in every if unit <= summary.units[row]), reverse=True)
    lost = sorted((claim for claim, row, unit in every if unit > summary.units[row]), reverse=True)
    assert [rung.claim for rung in found[0]] == pytest.approx(met[-5:], rel=1e-12, abs=1e-300)
    assert [rung.claim for rung in found[1]] == pytest.approx(lost[: len(found[1])], rel=1e-12, abs=1e-300)
    assert found[0][-1].place == summary.k and (not found[1] or found[1][0].place == summary.k + 1)


# -- what is promised ----------------------------------------------------------------------------------------------


def test_every_parametric_answer_says_that_it_is_not_statutory(new_england: Solution, sizes: Solution) -> None:
    for solution in (new_england, sizes):
        assert shown(solution).sentence.endswith(NOT_STATUTORY)
        assert "not a statutory method" in decided(solution)["Standing"]
    assert units(new_england) == [18, 10, 4, 4, 3, 2]


def test_the_original_rule_is_not_called_best() -> None:
    solution = solved(tree(groups(NEW_ENGLAND), units=41), solver="greedy-floor")
    assert "not proven best (greedy-floor)" in shown(solution).sentence
    assert decided(solution)["Proof"].startswith("not proven best; proven to be within 7.3 percent")
    around = next(s for s in shown(solution).sections if s.title == "Around the last unit")
    assert "moving that unit would be better" in around.caption
    draw_all(solution)


def test_a_bound_that_is_near_is_no_price(new_england: Solution) -> None:
    # The same units from a solver that brings no proof: only the bound is verified, and that is all that is said.
    other = solved(tree(groups(NEW_ENGLAND), units=41), solver="annealing", seed=3, gap=1e-4)
    assert units(other) == units(new_england)
    said = decided(other)["Proof"]
    assert ("no other division is better" in said) == (getattr(other.certificate, "proves", "") == "optimal")
    nothing = attrs.evolve(new_england, status="feasible", gap=None, bound=None, verified_bound=None, certificate=None)
    assert decided(nothing)["Proof"] == "nothing is proven about how good it is"
    assert "not proven best" in shown(nothing).sentence and "last unit" not in shown(nothing).sentence
    word = attrs.evolve(new_england, certificate=None, verified_bound=None)
    assert decided(word)["Proof"].startswith("by the solver's word, which nobody can recheck")


def test_ties_are_named_with_who_got_the_unit() -> None:
    table = groups([100, 100, 100, 200])
    solution = solved(tree(table, units=7, method="webster", minimum=0, ties="random"), seed=5)
    got = units(solution)
    assert shown(solution).sentence == ("7 units among 4 groups by Webster (Sainte-Laguë); a, b and c are exactly tied, "
                                        "settled by lot (seed 5).")
    assert dict(shown(solution).highlights)["Tied"] == "a, b and c"
    rows = sheet(solution, "Ties").rows
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (name, got[place], "yes" if got[place] == 2 else "no") for place, name in enumerate("abc")]
    assert sum(row[4] == "yes" for row in rows) == 1
    parametric = solved(tree(table, units=7))
    assert "exactly tied" not in shown(parametric).sentence and "are tied" in shown(parametric).sentence


def test_a_range_shows_its_curve_and_how_little_the_winner_means(sizes: Solution) -> None:
    assert shown(sizes).sentence.startswith("Of 6 to 100 units, 97 score best among 6 groups")
    assert "α = β" in curves.caption(facts(sizes)) and "Next best: 43, 67" in curves.caption(facts(sizes))
    assert decided(sizes)["Proof"].endswith("no other size scores higher (marginals)")
    for alpha, word in ((1.0, "largest"), (3.0, "smallest")):
        other = solved(tree(groups(NEW_ENGLAND), units_range=[6, 60], alpha=alpha))
        assert f"tends to the {word} size" in curves.caption(facts(other))
    exact = solved(tree(groups([100, 200, 300]), units_range=[3, 20]))
    assert "k = 6 divides everybody exactly (E = 0)" in curves.caption(facts(exact))
    assert "E = 0: every group has exactly its ideal" in shown(exact).sentence
    draw_all(exact)


def test_paradoxes_of_a_range_are_listed_one_by_one() -> None:
    solution = solved(tree(groups([31, 200, 337, 251, 31]), units_range=[5, 80]))
    assert {"units": 39, "group": "d", "from": 12, "to": 11} in solution.metrics["alabama_paradoxes"]
    rows = sheet(solution, "Paradoxes").rows
    first = solution.metrics["alabama_paradoxes"][0]
    assert list(rows[0]) == ["Alabama", first["units"], first["group"], first["from"], first["to"]]


def test_quota_violations_are_those_of_the_metrics() -> None:
    people = [91_490, 1_660, 1_460, 1_450, 1_440, 1_400, 1_100]  # Jefferson gives the large one too many
    solution = solved(tree(groups(people), units=100, method="jefferson", minimum=0))
    rows = sheet(solution, "Outside the quota").rows
    assert [(row[0], row[4]) for row in rows] == [
        (entry["group"], "too many" if entry["side"] == "upper" else "too few")
        for entry in solution.metrics["quota_violations"]] != []
    based = solved(tree(groups(people), units=100, method="jefferson", base_units=2))
    for row in sheet(based, "Outside the quota").rows:
        assert abs(row[2] - row[3]) >= 1


def test_weighing_other_terms_is_said_and_claims_are_left_out() -> None:
    table = groups(NEW_ENGLAND, current=[20, 9, 4, 4, 2, 2])
    solution = solved(tree(table, units=41, objective=[{"term": "representation_error"},
                                                       {"term": "moved_units", "weight": 0.01}]))
    assert "weighing representation error and moved units" in shown(solution).sentence
    assert "Around the last unit" not in titles(solution)
    assert dict(shown(solution).highlights)["Change hands against today"].endswith(("unit", "units"))
    draw_all(solution)


# -- every kind draws ----------------------------------------------------------------------------------------------


CASES: dict[str, dict[str, Any]] = {
    "threshold": tree(groups([416_000, 338_000, 139_000, 70_100, 8_000]), units=31, method="modified_sainte_lague",
                      minimum=0, threshold="0.02"),
    "base": tree(groups([80_000, 40_000, 9_000, 500]), units=120, method="adams", minimum=6, base_units=5, cap=96),
    "nobody": tree(groups([100, 0, 2**70 + 1]), units=9, method="webster", minimum=0),
    "first units": tree(groups([100, 90, 80, 70]), units=3, method="adams", minimum=0),
    "balinski-young": tree(groups([53, 24, 23]), units=10, method="quota_balinski_young"),
    "droop": tree(groups([530, 240, 231]), units=10, method="droop"),
    "not convex": tree(groups([53, 24, 23]), units=10, beta=0.5),
    "one group": tree(groups([53]), units=10),
    "all alike": tree(groups([10, 10, 10]), units=6),
    "bounds in the table": tree(groups([500, 300, 120, 60], minimum=[2, "", 3, ""], maximum=["", 4, "", 2]), units=13,
                                method="huntington_hill"),
    "biproportional": matrix(),
    "sparse": matrix([[123, 0, 815], [912, 714, 0], [0, 215, 543]]),
}


@pytest.mark.parametrize("name", list(CASES))
def test_every_kind_of_answer_has_a_sentence_and_draws(name: str) -> None:
    solution = solved(CASES[name])
    seen = draw_all(solution)
    assert seen.sentence.endswith(".") and dict(seen.highlights)["Units"] == f"{sum(units(solution)):,}"
    assert len(render(solution)) < 300_000


def test_the_heat_table_and_its_margins() -> None:
    solution = solved(CASES["biproportional"])
    assert shown(solution).sentence == ("21 units in 3 rows and 3 columns, each with its own total, by biproportional "
                                        "apportionment.")
    rows, columns = sheet(solution, "The rows"), sheet(solution, "The columns")
    divisor = {row[0]: row[4] for row in (*rows.rows, *columns.rows)}
    for row, column, votes, before, given_units in sheet(solution, "The cells").rows:
        assert votes / divisor[row] / divisor[column] == pytest.approx(before, rel=1e-4)
        assert abs(before - given_units) <= 0.5
    assert [row[3] for row in rows.rows] == [5, 11, 5]
    assert decided(solution)["Proof"].startswith("every cell is its votes times a multiplier")


def test_many_groups_are_sampled_and_said_to_be() -> None:
    generator = np.random.default_rng(4)
    people = (10 ** generator.uniform(2, 6, 20_000)).astype(np.int64)
    table = pd.DataFrame({"group": [f"g{row}" for row in range(len(people))], "population": people})
    solution = solved(tree(table, units=100_000, method="webster"))
    text = render(solution)
    assert len(text.encode()) < 400_000
    listed_groups = sheet(solution, "The groups")
    assert len(listed_groups.rows) == 120 and "allocation.csv holds all" in listed_groups.caption
    assert listed_groups.rows[0][1] == people.max() and listed_groups.rows[-1][1] == people.min()
    assert "Other methods in brief" not in titles(solution)
    paired = solved(tree(table.head(301), units=1_000, method="webster"))
    assert "Other methods in brief" not in titles(paired)
    assert "Other methods in brief" in titles(solved(tree(table.head(300), units=1_000, method="webster")))


def test_names_cannot_break_the_page() -> None:
    table = groups([50, 30, 20]).assign(group=["<script>alert(1)</script>", "$x^2$ & co", "x" * 90])
    text = render(solved(tree(table, units=10, method="webster")))
    assert "<script" not in text and "&lt;script&gt;" in text


def test_without_an_answer_there_is_a_sentence_and_nothing_else(house: Solution) -> None:
    nothing = attrs.evolve(house, status="no_solution", allocation=None, value=None, gap=None)
    assert shown(nothing) == View("No division that keeps all the rules was found; that does not prove that there is "
                                  "none.")
    proven = attrs.evolve(nothing, status="infeasible", infeasible=InfeasibleError("too few units"))
    assert shown(proven).sentence == "No such division exists: too few units"


def test_other_methods_are_solved_as_by_themselves(new_england: Solution) -> None:
    brief = {row[0]: row for row in sheet(new_england, "Other methods in brief").rows}
    assert len(brief) == len(METHODS) + 1
    for method, name in (("jefferson", "Jefferson"), ("hamilton", "Hamilton"), ("dean", "Dean")):
        alone = solved(tree(groups(NEW_ENGLAND), units=41, method=method))
        apart = int(np.maximum(0, np.array(units(alone)) - np.array(units(new_england))).sum())
        assert brief[name][1] == apart
        assert brief[name][2] == f"{100 * alone.metrics['gallagher']:.3f}%"


def test_lists_of_names() -> None:
    assert listed(["a"]) == "a" and listed(["a", "b"]) == "a and b"
    assert listed(list("abcdef")) == "a, b, c and 3 others"


def test_the_written_report_verifies(tmp_path: Path, new_england: Solution) -> None:
    folder = evenhand.write(new_england, tmp_path / "answer")
    assert NOT_STATUTORY in (folder / "report.html").read_text(encoding="utf-8")
    assert evenhand.verify(folder).status == "optimal"


def test_the_original_rule_is_shown_where_it_loses(tmp_path: Path) -> None:
    from evenhand_apportionment.sample import write_sample

    write_sample(tmp_path)
    solution = evenhand.solve(tmp_path / "new_england.toml")
    sheet = next(s for s in solution.problem.view(solution).sections if s.title.startswith("The original rule"))
    assert isinstance(sheet, Sheet)
    assert [row[:1] + row[2:4] for row in sheet.rows] == [["Massachusetts", 18, 19], ["Connecticut", 10, 9]]
    assert "0.003727" in sheet.caption and "0.003457" in sheet.caption
