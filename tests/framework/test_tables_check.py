"""Checking tables: every fault at once, each with row, column, value and cure; exact parsed columns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenhand.errors import DataError, Fault
from evenhand.tables import Column, Table, TableCheck, TableSchema
from evenhand.tables.check import LISTED, check_table, extend_table
from evenhand.tables.load import load_tables
from evenhand.tables.read import read_table
from evenhand.tables.references import uneven_ids, unknown_ids
from evenhand.tables.source import DataSource


def identified_within_enrolled(table: Table) -> Iterator[Fault]:
    above = np.flatnonzero(table.floats("identified") > table.floats("enrolled"))
    for row in above.tolist():
        yield table.fault(row, "identified", "is above enrolled", "correct one of them")


SCHOOLS = TableSchema(
    "schools",
    (
        Column("school", "id", unique=True),
        Column("enrolled", "number", minimum=0, unit="students"),
        Column("identified", "integer", minimum=0),
        Column("share", "number", required=False, exclusive_minimum=0, maximum=1, blank="allowed"),
        Column("group", "text", required=False, blank="allowed"),
        Column("required", "flag", required=False, default=False, blank="allowed"),
        Column("outside_value", "number", required=False, default="0.50", blank="allowed", unit="USD"),
    ),
    checks=(TableCheck("identified", identified_within_enrolled, needs=("enrolled", "identified")),),
)


def check(text: str, schema: TableSchema, folder: Path) -> tuple[Table | None, list[Fault]]:
    path = folder / "t.csv"
    path.write_text(text)
    raw, faults = read_table(path, schema.name)
    assert faults == [] and raw is not None
    return check_table(raw, schema)


def good(text: str, schema: TableSchema, folder: Path) -> Table:
    table, faults = check(text, schema, folder)
    assert faults == [] and table is not None
    return table


def bad(text: str, schema: TableSchema, folder: Path) -> list[tuple[int | None, str | None, str, str | None]]:
    table, faults = check(text, schema, folder)
    assert table is None
    assert all(fault.where for fault in faults)
    return [(fault.row, fault.column, fault.message, fault.value) for fault in faults]


def test_a_good_table(tmp_path: Path) -> None:
    table = good(
        "school,enrolled,identified,share,group,required,extra\n007,10.50,5,0.4,A,1,=x\n7,9007199254740993,6.0,,,TRUE,\n",
        SCHOOLS,
        tmp_path,
    )
    assert table.texts("school") == ["007", "7"]
    assert table.exact("enrolled").fractions() == [Fraction(21, 2), 2**53 + 1]
    assert table.frame["identified"].tolist() == [5, 6] and table.frame["identified"].dtype == np.int64
    assert math.isnan(table.floats("share")[1]) and table.exact("share").fraction(1) is None
    assert table.texts("group") == ["A", ""]
    assert table.flags("required").tolist() == [True, True]
    assert table.exact("outside_value").fractions() == [Fraction(1, 2)] * 2
    assert table.texts("extra") == ["=x", ""] and "extra" in table
    assert table.given("required") and not table.given("outside_value") and "outside_value" in table
    assert table.written(0, "enrolled") == "10.50" and table.written(0, "outside_value") is None
    assert len(table) == 2 and table.source.rows == 2
    assert table.frame["school"].dtype == object and table.frame["enrolled"].dtype == np.float64


def test_input_rows_come_back_as_written(tmp_path: Path) -> None:
    text = "school,enrolled,identified,group\n7,10.50,5,A\n007,1e1,6.0,\n"
    table = good(text, SCHOOLS, tmp_path)
    back = table.input_rows({"group": "group_today"})
    assert list(back.columns) == ["school", "enrolled", "identified", "group_today"]
    assert back.to_numpy().tolist() == [["7", "10.50", "5", "A"], ["007", "1e1", "6.0", ""]]
    assert table.input_rows(columns=["school"]).to_numpy().tolist() == [["7"], ["007"]]
    assert table.text_columns() == ["school", "group"]


def test_every_fault_at_once(tmp_path: Path) -> None:
    text = (
        "school,enrolled,identified,share,required\n"
        '7,"1,069",5,0.5,1\n'
        "7,12 %,6,0,0\n"
        " 8 , 7 ,-1,1.01,x\n"
        ",NaN,1e400,a,\n"
        "6.0750E+13,true,0.5,,1\n"
        "007,,0,0.3,2\n"
        "7,abc,inf,0.3,no\n"
    )
    assert sorted(bad(text, SCHOOLS, tmp_path), key=str) == sorted(
        [
            (4, "school", "the cell is blank", ""),
            (3, "school", "the id has blanks around it", " 8 "),
            (5, "school", "the id is in scientific notation: its digits are lost", "6.0750E+13"),
            (2, "school", "the id already stands in row 1", "7"),
            (7, "school", "the id already stands in row 1", "7"),
            (1, "enrolled", "has thousands separators", "1,069"),
            (2, "enrolled", "has a percent sign", "12 %"),
            (3, "enrolled", "has blanks around the number", " 7 "),
            (4, "enrolled", "is not a number", "NaN"),
            (5, "enrolled", "is a truth value where a number is expected", "true"),
            (6, "enrolled", "the cell is blank", ""),
            (7, "enrolled", "is not a number", "abc"),
            (3, "identified", "is below 0", "-1"),
            (4, "identified", "is too large for a number", "1e400"),
            (5, "identified", "is not a whole number", "0.5"),
            (7, "identified", "is not a finite number", "inf"),
            (2, "share", "is not above 0", "0"),
            (3, "share", "is above 1", "1.01"),
            (4, "share", "is not a number", "a"),
            (3, "required", "is neither 0 nor 1", "x"),
            (6, "required", "is neither 0 nor 1", "2"),
            (7, "required", "is neither 0 nor 1", "no"),
        ],
        key=str,
    )


def test_bounds_are_exact(tmp_path: Path) -> None:
    schema = TableSchema("t", (Column("x", "number", minimum="0.4", maximum=0.7),))
    assert bad("x\n0.39999999999999999999999\n0.4\n0.7\n0.70000000000000000000001\n", schema, tmp_path) == [
        (1, "x", "is below 0.4", "0.39999999999999999999999"),
        (4, "x", "is above 0.7", "0.70000000000000000000001"),
    ]
    assert bad("x\n-1e-340\n", TableSchema("t", (Column("x", "number", minimum=0),)), tmp_path)


def test_a_check_across_columns_waits_for_clean_columns(tmp_path: Path) -> None:
    text = "school,enrolled,identified\na,5,6\nb,x,7\n"
    assert [row[2] for row in bad(text, SCHOOLS, tmp_path)] == ["is not a number"]
    assert bad("school,enrolled,identified\na,5,6\nb,9,7\n", SCHOOLS, tmp_path) == [
        (1, "identified", "is above enrolled", "6")
    ]


def test_long_lists_of_faults_are_cut_and_counted(tmp_path: Path) -> None:
    text = "school,enrolled,identified\n" + "".join(f"s{k},x,9\n" for k in range(50))
    faults = bad(text, SCHOOLS, tmp_path)
    assert len(faults) == LISTED + 1 and faults[-1] == (None, "enrolled", "and 30 more like these", None)
    text = "school,enrolled,identified\n" + "".join(f"s{k},1,9\n" for k in range(50))
    faults = bad(text, SCHOOLS, tmp_path)
    assert len(faults) == LISTED + 1 and faults[-1][2] == "and 30 more like these"


def test_missing_and_forbidden_columns(tmp_path: Path) -> None:
    schema = TableSchema("t", (Column("school", "id"), Column("enrolled", "number")), extra="forbid")
    _, faults = check("School,Enrolment\na,1\n", schema, tmp_path)
    assert [(f.column, f.message) for f in faults] == [
        ("School", "the column is not known"),
        ("Enrolment", "the column is not known"),
        ("school", "the column is missing"),
        ("enrolled", "the column is missing"),
    ]
    assert "columns = { school = 'School' }" in faults[2].cure


def test_extra_columns_by_a_rule(tmp_path: Path) -> None:
    schema = TableSchema(
        "leas",
        (Column("lea", "id"),),
        extra=lambda name: Column(name, "number", minimum=0) if name.startswith("prior_") else None,
    )
    table = good("lea,prior_basic,name\n01,5.5,x\n", schema, tmp_path)
    assert table.exact("prior_basic").fractions() == [Fraction(11, 2)] and table.texts("name") == ["x"]
    assert bad("lea,prior_basic\n01,-5\n", schema, tmp_path) == [(1, "prior_basic", "is below 0", "-5")]


def test_columns_named_by_options_are_read_later(tmp_path: Path) -> None:
    schema = TableSchema("blocks", (Column("block", "id", unique=True),))
    table = good("block,white,black\n1,5,2\n2,1,x\n", schema, tmp_path)
    more, faults = extend_table(table, Column("white", "integer", minimum=0))
    assert faults == [] and more is not None
    assert more.frame["white"].tolist() == [5, 1] and table.texts("white") == ["5", "1"]
    none, faults = extend_table(table, Column("black", "integer"), Column("asian", "integer"))
    assert none is None
    assert [(f.column, f.row) for f in faults] == [("asian", None), ("black", 2)]


def test_keys_of_several_columns(tmp_path: Path) -> None:
    schema = TableSchema("votes", (Column("row", "id"), Column("year", "integer")), key=("row", "year"))
    assert bad("row,year\na,1\na,01\nb,1\na,1.0\n", schema, tmp_path) == [
        (2, "row", "'row' and 'year' repeat those of row 1", "a"),
        (4, "row", "'row' and 'year' repeat those of row 1", "a"),
    ]


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    schema = TableSchema("t", (Column("n", "integer", blank="allowed"), Column("m", "integer")))
    table = good(f"n,m\n{2**70},1\n,{2**64}\n", schema, tmp_path)
    assert table.frame["n"].tolist() == [2**70, None] and table.frame["m"].tolist() == [1, 2**64]
    assert table.exact("m").integers() == [1, 2**64]


def test_geometry(tmp_path: Path) -> None:
    schema = TableSchema("t", (Column("shape", "geometry"),))
    good(
        'shape\n"{""type"": ""Point"", ""coordinates"": [1, 2]}"\n"POLYGON((0 0,1 0,1 1,0 0))"\nmultipolygon EMPTY\n',
        schema,
        tmp_path,
    )
    assert bad("shape\nhere\n", schema, tmp_path) == [(1, "shape", "is no geometry", "here")]


def test_ids_of_a_frame_that_were_floats() -> None:
    schema = TableSchema("t", (Column("id", "id"),))
    raw, _ = read_table(pd.DataFrame({"id": [7.0, 8.0]}), "t")
    assert raw is not None
    table, faults = check_table(raw, schema)
    assert faults == [] and table is not None and table.texts("id") == ["7", "8"]
    raw, _ = read_table(pd.DataFrame({"id": [6.0750e16, 8.5]}), "t")
    assert raw is not None
    assert {fault.message for fault in check_table(raw, schema)[1]} >= {"the ids came as floating-point numbers"}


def test_a_column_that_looks_meant_is_noticed(tmp_path: Path) -> None:
    table = good("school,enrolled,identified,Required\na,5,1,1\n", SCHOOLS, tmp_path)
    assert table.notices == ("table 'schools': the column 'Required' is not read; was 'required' meant?",)


def test_a_misspelt_rename_of_an_optional_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("school,enrolled,identified,Req\na,5,1,1\n")
    _, faults = load_tables([SCHOOLS], {"schools": DataSource("t.csv", columns={"requird": "Req"})}, tmp_path)
    assert [(f.where, f.cure) for f in faults] == [("data.schools.columns.requird", "did you mean 'required'?")]
    tables, faults = load_tables([SCHOOLS], {"schools": DataSource("t.csv", columns={"anything": "Req"})}, tmp_path)
    assert faults == [] and tables["schools"].texts("anything") == ["1"]


def test_all_tables_in_one_report(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("school,enrolled,identified\na,x,1\n")
    other = TableSchema("rates", (Column("year", "integer"),))
    optional = TableSchema("maps", (Column("x", "id"),), required=False)
    tables, faults = load_tables([SCHOOLS, other, optional], {"schools": "a.csv", "rate": "b.csv"}, tmp_path)
    assert tables == {}
    assert [(f.where, f.message) for f in faults] == [
        ("data.rate", "no such table is known"),
        ("schools", "is not a number"),
        ("data.rates", "the table is missing"),
    ]
    assert faults[0].cure == "did you mean 'rates'?"
    assert "row 1, column 'enrolled': is not a number (found 'x')" in str(DataError(faults))


def test_unknown_ids_name_the_twin_with_zeros(tmp_path: Path) -> None:
    schema = TableSchema("blocks", (Column("block", "id"), Column("current", "id", blank="allowed")))
    table = good("block,current\n1,7\n2,\n3,Lincon\n4,007\n", schema, tmp_path)
    faults = unknown_ids(table, "current", {"007", "Lincoln"}, "schools", blank_ok=True)
    assert [(f.row, f.value) for f in faults] == [(1, "7"), (3, "Lincon")]
    assert "'007'" in faults[0].cure and faults[1].cure == "did you mean 'Lincoln'?"
    assert len(unknown_ids(table, "current", {"007"}, "schools")) == 3


def test_uneven_ids(tmp_path: Path) -> None:
    schema = TableSchema("t", (Column("id", "id"),))
    text = "id\n" + "".join(f"{k:05d}\n" for k in range(30)) + "123\n"
    assert uneven_ids(good(text, schema, tmp_path), "id") == [30]
    assert uneven_ids(good("id\n1\n12\n123\n", schema, tmp_path), "id") == []


def test_schema_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        TableSchema("t", (Column("a"), Column("a")))
    with pytest.raises(ValueError, match="unknown columns"):
        TableSchema("t", (Column("a"),), key=("b",))
    with pytest.raises(ValueError, match="only numbers have bounds"):
        Column("a", "text", minimum=0)
    with pytest.raises(ValueError, match="True or False"):
        Column("a", "flag", default=0)
    with pytest.raises(ValueError):
        Column("a", "number", default="x")
    with pytest.raises(ValueError):
        Column("a", "colour")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exactly one"):
        DataSource()


def test_two_hundred_thousand_rows(tmp_path: Path) -> None:
    n = 200_000
    text = "school,enrolled,identified\n" + "".join(f"{k:07d},{k % 900 + 300}.25,{k % 300}\n" for k in range(n))
    table = good(text, SCHOOLS, tmp_path)
    assert len(table) == n and table.texts("school")[12] == "0000012"
    assert table.exact("enrolled").sum_exact() == sum(Fraction(4 * (k % 900 + 300) + 1, 4) for k in range(n))
