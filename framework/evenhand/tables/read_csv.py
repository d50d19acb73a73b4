"""CSV as text: comma, UTF-8 (a byte-order mark is tolerated), RFC 4180 quotes; nothing is guessed or dropped."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice

import numpy as np

from evenhand.errors import Fault
from evenhand.tables.raw import MAX_ROWS, Grid

_BLOCK = 50_000
_COMMA, _LINE_END = ord(","), ord("\n")
_LISTED = 20


def read_csv(data: bytes, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of a CSV file's bytes, or faults."""
    text, fault = decode(data, table)
    if text is None:
        return None, [fault] if fault else []
    plain = plain_grid(text)
    return (plain, []) if plain is not None else grid_by_rows(text, table)


def grid_by_rows(text: str, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of any CSV text, or faults with their rows."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        headings = next(rows, [])
        if not headings:
            return None, [Fault(table, "the file is empty", "write a header row and one row per item")]
        hint = _separator_hint(headings)
        if hint:
            return None, [Fault(table, hint, "save the table with commas between the columns", value=headings[0])]
        return _read_rows(rows, headings, table)
    except csv.Error as error:
        return None, [Fault(table, *_csv_error(str(error), rows.line_num))]


def decode(data: bytes, table: str) -> tuple[str | None, Fault | None]:
    """UTF-8 text of a file's bytes, or a fault that names the line."""
    cure = "save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, Fault(table, "the file is UTF-16, not UTF-8", cure)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, Fault(table, f"the file is not UTF-8 (line {line}, byte 0x{data[error.start]:02x})", cure)
    if "\0" in text:
        return None, Fault(table, "the file holds NUL characters", "save the file as plain CSV text")
    return text, None


def plain_grid(text: str) -> Grid | None:
    """The grid of a table without quotes and without a fault, split as a whole (several times as quick); else None.

    None says nothing: whatever is out of the ordinary is left to the reader that goes row by row and names faults.
    """
    if '"' in text:
        return None
    lines = text.replace("\r\n", "\n").rstrip("\n")  # blank lines at the end hold nothing
    if "\r" in lines:
        return None
    headings = lines[: lines.find("\n")].split(",") if "\n" in lines else []
    width, data = len(headings), np.frombuffer(lines.encode("utf-8"), dtype=np.uint8)
    if width < 2:
        return None
    ends = np.flatnonzero((data == _COMMA) | (data == _LINE_END))
    rows, rest = divmod(len(ends) + 1, width)
    longest = max(int(np.diff(ends).max(initial=0)), int(ends[0]), len(data) - int(ends[-1]))
    if rest or rows - 1 > MAX_ROWS or longest > csv.field_size_limit():
        return None
    # Every width-th mark ends a line, and no other one does.
    if not (data[ends[width - 1::width]] == _LINE_END).all() or np.count_nonzero(data == _LINE_END) != rows - 1:
        return None
    cells = lines.replace("\n", ",").split(",")
    return Grid(tuple(headings), [cells[width + place::width] for place in range(width)])


def _separator_hint(headings: list[str]) -> str:
    if len(headings) > 1:
        return ""
    for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if separator in headings[0]:
            return f"the columns are separated by {word}"
    return ""


def _read_rows(rows: Iterator[list[str]], headings: list[str], table: str) -> tuple[Grid | None, list[Fault]]:
    columns: list[list[str]] = [[] for _ in headings]
    ragged = _Ragged(table, len(headings))
    count = 0
    while block := list(islice(rows, _BLOCK)):
        for number, row in enumerate(block, start=count + 1):
            ragged.see(number, row)
        count += len(block)
        if count > MAX_ROWS:
            return None, [Fault(table, f"has more than {MAX_ROWS:,} rows", "split the table")]
        if not ragged.total:
            for column, cells in zip(columns, zip(*(row for row in block if row), strict=True), strict=False):
                column.extend(cells)
    if ragged.total:
        return None, ragged.faults()
    return Grid(tuple(headings), columns), []


class _Ragged:
    """Counts rows of the wrong width and lists the first ones.

    A blank line is at fault only when a row follows it: blank lines at the end of a file hold nothing.
    """

    def __init__(self, table: str, width: int) -> None:
        self._table = table
        self._width = width
        self._blank: list[int] = []
        self._blanks = 0
        self._listed: list[Fault] = []
        self.total = 0

    def see(self, number: int, row: list[str]) -> None:
        if not row:
            self._blanks += 1
            if len(self._blank) < _LISTED:
                self._blank.append(number)
            return
        if self._blanks:
            self.total += self._blanks
            self._listed += [Fault(self._table, "the line is blank", "remove it", row=k) for k in self._blank]
            self._blank, self._blanks = [], 0
        if len(row) != self._width:
            self.total += 1
            if len(self._listed) < _LISTED:
                self._listed.append(self._fault(number, len(row)))

    def _fault(self, number: int, cells: int) -> Fault:
        many = cells > self._width
        cure = "put quotes around a cell that holds a comma" if many else "write every cell, also the empty ones"
        return Fault(self._table, f"has {cells} cells where the header has {self._width}", cure, row=number)

    def faults(self) -> list[Fault]:
        listed = self._listed[:_LISTED]
        more = self.total - len(listed)
        if more:
            listed.append(Fault(self._table, f"and {more:,} more rows with a wrong number of cells"))
        return listed


def _csv_error(message: str, line: int) -> tuple[str, str]:
    if "field larger" in message:
        limit = csv.field_size_limit()
        return f"line {line}: a cell holds more than {limit:,} characters", "keep shapes in a GeoJSON file"
    if "unexpected end" in message:
        return "a quoted cell is never closed", "close the quote; a quote inside a quoted cell is written twice"
    return f"line {line}: {message}", "put quotes around a cell that holds a quote, and write inner quotes twice"
