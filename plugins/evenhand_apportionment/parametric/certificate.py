"""The proof of an allocation, checked group by group from the table alone: O(n), no search.

``D_i(a_i - 1) <= lambda <= D_i(a_i)`` for every group (one side only at a bound) proves an allocation optimal for
beta >= 1. Where one group's error dwarfs all others the gap between value and bound is blind; these inequalities
are not.

Tolerance: ``4e-12 max(|D|, |lambda|)``, for ties, plus ``4 (beta + 2)`` machine epsilons of the larger of the two
errors whose difference D is, which is what plain arithmetic may lose.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric.lagrange import RELATIVE_TOLERANCE
from evenhand_apportionment.parametric.problem import ParametricProblem

Floats = NDArray[np.float64]


@frozen
class CutFault:
    """One broken condition: the row (None for the sum), which one, and the two numbers that should agree or be ordered.

    They are, by ``side``: for "sum" the sum of the units and k, for "lower" and "upper" the units and the bound, for
    "low" D(a - 1) and lambda, for "high" lambda and D(a).
    """

    row: int | None
    side: str
    found: float
    limit: float


@frozen
class CutCheck:
    """Whether the inequalities hold, and each that does not (all rows, in order)."""

    holds: bool
    faults: tuple[CutFault, ...]
    cut_low: float
    cut_high: float


def check_cut(problem: ParametricProblem, k: int, units: ArrayLike, multiplier: float) -> CutCheck:
    """Check sum, bounds and both inequalities of every group. A proof of optimality only for beta >= 1.

    Raises
    ------
    ValueError
        If ``units`` has the wrong shape or the bounds do not allow k units.
    """
    given = np.asarray(units)
    if given.shape != (problem.size,):
        raise ValueError(f"units have shape {given.shape}, expected ({problem.size},)")
    faults: list[CutFault] = []
    held = math.fsum(given.tolist())
    if held != k:
        faults.append(CutFault(None, "sum", held, float(k)))
    for side, broken, bound in (("lower", given < problem.lower, problem.lower),
                                ("upper", given > problem.upper, problem.upper)):
        faults += [CutFault(row, side, float(given[row]), float(bound[row])) for row in np.flatnonzero(broken).tolist()]
    if faults or not math.isfinite(multiplier):
        return CutCheck(False, tuple(faults), -math.inf, math.inf)
    at, a = problem.at(k), given.astype(np.float64)
    low, high = at.cuts(a)
    here = at.terms(a)
    for side, step, other in (("low", low, np.maximum(a - 1.0, 1.0)), ("high", high, a + 1.0)):
        sign = 1.0 if side == "low" else -1.0
        with np.errstate(over="ignore", invalid="ignore"):
            slack = RELATIVE_TOLERANCE * np.maximum(np.abs(step), abs(multiplier))
            slack += 4.0 * (problem.beta + 2.0) * sys.float_info.epsilon * np.maximum(here, at.terms(other))
            # an infinite marginal stands for a bound, where nothing is to be compared, or for an overflow
            fine = np.where(np.isfinite(step), sign * (step - multiplier) <= slack, sign * step == -np.inf)
        for row in np.flatnonzero(~fine).tolist():
            pair = (float(step[row]), multiplier)
            faults.append(CutFault(row, side, *(pair if side == "low" else pair[::-1])))
    return CutCheck(not faults, tuple(faults), float(low.max()), float(high.min()))


def cut_to_json(cut: float) -> float | None:
    """A cut as JSON can hold it: None stands for unbounded."""
    return cut if math.isfinite(cut) else None


def cut_from_json(cut: float | None, side: str) -> float:
    """The inverse of :func:`cut_to_json` for ``side`` "low" (None is -inf) or "high" (None is +inf)."""
    if cut is not None:
        return float(cut)
    return -math.inf if side == "low" else math.inf
