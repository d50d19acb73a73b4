"""Small tables and specs."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

import evenhand
from evenhand.solution import Solution

VOTES = ((123, 45, 815), (912, 714, 414), (255, 215, 543))
"""Three parties and three districts; with 5, 11 and 5 units for the parties, 7, 5 and 9 for the districts."""


def groups(population: Sequence[Any], **columns: Sequence[Any]) -> pd.DataFrame:
    """A table of groups a, b, c, ...; blank cells are empty texts."""
    names = [string.ascii_lowercase[place] for place in range(len(population))]
    return pd.DataFrame({"group": names, "population": list(population), **columns}, dtype=object)


def tree(table: pd.DataFrame, *, objective: Any = None, solver: Mapping[str, Any] | None = None,
         **problem: Any) -> dict[str, Any]:
    """A spec on a table of groups."""
    found: dict[str, Any] = {"domain": "apportionment", "data": {"groups": table}, "problem": problem}
    if objective is not None:
        found["objective"] = objective
    if solver is not None:
        found["solver"] = solver
    return found


def matrix_tables(votes: Sequence[Sequence[Any]] = VOTES, rows: Sequence[int] = (5, 11, 5),
                  columns: Sequence[int] = (7, 5, 9)) -> dict[str, pd.DataFrame]:
    """The three tables of a biproportional problem."""
    row_names = [string.ascii_uppercase[place] for place in range(len(rows))]
    column_names = [string.ascii_lowercase[-len(columns) + place] for place in range(len(columns))]
    cells = [(row, column, votes[i][j]) for i, row in enumerate(row_names) for j, column in enumerate(column_names)]
    return {"votes": pd.DataFrame(cells, columns=["row", "column", "votes"], dtype=object),
            "rows": pd.DataFrame({"row": row_names, "units": list(rows)}),
            "columns": pd.DataFrame({"column": column_names, "units": list(columns)})}


def matrix(votes: Sequence[Sequence[Any]] = VOTES, rows: Sequence[int] = (5, 11, 5),
           columns: Sequence[int] = (7, 5, 9), **problem: Any) -> dict[str, Any]:
    """A spec of a biproportional problem."""
    return {"domain": "apportionment", "data": matrix_tables(votes, rows, columns),
            "problem": {"method": "biproportional", **problem}}


def solved(spec: Mapping[str, Any], solver: str = "auto", **arguments: Any) -> Solution:
    """The audited answer, proven to 1e-9 where it can be."""
    return evenhand.solve(spec, solver=solver, **{"gap": 1e-9, **arguments})


def units(solution: Solution) -> list[int]:
    """Units in table order."""
    assert solution.allocation is not None, solution.status
    found: list[int] = solution.allocation.array.tolist()
    return found
