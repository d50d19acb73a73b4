"""Spreadsheet formulas in CSV cells: make a text harmless, and get the very same text back.

A spreadsheet runs a cell that starts with ``=``, ``+``, ``-``, ``@``, a tab or a line end as a formula. An
apostrophe in front makes it text. A text that already is "apostrophes, then a formula start" gets one more
apostrophe, so that the step has an exact inverse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# The full-width forms are read as = + - @ by spreadsheets in East Asian locales.
_FORMULA = re.compile("'* *[=+\\-@\t\r\n＝＋－＠]")  # noqa: RUF001
_FIRST = frozenset("' =+-@\t\r\n＝＋－＠")  # noqa: RUF001 - with what a match of _FORMULA can begin
_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_formula_start(text: str) -> bool:
    """Whether a spreadsheet might run the text (or its unescaped form) as a formula."""
    return _FORMULA.match(text) is not None


def all_harmless(texts: Iterable[str]) -> bool:
    """Whether no text of a column can need escaping, told by its first characters alone."""
    return _FIRST.isdisjoint({text[:1] for text in texts})


def harmless(text: str) -> bool:
    """Whether the text can need no escaping, told by its first character; False says nothing."""
    return text[:1] not in _FIRST


def escape_cell(text: str) -> str:
    """The text as it may stand in a CSV cell without ever being run."""
    return "'" + text if _FORMULA.match(text) else text


def escape_unless_number(text: str) -> str:
    """Like :func:`escape_cell`, but a plain number such as ``-12`` stays a number."""
    return text if _PLAIN_NUMBER.fullmatch(text) else escape_cell(text)


def unescape_cell(text: str) -> str:
    """The inverse of :func:`escape_cell` (and of :func:`escape_unless_number`)."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
