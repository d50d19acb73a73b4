"""The bounds of :mod:`~evenhand_apportionment.parametric.lagrange` for many sizes at once; for beta >= 1.

Each size is bounded from an allocation near the minimisers of its multiplier, whole arrays at a time; what rounding
may hide is worked out for the doubtful units alone, as :mod:`~evenhand_apportionment.parametric.losses` says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenhand_apportionment.parametric import measure
from evenhand_apportionment.parametric.lagrange import lower_bound
from evenhand_apportionment.parametric.losses import UNDERFLOW, UPWARDS, doubt, term_error
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.sweep import MANY_GROUPS, blocks
from evenhand_apportionment.parametric.truth import true_bounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EPSILON = sys.float_info.epsilon


def range_bounds(problem: ParametricProblem, sizes: Ints, multipliers: Floats, near: Callable[[int], NDArray[np.int64]],
                 kept: NDArray[np.int32] | None = None, stop: Callable[[], bool] = lambda: False) -> Floats | None:
    """What no division of each size can come below; None if ``stop`` said so before all were done.

    Parameters
    ----------
    sizes : consecutive, ascending
    multipliers : any finite number for each
    near : an allocation near the minimisers, by size
    kept : the same for all sizes, if they are at hand

    Raises
    ------
    ValueError
        If a multiplier is not finite.
    """
    if not np.isfinite(multipliers).all():
        raise ValueError("a bound needs a finite multiplier")
    found = np.empty(len(sizes))
    for start, end in blocks(problem, int(sizes[0]), len(sizes)):
        if stop():
            return None
        block = slice(start, end)
        if kept is None or problem.size > MANY_GROUPS:
            for place in range(start, end):
                if stop():
                    return None
                size = int(sizes[place])
                found[place] = lower_bound(problem, size, float(multipliers[place]), near(size)).value
        else:
            found[block] = _block(problem, sizes[block], multipliers[block], kept[block])
    return found


def _block(problem: ParametricProblem, sizes: Ints, multipliers: Floats, kept: NDArray[np.int32]) -> Floats:
    at = problem.at(int(sizes[-1]))
    aims, unit = problem.aims_of(sizes)
    b = kept.astype(np.float64)
    upper = np.minimum(at.lower + (sizes - problem.reach[0])[:, np.newaxis], problem.upper.astype(np.float64))
    np.clip(b, at.lower, upper, out=b)
    prices = multipliers[:, np.newaxis]
    with np.errstate(over="ignore", invalid="ignore"):
        terms = measure.values(b * unit, aims, at.over, at.under, at.beta)
        low, high = measure.cuts(b, aims, at.over, at.under, at.beta, at.lower, upper, unit)
        value = terms.sum(axis=1)
        short = multipliers * (sizes - b.sum(axis=1))
        own = (term_error(at.beta) + (at.size + 4.0) * _EPSILON) * value + 4.0 * _EPSILON * np.abs(short)
        lost = np.zeros(len(sizes))
        for upwards, step in ((False, low), (True, high)):
            room = upper - b if upwards else b - at.lower
            width = 2.0 * term_error(at.beta) * (2.0 * terms + np.abs(step)) + UNDERFLOW
            clear = (step - prices if upwards else prices - step) > width
            where, columns = np.nonzero(~clear & (room > 0.0))
            if not len(where):
                continue
            over = at.over[columns]
            spot = (aims[where, columns], over, over if at.over is at.under else at.under[columns], at.beta, unit)
            first = b[where, columns] - (0.0 if upwards else 1.0)
            miss = np.maximum(doubt(first * unit, *spot, multipliers[where], upwards), 0.0)
            # Where the unit after is surely too dear (or the one before worth its price), only one can be in doubt.
            beyond = np.maximum((first + (1.0 if upwards else -1.0)) * unit, unit)
            sure = doubt(beyond, *spot, multipliers[where], upwards) <= 0.0
            times = np.where(sure, 1.0, room[where, columns])
            added, largest = np.bincount(where, miss * times, len(sizes)), np.zeros(len(sizes))
            np.maximum.at(largest, where, miss)
            lost += np.minimum(added, largest * (sizes if upwards else b.sum(axis=1))) * (UPWARDS + at.size * _EPSILON)
        bound = np.nextafter(value + short - (own + lost), -np.inf)
    bound[~np.isfinite(bound)] = 0.0    # nothing is claimed where a double cannot hold it
    return true_bounds(problem, unit, bound)
