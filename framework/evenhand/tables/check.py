"""Checking a table of texts against its schema: all faults at once, or a parsed :class:`Table`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from evenhand.errors import Fault, nearest
from evenhand.tables.exact import ExactColumn
from evenhand.tables.raw import RawTable
from evenhand.tables.rules import Cells, Rule, first_seen, read_cells, rules_of
from evenhand.tables.schema import Column, TableSchema
from evenhand.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

LISTED = 20
_DOUBLE_WHOLE = 2**53


def check_table(raw: RawTable, schema: TableSchema) -> tuple[Table | None, list[Fault]]:
    """Check and parse.

    Returns
    -------
    (Table, []), or (None, faults). Of each column and kind of fault the first ``LISTED`` are listed, the rest
    counted.
    """
    columns, faults = _columns_to_read(raw, schema)
    faults += _missing_columns(raw, schema)
    cells, cell_faults = _check_cells(raw, columns)
    faults += cell_faults
    table = evolve(_build(raw, schema, cells), notices=_notices(raw, schema))
    faults += _key_faults(table)
    for check in schema.checks:
        if all(name in table for name in check.needs):
            faults += limited(check.run(table), schema.name)
    return (None, faults) if faults else (table, [])


def extend_table(table: Table, *columns: Column) -> tuple[Table | None, list[Fault]]:
    """Parse further columns of a checked table, for instance those that options name.

    Returns
    -------
    (a new Table, []), or (None, faults); a required column that is not there is a fault.
    """
    schema = TableSchema(table.schema.name, columns)
    faults = _missing_columns(table.raw, schema)
    given = [column for column in columns if column.name in table.raw.frame.columns]
    cells, cell_faults = _check_cells(table.raw, given)
    faults += cell_faults
    if faults:
        return None, faults
    added = _build(table.raw, schema, cells)
    frame = table.frame.assign(**{column.name: added.frame[column.name] for column in columns if column.name in added})
    exacts = {**table.exacts, **added.exacts}
    return evolve(table, frame=frame, exacts=exacts, schema=table.schema.with_columns(*columns)), []


def limited(faults: Iterable[Fault], where: str, listed: int = LISTED) -> list[Fault]:
    """The first ``listed`` faults of each column, and one more that counts the rest."""
    kept: list[Fault] = []
    counts: dict[str | None, int] = {}
    for fault in faults:
        counts[fault.column] = counts.get(fault.column, 0) + 1
        if counts[fault.column] <= listed:
            kept.append(fault)
    for column, count in counts.items():
        if count > listed:
            kept.append(Fault(where, f"and {count - listed:,} more like these", column=column))
    return kept


def _columns_to_read(raw: RawTable, schema: TableSchema) -> tuple[list[Column], list[Fault]]:
    known = {column.name: column for column in schema.columns}
    columns: list[Column] = []
    faults: list[Fault] = []
    for name in raw.frame.columns:
        if name in known:
            columns.append(known[name])
        elif callable(schema.extra):
            column = schema.extra(name)
            if column is not None:
                columns.append(evolve(column, name=name))
        elif schema.extra == "forbid":
            faults.append(Fault(raw.name, "the column is not known", nearest(name, known), column=name))
        elif name != raw.headings.get(name, name):
            faults += _misspelt_rename(raw, schema, name)
    return columns, faults


def _misspelt_rename(raw: RawTable, schema: TableSchema, name: str) -> list[Fault]:
    """A renamed column nobody knows is kept, unless it looks like a known one: then it would be lost in silence."""
    absent = [known for known in schema.names if known not in raw.frame.columns]
    close = difflib.get_close_matches(name, absent, n=1, cutoff=0.75)
    if not close:
        return []
    return [Fault(f"data.{raw.name}.columns.{name}", "no such column is known", f"did you mean {close[0]!r}?")]


def _missing_columns(raw: RawTable, schema: TableSchema) -> list[Fault]:
    faults = []
    unused = [name for name in raw.frame.columns if name not in schema.names]
    for column in schema.columns:
        if column.required and column.name not in raw.frame.columns:
            close = _similar(column.name, unused)
            if close:
                cure = f"did you mean {close!r}? Rename it in [data]: columns = {{ {column.name} = {close!r} }}"
            else:
                headings = ", ".join(raw.frame.columns[:LISTED])
                cure = f"add it, or rename another in [data]: columns = {{ {column.name} = '...' }} (it has {headings})"
            faults.append(Fault(raw.name, "the column is missing", cure, column=column.name))
    return faults


def _similar(name: str, headings: Sequence[str], cutoff: float = 0.6) -> str | None:
    lowered = {heading.strip().lower().replace(" ", "_"): heading for heading in headings}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=cutoff)
    return lowered[close[0]] if close else None


def _check_cells(raw: RawTable, columns: Sequence[Column]) -> tuple[dict[str, Cells], list[Fault]]:
    """The columns whose cells are all good, parsed, and the faults of the others."""
    cells = {column.name: read_cells(column, raw.frame[column.name].tolist()) for column in columns}
    rules = {name: rules_of(cells[name], fractional=name in raw.fractional) for name in cells}
    faults: list[Fault] = []
    for name, code, rows in _failures(raw.frame, rules):
        rule = next(rule for rule in rules[name] if rule.code == code)
        for row in rows[:LISTED]:
            text = str(raw.frame[name].iat[row])
            message, cure = rule.explain(text)
            faults.append(Fault(raw.name, message, cure, row=row + 1, column=name, value=text))
        if len(rows) > LISTED:
            faults.append(Fault(raw.name, f"and {len(rows) - LISTED:,} more like these", column=name))
        cells.pop(name, None)
    return cells, faults


def _failures(frame: pd.DataFrame, rules: Mapping[str, Sequence[Rule]]) -> list[tuple[str, str, list[int]]]:
    """(column, rule, rows that break it), by pandera's lazy validation; columns and rules in their own order."""
    if all(rule.holds.all() for listed in rules.values() for rule in listed):
        return []  # loading pandera takes a fifth of a whole run on a city: only who has faults waits for it
    import pandas as pd
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    def check(rule: Rule) -> pa.Check:
        return pa.Check(lambda cells: pd.Series(rule.holds, index=cells.index), error=rule.code)

    columns = {name: pa.Column(object, checks=[check(rule) for rule in rules[name]]) for name in rules}
    schema = pa.DataFrameSchema(columns)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        found = {
            (str(name), str(code)): sorted(int(row) for row in rows)
            for (name, code), rows in cases.groupby(["column", "check"])["index"]
        }
        order = [(name, rule.code) for name in rules for rule in rules[name]]
        return [(name, code, found[name, code]) for name, code in order if (name, code) in found]
    return []


def _build(raw: RawTable, schema: TableSchema, cells: Mapping[str, Cells]) -> Table:
    """A table of the good columns, the defaults of the absent ones, and the texts of the unknown ones."""
    import pandas as pd

    rows = len(raw)
    parsed: dict[str, NDArray[Any]] = {}
    exacts: dict[str, ExactColumn] = {}
    for column in schema.columns:
        if column.name not in raw.frame.columns and column.default is not None:
            blank = read_cells(evolve(column, blank="allowed"), [""] * rows)
            parsed[column.name], exact = _values(blank)
        elif column.name in cells:
            parsed[column.name], exact = _values(cells[column.name])
        else:
            continue
        if exact is not None:
            exacts[column.name] = exact
    for name in raw.frame.columns:
        if name in cells and name not in parsed:
            parsed[name], exact = _values(cells[name])
            if exact is not None:
                exacts[name] = exact
        elif schema.column(name) is None and name not in parsed and not _asked(schema, name):
            parsed[name] = raw.frame[name].to_numpy(dtype=object)
    frame = pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in parsed.items()})
    return Table(raw.name, schema, frame, raw, exacts)


def _asked(schema: TableSchema, name: str) -> bool:
    return callable(schema.extra) and schema.extra(name) is not None


def _values(cells: Cells) -> tuple[NDArray[Any], ExactColumn | None]:
    """Cells of the frame and the exact numbers, blank cells holding the column's default."""
    column = cells.column
    if cells.exact is not None:
        exact = cells.exact if column.default is None else cells.exact.filled(column.default)
        return (_whole_values(exact) if column.kind == "integer" else exact.floats), exact
    if cells.flags is not None:
        return np.where(cells.blank, column.default is True, cells.flags).astype(bool), None
    texts = np.empty(len(cells.texts), dtype=object)
    default = column.default if isinstance(column.default, str) else ""
    texts[:] = [default if blank else text for text, blank in zip(cells.texts, cells.blank, strict=True)]
    return texts, None


def _whole_values(exact: ExactColumn) -> NDArray[Any]:
    whole = exact.rescaled(0)
    if not exact.has_missing:
        return whole.values
    listed = whole.values.tolist()
    if all(abs(value) <= _DOUBLE_WHOLE for value in listed):
        return exact.floats
    result = np.empty(len(listed), dtype=object)
    result[:] = [None if gone else value for value, gone in zip(listed, exact.missing, strict=True)]
    return result


def _key_faults(table: Table) -> list[Fault]:
    """Rows that repeat the key of an earlier row."""
    key = table.schema.key
    if not key or not all(name in table for name in key):
        return []
    exacts = table.exacts
    columns = [exacts[name].values.tolist() if name in exacts else table.frame[name].tolist() for name in key]
    first, holds = first_seen(list(zip(*columns, strict=True)), np.zeros(len(table), dtype=bool))
    shown = " and ".join(repr(name) for name in key)
    return limited(
        (
            table.fault(row, key[0], f"{shown} repeat those of row {first[row] + 1}", "keep one of the rows")
            for row in np.flatnonzero(~holds).tolist()
        ),
        table.name,
    )


def _notices(raw: RawTable, schema: TableSchema) -> tuple[str, ...]:
    """Columns that are not read although their heading looks like one that could be."""
    unused = [name for name in raw.frame.columns if name not in schema.names and not _asked(schema, name)]
    notices = []
    for column in schema.columns:
        close = None if column.name in raw.frame.columns else _similar(column.name, unused, cutoff=0.85)
        if close is not None:
            notices.append(f"table {raw.name!r}: the column {close!r} is not read; was {column.name!r} meant?")
    return tuple(notices)
