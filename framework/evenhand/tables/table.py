"""A checked input table: parsed columns, exact numbers, and the rows exactly as the user wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand.errors import Fault
from evenhand.tables.exact import ExactColumn
from evenhand.tables.raw import RawTable, SourceInfo
from evenhand.tables.schema import TableSchema

if TYPE_CHECKING:
    import pandas as pd


@frozen(eq=False)
class Table:
    """One checked table.

    Attributes
    ----------
    frame
        Parsed columns in input order, index 0..n-1: id, text and geometry as ``str`` objects, number as float64,
        integer as int64 (float64 with NaN when cells are blank, Python ints when int64 or the doubles do not hold
        them), flag as bool. Columns the schema does not know hold their text.
    raw
        The table as the user wrote it, under our column names.
    exacts
        The exact numbers of every number and integer column.
    notices
        What the user should know although it is no fault.
    """

    name: str
    schema: TableSchema
    frame: pd.DataFrame
    raw: RawTable
    exacts: Mapping[str, ExactColumn]
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, column: str) -> bool:
        """Whether the column is there, given by the user or by its default."""
        return column in self.frame.columns

    @property
    def source(self) -> SourceInfo:
        """File, number of rows, digest."""
        return self.raw.source

    def given(self, column: str) -> bool:
        """Whether the user's own table has the column."""
        return column in self.raw.frame.columns

    def texts(self, column: str) -> list[str]:
        """The cells of an id, text, geometry or unknown column. Raises ``KeyError`` when it is absent."""
        return [str(cell) for cell in self.frame[column].tolist()]

    def floats(self, column: str) -> NDArray[np.float64]:
        """(n,) float64 of a number column, each the double nearest to the decimal; NaN where blank."""
        return self.exacts[column].floats

    def flags(self, column: str) -> NDArray[np.bool_]:
        """(n,) bool of a flag column."""
        return self.frame[column].to_numpy(dtype=bool)

    def exact(self, column: str) -> ExactColumn:
        """Exact numbers of a number or integer column. Raises ``KeyError`` for any other."""
        return self.exacts[column]

    def written(self, row: int, column: str) -> str | None:
        """The cell as the user wrote it (``row`` counts from 0), ``None`` when the column was not given."""
        return str(self.raw.frame[column].iat[row]) if self.given(column) else None

    def fault(self, row: int, column: str, message: str, cure: str = "") -> Fault:
        """A fault at a cell; ``row`` counts from 0."""
        return Fault(self.name, message, cure, row=row + 1, column=column, value=self.written(row, column))

    def input_rows(self, rename: Mapping[str, str] | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The user's rows as texts, in input order: the left part of an allocation table.

        Parameters
        ----------
        rename
            Our column name -> name in the output, for instance ``{"group": "group_today"}``.
        columns
            Which columns, default all the user gave.
        """
        chosen = self.raw.frame if columns is None else self.raw.frame[list(columns)]
        return chosen.rename(columns=dict(rename)) if rename else chosen.copy()

    def text_columns(self, names: Iterable[str] | None = None) -> list[str]:
        """Those of the user's columns whose cells are text for a spreadsheet (no number and no flag of the schema)."""
        plain = {column.name for column in self.schema.columns if column.is_numeric or column.kind == "flag"}
        return [name for name in (self.raw.frame.columns if names is None else names) if name not in plain]
