"""The blocks, programs and applicants that the tiebreaker is measured on.

Real geography with invented counts where that table is at hand, else the packaged synthetic city at about its size.
Tables are only read and written to a temporary folder; none is part of the project.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen
from numpy.typing import NDArray

from evenhand_tiebreaker.city.tables import made_city
from tests.benchmarks.data import shared_data

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

LATTICE = (93, 94)
STUDENTS_PER_BLOCK = 4.5
APPLICANTS, PROGRAMS, LONGEST = 4308, 129, 12
SIBLINGS = 0.04
COUNTS = ("n_frl", "n_aalpi", "n_both", "n_focal", "n_aa", "n_aafrl")


def folder() -> Path:
    """Where the tables of this domain lie among the shared ones."""
    return shared_data().parent / "tiebreaker"


@frozen(eq=False)
class Blocks:
    """A city's blocks under our headings, their neighbours by geoid, and what the table is in words."""

    frame: pd.DataFrame
    edges: pd.DataFrame
    what: str

    @property
    def focal(self) -> Ints:
        return self.frame["n_both"].to_numpy(dtype=np.int64)

    @property
    def other(self) -> Ints:
        return self.frame["students"].to_numpy(dtype=np.int64) - self.focal

    @property
    def eligible(self) -> Mask:
        return ((self.frame["housing"] == 1) | (self.frame["redline"] == 1)).to_numpy()

    @property
    def non_focal_budget(self) -> int:
        """16 % of the non-focal students."""
        return int(self.other.sum()) * 16 // 100

    def __len__(self) -> int:
        return len(self.frame)


@cache
def city() -> Blocks:
    """San Francisco's blocks with invented students, or a synthetic city of their number."""
    path = folder() / "sf_blocks_semisynthetic.csv"
    if not path.exists():
        made = made_city(*LATTICE, per_block=STUDENTS_PER_BLOCK, programs=PROGRAMS)
        frame = made.blocks.assign(n_aa=made.blocks["n_aalpi"] // 6, n_aafrl=made.blocks["n_both"] // 6)
        return Blocks(frame, made.adjacency, "a synthetic city: the real blocks are not at hand")
    frame = pd.read_csv(path, dtype={"geoid": str, "tract": str, "holc_grade": str}).rename(columns={"n": "students"})
    place = {(row, column): geoid for row, column, geoid in
             frame[["row", "col", "geoid"]].itertuples(index=False, name=None)}
    pairs = [(geoid, place[beside]) for (row, column), geoid in place.items()
             for beside in ((row + 1, column), (row, column + 1)) if beside in place]
    return Blocks(frame, pd.DataFrame(pairs, columns=["a", "b"]), "San Francisco, counts invented")


def many_blocks(blocks: int, students: int) -> tuple[Ints, Ints]:
    """Focal and non-focal students of a made-up city of any size: few blocks hold many, shares differ widely."""
    random = np.random.default_rng(1)
    mean = students / blocks
    whole = random.negative_binomial(1.2, 1.2 / (1.2 + mean), blocks)
    focal = random.binomial(whole, random.beta(0.9, 2.8, blocks))
    return focal.astype(np.int64), (whole - focal).astype(np.int64)


@frozen(eq=False)
class School:
    """A year of applications, made up: lists of programs, points at each, seats, who is focal and who receives."""

    preferences: list[list[int]]
    points: list[list[int]]
    capacity: Ints
    focal: Mask
    receives: Mask
    what: str


def school() -> School:
    """4,308 applicants with up to 12 choices at 129 programs: San Francisco's seats, or made-up ones."""
    random = np.random.default_rng(3)
    path = folder() / "real" / "sfusd_kg_programs_2324.csv"
    if path.exists():
        programs = pd.read_csv(path)
        capacity = programs["capacity"].to_numpy(dtype=np.int64)
        appeal = np.log(programs["synthetic_first_choices"].to_numpy(dtype=np.float64) + 1.0)
        what = "real seats, applicants made up"
    else:
        capacity = random.integers(0, 65, PROGRAMS)
        appeal = random.normal(0.0, 1.0, PROGRAMS)
        what = "all made up: the real seats are not at hand"
    lengths = random.integers(1, LONGEST + 1, APPLICANTS)
    ranked = np.argsort(-(appeal + random.gumbel(size=(APPLICANTS, len(capacity)))), axis=1)
    preferences = [row[:length].tolist() for row, length in zip(ranked, lengths, strict=True)]
    points = [(2 * (random.random(length) < SIBLINGS)).tolist() for length in lengths]
    receives = random.random(APPLICANTS) < 0.2
    focal = random.random(APPLICANTS) < np.where(receives, 0.5, 0.2)
    return School(preferences, points, capacity, focal, receives, what)


def spec(where: Path, blocks: Blocks, selection: str, *more: str, adjacency: bool = False) -> Path:
    """Write the table and a specification into a new folder: the path of the latter.

    Parameters
    ----------
    selection : ``threshold`` or ``exact``
    more : further lines of the spec, after ``[problem]``
    """
    where.mkdir(parents=True)
    blocks.frame.to_csv(where / "blocks.csv", index=False)
    tables = ['blocks = "blocks.csv"']
    if adjacency:
        blocks.edges.to_csv(where / "adjacency.csv", index=False)
        tables.append('adjacency = "adjacency.csv"')
    lines = ['domain = "tiebreaker"', "[data]", *tables, "[problem]", 'focal = "n_both"',
             'eligibility = { any = ["housing", "redline"] }', f'selection = "{selection}"', "budget = { fpr = 0.16 }",
             *more]
    path = where / "spec.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
