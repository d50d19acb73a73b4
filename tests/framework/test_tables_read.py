"""Reading tables: what is kept as written, and one clear fault for each broken file."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import Fault
from evenhand.tables import raw as raw_module
from evenhand.tables import read_csv as read_csv_module
from evenhand.tables.csv_text import csv_text
from evenhand.tables.raw import RawTable
from evenhand.tables.read import read_table
from evenhand.tables.source import DataSource, TableInput


def read(given: TableInput, **options: Path) -> RawTable:
    table, faults = read_table(given, "schools", **options)
    assert faults == []
    assert table is not None
    return table


def fault(given: TableInput) -> Fault:
    table, faults = read_table(given, "schools")
    assert table is None and len(faults) == 1
    return faults[0]


def write(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(table: RawTable) -> list[list[str]]:
    result: list[list[str]] = table.frame.to_numpy().tolist()
    return result


def test_everything_stays_text(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbfschool,enrolled,note\r\n007,10.50,NA\r\n7,1e3,"a ""b"", c"\r\n\r\n\r\n'
    table = read(write(tmp_path, data))
    assert list(table.frame.columns) == ["school", "enrolled", "note"]
    assert rows(table) == [["007", "10.50", "NA"], ["7", "1e3", 'a "b", c']]
    assert table.source.rows == 2 and table.source.sha256 == hashlib.sha256(data).hexdigest()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_survives_csv(cells: list[list[str]]) -> None:
    grid, faults = read_csv_module.read_csv(csv_text(["a", "b"], list(zip(*cells, strict=True))).encode(), "t")
    assert faults == [] and grid is not None
    assert [list(row) for row in zip(*grid.columns, strict=True)] == cells


def test_columns_are_renamed_and_swapped(tmp_path: Path) -> None:
    path = write(tmp_path, "School,a,b,c\n1,2,3,4\n")
    table = read(DataSource(str(path), columns={"school": "School", "a": "b", "b": "a"}))
    assert dict(zip(table.frame.columns, rows(table)[0], strict=True)) == {"school": "1", "b": "2", "a": "3", "c": "4"}
    assert table.headings["a"] == "b"


def test_faults_of_a_rename(tmp_path: Path) -> None:
    path = write(tmp_path, "School,enrolled,Enrolment\n1,2,3\n")
    source = DataSource(str(path), columns={"school": "school", "enrolled": "Enrolment", "x": "Enrolment"})
    _, faults = read_table(source, "schools")
    assert [(f.where, f.value) for f in faults] == [
        ("data.schools.columns.school", "school"),
        ("data.schools.columns.x", "Enrolment"),
        ("data.schools.columns.enrolled", "Enrolment"),
    ]
    assert faults[0].cure == "did you mean 'School'?"
    assert "besides the one renamed" in faults[2].message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (b"a,b\n", "the table has no rows"),
        (b"a,b\n\n\n", "the table has no rows"),
        (b"a,b\n1,\xff\n", "the file is not UTF-8 (line 2, byte 0xff)"),
        ("a,b\n1,2\n".encode("utf-16"), "the file is UTF-16, not UTF-8"),
        (b"a,b\n1,\x00\n", "the file holds NUL characters"),
        (b"a,b,a\n1,2,3\n", "columns 1 and 3 have the same heading"),
        (b"a,,c\n1,2,3\n", "column 2 has no heading"),
        (b"a,b\n1\n", "has 1 cells where the header has 2"),
        (b"a,b\n1,2,3\n", "has 3 cells where the header has 2"),
        (b"a,b\n\n1,2\n", "the line is blank"),
        (b"a;b\n1;2\n", "the columns are separated by semicolons"),
        (b"a\tb\n1\t2\n", "the columns are separated by tabs"),
        (b'a,b\n"1,2\n', "a quoted cell is never closed"),
        (b'a,b\n"1"x,2\n', "line 2: ',' expected after '\"'"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "line 2: a cell holds more than 131,072 characters"),
    ],
)
def test_broken_csv(content: bytes, message: str, tmp_path: Path) -> None:
    found = fault(write(tmp_path, content))
    assert found.message == message
    assert found.where == "schools" and found.cure


def test_ragged_rows_are_numbered_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n" + "1\n" * 30 + "1,2\n")
    _, faults = read_table(path, "schools")
    assert [f.row for f in faults[:20]] == list(range(2, 22))
    assert faults[20].message == "and 10 more rows with a wrong number of cells" and len(faults) == 21


def test_files_that_are_none(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "schools.csv")
    assert fault(tmp_path / "school.csv").message == "the file does not exist"
    assert fault(tmp_path / "school.csv").cure == "did you mean 'schools.csv'?"
    (tmp_path / "folder.csv").mkdir()
    assert fault(tmp_path / "folder.csv").message == "is a folder, not a file"
    assert fault(write(tmp_path, "x", "t.xls")).cure == "save it as .xlsx, or as CSV"
    assert fault(write(tmp_path, "x", "t.doc")).message == "files of kind .doc are not read"
    os.mkfifo(tmp_path / "pipe.csv")
    assert fault(tmp_path / "pipe.csv").message == "is not a regular file"
    assert fault("nul\0.csv").message == "is not a file name"


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a\n" + "1\n" * 50)
    monkeypatch.setattr(read_csv_module, "MAX_ROWS", 49)
    assert fault(path).message == "has more than 49 rows"
    monkeypatch.setattr(raw_module, "MAX_COLUMNS", 1)
    assert fault(write(tmp_path, "a,b\n1,2\n")).message == "has 2 columns, more than 1"
    monkeypatch.setattr("evenhand.tables.read.MAX_BYTES", 10)
    assert fault(write(tmp_path, "a\n" + "1\n" * 50)).message == "the file is larger than 10 bytes"


def test_relative_paths_start_at_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "x.csv")
    assert read("x.csv", folder=tmp_path).source.file == "x.csv"


def test_a_frame_becomes_the_texts_one_sees() -> None:
    frame = pd.DataFrame(
        {
            "id": [7, 8, 9],
            "float_of_ints": [1.0, np.nan, 3.0],
            "share": [0.1, 2.0, np.nan],
            "single": np.array([0.1, 2.5, 1.0], dtype=np.float32),
            "nullable": pd.array([1, None, 2**60], dtype="Int64"),
            "flag": [True, False, True],
            "word": ["NA", None, "007"],
            "exact": [Decimal("0.40"), 2**70, None],
            "day": [datetime.date(2024, 7, 1)] * 3,
        },
        index=[5, 5, 9],
    )
    before = frame.copy(deep=True)
    table = read(frame)
    assert rows(table) == [
        ["7", "1", "0.1", "0.1", "1", "True", "NA", "0.40", "2024-07-01"],
        ["8", "", "2.0", "2.5", "", "False", "", str(2**70), "2024-07-01"],
        ["9", "3", "", "1.0", str(2**60), "True", "007", "", "2024-07-01"],
    ]
    assert table.fractional == {"share", "single"}
    assert table.source.file is None and len(table.source.sha256) == 64
    pd.testing.assert_frame_equal(frame, before)
    assert read(frame.reset_index(drop=True)).source.sha256 == table.source.sha256


def test_frames_at_fault() -> None:
    assert fault(pd.DataFrame({1: ["x"]})).message == "a column heading is not a text"
    assert fault(pd.DataFrame({"a": []})).message == "the table has no rows"
    doubled = pd.DataFrame([["x", "y"]], columns=["a", "a"])
    assert fault(doubled).message == "columns 1 and 2 have the same heading"


def test_parquet_keeps_ids_ints_and_decimals(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    content = pa.table({"id": ["007", "7"], "n": pa.array([2**60, None]), "d": [Decimal("1.50"), Decimal("2.00")]})
    pq.write_table(content, tmp_path / "t.parquet")
    assert rows(read(tmp_path / "t.parquet")) == [["007", str(2**60), "1.50"], ["7", "", "2.00"]]
    assert "not a readable Parquet file" in fault(write(tmp_path, "junk", "bad.parquet")).message


def test_excel(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["school", "enrolled", "flag"], ["007", 10, True], [7, 10.5, None], [None, None, None]):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    assert rows(read(tmp_path / "t.xlsx")) == [["007", "10", "True"], ["7", "10.5", ""]]
    book.create_sheet("other")
    book.save(tmp_path / "two.xlsx")
    assert fault(tmp_path / "two.xlsx").cure == "name the sheet to read 'schools' (sheets: Sheet, other)"
    book["other"].title = "schools"
    book.save(tmp_path / "named.xlsx")
    assert fault(tmp_path / "named.xlsx").message == "the sheet is empty"
    assert "not a readable Excel file" in fault(write(tmp_path, "junk", "bad.xlsx")).message


def test_geojson(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [-122.5, 37.70933]}
    text = (
        '{"type": "FeatureCollection", "features": ['
        '{"type": "Feature", "properties": {"block": "007", "n": 1.50, "f": true}, "geometry": '
        + json.dumps(point)
        + "},"
        '{"type": "Feature", "id": 12, "properties": {"block": "7", "n": NaN, "extra": null}, "geometry": null}]}'
    )
    table = read(write(tmp_path, text, "t.geojson"))
    assert list(table.frame.columns) == ["block", "n", "f", "geometry", "extra", "id"]
    assert rows(table)[0][:3] == ["007", "1.50", "True"] and json.loads(rows(table)[0][3]) == point
    assert rows(table)[1] == ["7", "nan", "", "", "", "12"]
    assert fault(write(tmp_path, '{"type": "Point"}', "p.geojson")).message == "is not a GeoJSON FeatureCollection"
    assert "not valid JSON" in fault(write(tmp_path, "{", "p.geojson")).message
    assert fault(write(tmp_path, "[" * 200_000, "p.geojson")).message == "the JSON is nested too deeply"


@pytest.mark.parametrize(("suffix", "module"), [(".parquet", "pyarrow"), (".xlsx", "openpyxl")])
def test_missing_readers_say_how_to_install(
    suffix: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert fault(write(tmp_path, "x", f"t{suffix}")).cure == "install it with: pip install 'evenhand[io]'"


def test_reference_tables_read_whole(shared_data: Path) -> None:
    table = read(shared_data / "cep" / "ga_houston_schools.csv")
    assert table.frame["School"].iat[0] == "00"
    for path in sorted(shared_data.glob("*/*.csv")):
        assert len(read(path)) == len(pd.read_csv(path, dtype=str, keep_default_na=False))
    tracts = read(shared_data / "districting" / "howard_tracts.geojson")
    assert json.loads(tracts.frame["geometry"].iat[0])["type"].endswith("Polygon")
