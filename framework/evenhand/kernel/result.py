"""What a solve of a linear model returns."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from evenhand.kernel.linear_model import FloatArray

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution"]
Method = Literal["choose", "simplex", "ipm"]


@frozen(eq=False)
class LinearResult:
    """The outcome of one solve.

    Parameters
    ----------
    status
        ``optimal``: proven within the requested gap. ``feasible``: ``values`` keep every row, but the gap is not
        closed. ``infeasible``: proven that nothing keeps the rows. ``unbounded``: values exist and can be improved
        for ever. ``no_solution``: stopped before anything was found or proven.
    values
        Shape (columns,), as the solver left them: whole numbers are whole only within its tolerance. None without
        a solution.
    objective
        Cost of ``values``, offset included, in the sense that was solved.
    bound
        The solver's claim: no solution is better than this. Holds to the solver's tolerances and can not be
        rechecked by itself; :func:`evenhand.kernel.safe_bound` gives one that can. None when nothing was claimed.
    row_duals
        Shape (rows,). d objective / d row limit, for a linear program (or relaxation) that was solved; else None.
    reduced_costs
        Shape (columns,). ``cost - matrix.T @ row_duals`` as the solver computed it; else None.
    seconds
        Wall time of the solve.
    message
        The solver's own words for how it ended.
    abandoned
        True when a stop was asked for and the solver did not answer in time: the values are the last it reported
        and the session cannot be used again.
    """

    status: Status
    values: FloatArray | None = None
    objective: float | None = None
    bound: float | None = None
    row_duals: FloatArray | None = None
    reduced_costs: FloatArray | None = None
    seconds: float = 0.0
    message: str = ""
    abandoned: bool = False

    @property
    def gap(self) -> float | None:
        """``|bound - objective| / |objective|``: None without a bound or solution, inf when only the objective is 0."""
        if self.objective is None or self.bound is None:
            return None
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float, bound: float) -> float:
    """Distance between a value and its bound relative to the value; 0 when equal, inf when the value alone is 0."""
    distance = abs(bound - objective)
    if distance == 0.0:
        return 0.0
    return distance / abs(objective) if objective != 0.0 else float("inf")
