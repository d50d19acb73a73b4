"""The city as tables with the names that the domain reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.city.choices import Choices, choices
from evenhand_tiebreaker.city.geography import NEIGHBORHOODS, Geography, geography
from evenhand_tiebreaker.city.people import People, people

if TYPE_CHECKING:
    import pandas as pd

STATE = "99001"
"""State 99 is nobody's: the ids cannot be mistaken for census blocks."""


@frozen(eq=False)
class City:
    """Four tables: ``blocks``, ``adjacency``, ``applicants``, ``programs``."""

    blocks: pd.DataFrame
    adjacency: pd.DataFrame
    applicants: pd.DataFrame
    programs: pd.DataFrame


def made_city(rows: int = 24, columns: int = 26, *, per_block: float = 9.0, programs: int = 16, seed: int = 0) -> City:
    """A city on a bent lattice of ``rows`` by ``columns`` blocks, about seven in ten of them land.

    Parameters
    ----------
    per_block : mean number of students of a block that is no park.
    programs : how many programs there are to apply to.
    """
    random = np.random.default_rng(seed)
    ground = geography(rows, columns, random)
    living = people(ground, per_block, random)
    year = choices(ground, living, programs, random)
    tract = [f"{STATE}{number + 1:04d}00" for number in range(int(ground.tract.max()) + 1)]
    geoid = _geoids(ground, tract)
    return City(_blocks(ground, living, geoid, tract), _adjacency(ground, geoid), _applicants(year, geoid),
                _programs(year))


def _geoids(ground: Geography, tract: list[str]) -> list[str]:
    number = np.zeros(ground.size, dtype=np.int64)
    for one in range(len(tract)):
        members = np.flatnonzero(ground.tract == one)
        number[members] = np.arange(len(members))
    return [f"{tract[one]}{1001 + place}" for one, place in zip(ground.tract, number, strict=True)]


def _blocks(ground: Geography, living: People, geoid: list[str], tract: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({
        "geoid": geoid, "tract": [tract[one] for one in ground.tract],
        "neighborhood": [NEIGHBORHOODS[one] for one in ground.neighborhood],
        "students": living.students, "n_frl": living.n_frl, "n_aalpi": living.n_aalpi, "n_both": living.n_both,
        "n_focal": living.n_focal, "housing": living.housing.astype(int), "redline": living.redline.astype(int),
        "ctip1": living.priority_tract.astype(int), "geometry_wkt": [_polygon(one) for one in ground.corners]})


def _polygon(corners: np.ndarray) -> str:
    ring = ", ".join(f"{x:.5f} {y:.5f}" for x, y in (*corners, corners[0]))
    return f"POLYGON (({ring}))"


def _adjacency(ground: Geography, geoid: list[str]) -> pd.DataFrame:
    import pandas as pd

    pairs = ground.edges()
    return pd.DataFrame({"a": [geoid[one] for one in pairs[:, 0]], "b": [geoid[one] for one in pairs[:, 1]]})


def _applicants(year: Choices, geoid: list[str]) -> pd.DataFrame:
    import pandas as pd

    names = _program_names(len(year.capacity))
    return pd.DataFrame({
        "applicant": [f"K{number + 1:04d}" for number in range(len(year.block))],
        "geoid": [geoid[row] for row in year.block], "focal": year.focal.astype(int),
        "preferences": [";".join(names[one] for one in ranked) for ranked in year.lists],
        "sibling": ["" if one < 0 else names[one] for one in year.sibling]})


def _programs(year: Choices) -> pd.DataFrame:
    import pandas as pd

    count = len(year.capacity)
    return pd.DataFrame({"program": _program_names(count), "capacity": year.capacity, "priority_sibling": [2] * count})


def _program_names(count: int) -> list[str]:
    return [f"P{number + 1:02d}" for number in range(count)]
