"""No number of the report, no point of its charts and no difference of two of them is a small count of students."""

from __future__ import annotations

import re
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.model import Figure, Sheet
from evenhand.report.charts import draw_svg
from evenhand.report.html import render
from evenhand.solution import Solution
from evenhand_tiebreaker.groups import Group
from evenhand_tiebreaker.instance import Blocks
from evenhand_tiebreaker.report.district import ALL, DISTRICT, ELIGIBLE, FOCAL, OTHER, REACHED, column, district_of
from evenhand_tiebreaker.report.marks import marks_of
from evenhand_tiebreaker.report.steps import Known, Steps
from evenhand_tiebreaker.report.suppression import WITHHELD, SmallCells
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE as HOUSED
from tests.plugins.tiebreaker.domain_cases import blocks, solved, tree
from tests.plugins.tiebreaker.report_cases import facts, shown, solved_city

SMALL = SmallCells(5)
WITHIN = [(DISTRICT, DISTRICT), (ELIGIBLE, ELIGIBLE), (REACHED, REACHED), (REACHED, ELIGIBLE), (REACHED, DISTRICT),
          (ELIGIBLE, DISTRICT)]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    return solved_city(tmp_path_factory.mktemp("city"))


def rows(solution: Solution, title: str) -> dict[str, list[Any]]:
    found = next(s for s in shown(solution).sections if isinstance(s, Sheet) and s.title == title)
    return {str(row[0]): list(row[1:]) for row in found.rows}


# -- numbers -------------------------------------------------------------------------------------------------------


def test_the_headline_hides_what_the_tables_hide() -> None:
    """One block receives: 3 focal students and 1 other."""
    solution = solved(tree(eligibility=HOUSED, threshold="3/4", budget={"non_focal": 4}))
    seen = shown(solution)
    top = dict(seen.highlights)
    assert top["Focal students reached"] == "<5 of 32" and top["Other students who go first"] == "<5 of 45"
    assert "fewer than 5 focal students live there, and fewer than 5 others" in seen.sentence
    assert "Any set of blocks could add" not in top  # with the bound it would tell the 3
    said = rows(solution, "The rule, and how it was decided")
    assert said["Budget"][0].endswith("; <5 of 4 used")
    assert seen.metrics["tpr"].startswith("withheld") and "0.09375" not in render(solution)
    open_ = solved(tree(eligibility=HOUSED, threshold="3/4", budget={"non_focal": 4}, suppress_below=0))
    assert dict(shown(open_).highlights)["Focal students reached"] == "3 of 32"


def test_a_group_within_another_one_does_not_tell_the_few_in_between() -> None:
    """35 are in n_frl and 32 of them in n_both: 3 are not; 77 students, all of them but 2 in n_all."""
    frl = [row + extra for row, extra in zip([5, 4, 1, 0, 3, 2, 6, 0, 3, 3, 4, 1], [1, 0, 0, 0, 0, 2] + [0] * 6,
                                             strict=True)]
    every = [10, 8, 6, 0, 4, 12, 9, 5, 7, 3, 11, 0]
    found = rows(solved(tree(blocks(n_frl=frl, n_all=every), eligibility=HOUSED, threshold="1/2")), "Coverage by group")
    assert found["n_both (focal)"][0] == "32" and found["all students"][0] == "77"
    assert found["n_frl"][0] == WITHHELD and found["n_all"][0] == WITHHELD
    assert found["n_frl"][3] == WITHHELD


def test_the_few_who_are_not_reached_are_not_told() -> None:
    """All eligible blocks receive but one, whose 3 focal students are the difference to the ceiling."""
    solution = solved(tree(threshold="1/12"))
    assert rows(solution, "Coverage by group")["n_both (focal)"] == ["32", "32", "32", "100.0%", "100.0%"]
    solution = solved(tree(eligibility=HOUSED, threshold="1/4"))  # 26 of 27, 32 in the district
    found = rows(solution, "Coverage by group")["n_both (focal)"]
    assert found[0] == "32" and found[1] == WITHHELD and "27" not in dict(shown(solution).highlights).values()
    assert "hold * focal students, *" in rows(solution, "The rule, and how it was decided")["Ceiling"][0]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4, st.booleans(), st.booleans()), min_size=1, max_size=7))
def test_no_difference_and_no_sum_tells_a_small_count(table: list[tuple[int, int, int, int, bool, bool]]) -> None:
    both, more, aalpi, other = (np.array(cells, dtype=np.int64) for cells in list(zip(*table, strict=True))[:4])
    eligible, chosen = (np.array([row[place] for row in table]) for place in (4, 5))
    counted = Blocks(tuple(map(str, range(len(table)))), np.ones(len(table), dtype=bool), both,
                     more + aalpi + other, 1, eligible)
    columns = {"n_both": both, "n_frl": both + more, "n_aalpi": both + aalpi, "n_focal": both + more + aalpi}
    groups = [Group(name, counts, 1, int(counts.sum())) for name, counts in columns.items()]
    found = district_of(counted, chosen & eligible, groups, 5)
    kinds = {FOCAL: both, OTHER: counted.other, ALL: counted.students,
             **{column(name): counts for name, counts in columns.items()}}
    for inner, outer in WITHIN:
        for one, whole in ((a, b) for a in kinds for b in kinds if (kinds[a] <= kinds[b]).all()):
            if found.told((one, inner), (whole, outer)):
                assert SMALL.tells(abs(found[whole, outer].cell.count - found[one, inner].cell.count))
    for region in (DISTRICT, ELIGIBLE, REACHED):
        for members in ((FOCAL, OTHER, ALL), tuple(map(column, columns))):
            assert sum(found[name, region].hidden for name in members) != 1
        for name in kinds:
            assert not found.told((name, region)) or not SMALL.hides(found[name, region].cell.count)


# -- cut-offs ------------------------------------------------------------------------------------------------------


def test_no_line_of_the_cutoffs_is_close_to_the_end_of_the_curve(city: Solution) -> None:
    known = facts(city)
    ends = [known.district[name, ELIGIBLE].cell.count for name in (FOCAL, OTHER)]
    for cells in rows(city, "What other cut-offs would do").values():
        for cell, end in zip(cells[2:4], ends, strict=True):
            assert cell in ("<5", WITHHELD) or SMALL.tells(end - int(cell.replace(",", "")))


def test_no_exact_share_of_a_block_is_printed(city: Solution) -> None:
    exact = facts(city).threshold
    assert exact is not None and exact.denominator > 5
    seen = shown(city)
    said = [seen.sentence, *(value for _, value in seen.highlights), *city.notices, *map(str, seen.metrics.values())]
    for section in seen.sections:
        if isinstance(section, Sheet):
            said += [section.caption, *(str(cell) for row in section.rows for cell in row)]
    assert not [text for text in said if re.search(r"\d/\d", text.replace("every 1/20", ""))]
    page = render(city, spec_text="", versions={}, inputs={})
    assert f"{exact.numerator}/{exact.denominator}" not in page and f"{float(exact):.6g}" not in page


def test_a_cutoff_of_the_user_is_printed_as_it_was_given() -> None:
    solution = solved(tree(eligibility=HOUSED, threshold="3/7"))
    assert "3/7" in rows(solution, "The rule, and how it was decided")["The rule in one sentence"][0]
    assert any("3/7" in notice for notice in solution.notices)


# -- charts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["threshold", "exact"])
def test_no_two_points_of_a_chart_are_a_few_students_apart(city: Solution, selection: str) -> None:
    solution = city if selection == "threshold" else evenhand.solve(
        tree(blocks(students=[80 * n for n in range(1, 13)], n_frl=None,
                    n_both=[7 * n for n in (3, 1, 6, 2, 9, 4, 8, 5, 7, 2, 11, 1)]), selection="exact",
             budget={"fpr": 0.3}))
    marks = marks_of(facts(solution))
    assert marks is not None and marks.frontier is not None
    ends = {"other": marks.other, "focal": marks.focal}
    for curve in (marks.frontier, marks.cutoffs, *([marks.everywhere] if marks.everywhere else [])):
        assert len(curve.other) > 3
        for name, whole in ends.items():
            values = sorted(getattr(curve, name).tolist())
            assert not [b - a for a, b in pairwise([*values, whole]) if 0 < b - a < 5]
    counted = {(point[0], point[1]) for point in zip(marks.frontier.other, marks.frontier.focal, strict=True)}
    inside = set(zip(marks.cutoffs.other, marks.cutoffs.focal, strict=True))
    assert len(inside & counted) > 2  # the dots lie on the frontier's corners


def test_the_points_of_the_table_and_of_the_chart_are_one_set(city: Solution) -> None:
    marks = marks_of(facts(city))
    assert marks is not None
    for cells in rows(city, "What other cut-offs would do").values():
        if not {"<5", WITHHELD} & {*cells[2:4]}:
            focal, other = (int(cell.replace(",", "")) for cell in cells[2:4])
            assert (other, focal) in set(zip(marks.cutoffs.other.tolist(), marks.cutoffs.focal.tolist(), strict=True))


def test_a_small_choice_is_drawn_where_nobody_can_read_it_off() -> None:
    solution = solved(tree(eligibility=HOUSED, threshold="3/4"))
    point = facts(solution).point(facts(solution).chosen)
    assert (point.tpr, point.fpr) == (2 / 32, 2 / 45)
    for place, section in enumerate(shown(solution).sections):
        if isinstance(section, Figure):
            assert "<svg" in draw_svg(section, f"c{place}")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12), st.data())
def test_shown_points_are_apart_from_each_other_and_from_what_is_known(moves: list[tuple[int, int]], data: Any) -> None:
    points = np.array([(0, 0), *moves], dtype=np.int64).cumsum(axis=0)
    wanted = data.draw(st.lists(st.integers(0, len(points) - 1), max_size=4))
    end = Known(int(points[-1, 0]), int(points[-1, 1]))
    kept = Steps(SMALL, (end,)).shown(points[:, 0], points[:, 1], wanted)
    assert kept == sorted(set(kept))
    told = points[kept].tolist()
    for one, two in [*combinations(told, 2), *product(told, ([end.other, end.focal], [0, 0]))]:
        assert SMALL.tells(abs(one[0] - two[0]), abs(one[1] - two[1]))
    assert Steps(SmallCells(0), ()).shown(points[:, 0], points[:, 1]) == list(range(len(points)))


# -- what is said of the proof -------------------------------------------------------------------------------------


def test_the_headline_is_no_weaker_than_the_proof() -> None:
    """Two budgets: the bound of one price leaves room that the answer's own bound does not."""
    solution = solved(tree(selection="exact", budget={"fpr": 0.3, "blocks": 4}, suppress_below=0), "highs")
    known = facts(solution)
    assert solution.verified_bound is not None
    assert known.problem.multipliers.floored > solution.verified_bound
    assert known.spare == solution.verified_bound - known.focal
    said = rows(solution, "The rule, and how it was decided")["Any set of blocks"][0]
    assert f"reaches more than {int(solution.verified_bound)} focal students" in said


def test_side_rules_do_not_tighten_what_any_set_could_add() -> None:
    spec = tree(selection="exact", budget={"fpr": 0.3}, rules=[{"rule": "forbid", "blocks": ["0606", "0604"]}])
    known = facts(solved(spec))
    assert known.proven is None and known.spare == known.problem.multipliers.floored - known.focal > 0


@pytest.mark.parametrize("given", [{"selection": "column", "column": "ctip1"}, {"threshold": "3/4"}])
def test_a_given_choice_is_not_praised_as_the_best(given: dict[str, Any]) -> None:
    solution = solved(tree(budget={"fpr": 0.9}, **given))
    page = render(solution)
    assert solution.status == "optimal" and "proven to be the best there is" not in page
    assert "was given, so there was nothing to choose" in page
    assert "proven to be the best there is" in render(solved(tree(budget={"fpr": 0.9})))
