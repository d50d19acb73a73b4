"""Writing result tables as CSV that is safe in a spreadsheet and the same bytes everywhere, and reading them back."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evenhand.errors import DataError, Fault
from evenhand.tables.csv_text import csv_text
from evenhand.tables.digest import sha256_text
from evenhand.tables.escape import all_harmless, escape_cell, escape_unless_number, harmless, unescape_cell
from evenhand.tables.raw import text_frame
from evenhand.tables.read_csv import read_csv


def render_csv(frame: pd.DataFrame, *, money: Collection[str] = (), text: Collection[str] = ()) -> str:
    """The frame as CSV text (RFC 4180, ``\\n`` line ends, no index).

    Text is escaped where a spreadsheet would run it as a formula (see :mod:`evenhand.tables.escape`); doubles are
    written as their shortest exact text, truth values as ``true``/``false``, missing values as empty cells.

    Parameters
    ----------
    money
        Columns written to the cent, halves to even.
    text
        Columns that hold text even where a cell looks like a number (ids): there ``-12`` is escaped too. In other
        columns of strings a plain number stays a number.
    """
    columns = [_cells(frame.iloc[:, k], str(name) in money, str(name) in text) for k, name in enumerate(frame.columns)]
    return csv_text([escape_cell(str(name)) for name in frame.columns], columns)


def write_csv(path: str | Path, frame: pd.DataFrame, *, money: Collection[str] = (), text: Collection[str] = ()) -> str:
    """Write :func:`render_csv` as UTF-8 and return the SHA-256 of the bytes. Raises ``OSError``."""
    content = render_csv(frame, money=money, text=text)
    Path(path).write_text(content, encoding="utf-8", newline="\n")
    return sha256_text(content)


def read_output(path: str | Path, name: str) -> pd.DataFrame:
    """A table that :func:`write_csv` wrote, all cells as texts, escapes undone.

    Raises
    ------
    DataError
        When the file is missing or is no CSV of ours; a table without rows is fine.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(Fault(name, f"the file cannot be read: {error.strerror}", value=Path(path).name)) from error
    grid, faults = read_csv(data, name)
    if grid is None:
        raise DataError(faults)
    headings = [unescape_cell(heading) for heading in grid.headings]
    if len(set(headings)) != len(headings):
        raise DataError(Fault(name, "two columns have the same heading", "write the result again"))
    return text_frame(headings, [_unescaped(column) for column in grid.columns])


def _unescaped(column: Sequence[str]) -> Sequence[str]:
    """Every cell without its escape; without an apostrophe in the column there is none."""
    return [unescape_cell(cell) for cell in column] if "'" in "".join(column) else column


def to_cents(amount: float | int | Decimal | Fraction) -> str:
    """An amount of money with two decimal places, halves to even; never ``-0.00``."""
    if isinstance(amount, Fraction):
        cents = round(amount * 100)
    else:
        exact = Decimal(float(amount)) if isinstance(amount, float | np.floating) else Decimal(amount)
        cents = int((exact * 100).to_integral_value(ROUND_HALF_EVEN)) if exact.is_finite() else 0
        if not exact.is_finite():
            return str(amount)
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _cells(column: pd.Series[Any], money: bool, text: bool) -> list[str]:
    escape = escape_cell if text else escape_unless_number
    values: Sequence[Any] = column.tolist()
    if set(map(type, values)) <= {str}:
        # A hundred thousand rows: most of the time went into cells that stay what they are.
        return list(values) if all_harmless(values) else [
            value if harmless(value) else escape(value) for value in values]
    return [_cell(value, money, escape) for value in values]


def _cell(value: Any, money: bool, escape: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return escape(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and math.isnan(value):
        return ""
    if isinstance(value, int | float | np.number | Decimal | Fraction):
        return to_cents(_plain(value)) if money else _number(value)
    return escape(str(value))


def _plain(value: Any) -> float | int | Decimal | Fraction:
    if isinstance(value, np.integer):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def _number(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return repr(float(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)  # a Fraction stays p/q
