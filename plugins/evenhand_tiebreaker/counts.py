"""Counts of students as exact columns, read from the raw texts of ``blocks``, and what counts must keep."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evenhand.errors import Fault, nearest
from evenhand.tables.check import limited
from evenhand.tables.decimal_text import diagnose, is_number
from evenhand.tables.exact import ExactColumn, pack

if TYPE_CHECKING:
    from evenhand.tables import Table

Ints = npt.NDArray[Any]
"""int64, or object holding Python ints where int64 does not suffice."""
Bools = npt.NDArray[np.bool_]

_FLAGS = {"true": "1", "false": "0"}


def read_column(table: Table, name: str, *, flags: bool = False) -> tuple[ExactColumn | None, list[Fault]]:
    """Any column of the raw table as exact numbers; blank cells are missing.

    Parameters
    ----------
    flags
        Whether ``true`` and ``false`` stand for 1 and 0.

    Returns
    -------
    (column, []), or (None, faults): the column is not there, or cells are no numbers.
    """
    if not table.given(name):
        return None, [Fault(table.name, f"there is no column {name!r}", nearest(name, table.raw.frame.columns),
                            column=name)]
    texts = [str(cell).strip() for cell in table.raw.frame[name].tolist()]
    if flags:
        texts = [_FLAGS.get(text.lower(), text) for text in texts]
    bad = [row for row, text in enumerate(texts) if text and not is_number(text)]
    if bad:
        return None, limited((table.fault(row, name, *diagnose(texts[row])) for row in bad), table.name)
    return ExactColumn.from_checked_text(texts), []


def count_faults(table: Table, name: str, column: ExactColumn, *, average: bool, kept: Bools) -> list[Fault]:
    """What a count of students must keep: there, not negative, whole unless averaged, no more than the students."""
    found: list[Fault] = []

    def say(rows: npt.NDArray[Any], message: str, cure: str) -> None:
        found.extend(table.fault(row, name, message, cure) for row in rows.tolist())

    say(np.flatnonzero(column.missing & kept), "the count is missing", "Write the count; nothing is filled in")
    say(np.flatnonzero((column.compare(0) < 0) & kept), "is below 0", "Write a number of students")
    if not average:
        say(np.flatnonzero(~column.whole_rows() & kept), "is no whole number of students",
            'Averages over years need counts = "average" in [problem]')
    more = more_than(column, table.exact("students"))
    say(more[kept[more]], "is more than the students of the block", "Correct one of the two counts")
    return limited(found, table.name)


def more_than(part: ExactColumn, whole: ExactColumn) -> Ints:
    """Rows where one exact column is larger than another; missing cells are never larger."""
    left, right = aligned(part, whole)
    return np.flatnonzero(np.asarray(left > right, dtype=bool) & ~part.missing & ~whole.missing)


def aligned(*columns: ExactColumn) -> list[Ints]:
    """The values of several columns on one scale."""
    decimals = max(column.decimals for column in columns)
    return [column.rescaled(decimals).values for column in columns]


def overlap_faults(table: Table) -> list[Fault]:
    """Published counts that contradict each other: ``n_both``, ``n_frl``, ``n_aalpi`` and ``n_focal``, where given.

    Rows and columns that are no numbers are left aside here: they matter only where a count is asked for.
    """
    columns = {}
    for name in ("n_both", "n_frl", "n_aalpi", "n_focal"):
        column, _ = read_column(table, name) if table.given(name) else (None, [])
        if column is not None:
            columns[name] = column
    found: list[Fault] = []
    ids = table.texts("geoid")
    if "n_both" in columns:
        for other in ("n_frl", "n_aalpi"):
            if other in columns:
                found += [table.fault(row, "n_both", f"the block {ids[row]} has more n_both than {other} "
                                                     f"({table.written(row, other)})", "Correct one of the two counts")
                          for row in more_than(columns["n_both"], columns[other]).tolist()]
    if len(columns) == 4:
        both, frl, aalpi, focal = aligned(*(columns[name] for name in ("n_both", "n_frl", "n_aalpi", "n_focal")))
        known = ~np.logical_or.reduce([column.missing for column in columns.values()])
        wrong = np.flatnonzero(np.asarray(focal != frl + aalpi - both, dtype=bool) & known)
        found += [table.fault(row, "n_focal", f"the block {ids[row]} has another n_focal than n_frl + n_aalpi - n_both",
                              "Correct one of the four counts") for row in wrong.tolist()]
    return limited(found, table.name)


def common_denominator(columns: Iterable[ExactColumn]) -> int:
    """The least whole number that makes every count whole when multiplied by it."""
    factor = 1
    for column in columns:
        scale = column.scale
        if scale > 1:
            factor = lcm(factor, *{scale // gcd(scale, value) for value in column.values.tolist()})
    return factor


def scaled(column: ExactColumn, factor: int) -> Ints:
    """The counts times ``factor``, as whole numbers; missing ones are 0."""
    if column.decimals == 0 and factor == 1:
        return column.values
    return pack([value * factor // column.scale for value in column.values.tolist()])
