"""The rules a column's cells keep, by kind: which rows break one, and what to tell the user."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand.tables.decimal_text import all_digits, diagnose, is_number
from evenhand.tables.exact import ExactColumn
from evenhand.tables.schema import Column

Mask = NDArray[np.bool_]

_FLAGS = {"0": False, "1": True, "false": False, "true": True}
# With the explicit plus: what a spreadsheet makes of a long number; "1E5" may well be a name.
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+")
_SPACE = re.compile(r"\s")
_SHAPE = re.compile(
    r"\s*(?:\{.*\"type\"|(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)", re.I | re.S
)


@frozen(eq=False)
class Rule:
    """One rule of one column: ``holds`` is the mask of rows that keep it, ``explain(text) -> (message, cure)``."""

    code: str
    holds: Mask
    explain: Callable[[str], tuple[str, str]]


@frozen(eq=False)
class Cells:
    """A column's texts, brought to values where they can be: the rest is missing here and at fault by a rule."""

    column: Column
    texts: Sequence[str]
    blank: Mask
    readable: Mask
    exact: ExactColumn | None = None
    flags: Mask | None = None


def read_cells(column: Column, texts: Sequence[str]) -> Cells:
    """Parse what can be parsed."""
    if column.is_numeric and all_digits(texts):
        every = np.ones(len(texts), dtype=bool)
        return Cells(column, texts, ~every, every, exact=ExactColumn.from_checked_text(texts))
    blank = np.array([not text or text.isspace() for text in texts], dtype=bool)
    if column.is_numeric:
        readable = np.array([is_number(text) for text in texts], dtype=bool)
        kept = texts if readable.all() else [text if good else "" for text, good in zip(texts, readable, strict=True)]
        return Cells(column, texts, blank, readable, exact=ExactColumn.from_checked_text(kept))
    if column.kind == "flag":
        values = [_FLAGS.get(text.lower()) for text in texts]
        readable = np.array([value is not None for value in values], dtype=bool)
        return Cells(column, texts, blank, readable, flags=np.array([value is True for value in values], dtype=bool))
    if column.kind == "geometry":
        return Cells(column, texts, blank, np.array([_SHAPE.match(text) is not None for text in texts], dtype=bool))
    return Cells(column, texts, blank, ~blank)


def rules_of(cells: Cells, *, fractional: bool = False) -> list[Rule]:
    """The rules of one column. ``fractional``: the column came as floats with fractional parts."""
    column = cells.column
    rules: list[Rule] = []
    if column.blank == "error":
        rules.append(Rule("blank", ~cells.blank, lambda text: ("the cell is blank", f"write {_expected(column)}")))
    if column.kind == "id":
        rules += _id_rules(cells, fractional)
    elif column.kind != "text":
        rules.append(Rule("readable", cells.readable | cells.blank, _explain_unreadable(column)))
    if cells.exact is not None:
        rules += _number_rules(column, cells.exact)
    if column.unique:
        rules.append(_unique_rule(cells))
    return rules


def _id_rules(cells: Cells, fractional: bool) -> list[Rule]:
    texts = cells.texts
    padded = scientific = np.zeros(len(texts), dtype=bool)
    joined = "".join(texts)  # one search tells of a whole column that there is nothing to look for, the usual case
    if _SPACE.search(joined):
        padded = np.array([text != text.strip() for text in texts], dtype=bool) & ~cells.blank
    if "+" in joined:
        scientific = np.array([_SCIENTIFIC.fullmatch(text) is not None for text in texts], dtype=bool)
    rules = [
        Rule("padded", ~padded, lambda text: ("the id has blanks around it", f"write {text.strip()!r}")),
        Rule(
            "scientific",
            ~scientific,
            lambda text: ("the id is in scientific notation: its digits are lost", "export the ids as text"),
        ),
    ]
    if fractional:
        cure = "read the column as text (dtype=str), so that ids keep their digits"
        rules.append(Rule("float_id", cells.blank, lambda text: ("the ids came as floating-point numbers", cure)))
    return rules


def _number_rules(column: Column, exact: ExactColumn) -> list[Rule]:
    missing = exact.missing
    rules = []
    if column.kind == "integer":
        rules.append(Rule("whole", exact.whole_rows(), lambda text: ("is not a whole number", "write a whole number")))
    cure = f"write a number {column.bounds_text}" + (f" ({column.unit})" if column.unit else "")
    if column.minimum is not None:
        holds = (exact.compare(column.minimum) >= 0) | missing
        rules.append(Rule("minimum", holds, lambda text: (f"is below {column.minimum}", cure)))
    if column.exclusive_minimum is not None:
        holds = (exact.compare(column.exclusive_minimum) > 0) | missing
        rules.append(Rule("exclusive_minimum", holds, lambda text: (f"is not above {column.exclusive_minimum}", cure)))
    if column.maximum is not None:
        holds = (exact.compare(column.maximum) <= 0) | missing
        rules.append(Rule("maximum", holds, lambda text: (f"is above {column.maximum}", cure)))
    return rules


def _unique_rule(cells: Cells) -> Rule:
    """Texts are compared as written (``7`` and ``007`` differ), numbers by value; blank cells may repeat."""
    exact = cells.exact
    keys: Sequence[object] = cells.texts if exact is None else exact.values.tolist()
    skip = cells.blank if exact is None else exact.missing
    first, holds = first_seen(keys, skip)
    word = "id" if cells.column.kind == "id" else "value"

    @cache
    def first_rows() -> dict[str, int]:  # only a fault asks for it
        return {text: row + 1 for row, text in enumerate(cells.texts) if first[row] == row}

    def explain(text: str) -> tuple[str, str]:
        rows = first_rows()
        place = f" in row {rows[text]}" if text in rows else ""
        return f"the {word} already stands{place}", f"give every row its own {word}"

    return Rule("unique", holds, explain)


def first_seen(keys: Sequence[object], skip: Mask) -> tuple[NDArray[np.int64], Mask]:
    """For each row the first row with the same key, and whether it is that row itself (always so where ``skip``)."""
    first = np.arange(len(keys), dtype=np.int64)
    if not skip.any() and len(set(keys)) == len(keys):
        return first, np.ones(len(keys), dtype=bool)
    seen: dict[object, int] = {}
    for row, key in enumerate(keys):
        if not skip[row]:
            first[row] = seen.setdefault(key, row)
    return first, first == np.arange(len(keys))


def _expected(column: Column) -> str:
    if column.is_numeric:
        return "a whole number" if column.kind == "integer" else "a number"
    return {"flag": "0 or 1", "geometry": "GeoJSON or WKT", "id": "an id"}.get(column.kind, "a text")


def _explain_unreadable(column: Column) -> Callable[[str], tuple[str, str]]:
    if column.is_numeric:
        return diagnose
    if column.kind == "flag":
        return lambda text: ("is neither 0 nor 1", "write 0 or 1 (true and false are read too)")
    return lambda text: ("is no geometry", "write GeoJSON or WKT")
