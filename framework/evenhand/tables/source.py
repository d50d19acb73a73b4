"""Where a table comes from: a file or a pandas frame, with the user's headings for our column names."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from attrs import Factory, cmp_using, field, frozen

if TYPE_CHECKING:
    import pandas as pd

TableInput: TypeAlias = "DataSource | str | Path | pd.DataFrame"


@frozen
class DataSource:
    """One entry of ``[data]``.

    Parameters
    ----------
    file
        Path as written, relative to the folder of the spec. Exactly one of ``file`` and ``frame`` is given.
    frame
        A pandas ``DataFrame`` (Python only). Two sources are equal only if they hold the same frame object.
    columns
        Our column name -> the heading in the user's table. Columns not listed keep their heading.
    """

    file: str | None = None
    frame: pd.DataFrame | None = field(default=None, eq=cmp_using(eq=operator.is_), repr=False)
    columns: Mapping[str, str] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        if (self.file is None) == (self.frame is None):
            raise ValueError("a table is given by a file or by a DataFrame, exactly one of them")

    def path(self, folder: Path | None = None) -> Path:
        """The file's path, taken relative to ``folder`` when it is not absolute. Raises ``ValueError`` for a frame."""
        if self.file is None:
            raise ValueError("this table is a DataFrame, it has no file")
        return Path(self.file) if folder is None else folder / self.file


def as_source(given: TableInput) -> DataSource:
    """A :class:`DataSource` from whatever the caller handed in."""
    if isinstance(given, DataSource):
        return given
    if isinstance(given, str | Path):
        return DataSource(file=str(given))
    return DataSource(frame=given)
