"""What is measured of every answer: indices of disproportionality, quota violations, ties, and the range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand_apportionment.classic.audit import quota_violations
from evenhand_apportionment.classic.indices import indices
from evenhand_apportionment.classic.populations import read

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_apportionment.problem import ApportionmentProblem


def metrics(problem: ApportionmentProblem, allocation: Allocation) -> dict[str, Any]:
    """Indices over all groups (cells of a biproportional table), as fractions of 1; None where infinite.

    Quotas are those of the groups that take part and of the units after ``base_units``. A biproportional table has no
    single quota: there ``quota_violations`` is None.
    """
    found: dict[str, Any] = {}
    if problem.options.biproportional:
        found.update(indices(_cells(problem), allocation.array))
        found["quota_violations"] = None
    else:
        instance = problem.instance
        people = problem.people if len(instance.rows) == instance.size else read(_every(problem))
        found.update(indices(people, allocation.array))
        inner, rows = problem.inner(allocation), instance.rows
        found["quota_violations"] = [{"group": problem.ids[int(rows[row])], "side": side}
                                     for row, side in quota_violations(problem.people, inner)]
    tie = problem.tie(allocation)
    found["tied_groups"] = [] if tie is None else [problem.ids[row] for row in tie.rows.tolist()]
    if problem.open_size and problem.curve is not None:
        found["best_units"] = problem.curve.best
        found["alabama_paradoxes"] = problem.curve.losses
    return found


def _every(problem: ApportionmentProblem) -> Any:
    population = problem.exact_population
    if population.decimals:
        return population.fractions()
    return population.values if population.values.dtype == np.int64 else population.integers()


def _cells(problem: ApportionmentProblem) -> Any:
    matrix = problem.matrix
    return [matrix.counts[i][j] for i, j in zip(matrix.cell_row.tolist(), matrix.cell_column.tolist(), strict=True)]
