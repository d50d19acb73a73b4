"""Neighbours from polygons: shared boundary of positive length."""

from __future__ import annotations

import pytest

from evenhand_tiebreaker.zones.geometry import neighbouring_pairs
from tests.plugins.tiebreaker.zones_cases import lattice, polygons

pytest.importorskip("shapely", reason="polygons need the extra gis")


def box(left: float, low: float, width: float = 1.0, height: float = 1.0) -> str:
    right, high = left + width, low + height
    return f"POLYGON(({left} {low},{right} {low},{right} {high},{left} {high},{left} {low}))"


def pairs_of(*texts: str, **options: float) -> list[list[int]]:
    return neighbouring_pairs(polygons(texts), **options).tolist()


def test_a_board_of_squares_has_rook_neighbours() -> None:
    texts = [box(column, row) for row in range(3) for column in range(4)]
    assert pairs_of(*texts) == lattice(3, 4).pairs.tolist()


def test_a_corner_is_no_contact() -> None:
    assert pairs_of(box(0, 0), box(1, 1)) == []


def test_part_of_a_side_is_contact_and_can_be_too_short() -> None:
    two = (box(0, 0), box(1, 0.75))
    assert pairs_of(*two) == [[0, 1]]
    assert pairs_of(*two, shortest=0.3) == []


def test_a_gap_is_no_contact() -> None:
    assert pairs_of(box(0, 0), box(1.0001, 0)) == []


def test_overlapping_and_nested_blocks_are_neighbours() -> None:
    assert pairs_of(box(0, 0), box(0.5, 0.5)) == [[0, 1]]
    assert pairs_of(box(0, 0, 3, 3), box(1, 1)) == [[0, 1]]


def test_a_block_in_the_hole_of_another() -> None:
    ring = "POLYGON((0 0,3 0,3 3,0 3,0 0),(1 1,2 1,2 2,1 2,1 1))"
    assert pairs_of(ring, box(1, 1)) == [[0, 1]]


def test_a_block_in_two_parts() -> None:
    parts = "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((5 0,6 0,6 1,5 1,5 0)))"
    assert pairs_of(parts, box(6, 0), box(3, 0)) == [[0, 1]]


def test_no_blocks() -> None:
    assert pairs_of() == []


def test_what_is_not_a_polygon_is_named() -> None:
    bow_tie = "POLYGON((0 0,1 1,1 0,0 1,0 0))"
    with pytest.raises(ValueError, match="positions 1, 2, 3, 4"):
        pairs_of(box(0, 0), "POINT(0 0)", "POLYGON EMPTY", "rubbish", bow_tie)
