"""What is done a column at a time for speed gives what the cells one by one would give."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenhand.model.view import Figure
from evenhand.report import charts
from evenhand.tables.csv_out import render_csv
from evenhand.tables.csv_text import csv_text, quote
from evenhand.tables.decimal_text import all_digits, is_number
from evenhand.tables.escape import all_harmless, escape_cell, escape_unless_number, harmless
from evenhand.tables.exact import ExactColumn
from evenhand.tables.read_csv import grid_by_rows, plain_grid
from evenhand.tables.rules import first_seen, read_cells, rules_of
from evenhand.tables.schema import Column

CELLS = st.text(st.sampled_from("ab1.,\"'=+-@\t\r\n \uff1d\uff0b\uff0d\uff20"), max_size=5)
COLUMNS = st.lists(CELLS, min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(COLUMNS)
@example(["harmless", " =1"])
@example(["harmless", "''\uff20x"])
def test_a_column_called_harmless_needs_no_escape(cells: list[str]) -> None:
    if all_harmless(cells):
        assert [escape_cell(cell) for cell in cells] == cells


@settings(deadline=None, max_examples=60)
@given(COLUMNS, COLUMNS)
def test_one_dangerous_cell_changes_itself_alone(first: list[str], second: list[str]) -> None:
    size = min(len(first), len(second))
    frame = pd.DataFrame({"id": first[:size], "note": second[:size]}, dtype=object)
    pairs = zip(first[:size], second[:size], strict=True)
    lines = [",".join([quote(escape_cell(a)), quote(escape_unless_number(b))]) for a, b in pairs]
    assert render_csv(frame, text=["id"]) == "\n".join(["id,note", *lines, ""])


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("ab1,,,\n\n\r\" ;é\u2028"), max_size=24).map(lambda text: "h,k" + text))
@example("h,k\n1,2\n3,4")
@example("h,k\r\n1,2\r\n\r\n")
@example("h,k\n1\n2,3,4\n")
@example("h,k\n,\n\n1,2\n")
@example("h,k\n1,2\r3,4\n")
def test_a_table_split_as_a_whole_is_the_one_read_row_by_row(text: str) -> None:
    plain = plain_grid(text)
    if plain is not None:
        slow, faults = grid_by_rows(text, "t")
        assert not faults and slow is not None
        assert plain.headings == slow.headings
        assert [list(column) for column in plain.columns] == [list(column) for column in slow.columns]


def test_an_ordinary_table_is_split_as_a_whole() -> None:
    grid = plain_grid("a,b\r\n1,x y\r\n2,\r\n")
    assert grid is not None
    assert [list(column) for column in grid.columns] == [["1", "2"], ["x y", ""]]
    assert plain_grid("a\n1\n") is None
    assert plain_grid("a,b\n" + "x" * 200_000 + ",1\n") is None  # a cell that is too long is a fault


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["7", "007", " 7", "1e5", "1E+5", "-1", "", " ", "1.50", "x", "\u0663"]), max_size=6))
@example(["12", "007"])
def test_the_cells_of_a_column_are_judged_as_each_would_be_alone(texts: list[str]) -> None:
    for column in (Column("c", "id"), Column("c", "number", minimum=0)):
        found = {rule.code: rule.holds.tolist() for rule in rules_of(read_cells(column, texts))}
        for row, text in enumerate(texts):
            alone = {rule.code: rule.holds.tolist() for rule in rules_of(read_cells(column, [text]))}
            assert {code: [holds[row]] for code, holds in found.items()} == alone
    if texts and all_digits(texts):
        assert all(map(is_number, texts))
        assert ExactColumn.from_checked_text(texts).values.tolist() == [int(text) for text in texts]
    if all(map(harmless, texts)):
        assert [escape_cell(text) for text in texts] == texts


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=8))
def test_repeated_keys_are_found_with_their_first_row(pairs: list[tuple[int, bool]]) -> None:
    keys, skip = [key for key, _ in pairs], np.array([skipped for _, skipped in pairs], dtype=bool)
    first, holds = first_seen(keys, skip)
    for row, key in enumerate(keys):
        earlier = [k for k in range(row + 1) if keys[k] == key and not skip[k]]
        assert first[row] == (row if skip[row] else earlier[0])
    assert holds.tolist() == (first == np.arange(len(keys))).tolist()


def test_one_cell_in_need_of_quotes_is_quoted_in_its_column() -> None:
    assert csv_text(["a", "b"], [["x", "y,z"], ["1", "2"]]) == 'a,b\nx,1\n"y,z",2\n'


def dots(groups: int, each: int) -> str:
    """A chart of so many dots in so many colours, as SVG."""
    def draw(axes: object) -> None:
        for group in range(groups):
            axes.scatter(range(each), [group] * each)  # type: ignore[attr-defined]

    return charts.draw_svg(Figure("Dots", draw, "Many of them."), "dots")


def test_many_marks_in_several_colours_become_pixels_and_the_texts_stay() -> None:
    few, many = dots(10, 20), dots(10, 150)
    assert "<image" not in few
    assert "<image" in many
    assert re.search(r"<text[ >]", many)
    assert len(many) < len(few) + 60_000
