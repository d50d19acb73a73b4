r"""From a bound on the error with ideals and weights as doubles to one on the true error.

A weight is off by a small factor. An ideal off by ``u`` of itself changes a group's relative miss r by at most
``d (1 + r)`` with d above u, whichever side of the ideal it then lies on, so the true error is at least
``W q (r - d (1 + r))^beta`` (0 where that is negative).

beta >= 1: the error to the power 1/beta is a norm of the misses weighted by ``(W q)^(1/beta)``. By Minkowski's
inequality the true one is at least ``(1 - d) E^(1/beta) - d (sum W q)^(1/beta)``, for every allocation alike.

beta < 1: ``x^beta - (x - d)^beta`` falls with x, so no group loses more than it does at the whole number nearest to
its ideal. The smallest misses lose the most: there ``(1e-16)^0.1`` is 0.025.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray

from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem

Floats = NDArray[np.float64]

_WIDTH = 4.0
"""d in terms of the doubt: an ideal may be off by it once for rounding, and once more where it was taken as whole."""
_ROUND = 1.0 + 1e-9
"""Makes up for rounding in the charges themselves."""


def true_bound(at: AtSize, value: float) -> float:
    """What a lower bound ``value`` on the computed error says of the true one; never below 0."""
    if value <= 0.0:
        return 0.0
    if at.beta < 1.0 and _rounded(at.problem, at.unit):
        d = _WIDTH * at.problem.goals.doubt
        value = (value - nearest_losses(at, d) * _ROUND) * (1.0 - d)
    return float(true_bounds(at.problem, at.unit, np.array([value]))[0])


def true_bounds(problem: ParametricProblem, unit: float, values: Floats) -> Floats:
    """The same for many sizes of the same unit; for beta < 1 only of the weights, where the ideals are exact."""
    found = np.maximum(values, 0.0)
    beta, d = problem.beta, _WIDTH * problem.goals.doubt
    if beta >= 1.0 and _rounded(problem, unit):
        size = found ** (1.0 / beta)
        reach = (2.0 * max(problem.sigma, 1.0 - problem.sigma)) ** (1.0 / beta)
        with np.errstate(divide="ignore"):
            found *= 1.0 - np.minimum(1.0, beta * d * (1.0 + reach / size) * _ROUND)
    # Both factors of a weight, its power and its share of the sum: some roundings each.
    found *= 1.0 - (problem.gamma + 8.0) * sys.float_info.epsilon
    return np.maximum(np.nextafter(found, -np.inf), 0.0)


def _rounded(problem: ParametricProblem, unit: float) -> bool:
    """Whether ideals measured in this unit are rounded."""
    return not (problem.goals.exact and unit == problem.goals.total)


def nearest_losses(at: AtSize, d: float) -> float:
    """beta < 1: what all groups together may lose where each comes nearest to its ideal."""
    c = at.ideal
    miss = np.full(at.size, np.inf)
    for near in (np.floor(c), np.ceil(c)):
        a = np.clip(near, at.lower, at.upper)
        np.minimum(miss, np.abs(a - c) / np.minimum(a, c), out=miss)
    np.maximum(miss, d, out=miss)
    loss = np.maximum(at.over, at.under) * (miss**at.beta - (miss - d)**at.beta)
    loss[at.problem.goals.whole_at(at.units)] = 0.0
    return math.fsum(loss.tolist())
