"""All tables of a domain in one go, with the faults of all of them in one list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from evenhand.errors import Fault, nearest
from evenhand.tables.check import check_table
from evenhand.tables.read import read_table
from evenhand.tables.schema import TableSchema
from evenhand.tables.source import TableInput
from evenhand.tables.table import Table


def load_tables(
    schemas: Iterable[TableSchema], sources: Mapping[str, TableInput], folder: Path | None = None
) -> tuple[dict[str, Table], list[Fault]]:
    """Read and check tables.

    Parameters
    ----------
    schemas
        The tables a domain knows.
    sources
        Table name -> where it is; a name no schema has is a fault, and so is a required table that is not there.
    folder
        What relative paths are relative to.

    Returns
    -------
    The tables by name (those without faults), and all faults; the caller raises :class:`~evenhand.errors.DataError`.
    """
    known = {schema.name: schema for schema in schemas}
    faults = [
        Fault(f"data.{name}", "no such table is known", nearest(name, known)) for name in sources if name not in known
    ]
    tables: dict[str, Table] = {}
    for name, schema in known.items():
        if name not in sources:
            if schema.required:
                faults.append(Fault(f"data.{name}", "the table is missing", f'write {name} = "{name}.csv" in [data]'))
            continue
        raw, found = read_table(sources[name], name, folder=folder, empty=schema.empty)
        faults += found
        if raw is not None:
            table, found = check_table(raw, schema)
            faults += found
            if table is not None:
                tables[name] = table
    return tables, faults
