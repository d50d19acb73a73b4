"""Writing CSV: safe in a spreadsheet, exact when read back, the same bytes every time."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import DataError
from evenhand.tables.csv_out import read_output, render_csv, to_cents, write_csv
from evenhand.tables.escape import escape_cell, escape_unless_number, is_formula_start, unescape_cell

nasty = st.text(alphabet="'=+-@\t\r\n, \"a1.e＝", max_size=8)  # noqa: RUF001
cells = st.one_of(nasty, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))


@settings(deadline=None, max_examples=60)
@given(cells)
def test_escaping_has_an_exact_inverse_and_leaves_no_formula(text: str) -> None:
    escaped = escape_cell(text)
    assert unescape_cell(escaped) == text
    assert unescape_cell(escape_unless_number(text)) == text
    assert not escaped.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@settings(deadline=None, max_examples=60)
@given(cells, cells)
def test_escaping_keeps_different_texts_apart(one: str, other: str) -> None:
    assert (escape_cell(one) == escape_cell(other)) == (one == other)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.tuples(cells, cells), min_size=0, max_size=6))
def test_a_written_table_reads_back_exactly(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    frame = pd.DataFrame(rows, columns=["=id", "note"], dtype=object)
    write_csv(path, frame, text=("=id",))
    again = read_output(path, "out")
    assert list(again.columns) == ["=id", "note"]
    assert again.to_numpy().tolist() == [list(row) for row in rows]


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(cells, min_size=1, max_size=6))
def test_a_single_column_keeps_its_blank_cells(rows: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("csv") / "one.csv"
    write_csv(path, pd.DataFrame({"id": rows}, dtype=object))
    assert read_output(path, "one")["id"].tolist() == rows


def test_golden_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "school": ["-12", "+5", "=A1", "007", "a,b"],
            "note": ["-12", 'say "hi"', "two\nlines", "'=x", ""],
            "usd": [1.005, 2.675, -0.001, 1e15, float("nan")],
            "share": [0.1, 1 / 3, 2.0, -1e-7, float("nan")],
            "kept": [True, False, True, True, False],
            "n": [1, -2, 3, 4, 5],
        }
    )
    expected = (
        "school,note,usd,share,kept,n\n"
        "'-12,-12,1.00,0.1,true,1\n"
        '\'+5,"say ""hi""",2.67,0.3333333333333333,false,-2\n'
        '\'=A1,"two\nlines",0.00,2.0,true,3\n'
        "007,''=x,1000000000000000.00,-1e-07,true,4\n"
        '"a,b",,,,false,5\n'
    )
    assert render_csv(frame, money=["usd"], text=["school"]) == expected
    digest = write_csv(tmp_path / "t.csv", frame, money=["usd"], text=["school"])
    data = (tmp_path / "t.csv").read_bytes()
    assert data == expected.encode() and digest == hashlib.sha256(data).hexdigest()


def test_exact_numbers_and_missing_values() -> None:
    frame = pd.DataFrame({"x": [Fraction(1, 3), Decimal("0.40"), 2**70, None, pd.NA]}, dtype=object)
    assert render_csv(frame) == 'x\n1/3\n0.40\n1180591620717411303424\n""\n""\n'


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Fraction(1, 8), "0.12"),
        (Fraction(3, 8), "0.38"),
        (Decimal("2.675"), "2.68"),
        (Decimal("2.665"), "2.66"),
        (0.125, "0.12"),
        (-0.004, "0.00"),
        (-1.5, "-1.50"),
        (7, "7.00"),
        (np.int64(3), "3.00"),
        (float("inf"), "inf"),
    ],
)
def test_cents_round_halves_to_even(amount: float, text: str) -> None:
    assert to_cents(amount.item() if isinstance(amount, np.generic) else amount) == text


def test_formula_starts() -> None:
    assert is_formula_start("=1") and is_formula_start("'=1") and is_formula_start(" =1")
    assert not is_formula_start("'t Hooft") and not is_formula_start("7")


def test_reading_back_a_broken_output(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_output(tmp_path / "gone.csv", "out")
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    with pytest.raises(DataError, match="1 cells where the header has 2"):
        read_output(tmp_path / "ragged.csv", "out")
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n")
    with pytest.raises(DataError, match="same heading"):
        read_output(tmp_path / "twice.csv", "out")
