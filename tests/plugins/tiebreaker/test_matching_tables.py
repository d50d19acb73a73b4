"""The tables ``applicants`` and ``programs``: what is read, what is refused and in which words, and what is written."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pandas as pd
import pytest

from evenhand.errors import Fault
from evenhand.tables import Table
from evenhand.tables.csv_out import render_csv
from evenhand.tables.load import load_tables
from evenhand.tables.references import NearestId
from evenhand_tiebreaker.matching.effects import compare, effects
from evenhand_tiebreaker.matching.outputs import TEXT_COLUMNS, assignments_frame, effects_frame
from evenhand_tiebreaker.matching.tables import (
    APPLICANTS,
    PROGRAMS,
    cross_faults,
    lotteries_of,
    market_of,
    priorities,
    unused_columns,
)

BLOCKS = {"060750101001000": True, "060750101001001": False}
HOME, AWAY = BLOCKS
HEAD = "applicant,geoid,focal,preferences"
SEATS = "program,capacity\nA-GE,2\nB-GE,1\nC-SE,0\n"


def read(applicants: str, programs: str = SEATS) -> tuple[dict[str, Table], list[Fault]]:
    frames = {"applicants": applicants, "programs": programs}
    return load_tables((APPLICANTS, PROGRAMS), {name: pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
                                                for name, text in frames.items()})


def good(applicants: str, programs: str = SEATS) -> tuple[Table, Table]:
    tables, faults = read(applicants, programs)
    assert faults == []
    both = tables["applicants"], tables["programs"]
    assert cross_faults(*both, BLOCKS) == []
    return both


def refused(applicants: str, programs: str = SEATS) -> list[str]:
    tables, faults = read(applicants, programs)
    faults = faults or cross_faults(tables["applicants"], tables["programs"], BLOCKS)
    return [str(fault) for fault in faults]


# -- what is read ------------------------------------------------------------------------------------------------


def test_a_market_by_hand() -> None:
    tables = good(f"{HEAD},sibling,name\n1,{HOME},1,B-GE; A-GE,0,x\n2,{AWAY},0,A-GE,1,y\n3,{AWAY},1,,,z\n"
                  f"4,{AWAY},0,A-GE;B-GE;C-SE,B-GE;C-SE,w\n",
                  "program,capacity,priority_sibling,priority_tiebreaker\nA-GE,2,2,1.5\nB-GE,1,3.25,0\nC-SE,0,1,1\n")
    market = market_of(*tables, BLOCKS)
    assert market.starts.tolist() == [0, 2, 3, 3, 6]
    assert market.programs.tolist() == [1, 0, 0, 0, 1, 2]
    assert market.capacity.tolist() == [2, 1, 0]
    assert market.base_points.tolist() == [0, 0, 200, 0, 325, 100]  # hundredths, as 3.25 needs them
    assert market.tiebreaker_points.tolist() == [150, 0, 100]
    assert market.receives.tolist() == [True, False, False, False]
    assert market.focal.tolist() == [True, False, True, False]
    assert priorities(tables[1]) == ["sibling"]
    assert unused_columns(*tables) == ["name"]


def test_without_its_column_the_tiebreaker_is_worth_one_point() -> None:
    market = market_of(*good(f"{HEAD}\n1,{HOME},1,A-GE\n"), BLOCKS)
    assert market.tiebreaker_points.tolist() == [1, 1, 1]
    assert market.points(tiebreaker=True).tolist() == [1]


def test_truth_values_say_everywhere_and_the_column_focal_can_have_points() -> None:
    tables = good(f"{HEAD},sibling\n1,{HOME},1,A-GE;B-GE,TRUE\n2,{HOME},0,A-GE,false\n",
                  "program,capacity,priority_sibling,priority_focal\nA-GE,2,2,10\nB-GE,1,3,20\n")
    assert market_of(*tables, BLOCKS).base_points.tolist() == [12, 23, 0]


def test_a_priority_where_the_applicant_does_not_apply_is_nothing() -> None:
    tables = good(f"{HEAD},sibling\n1,{HOME},1,A-GE,B-GE\n", "program,capacity,priority_sibling\nA-GE,2,2\nB-GE,1,3\n")
    assert market_of(*tables, BLOCKS).base_points.tolist() == [0]


def test_given_lottery_numbers_are_the_only_lottery() -> None:
    applicants, _ = good(f"{HEAD},lottery\n1,{HOME},1,A-GE,0.30\n2,{HOME},0,A-GE,0.1\n3,{AWAY},0,A-GE,0.300000000000000000001\n")
    lotteries = lotteries_of(applicants, 100, 7)
    assert (lotteries.count, lotteries.first().tolist()) == (1, [1, 0, 2])
    drawn = lotteries_of(good(f"{HEAD}\n1,{HOME},1,A-GE\n")[0], 100, 7)
    assert (drawn.count, drawn.applicants) == (100, 1)


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cells", "said"), [
    ("1,{0},1,A-GR", "row 1, column 'preferences': 'A-GR' is not among the programs (found 'A-GR'); did you mean 'A-GE'?"),
    ("1,{0},1,A-GE;B-GE;A-GE", "'A-GE' is listed twice"),
    ("1,{0},1,A-GE;;B-GE", "an entry of the list is empty"),
    ("1,{0},1,A-GE;", "an entry of the list is empty"),
    ("1,{0},2,A-GE", "is neither 0 nor 1"),
    ("1,{0},,A-GE", "the cell is blank"),
    (",{0},1,A-GE", "the cell is blank"),
    ("1,,1,A-GE", "the cell is blank"),
    ("1,60750101001000,1,A-GE", "is not among the blocks (found '60750101001000'); did you mean '060750101001000'?"),
    ("1,6.0750E+13,1,A-GE", "scientific notation"),
    ("1,{0},1,A-GE\n1,{0},1,A-GE", "the id already stands in row 1"),
])
def test_bad_rows_of_applicants(cells: str, said: str) -> None:
    found = refused(f"{HEAD}\n{cells.format(HOME)}\n")
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(("numbers", "said"), [
    (("1", "1"), "row 2, column 'lottery': the value already stands in row 1"),
    (("1", "1.0"), "row 2, column 'lottery': the value already stands"),
    (("1", ""), "the cell is blank"), (("1", "x"), "is not a number"),
])
def test_bad_lottery_numbers(numbers: tuple[str, str], said: str) -> None:
    found = refused(f"{HEAD},lottery\n1,{HOME},1,A-GE,{numbers[0]}\n2,{HOME},1,A-GE,{numbers[1]}\n")
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(("programs", "said"), [
    ("program,capacity\nA-GE,-1", "is below 0"),
    ("program,capacity\nA-GE,2.5", "is not a whole number"),
    ("program,capacity\nA-GE,many", "is not a number"),
    ("program,capacity\nA-GE,10000000000", "is above 1000000000"),
    ("program,capacity\nA-GE,1\nA-GE,2", "the id already stands in row 1"),
    ("program,capacity\nA-GE,1\nB;C,2", "which separates the ids"),
    ("program,capacity,priority_tiebreaker\nA-GE,1,-1", "is below 0"),
    ("program,capacity,priority_sibling\nA-GE,1,", "the cell is blank"),
    ("program,capacity,priority_sibling\nA-GE,1,0.0000001", "more than 6 decimal places"),
    ("program,capacity,priority_siblings\nA-GE,1,2", "no priority column of applicants; did you mean 'sibling'?"),
    ("program,capacity,priority_geoid\nA-GE,1,2", "no priority column of applicants"),
    ("program,seats\nA-GE,1", "the column is missing"),
])
def test_bad_programs(programs: str, said: str) -> None:
    found = refused(f"{HEAD},sibling\n1,{HOME},1,A-GE,1\n", f"{programs}\n")
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(("cell", "said"), [
    ("Z", "'Z' is not among the programs"), ("A-GE;A-GE", "'A-GE' is listed twice"), ("A-GE;", "is empty"),
    ("1", "is the id of a program too"), ("2", "'2' is not among the programs"),
])
def test_bad_priority_cells(cell: str, said: str) -> None:
    found = refused(f"{HEAD},sibling\n9,{HOME},1,A-GE,{cell}\n", "program,capacity,priority_sibling\nA-GE,1,2\n1,1,1\n")
    assert len(found) == 1
    assert "row 1, column 'sibling'" in found[0] and said in found[0]


def test_all_faults_between_the_tables_come_at_once() -> None:
    found = "\n".join(refused(f"{HEAD},sibling\n1,{HOME},1,X-GE;A-GE,Q\n2,999,1,B-GE;B-GE,0\n3,{HOME},1,A-GE;;C-SE,0\n",
                              "program,capacity,priority_sibling,priority_ghost\nA-GE,1,1,1\nB-GE,1,1,1\nC-SE,0,1,1\n"))
    for said in ("'X-GE' is not among", "'B-GE' is listed twice", "row 3, column 'preferences'", "'Q' is not among",
                 "'999'", "points for 'ghost'"):
        assert said in found


def test_many_unknown_names_are_counted_and_only_the_first_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding the nearest of some hundred names takes milliseconds: for every row of a city it would take minutes."""
    programs = "program,capacity\n" + "".join(f"program-{k},1\n" for k in range(300))
    rows = "".join(f"{k},geoid-{k},1,school-{k};program-1\n" for k in range(3000))
    tables, faults = read(f"{HEAD}\n{rows}", programs)
    assert faults == []
    blocks = {f"block-{k}" for k in range(3000)}
    asked = []
    monkeypatch.setattr(NearestId, "cure", lambda self, name: asked.append(name) or "write another")
    found = cross_faults(tables["applicants"], tables["programs"], blocks)
    assert len(found) == 42
    assert asked == [f"school-{k}" for k in range(20)] + [f"geoid-{k}" for k in range(20)]
    assert [fault.message for fault in found if fault.row is None] == ["and 2,980 more like these"] * 2


# -- what is written ---------------------------------------------------------------------------------------------


def test_assignments_and_effects_as_files() -> None:
    tables = good(f"{HEAD},lottery\n-1,{AWAY},0,B-GE;A-GE,3\n02,{HOME},1,B-GE;A-GE,2\n3,{AWAY},1,C-SE,1\n")
    market = market_of(*tables, BLOCKS)
    comparison = compare(market, lotteries_of(tables[0], 5, 1))
    assert render_csv(assignments_frame(*tables, market, comparison), text=TEXT_COLUMNS) == (
        "applicant,geoid,focal,receives,program_without,rank_without,program_with,rank_with\n"
        f"'-1,{AWAY},0,0,B-GE,1,A-GE,2\n02,{HOME},1,1,A-GE,2,B-GE,1\n3,{AWAY},1,0,,,,\n")
    lines = render_csv(effects_frame(effects(comparison))).splitlines()
    assert lines[0] == "measure,group,without,with,difference,low,high"
    assert len(lines) == 1 + 4 * 5
    assert lines[2] == "top1,focal,0.0,0.5,0.5,,"
    assert lines[16] == "mean_rank,all,1.6666666666666667,1.6666666666666667,0.0,,"


def test_a_group_without_members_is_an_empty_cell() -> None:
    tables = good(f"{HEAD}\n1,{HOME},1,A-GE\n")
    frame = effects_frame(effects(compare(market_of(*tables, BLOCKS), lotteries_of(tables[0], 3, 1))))
    row = frame[(frame["measure"] == "top1") & (frame["group"] == "non_focal")]
    assert row.to_numpy().tolist() == [["top1", "non_focal", "", "", "", "", ""]]
    assert not any(cell == "nan" for cell in np.ravel(frame.to_numpy()))
