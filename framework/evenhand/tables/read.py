"""Reading one table from a file or a DataFrame into texts, with every fault of the file in words."""

from __future__ import annotations

import stat
from pathlib import Path

from evenhand.errors import Fault, nearest
from evenhand.tables.csv_text import csv_text
from evenhand.tables.digest import sha256_bytes, sha256_text
from evenhand.tables.raw import MAX_BYTES, Grid, RawTable, SourceInfo, check_headings, rename, text_frame
from evenhand.tables.read_csv import read_csv
from evenhand.tables.read_gis import read_geopackage
from evenhand.tables.read_typed import read_excel, read_frame, read_geojson, read_parquet
from evenhand.tables.source import DataSource, TableInput, as_source

_READERS = {
    ".csv": read_csv,
    ".parquet": read_parquet,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".gpkg": read_geopackage,
}
_OTHER_FORMATS = {
    ".xls": "save it as .xlsx, or as CSV",
    ".ods": "save it as .xlsx, or as CSV",
    ".tsv": "save it with commas, as .csv",
    ".txt": "save it with commas, as .csv",
    ".shp": "export the layer as GeoJSON or GeoPackage",
}


def read_table(given: TableInput, name: str, *, folder: Path | None = None, empty: bool = False
               ) -> tuple[RawTable | None, list[Fault]]:
    """Read one table as texts.

    Parameters
    ----------
    given
        A :class:`DataSource`, a path, or a DataFrame.
    name
        The table's name, which faults carry.
    folder
        What a relative path is relative to; ``None`` for the working directory.
    empty
        Whether a table with headings and no rows is fine.

    Returns
    -------
    (RawTable, []), or (None, faults).
    """
    source = as_source(given)
    grid: Grid | None
    if source.frame is not None:
        grid, faults = read_frame(source.frame, name)
        digest = "" if grid is None else sha256_text(csv_text(grid.headings, grid.columns))
    else:
        data, fault = _read_bytes(source.path(folder), name)
        if data is None:
            return None, [fault] if fault else []
        grid, faults = _READERS[source.path().suffix.lower()](data, name)
        digest = sha256_bytes(data)
    if grid is None:
        return None, faults
    return _raw_table(grid, source, name, digest, empty)


def _raw_table(grid: Grid, source: DataSource, name: str, digest: str, empty: bool
               ) -> tuple[RawTable | None, list[Fault]]:
    faults = check_headings(grid.headings, name)
    if not faults and not grid.rows and not empty:
        faults.append(Fault(name, "the table has no rows", "write one row per item below the header"))
    if faults:
        return None, faults
    headings, faults = rename(grid, source, name)
    if faults:
        return None, faults
    place = {heading: k for k, heading in enumerate(grid.headings)}
    frame = text_frame(headings, (grid.columns[place[heading]] for heading in headings.values()))
    fractional = frozenset(ours for ours, heading in headings.items() if heading in grid.fractional)
    return RawTable(name, frame, SourceInfo(source.file, grid.rows, digest), headings, fractional), []


def _read_bytes(path: Path, table: str) -> tuple[bytes | None, Fault | None]:
    shown = str(path)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        cure = _OTHER_FORMATS.get(suffix, "use .csv, .parquet, .xlsx, .geojson or .gpkg")
        return None, Fault(table, f"files of kind {suffix or '(no suffix)'} are not read", cure, value=shown)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return None, Fault(table, "is a folder, not a file", "name the file", value=shown)
        if not stat.S_ISREG(status.st_mode):
            return None, Fault(table, "is not a regular file", "name a file", value=shown)
        if status.st_size > MAX_BYTES:
            return None, Fault(table, f"the file is larger than {MAX_BYTES:,} bytes", "split the table", value=shown)
        if suffix == ".gpkg" and _pending(path):
            cure = "close the program that has the file open, or export the layer to another file"
            return None, Fault(table, "changes to the file wait beside it, in a file ending in -wal", cure, value=shown)
        data = path.read_bytes()
    except FileNotFoundError:
        return None, Fault(table, "the file does not exist", _nearby(path), value=shown)
    except OSError as error:
        return None, Fault(table, f"the file cannot be read: {error.strerror}", "check its permissions", value=shown)
    except ValueError:
        return None, Fault(table, "is not a file name", "name the file", value=shown)
    if not data:
        return None, Fault(table, "the file is empty", "write a header row and one row per item", value=shown)
    return data, None


def _pending(path: Path) -> bool:
    """Whether a program (a GIS that has it open, mostly) has changed the database without writing to its file yet."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _nearby(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in _READERS]
    except OSError:
        return "the path is relative to the folder of the spec"
    return nearest(path.name, names) if names else "the path is relative to the folder of the spec"
