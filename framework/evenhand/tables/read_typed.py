"""Sources whose cells have types (DataFrame, Parquet, Excel, GeoJSON) brought to text without changing a value."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.errors import Fault
from evenhand.tables.raw import MAX_BYTES, MAX_ROWS, Grid
from evenhand.tables.read_csv import decode

if TYPE_CHECKING:
    import pandas as pd

_DOUBLE_WHOLE = 2**53
_INSTALL_IO = "install it with: pip install 'evenhand[io]'"


def texts_of(cells: Iterable[Any]) -> tuple[list[str], bool]:
    """Cells as texts, and whether they hold floats with fractional parts.

    Missing values (None, NaN, NaT, NA) become ``""``. Floats of a column that are all whole lose their ``.0``:
    pandas and Excel turn whole numbers into floats as soon as a cell is blank.
    """
    listed = list(cells)
    present = [float(cell) for cell in listed if isinstance(cell, float | np.floating) and cell == cell]
    fractional = any(cell % 1 != 0 or abs(cell) >= _DOUBLE_WHOLE for cell in present)
    return [_text(cell, fractional) for cell in listed], fractional


def _text(cell: Any, fractional: bool) -> str:
    if isinstance(cell, str):
        return str(cell)
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(cell, float | np.floating):
        if cell != cell:
            return ""
        return str(cell) if fractional else str(int(cell))
    if isinstance(cell, bytes):
        return cell.hex()
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, separators=(",", ":"), default=str)
    shape = getattr(cell, "wkt", None)  # a geometry of a GeoDataFrame
    return shape if isinstance(shape, str) else str(cell)


def grid_of(headings: Sequence[str], columns: Iterable[Iterable[Any]]) -> Grid:
    """The grid of typed columns, see :func:`texts_of`."""
    fractional = set()
    texts = []
    for heading, cells in zip(headings, columns, strict=True):
        column, parts = texts_of(cells)
        texts.append(column)
        if parts:
            fractional.add(heading)
    return Grid(tuple(headings), texts, frozenset(fractional))


def read_frame(frame: pd.DataFrame, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of a DataFrame; its index is not read and the frame is not changed."""
    odd = [heading for heading in frame.columns if not isinstance(heading, str)]
    if odd:
        cure = "name the columns with texts, for instance frame.columns = [...]"
        return None, [Fault(table, "a column heading is not a text", cure, value=repr(odd[0]))]
    if len(frame) > MAX_ROWS:
        return None, [Fault(table, f"has more than {MAX_ROWS:,} rows", "split the table")]
    return grid_of(list(frame.columns), (frame.iloc[:, k].array for k in range(frame.shape[1]))), []


def read_parquet(data: bytes, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of a Parquet file's bytes. Needs pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return None, [Fault(table, "reading Parquet needs pyarrow", _INSTALL_IO)]
    try:
        reader = pq.ParquetFile(pa.BufferReader(data))
        if reader.metadata.num_rows > MAX_ROWS:
            return None, [Fault(table, f"has more than {MAX_ROWS:,} rows", "split the table")]
        content = reader.read()
    except (pa.ArrowException, OSError) as error:
        return None, [Fault(table, f"is not a readable Parquet file: {error}", "write the file again")]
    return grid_of(content.column_names, (column.to_pylist() for column in content.columns)), []


def read_excel(data: bytes, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of one sheet: the sheet named like the table, or the only one. Needs openpyxl."""
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        return None, [Fault(table, "reading Excel files needs openpyxl", _INSTALL_IO)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_BYTES:
            return None, [Fault(table, f"unpacks to more than {MAX_BYTES:,} bytes", "save the table as CSV or Parquet")]
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        chosen = sheets.get(table) or (next(iter(sheets.values())) if len(sheets) == 1 else None)
        if chosen is None:
            cure = f"name the sheet to read {table!r} (sheets: {', '.join(sheets)})"
            return None, [Fault(table, f"the file has {len(sheets)} sheets", cure)]
        rows = _trimmed([list(row) for row in chosen.iter_rows(values_only=True)])
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        return None, [Fault(table, f"is not a readable Excel file: {error}", "save it again as .xlsx, or as CSV")]
    if not rows:
        return None, [Fault(table, "the sheet is empty", "write a header row and one row per item")]
    headings = [_text(cell, fractional=True) for cell in rows[0]]
    return grid_of(headings, zip(*rows[1:], strict=True) if len(rows) > 1 else [[] for _ in headings]), []


def _trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows without the empty rows and columns that a spreadsheet's used range trails behind the table."""
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    width = max((k + 1 for row in rows for k, cell in enumerate(row) if cell is not None), default=0)
    return [row[:width] + [None] * (width - len(row)) for row in rows]


class _DecimalText(float):
    """A JSON number that remembers the text it was written as."""

    text: str

    def __new__(cls, text: str) -> _DecimalText:
        made = super().__new__(cls, text)
        made.text = text
        return made


def read_geojson(data: bytes, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of a FeatureCollection: properties, the feature ``id`` if there is one, ``geometry`` as GeoJSON text."""
    text, fault = decode(data, table)
    if text is None:
        return None, [fault] if fault else []
    try:
        content = json.loads(text, parse_float=_DecimalText)
    except RecursionError:
        return None, [Fault(table, "the JSON is nested too deeply", "write a plain GeoJSON FeatureCollection")]
    except ValueError as error:
        return None, [Fault(table, f"is not valid JSON: {error}", "write the file again as GeoJSON")]
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        return None, [Fault(table, "is not a GeoJSON FeatureCollection", "export the layer as one FeatureCollection")]
    rows = [_feature(feature) for feature in features]
    headings = list(dict.fromkeys(name for row in rows for name in row))
    return grid_of(headings, ([row.get(name) for row in rows] for name in headings)), []


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties") or {}
    row = {name: _json_cell(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
    if feature.get("id") is not None:
        row.setdefault("id", _json_cell(feature["id"]))
    if feature.get("geometry") is not None:
        row["geometry"] = json.dumps(feature["geometry"], ensure_ascii=False, separators=(",", ":"))
    return row


def _json_cell(value: Any) -> Any:
    if isinstance(value, _DecimalText):
        return value.text
    if isinstance(value, float):  # NaN and Infinity, which some writers put into JSON
        return str(value)
    return value
