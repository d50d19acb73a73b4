"""Neighbours from outlines, in whatever of the two text forms the table has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evenhand.errors import Fault
from evenhand.tables import Table
from evenhand.tables.check import limited
from evenhand_tiebreaker.zones.geometry import neighbouring_pairs


def outline_column(table: Table) -> str | None:
    """The column that holds outlines, if there is one."""
    return next((name for name in ("geometry_wkt", "geometry") if name in table), None)


def bordering(table: Table) -> tuple[npt.NDArray[np.int64], list[Fault]]:
    """(pairs, 2) rows of blocks whose outlines share a piece of border, smaller row first; and outlines at fault.

    Corners that merely touch do not count; a block without an outline has no neighbours.
    """
    column = outline_column(table)
    assert column is not None
    none = np.zeros((0, 2), dtype=np.int64)
    try:
        import shapely
    except ImportError:
        return none, [Fault("blocks", "telling neighbours from outlines needs shapely",
                            "Install it with: pip install 'evenhand[gis]', or give the table adjacency", column=column)]
    texts = [text.strip() for text in table.texts(column)]
    rows = np.array([row for row, text in enumerate(texts) if text], dtype=np.int64)
    shapes = np.array([_shape(texts[row]) for row in rows.tolist()], dtype=object)
    areal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    faults = limited((table.fault(row, column, "is no valid polygon",
                                  "Repair the outline, or give the table adjacency")
                      for row in rows[~areal].tolist()), "blocks")
    return (none, faults) if faults else (rows[neighbouring_pairs(shapes)].reshape(-1, 2), [])


def _shape(text: str) -> object:
    from shapely import from_geojson, from_wkt

    if text.startswith("{"):
        return from_geojson(text, on_invalid="ignore")
    return from_wkt(text.rpartition(";")[2], on_invalid="ignore")
