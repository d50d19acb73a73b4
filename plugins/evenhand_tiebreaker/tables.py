"""The tables ``blocks``, ``adjacency`` and ``overlay``, and what their columns must keep among themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from evenhand.errors import Fault
from evenhand.tables import Column, TableSchema
from evenhand.tables.check import limited
from evenhand.tables.references import unknown_ids
from evenhand.tables.schema import TableCheck
from evenhand_tiebreaker.counts import more_than, overlap_faults, raw_texts, sound_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.tables import Table
    from evenhand.tables.exact import ExactColumn
    from evenhand_tiebreaker.options import TiebreakerOptions

BLOCKS = TableSchema("blocks", columns=(
    Column("geoid", "id", unique=True, doc="id of the block; text, leading zeros count"),
    Column("students", "number", minimum=0, unit="students", doc="all students who live in the block"),
    Column("neighborhood", "text", required=False, blank="allowed", doc="neighbourhood of the block"),
    Column("tract", "text", required=False, blank="allowed", doc="census tract of the block"),
    Column("lon", "number", required=False, blank="allowed", unit="degrees", doc="longitude of the block's middle"),
    Column("lat", "number", required=False, blank="allowed", unit="degrees", doc="latitude of the block's middle"),
    Column("geometry_wkt", "geometry", required=False, blank="allowed", doc="outline of the block (WKT or GeoJSON)"),
    Column("geometry", "geometry", required=False, blank="allowed", doc="outline, as a GeoJSON file gives it"),
), doc="one row per block: students, focal counts and features")

# What nearly all ids keep tells of the others that they lost something.
LARGE_PART = 0.9

# Columns with a meaning of their own that is not students, and among them those that hold no numbers.
NO_COUNTS = frozenset(column.name for column in BLOCKS.columns if column.name != "students")
NO_NUMBERS = frozenset(column.name for column in BLOCKS.columns if column.kind != "number")

ADJACENCY = TableSchema("adjacency", columns=(
    Column("a", "id", doc="id of a block"),
    Column("b", "id", doc="id of a block that it borders on"),
), required=False, empty=True, doc="one row per pair of neighbouring blocks, in either direction")


OVERLAY = TableSchema("overlay", columns=(
    Column("name", "text", blank="allowed", doc="what the legend of the map calls the outline"),
    Column("geometry_wkt", "geometry", required=False, blank="allowed", doc="polygon (WKT or GeoJSON), in the "
           "coordinates of the blocks"),
    Column("geometry", "geometry", required=False, blank="allowed", doc="polygon, as a GeoJSON file gives it"),
), required=False, doc="one row per outline that is drawn over the map; rows of one name look alike")


def blocks_schema(options: TiebreakerOptions) -> TableSchema:
    """The schema of ``blocks`` once the focal column is known.

    Checks across columns look at every row of the raw table whose cells are sound: one fault then hides no other.
    """
    blank: Literal["allowed", "error"] = "allowed" if options.missing == "exclude" else "error"
    students = BLOCKS.column("students")
    assert students is not None
    counts = [attrs.evolve(students, blank=blank)]
    if options.focal not in BLOCKS.names:
        counts.append(Column(options.focal, "number", minimum=0, unit="students", blank=blank, doc="focal students"))
    names = tuple(dict.fromkeys(("students", *(() if options.focal in NO_COUNTS else (options.focal,)))))
    checks = [TableCheck("geoids", _geoids, doc="ids of one length")]
    if options.counts == "integer":
        checks.append(TableCheck("whole", lambda table: _whole(table, names), doc="counts are whole"))
    checks += [TableCheck("focal", lambda table: _within(table, names[-1], "students"),
                          doc="focal students are students"),
               TableCheck("overlap", overlap_faults, doc="published counts agree with each other")]
    return attrs.evolve(BLOCKS.with_columns(*counts), checks=tuple(checks))


def _geoids(table: Table) -> Iterable[Fault]:
    """Ids shorter than the one length that nearly all ids of digits share; ids with other faults are left aside."""
    cells = raw_texts(table, "geoid")
    digits = [row for row, cell in enumerate(cells) if cell.isascii() and cell.isdigit()]
    width = max((len(cells[row]) for row in digits), default=0)
    short = [row for row in digits if len(cells[row]) < width]
    if len(digits) < LARGE_PART * len(cells) or len(short) > (1 - LARGE_PART) * len(digits):
        return []
    return limited((table.fault(row, "geoid", f"has fewer digits than the {width} of the other ids",
                                f"Leading zeros were lost: write {cells[row].zfill(width)!r}, and keep ids as text")
                    for row in short), "blocks")


def _whole(table: Table, names: Sequence[str]) -> Iterable[Fault]:
    return limited((table.fault(row, name, "is no whole number of students",
                                'Averages over years need counts = "average" in [problem]; nothing is rounded')
                    for name in names if table.given(name) for row in _parted(sound_column(table, name))), "blocks")


def _parted(column: ExactColumn) -> list[int]:
    return np.flatnonzero(~column.whole_rows() & ~column.missing).tolist()


def _within(table: Table, part: str, whole: str) -> Iterable[Fault]:
    """Rows where the part is more than the whole; both exact, missing cells left aside."""
    if part == whole or not (table.given(part) and table.given(whole)):
        return []
    rows, ids = more_than(sound_column(table, part), sound_column(table, whole)), raw_texts(table, "geoid")
    return limited((table.fault(row, part, f"the block {ids[row]} has more {part} than {whole} "
                                           f"({table.written(row, whole)})", "Correct one of the two counts")
                    for row in rows.tolist()), "blocks")


def adjacency_faults(tables: Mapping[str, Table]) -> list[Fault]:
    """Pairs that name unknown blocks, or a block as its own neighbour."""
    table = tables.get("adjacency")
    if table is None:
        return []
    known = set(tables["blocks"].texts("geoid"))
    found = [fault for column in ("a", "b") for fault in unknown_ids(table, column, known, "blocks")]
    same = [row for row, (a, b) in enumerate(zip(table.texts("a"), table.texts("b"), strict=True)) if a == b]
    found += limited((table.fault(row, "b", "a block is no neighbour of itself", "Remove the row") for row in same),
                     "adjacency")
    return found
