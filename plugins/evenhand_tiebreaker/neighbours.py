"""Which blocks border on which: from the table ``adjacency``, else from outlines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from evenhand.errors import Fault
from evenhand_tiebreaker.counts import Ints
from evenhand_tiebreaker.geometry import bordering, outline_column

if TYPE_CHECKING:
    from evenhand.tables import Table


def has_neighbours(tables: Mapping[str, Table]) -> bool:
    """Whether neighbours can be told at all."""
    return "adjacency" in tables or outline_column(tables["blocks"]) is not None


def edges_of(tables: Mapping[str, Table]) -> tuple[Ints, list[Fault]]:
    """(edges, 2) rows of neighbouring blocks, each pair once, the smaller row first and in order; and faults.

    A pair that stands twice in ``adjacency``, in either direction, is one edge.
    """
    table = tables.get("adjacency")
    if table is None:
        return bordering(tables["blocks"])
    row = {geoid: number for number, geoid in enumerate(tables["blocks"].texts("geoid"))}
    pairs = {tuple(sorted((row[a], row[b]))) for a, b in zip(table.texts("a"), table.texts("b"), strict=True)}
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2), []


def missing_neighbours(what: str, where: str) -> Fault:
    """The fault of a rule or term that needs neighbours where there are none."""
    return Fault(where, f"{what} needs to know which blocks are neighbours",
                 "Add the table adjacency (a, b), or outlines in the column geometry_wkt of blocks")
