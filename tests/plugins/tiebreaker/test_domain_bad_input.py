"""Every bad input is refused in words that name the thing and the cure; all of them at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evenhand.errors import InputError
from evenhand.results.write import write
from evenhand_tiebreaker.options import share_hint
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, adjacency, blocks, changed, made, receiving, solved, tree

LONG = [f"0607500{i:02d}" for i in range(12)]


def spec_with(tables: dict[str, pd.DataFrame], **problem: Any) -> dict[str, Any]:
    spec = tree(**problem)
    spec["data"].update(tables)
    return spec


def pairs(*rows: tuple[str, str]) -> dict[str, pd.DataFrame]:
    return {"adjacency": pd.DataFrame(rows, columns=["a", "b"])}


BAD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no focal column": (tree(blocks(n_both=None)), ("n_both", "missing")),
    "focal misspelt": (tree(focal="n_bothh"), ("n_bothh", "n_both")),
    "students missing": (tree(changed(2, students="")), ("students", "row 3", "blank")),
    "focal missing": (tree(changed(4, n_both="")), ("n_both", "row 5", "blank")),
    "negative count": (tree(changed(1, n_both=-1)), ("n_both", "row 2", "below 0")),
    "infinite count": (tree(changed(1, students="inf")), ("students", "finite")),
    "fractional count": (tree(changed(1, n_both=3.5)), ("n_both", "row 2", 'counts = "average"')),
    "more focal than students": (tree(changed(4, n_both=5, n_frl=9)), ("0604", "n_both", "students")),
    "overlap": (tree(changed(4, n_frl=2)), ("0604", "n_both", "n_frl")),
    "sum of counts": (tree(blocks(n_aalpi=[r[2] for r in blocks().itertuples(index=False)], n_focal=[0] * 12)),
                      ("n_focal", "n_frl + n_aalpi - n_both")),
    "geoid missing": (tree(changed(3, geoid="")), ("geoid", "row 4", "blank")),
    "geoid twice": (tree(changed(3, geoid="0600")), ("geoid", "already stands in row 1")),
    "geoid in scientific notation": (tree(changed(3, geoid="6.0750E+13")), ("scientific notation",)),
    "geoid without its zero": (tree(blocks(geoid=["60750000", *LONG[1:]])), ("'060750000'", "Leading zeros")),
    "eligibility names nobody": (tree(eligibility={"any": ["housin"]}), ("housin", "housing")),
    "eligibility malformed": (tree(eligibility={"some": ["housing"]}), ("problem.eligibility", "any, all, not, feature")),
    "eligibility on a count": (tree(eligibility="n_frl"), ("n_frl", "at_least")),
    "feature missing": (tree(changed(6, housing=""), eligibility=ELIGIBLE), ("housing", "row 7", "0606", "exclude")),
    "unknown feature": (tree(selection="rule", features=["share:n_fr"]), ("share:n_fr", "share:n_frl")),
    "rule without features": (tree(selection="rule"), ("problem.features",)),
    "feature twice": (tree(selection="rule", features=["n_frl", "n_frl"]), ("problem.features", "twice")),
    "too many literals": (tree(selection="rule", features=["n_frl"], literals=9), ("problem.literals",)),
    "column without a name": (tree(selection="column"), ("problem.column",)),
    "unknown column": (tree(selection="column", column="ctip"), ("ctip", "ctip1")),
    "column of counts": (tree(selection="column", column="n_frl"), ("n_frl", "0 and 1")),
    "column with a gap": (tree(changed(0, ctip1=""), selection="column", column="ctip1"), ("ctip1", "row 1")),
    "threshold in percent": (tree(threshold=35), ("problem.threshold", "did you mean 0.35?")),
    "threshold elsewhere": (tree(selection="exact", threshold=0.35), ("problem.threshold", "selection")),
    "fpr in percent": (tree(budget={"fpr": 16}), ("problem.budget.fpr", "did you mean 0.16?")),
    "fpr of 1.6": (tree(budget={"fpr": 1.6}), ("problem.budget.fpr", "Use non_focal for a count")),
    "focal is text": (tree(focal="neighborhood"), ("problem.focal", "must be a column of counts", "neighborhood")),
    "focal is the id": (tree(focal="geoid"), ("problem.focal", "must be a column of counts")),
    "group is text": (tree(rules=[{"rule": "group_floor", "group": "neighborhood", "share": 0.5}]),
                      ("'neighborhood'", "no column of counts")),
    "feature is text": (tree(selection="rule", features=["neighborhood", "share:geoid"]),
                        ("'neighborhood'", "'share:geoid'", "no number of a block")),
    "column is text": (tree(selection="column", column="geoid"), ("problem.column", "'geoid'")),
    "no zone": (tree(selection="exact", neighbours=True, rules=[{"rule": "zones_at_most", "zones": 0}]),
                ("zones_at_most.zones", "from 1 on")),
    "neighbours needed and none": (spec_with(pairs(), selection="exact", rules=[{"rule": "no_isolated_block"}]),
                                   ("adjacency", "no rows")),
    "negative budget": (tree(budget={"non_focal": -5}), ("problem.budget.non_focal", "negative")),
    "empty budget": (tree(budget={}), ("problem.budget", "names no limit")),
    "misspelt budget": (tree(budget={"nonfocal": 5}), ("nonfocal", "non_focal")),
    "unknown rule": (tree(rules=[{"rule": "neighbourhood_floor", "share": 0.5}]), ("neighborhood_floor",)),
    "pin unknown": (tree(selection="exact", rules=[{"rule": "pin", "blocks": ["600"]}]), ("'600'", "'0600'")),
    "pin ineligible": (tree(selection="exact", eligibility=ELIGIBLE, rules=[{"rule": "pin", "blocks": ["0605"]}]),
                       ("0605", "not eligible")),
    "pin and forbid": (tree(selection="exact", rules=[{"rule": "pin", "blocks": ["0605"]},
                                                      {"rule": "forbid", "blocks": ["0605"]}]),
                       ("0605", "pinned and forbidden")),
    "floor of 50": (tree(rules=[{"rule": "neighborhood_floor", "share": 50}]), ("share", "did you mean 0.5?")),
    "no neighbourhoods": (tree(blocks(neighborhood=None), rules=[{"rule": "neighborhood_floor", "share": 0.5}]),
                          ("column neighborhood",)),
    "unknown group": (tree(rules=[{"rule": "group_floor", "group": "n_fr", "share": 0.5}]), ("n_fr", "n_frl")),
    "group of nobody": (tree(blocks(n_aa=[0] * 12), selection="exact",
                             objective=[{"term": "worst_group_tpr", "groups": ["n_aa"]}]), ("n_aa", "no student")),
    "group larger than the block": (tree(changed(11, n_frl=3), rules=[{"rule": "group_floor", "group": "n_frl",
                                                                       "share": 0.5}]), ("n_frl", "row 12", "students")),
    "robust without a budget": (tree(selection="exact", budget={"students": 9}, rules=[{"rule": "robust_budget"}]),
                                ("robust_budget", "non-focal budget")),
    "zones without neighbours": (tree(selection="exact", rules=[{"rule": "zones_at_most", "zones": 2}]),
                                 ("zones_at_most", "adjacency")),
    "border without neighbours": (tree(selection="exact", objective=[{"term": "cut_edges"}]), ("cut_edges", "adjacency")),
    "isolation without neighbours": (tree(rules=[{"rule": "no_isolated_block"}]), ("no_isolated_block", "adjacency")),
    "neighbour unknown": (spec_with(pairs(("0600", "0699"))), ("adjacency", "0699", "blocks")),
    "own neighbour": (spec_with(pairs(("0600", "0600"))), ("adjacency", "no neighbour of itself")),
    "applicants alone": (spec_with({"applicants": pd.DataFrame(
        {"applicant": ["1"], "geoid": ["0600"], "focal": ["1"], "preferences": [""]})}), ("programs",)),
    "unknown section key": (tree(sections={"uncertainty": {"split": 3}}), ("split", "splits")),
    "reserve in percent": (tree(sections={"assignment": {"reserve": 20}}), ("reserve", "did you mean 0.2?")),
    "shrink toward nothing": (tree(sections={"uncertainty": {"shrink": "auto"}}), ("uncertainty.toward", "tract")),
    "no outline": (tree(blocks(geometry_wkt=["POLYGON((0 0, 1 1))"] * 12), selection="exact",
                        rules=[{"rule": "no_isolated_block"}]), ("geometry_wkt", "polygon", "row 12")),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_words(case: str) -> None:
    spec, words = BAD[case]
    with pytest.raises(InputError) as refused:
        made(spec)
    said = str(refused.value)
    for word in words:
        assert word in said, f"{word!r} is not in: {said}"


def test_all_faults_come_at_once() -> None:
    spec = tree(changed(1, n_both=-1), eligibility={"any": ["housin"]}, budget={"fpr": 16}, threshold=35)
    spec["data"]["adjacency"] = adjacency()
    with pytest.raises(InputError) as refused:
        made(spec)
    said = str(refused.value)
    assert all(word in said for word in ("below 0", "0.16", "0.35"))


def faults_of(spec: dict[str, Any]) -> str:
    with pytest.raises(InputError) as refused:
        made(spec)
    return str(refused.value)


def test_one_fault_of_a_cell_hides_no_other() -> None:
    table = blocks(n_aalpi=[10] * 12, n_focal=[10] * 12)
    for row, cells in enumerate([{"students": -3}, {"students": "inf"}, {"students": "nan"}, {"students": "2.5"},
                                 {"students": ""}, {"n_both": 8, "n_frl": 9}, {"n_both": 9, "students": 8}]):
        for name, value in cells.items():
            table.loc[row, name] = value
    said = faults_of(tree(table))
    for words in ("row 1, column 'students': is below 0", "row 2, column 'students': is not a finite", "row 3, column",
                  "row 4, column 'students': is no whole number", "row 5, column 'students': the cell is blank",
                  "row 7, column 'n_both': the block 0606 has more n_both than students", "more n_both than n_frl",
                  "another n_focal than n_frl + n_aalpi - n_both"):
        assert words in said, f"{words!r} is not in: {said}"


def test_short_and_repeated_ids_come_together() -> None:
    ids = [f"0607500{i:02d}" for i in range(20)]
    table = pd.concat([blocks(), blocks()], ignore_index=True).iloc[:20].assign(geoid=ids)
    table.loc[3, "geoid"], table.loc[7, "geoid"] = "60750003", "060750006"
    said = faults_of(tree(table))
    assert "row 4" in said and "'060750003'" in said and "already stands in row 7" in said
    table.loc[9, "geoid"] = "6.0750E+13"
    said = faults_of(tree(table))
    assert "'060750003'" in said and "already stands" in said and "scientific" in said


def test_a_column_of_text_is_one_fault() -> None:
    table = blocks(grade=list("ABCD") * 3)
    for spec in (tree(table, rules=[{"rule": "group_floor", "group": "grade", "share": 0.1}]),
                 tree(table, selection="rule", features=["grade"]), tree(table, eligibility="grade")):
        said = faults_of(spec)
        assert "the column is text" in said and "grade" in said and "\n" not in said
    table.loc[:9, "grade"] = "1"  # a few slips in a column of numbers are told row by row
    assert "row 11" in faults_of(tree(table, eligibility="grade"))


def test_a_table_of_neighbours_may_be_empty_where_nobody_asks(tmp_path: Path) -> None:
    spec = spec_with(pairs(), budget={"fpr": 0.3})
    solution = solved(spec)
    assert solution.status == "optimal"
    write(solution, tmp_path / "out")
    assert (tmp_path / "out" / "inputs" / "adjacency.csv").read_text(encoding="utf-8").strip() == "a,b"


@pytest.mark.parametrize(("number", "offered"), [("1.6", ""), ("2", "0.02"), ("100", "1"), ("101", "")])
def test_a_hundredth_is_offered_from_two_on(number: str, offered: str) -> None:
    hint = share_hint(Fraction(number))
    assert hint == (f"did you mean {offered}?" if offered else "")


def test_blocks_without_counts_can_be_left_out() -> None:
    table = changed(4, n_both="", students=4)
    table.loc[8, "students"] = ""
    solution = solved(tree(table, missing="exclude", selection="exact", budget={"fpr": 1}))
    blocks_ = solution.problem.blocks
    assert (blocks_.total_focal, blocks_.total_other) == (26, 40)  # the two rows are nowhere in the totals
    assert not receiving(solution) & {"04", "08"}
    assert any("0604, 0608" in notice and "left out" in notice for notice in solution.notices)
    frame = solution.problem.allocation_table(solution.allocation)
    assert frame["reason"][4] == "left out: its counts are missing"


def test_a_gap_in_a_feature_leaves_the_totals_alone() -> None:
    table = changed(6, housing="")
    solution = solved(tree(table, missing="exclude", eligibility="housing", budget={"fpr": 1}))
    assert "06" not in receiving(solution)
    assert solution.problem.blocks.total_focal == 32
    assert any("0606" in notice for notice in solution.notices)


def test_nobody_focal() -> None:
    solution = solved(tree(blocks(n_both=[0] * 12, n_frl=None), budget={"fpr": 0.5}))
    assert solution.value == 0
    assert solution.metrics["tpr"] is None and solution.metrics["precision"] is None
    assert any("no focal student" in notice for notice in solution.notices)


def test_pairs_in_both_directions_are_one_edge() -> None:
    problem = made(spec_with(pairs(("0600", "0601"), ("0601", "0600"), ("0600", "0601")), selection="exact"))
    assert problem.edges.tolist() == [[0, 1]]


def test_outlines_stand_in_for_a_table_of_neighbours() -> None:
    squares = [f"POLYGON(({c} {r}, {c + 1} {r}, {c + 1} {r + 1}, {c} {r + 1}, {c} {r}))"
               for r in range(3) for c in range(4)]
    drawn = made(tree(blocks(geometry_wkt=squares), selection="exact", rules=[{"rule": "no_isolated_block"}]))
    listed = made(tree(selection="exact", neighbours=True))
    assert drawn.edges.tolist() == sorted(listed.edges.tolist())
