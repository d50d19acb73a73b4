"""Neighbouring pairs from polygons: blocks that share a piece of boundary of positive length."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenhand_tiebreaker.zones.graph import IntArray


def check_polygons(shapes: Any) -> Any:
    """The same array of shapely geometries when each of them is a valid, non-empty (multi-)polygon; else ValueError."""
    import shapely

    array = np.asarray(shapes, dtype=object)
    areal = np.isin(shapely.get_type_id(array), (3, 6)) & ~shapely.is_empty(array)
    unfit = np.flatnonzero(~(areal & shapely.is_valid(array)))
    if unfit.size:
        raise ValueError(f"no valid polygon at the positions {', '.join(map(str, unfit.tolist()))}")
    return array


def neighbouring_pairs(shapes: Any, *, shortest: float = 0.0) -> IntArray:
    """Pairs of polygons that share more than single points (rook contact).

    Parameters
    ----------
    shapes
        Shapely polygons, shape (blocks,), in any one coordinate system.
    shortest
        Shared boundaries must be longer than this, in units of the coordinates. 0 takes every positive length.

    Returns
    -------
    ndarray
        Shape (pairs, 2), smaller position first, ascending. Polygons that overlap share the length inside each other's
        boundary and count as neighbours too; a gap between them, however small, means they are not.
    """
    import shapely

    array = check_polygons(shapes)
    if not array.size:
        return np.zeros((0, 2), dtype=np.int64)
    first, second = shapely.STRtree(array).query(array, predicate="intersects")
    once = first < second
    first, second = first[once].astype(np.int64), second[once].astype(np.int64)
    # Where borders only cross, their intersection is points; an overlap is measured by its own border instead.
    shared = shapely.length(shapely.intersection(shapely.boundary(array[first]), shapely.boundary(array[second])))
    overlap = shapely.area(shapely.intersection(array[first], array[second])) > 0.0
    near = (shared > shortest) | overlap
    pairs = np.column_stack([first[near], second[near]])
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])
