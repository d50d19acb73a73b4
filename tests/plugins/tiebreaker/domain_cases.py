"""A small district on a 4 x 3 lattice, specs on it, and plain enumeration of its choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import evenhand
from evenhand.model import Problem
from evenhand.plugins import Registry, manager
from evenhand.solution import Solution
from evenhand.spec.build import build_problem, load_spec

# geoid, students, n_both, n_frl, housing, redline, ctip1, neighborhood; ties at 1/2, a block without students.
ROWS = [
    ("0600", 10, 5, 6, 1, 0, 1, "Bay"), ("0601", 8, 4, 7, 1, 0, 0, "Bay"), ("0602", 6, 1, 2, 0, 1, 0, "Bay"),
    ("0603", 0, 0, 0, 0, 1, 1, "Bay"), ("0604", 4, 3, 3, 1, 1, 1, "Hill"), ("0605", 12, 2, 9, 0, 0, 0, "Hill"),
    ("0606", 9, 6, 6, 0, 1, 1, "Hill"), ("0607", 5, 0, 1, 0, 1, 0, "Hill"), ("0608", 7, 3, 4, 1, 0, 0, "Mission"),
    ("0609", 3, 3, 3, 0, 0, 1, "Mission"), ("0610", 11, 4, 5, 0, 1, 0, "Mission"), ("0611", 2, 1, 1, 1, 0, 1, ""),
]
HEADINGS = ["geoid", "students", "n_both", "n_frl", "housing", "redline", "ctip1", "neighborhood"]
WIDTH = 4
ELIGIBLE = {"any": ["housing", "redline"]}


def blocks(**columns: Any) -> pd.DataFrame:
    """The table; a column given here replaces its namesake, None removes it."""
    table = pd.DataFrame(ROWS, columns=HEADINGS, dtype=object)
    for name, values in columns.items():
        if values is None:
            table = table.drop(columns=name)
        else:
            table[name] = list(values)
    return table


def changed(row: int, **cells: Any) -> pd.DataFrame:
    """The table with other cells in one row."""
    table = blocks()
    for name, value in cells.items():
        table.loc[row, name] = value
    return table


def adjacency() -> pd.DataFrame:
    """Rook neighbours of the lattice."""
    ids = [row[0] for row in ROWS]
    pairs = [(ids[i], ids[i + 1]) for i in range(len(ids)) if (i + 1) % WIDTH]
    pairs += [(ids[i], ids[i + WIDTH]) for i in range(len(ids) - WIDTH)]
    return pd.DataFrame(pairs, columns=["a", "b"])


def tree(table: pd.DataFrame | None = None, *, rules: Any = None, objective: Any = None, neighbours: bool = False,
         sections: Mapping[str, Any] | None = None, **problem: Any) -> dict[str, Any]:
    """A spec; ``focal`` is ``n_both`` unless it is said otherwise."""
    data: dict[str, Any] = {"blocks": blocks() if table is None else table}
    if neighbours:
        data["adjacency"] = adjacency()
    found: dict[str, Any] = {"domain": "tiebreaker", "data": data, "problem": {"focal": "n_both", **problem},
                             **(sections or {})}
    if rules is not None:
        found["constraint"] = rules
    if objective is not None:
        found["objective"] = objective
    return found


@cache
def registry() -> Registry:
    """The installed plugins, looked for once."""
    return manager()


def made(spec: Mapping[str, Any]) -> Problem:
    return build_problem(load_spec(spec, registry()), registry())


def solved(spec: Mapping[str, Any], solver: str = "auto", **arguments: Any) -> Solution:
    return evenhand.solve(spec, solver=solver, **{"gap": 1e-9, "registry": registry(), **arguments})


def receiving(solution: Solution) -> set[str]:
    """The last two digits of the receiving blocks."""
    assert solution.allocation is not None, solution.status
    ids = solution.problem.shape.items
    return {ids[row][2:] for row in np.flatnonzero(solution.allocation.array).tolist()}


def every_choice(problem: Problem) -> Iterator[np.ndarray]:
    """Every set of eligible blocks."""
    eligible = np.flatnonzero(problem.blocks.eligible)
    for bits in product((False, True), repeat=eligible.size):
        array = np.zeros(problem.blocks.size, dtype=bool)
        array[eligible] = bits
        yield array


def best_by_enumeration(problem: Problem) -> float | None:
    """The best value of all sets that keep every rule; None when none does."""
    sign = 1.0 if problem.objective.sense == "maximize" else -1.0
    best: float | None = None
    for array in every_choice(problem):
        allocation = problem.shape.allocation(array)
        value = sign * problem.objective.measure(problem, allocation)[0]
        # Rules are slower to look at than values, and only those of a better set matter.
        if (best is None or value > best) and not problem.violations(allocation):
            best = value
    return None if best is None else sign * best
