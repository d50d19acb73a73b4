"""Connected zones of a whole city: the incumbent and its bound on the reference blocks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenhand_tiebreaker.zones.bound import separator_bound
from evenhand_tiebreaker.zones.component_bound import component_bound
from evenhand_tiebreaker.zones.geometry import neighbouring_pairs
from evenhand_tiebreaker.zones.graph import graph_from_pairs
from evenhand_tiebreaker.zones.peel import peel
from evenhand_tiebreaker.zones.problem import make_zone_problem
from tests.plugins.tiebreaker.zones_cases import polygons


@pytest.fixture(scope="module")
def blocks(shared_data: Path) -> pd.DataFrame:
    table = shared_data / "tiebreaker" / "sf_blocks_semisynthetic.csv"
    return pd.read_csv(table, dtype={"geoid": str})


def rook_pairs(blocks: pd.DataFrame) -> np.ndarray:
    place = {cell: block for block, cell in enumerate(zip(blocks["row"], blocks["col"], strict=True))}
    return np.array([(block, place[cell]) for (row, column), block in place.items()
                     for cell in ((row + 1, column), (row, column + 1)) if cell in place])


def test_eight_zones_within_a_few_percent(blocks: pd.DataFrame) -> None:
    focal = blocks["n_both"].to_numpy()
    other = (blocks["n"] - blocks["n_both"]).to_numpy()
    eligible = ((blocks["housing"] > 0) | (blocks["redline"] > 0)).to_numpy()
    limit = int(Fraction("0.16") * int(other.sum()))
    problem = make_zone_problem(graph_from_pairs(len(blocks), rook_pairs(blocks)), focal, other, eligible, 8,
                                other_limit=limit)
    found = peel(problem, seed=1, steps=200_000)
    loose, tight = component_bound(problem), separator_bound(problem, rounds=6)
    assert problem.holds(found.chosen)
    assert found.focal <= tight.students < loose.students
    assert tight.students <= 1.03 * found.focal


def test_polygons_give_the_neighbours_of_the_lattice(blocks: pd.DataFrame) -> None:
    pytest.importorskip("shapely", reason="polygons need the extra gis")
    pairs = neighbouring_pairs(polygons(blocks["geometry_wkt"].tolist()))
    expected = graph_from_pairs(len(blocks), rook_pairs(blocks)).pairs
    assert pairs.tolist() == expected.tolist()
