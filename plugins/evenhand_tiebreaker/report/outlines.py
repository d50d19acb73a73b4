"""Outlines of blocks read from text, without a library for geometry: rings of corners, and the edges they share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.geometry import outline_column

if TYPE_CHECKING:
    from evenhand.tables import Table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A ring is what stands in the innermost brackets; the first ring of a polygon, its outer one, has two before it.
_RING = re.compile(r"(\(\s*)?\(([^()]+)\)")
_AREAL = re.compile(r"\s*(?:SRID=\d+;)?\s*(MULTI)?POLYGON\s*(?:Z|M|ZM)?\s*\(", re.IGNORECASE)


@frozen(eq=False)
class Outlines:
    """Rings of blocks.

    Attributes
    ----------
    rings : each (corners, 2) float64, the last corner equal to the first; holes are rings like others.
    of_ring : (rings,) row of the block that each belongs to.
    outer : (rings,) False for holes.
    """

    rings: tuple[Floats, ...]
    of_ring: Ints
    outer: npt.NDArray[np.bool_]

    def edges(self) -> tuple[Floats, Ints]:
        """(edges, 4) from corner to corner, the smaller first, and (edges,) row of the block."""
        if not self.rings:
            return np.zeros((0, 4)), np.zeros(0, dtype=np.int64)
        parts = [np.hstack([ring[:-1], ring[1:]]) for ring in self.rings]
        edges = np.concatenate(parts)
        owners = np.repeat(self.of_ring, [len(part) for part in parts])
        turned = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
        edges[turned] = edges[turned][:, [2, 3, 0, 1]]
        return edges, owners


def outlines_of(table: Table) -> Outlines | None:
    """The outlines of a table of blocks, text by text; None where no text is a polygon.

    A text that cannot be read as a polygon gives no ring: its block is not drawn.
    """
    column = outline_column(table)
    if column is None:
        return None
    rings: list[Floats] = []
    rows: list[int] = []
    outer: list[bool] = []
    for row, text in enumerate(table.texts(column)):
        for ring, is_outer in _rings(text.strip()):
            rings.append(ring)
            rows.append(row)
            outer.append(is_outer)
    if not rings:
        return None
    return Outlines(tuple(rings), np.array(rows, dtype=np.int64), np.array(outer, dtype=np.bool_))


def _rings(text: str) -> list[tuple[Floats, bool]]:
    if not text:
        return []
    try:
        return list(_from_geojson(text) if text.startswith("{") else _from_wkt(text))
    except (ValueError, TypeError, KeyError, IndexError):
        return []


def _from_wkt(text: str) -> Iterator[tuple[Floats, bool]]:
    if _AREAL.match(text) is None:
        return
    for found in _RING.finditer(text):
        yield _closed([corner.split()[:2] for corner in found.group(2).split(",")]), found.group(1) is not None


def _from_geojson(text: str) -> Iterator[tuple[Floats, bool]]:
    read: Any = json.loads(text)
    read = read.get("geometry", read)
    if read["type"] not in ("Polygon", "MultiPolygon"):
        return
    for polygon in [read["coordinates"]] if read["type"] == "Polygon" else read["coordinates"]:
        for place, ring in enumerate(polygon):
            yield _closed([corner[:2] for corner in ring]), place == 0


def _closed(corners: Sequence[Sequence[Any]]) -> Floats:
    """(corners, 2); raises ``ValueError`` for what is no ring of finite numbers."""
    ring = np.array([[float(x), float(y)] for x, y in corners])
    if len(ring) < 3 or not np.isfinite(ring).all():
        raise ValueError("no ring")
    return ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
