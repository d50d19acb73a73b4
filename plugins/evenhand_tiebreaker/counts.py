"""Counts of students as exact columns, read from the raw texts of ``blocks``, and what counts must keep."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

import attrs
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
    if bad and len(bad) == sum(map(bool, texts)):
        return None, [Fault(table.name, "the column is text; numbers are wanted", "Name a column of numbers",
                            column=name, value=texts[bad[0]])]
    if bad:
        return None, limited((table.fault(row, name, *diagnose(texts[row])) for row in bad), table.name)
    return ExactColumn.from_checked_text(texts), []


def sound_column(table: Table, name: str) -> ExactColumn:
    """Exact numbers of a raw column as far as its cells are numbers of at least 0; the others are missing.

    For checks across columns: what is wrong with a cell itself is said elsewhere, and hides nothing here.
    """
    texts = [str(cell).strip() for cell in table.raw.frame[name].tolist()]
    found = ExactColumn.from_checked_text(text if is_number(text) else "" for text in texts)
    return attrs.evolve(found, missing=found.missing | (found.compare(0) < 0))


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


def raw_texts(table: Table, name: str) -> list[str]:
    """The cells as they were written, also where the column has faults or is not there."""
    return [str(cell) for cell in table.raw.frame[name].tolist()] if table.given(name) else [""] * len(table.raw)


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

    Cells that are no numbers are left aside here: they matter only where a count is asked for.
    """
    columns = {name: sound_column(table, name) for name in ("n_both", "n_frl", "n_aalpi", "n_focal")
               if table.given(name)}
    found: list[Fault] = []
    ids = raw_texts(table, "geoid")
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


def rounded_down(number: Fraction) -> float:
    """The largest double that is not above the number."""
    near = float(number)
    return near if Fraction(near) <= number else math.nextafter(near, -math.inf)


def rounded_up(number: Fraction) -> float:
    """The smallest double that is not below the number."""
    return -rounded_down(-number)


def row_counts(counts: Ints, factor: int) -> list[float]:
    """Counts of a row ``sum <= limit`` as students: exact where they are doubles, else a little too small.

    Together with a limit rounded up such a row never forbids what the exact one allows.
    """
    if factor == 1:
        found = [float(count) for count in counts.tolist()]
        if max(map(abs, found), default=0.0) < 2.0**53:
            return found
    return [rounded_down(Fraction(count, factor)) for count in counts.tolist()]


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
