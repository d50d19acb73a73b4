"""The tables ``blocks`` and ``adjacency``, and what their columns must keep among themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import attrs

from evenhand.errors import Fault
from evenhand.tables import Column, TableSchema
from evenhand.tables.check import limited
from evenhand.tables.references import uneven_ids, unknown_ids
from evenhand.tables.schema import TableCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.tables import Table
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

ADJACENCY = TableSchema("adjacency", columns=(
    Column("a", "id", doc="id of a block"),
    Column("b", "id", doc="id of a block that it borders on"),
), required=False, doc="one row per pair of neighbouring blocks, in either direction")


def blocks_schema(options: TiebreakerOptions) -> TableSchema:
    """The schema of ``blocks`` once the focal column is known."""
    blank: Literal["allowed", "error"] = "allowed" if options.missing == "exclude" else "error"
    students = BLOCKS.column("students")
    assert students is not None
    counts = [attrs.evolve(students, blank=blank)]
    if options.focal not in BLOCKS.names:
        counts.append(Column(options.focal, "number", minimum=0, unit="students", blank=blank, doc="focal students"))
    checks = [TableCheck("geoids", _geoids, ("geoid",), "ids of one length")]
    names = tuple(dict.fromkeys(("students", options.focal)))
    if options.counts == "integer":
        checks.append(TableCheck("whole", lambda table: _whole(table, names), names, "counts are whole"))
    checks.append(TableCheck("focal", lambda table: _within(table, options.focal, "students"), names,
                             "focal students are students"))
    return attrs.evolve(BLOCKS.with_columns(*counts), checks=tuple(checks))


def _geoids(table: Table) -> Iterable[Fault]:
    width = max((len(cell) for cell in table.texts("geoid")), default=0)
    return limited((table.fault(row, "geoid", f"has fewer digits than the {width} of the other ids",
                                f"Leading zeros were lost: write {table.texts('geoid')[row].zfill(width)!r}, and keep "
                                "ids as text")
                    for row in uneven_ids(table, "geoid")), "blocks")


def _whole(table: Table, names: Sequence[str]) -> Iterable[Fault]:
    return limited((table.fault(row, name, "is no whole number of students",
                                'Averages over years need counts = "average" in [problem]; nothing is rounded')
                    for name in names for row in (~table.exact(name).whole_rows()).nonzero()[0].tolist()), "blocks")


def _within(table: Table, part: str, whole: str) -> Iterable[Fault]:
    """Rows where the part is more than the whole; both exact, missing cells left aside."""
    if part == whole:
        return []
    from evenhand_tiebreaker.counts import more_than

    rows = more_than(table.exact(part), table.exact(whole))
    ids = table.texts("geoid") if "geoid" in table else [""] * len(table)
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
