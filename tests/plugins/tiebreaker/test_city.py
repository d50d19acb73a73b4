"""The synthetic city: the shipped tables are those it makes, and it keeps what real tables keep."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from evenhand_tiebreaker.city.tables import City, made_city
from evenhand_tiebreaker.sample import CITY, sample_text

TABLES = ("blocks", "adjacency", "applicants", "programs")


@pytest.fixture(scope="module")
def city() -> City:
    return made_city(**CITY)


@pytest.mark.parametrize("name", TABLES)
def test_the_shipped_table_is_the_one_the_generator_makes(city: City, name: str) -> None:
    assert getattr(city, name).to_csv(index=False, lineterminator="\n") == sample_text(f"{name}.csv")


def test_counts_fit_together(city: City) -> None:
    blocks = city.blocks
    assert (blocks["n_both"] <= blocks[["n_frl", "n_aalpi"]].min(axis=1)).all()
    assert (blocks["n_focal"] == blocks["n_frl"] + blocks["n_aalpi"] - blocks["n_both"]).all()
    assert (blocks["n_focal"] <= blocks["students"]).all()
    assert blocks["geoid"].is_unique and blocks["geoid"].str.fullmatch(r"\d{15}").all()
    assert (blocks["geoid"].str[:11] == blocks["tract"]).all()
    assert blocks.groupby("tract")["neighborhood"].nunique().eq(1).all()
    assert (blocks["students"] == 0).any()


def test_neighbours_share_two_corners(city: City) -> None:
    corners = {geoid: set(text[10:-2].split(", ")) for geoid, text in
               zip(city.blocks["geoid"], city.blocks["geometry_wkt"], strict=True)}
    assert all(len(corners[a] & corners[b]) == 2 for a, b in zip(city.adjacency["a"], city.adjacency["b"], strict=True))
    touching = sum(len(corners[a] & corners[b]) == 2 for a in corners for b in corners if a < b)
    assert touching == len(city.adjacency)


def test_applicants_live_and_apply_where_there_is_something(city: City) -> None:
    programs = set(city.programs["program"])
    lists = [one.split(";") for one in city.applicants["preferences"]]
    assert all(set(one) <= programs and len(set(one)) == len(one) for one in lists)
    assert set(city.applicants["geoid"]) <= set(city.blocks.loc[city.blocks["students"] > 0, "geoid"])
    assert city.applicants["applicant"].is_unique


def test_seeds_make_other_cities_and_sizes_are_kept() -> None:
    first, again, other = (made_city(10, 12, seed=seed) for seed in (3, 3, 4))
    assert first.blocks.equals(again.blocks) and not first.blocks.equals(other.blocks)
    large = made_city(40, 40, per_block=5.0, programs=30, seed=1)
    assert 900 < len(large.blocks) < 1600 and len(large.programs) == 30
    read = pd.read_csv(io.StringIO(large.blocks.to_csv(index=False)), dtype={"geoid": str})
    assert read["geoid"].equals(large.blocks["geoid"])
