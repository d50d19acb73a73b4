"""What is measured of every answer: indices of disproportionality, quota violations, ties, and the range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand_apportionment.classic.audit import quota_violations
from evenhand_apportionment.classic.indices import indices
from evenhand_apportionment.classic.populations import exact_counts, read
from evenhand_apportionment.facts import common_divisors
from evenhand_apportionment.facts import tie as tie_of

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
        everybody = len(instance.rows) == instance.size
        people = problem.people if everybody else read(exact_counts(problem.exact_population))
        found.update(indices(people, allocation.array))
        inner, rows = problem.inner(allocation), instance.rows
        found["quota_violations"] = [{"group": problem.ids[int(rows[row])], "side": side}
                                     for row, side in quota_violations(problem.people, inner)]
    if problem.options.family == "divisor":
        common = common_divisors(problem, allocation)
        found["divisors"] = None if common is None else {"least": common[0], "most": common[1]}
    tie = tie_of(problem, allocation)
    found["tied_groups"] = [] if tie is None else [problem.ids[row] for row in tie.rows.tolist()]
    if problem.open_size and problem.curve is not None:
        found["best_units"] = problem.curve.best
        found["alabama_paradoxes"] = problem.curve.losses
    return found


def _cells(problem: ApportionmentProblem) -> Any:
    matrix = problem.matrix
    return [matrix.counts[i][j] for i, j in zip(matrix.cell_row.tolist(), matrix.cell_column.tolist(), strict=True)]
