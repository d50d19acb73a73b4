"""The report's part of the domain: facts in its words, small counts hidden, figures that draw whatever is missing."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import EvenhandError
from evenhand.model import Figure, Sheet, View
from evenhand.report.charts import draw_svg
from evenhand.report.html import render
from evenhand.solution import Solution
from evenhand_tiebreaker.report.columns import compared_columns, counted_groups
from evenhand_tiebreaker.report.marks import marks_of
from evenhand_tiebreaker.report.neighborhoods import neighborhood_rows
from evenhand_tiebreaker.report.suppression import WITHHELD, Cell, SmallCells, nested_cells, protect_sum
from evenhand_tiebreaker.report.words import cutoff, shortest_decimal
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, ROWS, adjacency, blocks, solved, tree
from tests.plugins.tiebreaker.report_cases import facts, shown, solved_city

SQUARES = [f"POLYGON (({x} {y}, {x + 1} {y}, {x + 1} {y + 1}, {x} {y + 1}, {x} {y}))"
           for y in range(3) for x in range(4)]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    return solved_city(tmp_path_factory.mktemp("city"))


def sheet(solution: Solution, title: str) -> Sheet:
    return next(s for s in shown(solution).sections if isinstance(s, Sheet) and s.title == title)


def titles(solution: Solution) -> list[str]:
    return [section.title for section in shown(solution).sections]


def decided(solution: Solution) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in sheet(solution, "The rule, and how it was decided").rows}


def well_formed(solution: Solution) -> View:
    """What is shown; every row fits its headings."""
    seen = shown(solution)
    for section in seen.sections:
        if isinstance(section, Sheet):
            assert all(len(row) == len(section.headings) for row in section.rows), section.title
            assert set(section.formats) <= set(section.headings), section.title
    return seen


def draw_all(solution: Solution) -> View:
    seen = well_formed(solution)
    for place, section in enumerate(seen.sections):
        if isinstance(section, Figure):
            assert "<svg" in draw_svg(section, f"chart{place}")
    return seen


# -- what it says ------------------------------------------------------------------------------------------------


def test_the_sentence_counts_by_hand() -> None:
    # By falling share: 0604 (3 of 4), 0606 (6 of 9), then 0600, 0601, 0611 (halves): 19 focal, 14 others of 45.
    solution = solved(tree(eligibility=ELIGIBLE, threshold="1/2", budget={"non_focal": 14}))
    assert shown(solution).sentence == (
        "5 of 10 eligible blocks receive priority: 59.4% of all focal students live there, and 31.1% of the others; "
        "no set of blocks within the budget reaches more.")
    assert dict(shown(solution).highlights)["Focal students reached"] == "19 of 32"
    said = decided(solution)
    assert said["The rule in one sentence"] == (
        "When a program has fewer seats than applicants, priority goes to children who live in a block that is eligible "
        "(housing or redline) and where at least 50% (1/2) of the students are counted in n_both.")
    assert said["Ceiling"].startswith("all eligible blocks together hold 27 focal students, 84.4% of the district's")
    assert said["Budget"] == "at most 14 non-focal students in receiving blocks; 14 of 14 used (100.0%)"


def test_any_set_can_be_rechecked_as_the_report_says() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, budget={"fpr": 0.3}))
    said = decided(solution)["Any set of blocks"]
    price = Fraction(said.split("eligible block take ")[1].split(" for every")[0])
    budget = int(said.split("times the budget of ")[1].split(".")[0])
    eligible = [row for row in ROWS if row[4] or row[5]]
    limit = price * budget + sum(max(Fraction(0), row[2] - price * (row[1] - row[2])) for row in eligible)
    assert budget == 13 and f"reaches more than {limit.__floor__()} focal students" in said


@pytest.mark.parametrize(("options", "words"), [
    ({"selection": "column", "column": "ctip1"}, "a block that the column ctip1 marks"),
    ({"selection": "rule", "features": ["housing", "share:n_frl"], "literals": 1, "budget": {"fpr": 0.4}},
     "for which this holds: "),
    ({"selection": "exact", "budget": {"fpr": 0.2}}, "one of these blocks: "),
    ({"threshold": "7/20"}, "at least 35% (7/20) of the students"),
    ({"threshold": "1/3"}, "at least 1/3 of the students"),
    ({"budget": {"blocks": 0}}, "no block: under these rules nobody receives it"),
])
def test_the_rule_of_every_selection_is_one_sentence(options: dict[str, Any], words: str) -> None:
    rule = decided(solved(tree(**options)))["The rule in one sentence"]
    assert words in rule and rule.count(". ") == 0 and rule.endswith(".")


def test_the_rule_can_be_pasted_into_a_spec() -> None:
    options = {"selection": "rule", "features": ["housing", "share:n_frl"], "budget": {"fpr": 0.4}}
    solution = solved(tree(**options))
    eligibility = tomllib.loads(f"tree = {decided(solution)['The rule as a tree']}")["tree"]
    again = solved(tree(eligibility=eligibility, threshold=0))
    assert solution.allocation is not None and again.allocation is not None
    populated = np.array([row[1] > 0 for row in ROWS])
    assert ((solution.allocation.array & populated) == again.allocation.array).all()


def test_the_printed_cutoff_names_the_same_blocks(city: Solution) -> None:
    found = facts(city)
    printed = cutoff(found)
    assert printed is not None and printed != found.threshold
    assert (found.blocks.at_least(printed) == found.chosen).all()


@settings(deadline=None, max_examples=60)
@given(st.fractions(0, 1, max_denominator=400), st.fractions(0, 1, max_denominator=400))
def test_the_shortest_decimal_lies_between(a: Fraction, b: Fraction) -> None:
    above, upto = sorted((a, b))
    found = shortest_decimal(above, upto)
    if above == upto:
        assert found is None
    else:
        assert found is not None and above < found <= upto  # two such fractions are 1/160,000 apart


def test_blocks_behind_inversions_and_split_ties_are_named() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, selection="exact", budget={"fpr": 0.3}, suppress_below=0))
    share, yes, no = sheet(solution, "Blocks of equal share, treated differently").rows[0]
    assert (share, yes, no) == ("50.0% (1/2)", "2 blocks: 0600, 0601", "1 block: 0611")
    odd = solved(tree(eligibility=ELIGIBLE, selection="exact", budget={"blocks": 2}, suppress_below=0,
                      rules=[{"rule": "pin", "blocks": ["0602"]}]))
    rows = {row[0]: row for row in sheet(odd, "Blocks treated against their shares").rows}
    assert rows["0602"][1:] == ["16.7%", "receives, although 6 blocks with a larger share do not"]
    assert rows["0604"][2] == "does not, although 2 blocks with a smaller share do"


def test_a_broken_rule_is_not_sold_as_an_answer() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, selection="exact", budget={"fpr": 0.9},
                           rules=[{"rule": "neighborhood_floor", "share": 0.5}]))
    broken = attrs.evolve(solution, status="violates")
    assert "it breaks rules" in shown(broken).sentence
    assert "Any set of blocks" not in decided(broken) and "breaks rules" in decided(broken)["This answer"]


# -- tables ------------------------------------------------------------------------------------------------------


def test_the_table_of_cutoffs_is_counted_by_hand() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, budget={"fpr": 0.4}, suppress_below=0))
    rows = {row[1]: row for row in sheet(solution, "What other cut-offs would do").rows}
    assert rows["1/2"][2:] == ["5", "33", "19", "14", "59.4%", "31.1%", "57.6%", "42.9%", ""]
    assert [row[1] for row in rows.values() if row[-1] == "chosen"] == ["3/7"]
    assert rows["0"][-1] == "over" and rows["7/20"][2] == "7"  # 0.35 names the blocks down to 4/11


def test_near_misses_say_what_would_flip() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, threshold="1/2", suppress_below=0))
    rows = {row[0]: row for row in sheet(solution, "Closest to the cut-off").rows}
    assert rows["0600"][2:] == ["receives", "50.0%", "1 non-focal"]
    assert rows["0608"][2:] == ["eligible only", "42.9%", "1 focal"]
    firm = {row[0]: row[1:] for row in sheet(solution, "How firmly the cut-off stands").rows}
    assert firm["1"] == ["3", "1"]


def test_groups_are_found_by_their_columns() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, threshold="1/2"))
    rows = {row[0]: row for row in sheet(solution, "Coverage by group").rows}
    assert rows["n_both (focal)"][1:] == ["32", "27", "19", "59.4%", "70.4%"]
    assert set(rows) == {"n_both (focal)", "n_frl", "all students"}
    assert [group.name for group in counted_groups(solution.problem)] == ["n_both", "n_frl"]  # type: ignore[arg-type]


def test_columns_of_flags_are_compared_with() -> None:
    problem = solved(tree(eligibility=ELIGIBLE)).problem
    assert [name for name, _ in compared_columns(problem)] == ["ctip1"]  # type: ignore[arg-type]
    alone = solved(tree(selection="column", column="ctip1")).problem
    assert [name for name, _ in compared_columns(alone)] == ["housing", "redline"]  # type: ignore[arg-type]


# -- small counts ------------------------------------------------------------------------------------------------


def test_no_small_count_is_in_the_tables(city: Solution) -> None:
    small = {str(number) for number in range(1, 5)}
    for title, columns in (("Neighbourhoods", slice(3, 6)), ("What other cut-offs would do", slice(2, 5)),
                           ("Coverage by group", slice(1, 4))):
        table = sheet(city, title)
        assert not {cell for row in table.rows for cell in row[columns]} & small, title
        assert "not meant for publication" in table.caption
    assert "<5" in {cell for row in sheet(city, "Neighbourhoods").rows for cell in row}


def test_small_counts_cannot_be_had_by_subtraction(city: Solution) -> None:
    rows = neighborhood_rows(facts(city))
    for row in rows:
        known = [cell.count for cell in row.cells[:3] if not cell.hidden]
        assert not any(0 < abs(a - b) < 5 for a in known for b in known)
    for column in range(4):
        assert sum(row.cells[column].hidden for row in rows) != 1
    table = sheet(city, "What other cut-offs would do").rows
    counts = [[int(cell.replace(",", "")) for cell in row[3:5]] for row in table if not {"<5", WITHHELD} & {*row[3:5]}]
    assert len(counts) > 5
    assert not any(0 < b - a < 5 for upper, lower in pairwise(counts) for a, b in zip(upper, lower, strict=True))


def test_hidden_distances_are_not_told_by_the_order(city: Solution) -> None:
    rows = [row for row in sheet(city, "Closest to the cut-off").rows if "fewer than 5" in row[-1]]
    place = city.problem.row_of  # type: ignore[attr-defined]
    assert len(rows) > 20 and [place[row[0]] for row in rows] == sorted(place[row[0]] for row in rows)


def test_suppression_can_be_switched_off(city: Solution) -> None:
    spec = tree(eligibility=ELIGIBLE, threshold="1/2", suppress_below=0)
    for section in shown(solved(spec)).sections:
        if isinstance(section, Sheet):
            assert "<5" not in section.caption and not {"<5", WITHHELD} & {cell for row in section.rows for cell in row}
    with pytest.raises(EvenhandError, match="suppress_below"):
        solved(tree(suppress_below=-1))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: np.cumsum(parts)[::-1].tolist()))
def test_nested_cells_never_show_a_small_difference(counts: list[int]) -> None:
    cells = nested_cells(counts, SmallCells(5))
    known = [0, *(cell.count for cell in cells if not cell.hidden)]
    assert not any(0 < abs(a - b) < 5 for a in known for b in known)
    assert all(cell.small == (0 < cell.count < 5) for cell in cells)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 14), min_size=1, max_size=6))
def test_a_known_sum_leaves_every_small_cell_open(counts: list[int]) -> None:
    small = SmallCells(5)
    column = [Cell(count, small.hides(count)) for count in counts]
    protect_sum(column, small)
    hidden = [cell for cell in column if cell.hidden]
    if not hidden or any(cell.withheld and not cell.count for cell in column):
        assert not any(cell.withheld for cell in column)
        return
    if any(not cell.hidden and cell.count for cell in column):  # else there was nothing left to hide
        ways = _ways([range(1, 5) if cell.small else range(5, 60) for cell in hidden], sum(c.count for c in hidden))
        assert all(len({way[place] for way in ways}) > 1 for place in range(len(hidden)))


def _ways(ranges: list[range], left: int) -> list[tuple[int, ...]]:
    """Every way to make the sum."""
    if not ranges:
        return [()] if left == 0 else []
    return [(value, *rest) for value in ranges[0] if value <= left for rest in _ways(ranges[1:], left - value)]


# -- figures -----------------------------------------------------------------------------------------------------


def test_the_city_has_every_section(city: Solution) -> None:
    draw_all(city)
    assert titles(city) == [
        "The rule, and how it was decided", "Which blocks receive", "What it reaches against what it costs (ROC)",
        "Who goes first: precision and recall", "What to expect on other students", "What other cut-offs would do", "Neighbourhoods", "Whom it reaches",
        "Coverage by group", "How firmly the cut-off stands", "Closest to the cut-off"]


def test_the_marks_are_the_rates(city: Solution) -> None:
    marks = marks_of(facts(city))
    assert marks is not None and marks.frontier is not None and marks.limit is not None
    assert (marks.chosen.tpr, marks.chosen.fpr) == (city.metrics["tpr"], city.metrics["fpr"])
    assert marks.limit / marks.other == pytest.approx(0.1)
    reached = np.interp(marks.cutoffs.other, marks.frontier.other, marks.frontier.focal)
    assert (reached >= marks.cutoffs.focal - 1e-9).all()


def test_claimed_and_expected_rates_stand_side_by_side(city: Solution) -> None:
    rows = sheet(city, "What to expect on other students").rows
    assert [row[2] for row in rows[:3]] == ["53.8%", "9.9%", "69.6%"] and {row[0] for row in rows} == {
        "this way of choosing", "with shares drawn towards their area's"}
    assert float(rows[0][3].rstrip("%")) < 53.8  # the winner's curse
    assert "What to expect on other students" not in titles(solved(tree()))


def test_the_expected_rates_are_drawn_with_bars(city: Solution) -> None:
    interval = {"mean": 0.4, "low": 0.3, "high": 0.45}
    names = ("tpr", "fpr", "precision")
    told = attrs.evolve(city, metrics={**city.metrics, **{f"{name}_out_of_sample": interval for name in names}})
    charts = [section for section in well_formed(told).sections if isinstance(section, Figure)]
    assert "expected on other students" in draw_svg(charts[1], "a") and "expected on other" in draw_svg(charts[2], "b")
    undefined = attrs.evolve(city, metrics={**city.metrics, "tpr_out_of_sample": dict.fromkeys(interval)})
    assert "expected on other" not in draw_svg(well_formed(undefined).sections[2], "c")  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [
    {"budget": {"fpr": 0}}, {"budget": {"students": 20}}, {"budget": {"blocks": 3, "non_focal": 12}}, {},
    {"eligibility": {"all": ["housing", "redline"]}}, {"threshold": 0}, {"threshold": 1},
    {"eligibility": {"feature": "n_frl", "at_least": 99}},
])
@pytest.mark.parametrize("selection", ["threshold", "exact"])
def test_every_figure_draws_with_few_blocks_or_none(options: dict[str, Any], selection: str) -> None:
    if selection == "exact" and "threshold" in options:
        return
    draw_all(solved(tree(selection=selection, **options)))


@pytest.mark.parametrize("table", [
    blocks(n_both=[0] * 12), blocks(students=[row[2] for row in ROWS], n_frl=None), blocks(neighborhood=None),
    blocks(neighborhood=[""] * 12), blocks(ctip1=None, n_frl=None), blocks().head(1), blocks(geometry_wkt=SQUARES),
    blocks(lon=[float(x) for x in range(12)], lat=[37.0] * 12), blocks(students=[0] * 12, n_both=[0] * 12, n_frl=None),
], ids=["no focal", "only focal", "no neighbourhood", "blank neighbourhood", "no columns", "one block", "outlines",
        "points", "nobody"])
def test_every_figure_draws_whatever_is_missing(table: Any) -> None:
    solution = solved(tree(table, budget={"blocks": 3}))
    seen = well_formed(solution)
    assert ("Which blocks receive" in titles(solution)) == ("geometry_wkt" in table or "lon" in table)
    assert ("Neighbourhoods" in titles(solution)) == ("neighborhood" in table)
    assert seen.sentence
    figures = sum(isinstance(section, Figure) for section in seen.sections)
    assert render(solution).count("<svg") >= figures


def test_averages_are_told_in_students() -> None:
    table = blocks(students=[row[1] + 0.4 for row in ROWS])
    solution = solved(tree(table, counts="average", threshold="1/3", suppress_below=0))
    rows = {row[0]: row for row in sheet(solution, "Coverage by group").rows}
    assert rows["all students"][1] == "81.8" and rows["n_both (focal)"][1] == "32"
    draw_all(solution)


def test_impossible_questions_have_a_sentence() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, threshold="1/2"))
    none = attrs.evolve(solution, status="no_solution", allocation=None)
    assert "does not prove that there is none" in shown(none).sentence and not shown(none).sections


def test_names_are_escaped() -> None:
    evil = "<script>alert('x')</script>"
    table = blocks(neighborhood=[evil] * 12, geoid=[f"<b>{row[0]}" for row in ROWS]).rename(
        columns={"ctip1": evil, "n_frl": "n_<i>"})
    solution = solved(tree(table, selection="exact", budget={"fpr": 0.3}, suppress_below=0))
    page = render(solution)
    assert "<script" not in page and "<b>06" not in page and "n_<i>" not in page
    assert "&lt;script&gt;" in page


def test_the_report_is_small_and_the_same_again(city: Solution) -> None:
    page = render(city, versions={}, inputs={})
    assert len(page) < 600_000 and page == render(city, versions={}, inputs={})


def test_neighbours_need_no_outlines() -> None:
    spec = tree(selection="exact", budget={"fpr": 0.3}, neighbours=True, rules=[{"rule": "no_isolated_block"}])
    assert len(adjacency()) and "Which blocks receive" not in titles(solved(spec))
