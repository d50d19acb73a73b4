"""A table as the user wrote it: every cell a text, rows in input order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import Factory, frozen

from evenhand.errors import Fault, nearest
from evenhand.tables.source import DataSource

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 2 * 1024**3
MAX_ROWS = 20_000_000
MAX_COLUMNS = 10_000


@frozen
class SourceInfo:
    """Where a table came from: the digest ties results to the very bytes that were read.

    ``sha256`` is taken over the file's bytes, or over a canonical CSV rendering of a DataFrame.
    """

    file: str | None
    rows: int
    sha256: str

    def to_json(self) -> dict[str, object]:
        return {"rows": self.rows, "sha256": self.sha256}


@frozen
class Grid:
    """Headings and columns of text, before renaming. ``fractional``: float columns of a typed source with parts."""

    headings: tuple[str, ...]
    columns: Sequence[Sequence[str]]
    fractional: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0


@frozen(eq=False)
class RawTable:
    """A table of texts under our column names, in input order.

    Attributes
    ----------
    frame
        All columns the user gave, object dtype, every cell a ``str``; a missing value of a typed source is ``""``.
    headings
        Our column name -> the user's heading.
    fractional
        Columns that came as floats with fractional parts (an id among them has lost its text).
    """

    name: str
    frame: pd.DataFrame
    source: SourceInfo
    headings: Mapping[str, str] = Factory(dict)
    fractional: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.frame)


def text_frame(names: Iterable[str], columns: Iterable[Sequence[str]]) -> pd.DataFrame:
    """A frame of object columns of texts."""
    import pandas as pd

    made: dict[str, np.ndarray[tuple[int], np.dtype[np.object_]]] = {}
    for name, column in zip(names, columns, strict=True):
        cells = np.empty(len(column), dtype=object)
        cells[:] = column
        made[name] = cells
    return pd.DataFrame(made, dtype=object)


def check_headings(headings: Sequence[str], table: str) -> list[Fault]:
    """Faults of a header row: blank or repeated headings, or too many."""
    faults: list[Fault] = []
    if len(headings) > MAX_COLUMNS:
        message = f"has {len(headings)} columns, more than {MAX_COLUMNS}"
        return [Fault(table, message, "remove columns that are not needed")]
    seen: dict[str, int] = {}
    for place, heading in enumerate(headings, start=1):
        if not heading.strip():
            faults.append(Fault(table, f"column {place} has no heading", "name the column or remove it"))
        elif heading in seen:
            message = f"columns {seen[heading]} and {place} have the same heading"
            faults.append(Fault(table, message, "rename or remove one of them", column=heading))
        else:
            seen[heading] = place
    return faults


def rename(grid: Grid, source: DataSource, table: str) -> tuple[dict[str, str], list[Fault]]:
    """Our name -> heading for every column of the grid, after the user's ``columns`` map."""
    faults: list[Fault] = []
    ours: dict[str, str] = {}
    for name, heading in source.columns.items():
        if heading not in grid.headings:
            cure = nearest(heading, grid.headings)
            faults.append(Fault(f"data.{table}.columns.{name}", "the table has no such heading", cure, value=heading))
        elif heading in ours:
            message = f"is already used for {ours[heading]!r}"
            faults.append(Fault(f"data.{table}.columns.{name}", message, "use each heading once", value=heading))
        else:
            ours[heading] = name
    result: dict[str, str] = {}
    for heading in grid.headings:
        name = ours.get(heading, heading)
        if name in result:
            other = result[name] if heading not in ours else heading
            message = f"the table has a column {name!r} besides the one renamed to it"
            cure = f"rename that one too, for instance {name}_other = {name!r}"
            faults.append(Fault(f"data.{table}.columns.{name}", message, cure, value=other))
        else:
            result[name] = heading
    return result, faults
