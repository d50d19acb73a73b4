"""What is done a column at a time for speed gives what the cells one by one would give."""

from __future__ import annotations

import re

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenhand.model.view import Figure
from evenhand.report import charts
from evenhand.tables.csv_out import render_csv
from evenhand.tables.csv_text import csv_text, quote
from evenhand.tables.escape import all_harmless, escape_cell, escape_unless_number

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
