r"""Lower bounds from any multiplier, for any beta.

    bound(lambda) = lambda k + sum_i min over l_i <= a <= u_i of (f_i(a) - lambda a)

holds for every lambda if the inner minimum is global. With b the minimisers it equals
``sum f_i(b_i) + lambda (k - sum b_i)``, which is how it is evaluated: the whole numbers are summed exactly, and at an
optimal allocation with its own multiplier b is that allocation and nothing cancels.

Rounding, beta >= 1: the value is lowered by what :mod:`~evenhand_apportionment.parametric.losses` cannot exclude, group
by group, and by the error of the f_i(b_i) themselves. Where groups are tied at lambda, b is chosen among the minimisers
so that it sums to k if that is possible: then lambda drops out, and a small error is bounded by a small allowance.

Rounding, beta < 1: a computed marginal is off by at most ``delta = 32 (beta + 4) / beta`` machine epsilons of itself,
and any feasible allocation differs from b by at most ``k + sum b`` units, so the bound is lowered by
``delta (sum f_i(b_i) + |lambda| (k + sum b_i))`` and by what the comparison of candidates may have hidden.
An error is never negative, so neither is the bound. What ideals and weights differ from the true ones is charged at
the end, by :mod:`~evenhand_apportionment.parametric.truth`.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric.exchange import rounded_start
from evenhand_apportionment.parametric.levels import count_between, level_above, level_below
from evenhand_apportionment.parametric.losses import losses, term_error
from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem
from evenhand_apportionment.parametric.truth import true_bound

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RELATIVE_TOLERANCE = 4e-12
"""Relative miss of a multiplier that still counts as a tie in a proof."""

_DUAL_STEPS = 80


@frozen(eq=False)
class Bound:
    """What a multiplier proves.

    Attributes
    ----------
    value : float
        No allowed allocation of k units has a smaller error. The allowance is already taken off.
    allowance : float
        What rounding may amount to: what was taken off and, beta >= 1, what a tie's tolerance might add to it.
    multiplier : float
    units : int64 array of shape (n,)
        The inner minimisers b; they need not sum to k.
    """

    value: float
    allowance: float
    multiplier: float
    units: Ints = field(repr=False)


def lower_bound(problem: ParametricProblem, k: int, multiplier: float, near: ArrayLike | None = None) -> Bound:
    """bound(lambda), lowered by the rounding allowance; O(n) when ``near`` is where the minimisers are.

    Parameters
    ----------
    multiplier : float
        Any finite number.
    near : whole numbers of shape (n,), optional
        Where to begin to look, for instance an allocation; the truth of the bound does not depend on it.

    Raises
    ------
    ValueError
        If the multiplier is not finite or the bounds do not allow k units.
    OverflowError
        If the error at the minimisers is no finite double.
    """
    if not math.isfinite(multiplier):
        raise ValueError("a bound needs a finite multiplier")
    at = problem.at(k)
    if problem.beta < 1.0:
        return charged(at, evaluate(at, multiplier, *concave_minimisers(at, multiplier)))
    start = rounded_start(at)[0] if near is None else np.clip(np.asarray(near, dtype=np.float64), at.lower, at.upper)
    return charged(at, convex_bound(at, multiplier, *convex_minimisers(at, multiplier, start)))


def convex_bound(at: AtSize, multiplier: float, b: Floats, cuts: tuple[Floats, Floats]) -> Bound:
    """beta >= 1: the bound from whole ``b`` within the bounds; true for any, sharp where they are the minimisers."""
    terms, short = at.terms(b), at.units - int(b.sum())
    value = at.total(terms)
    lost = losses(at, b, terms, cuts, multiplier, RELATIVE_TOLERANCE)
    own = (term_error(at.beta) + 4.0 * sys.float_info.epsilon) * value
    own += 4.0 * sys.float_info.epsilon * abs(multiplier * short)
    bound = math.nextafter(value + multiplier * short - (own + lost.total), -math.inf)
    allowance = min(own + max(lost.total, lost.leeway), sys.float_info.max)     # a file holds no infinity
    return Bound(bound, allowance, multiplier, at.whole(b))


def evaluate(at: AtSize, multiplier: float, b: Floats, miss: float) -> Bound:
    """beta < 1: the bound from minimisers that are right but for ``miss`` in all."""
    delta = rounding(at.beta)
    value, held = at.error(b), int(b.sum())
    allowance = delta * (value + abs(multiplier) * (at.units + held)) + miss
    return Bound(value + multiplier * (at.units - held) - allowance, allowance, multiplier, at.whole(b))


def charged(at: AtSize, bound: Bound) -> Bound:
    """The same of true ideals and weights, and not below 0."""
    value = true_bound(at, bound.value)
    return evolve(bound, value=value, allowance=bound.allowance + max(0.0, bound.value - value))


def rounding(beta: float) -> float:
    """delta of the module's heading."""
    return 32.0 * (beta + 4.0) / min(beta, 1.0) * sys.float_info.epsilon


def convex_minimisers(at: AtSize, multiplier: float, start: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """beta >= 1: minimisers of f_i(a) - lambda a, but for a tie's tolerance, and their cuts.

    Of several minimisers the one nearest ``start`` is taken, so that an allocation meets its own multiplier in itself;
    then tied units are handed out or taken back if that makes the sum k.
    """
    low, high = at.cuts(start)
    hair = RELATIVE_TOLERANCE * abs(multiplier)
    with np.errstate(invalid="ignore"):
        stays = (low <= multiplier + hair) & (high >= multiplier - hair)
    b = start
    if not stays.all():
        b = level_above(at, start, np.where(stays, np.inf, high), multiplier, inclusive=False)
        b = level_below(at, b, np.where(stays | (b > start), -np.inf, low), multiplier, inclusive=True)
        low, high = at.cuts(b)
    missing = float(at.units) - float(b.sum())
    if missing == 0.0:
        return b, (low, high)
    if missing > 0.0:
        room = level_above(at, b, high, multiplier + hair, inclusive=True) - b
    else:
        room = b - level_below(at, b, low, multiplier - hair, inclusive=False)
    if float(room.sum()) < abs(missing):    # no tie, but another multiplier than that of k units
        return b, (low, high)
    before = np.cumsum(room) - room
    part: Floats = np.clip(abs(missing) - before, 0.0, room)
    b = b + part if missing > 0.0 else b - part
    return b, at.cuts(b)


def concave_minimisers(at: AtSize, multiplier: float) -> tuple[Floats, float]:
    """beta < 1: global minimisers of f_i(a) - lambda a, and what rounding may have hidden in all.

    Above c the error is concave, so only the ends count. Below c, with y = c/a - 1, the second derivative of y^beta
    has the sign of (1 + beta) c - 2 a: convex up to (1 + beta) c / 2, where halving finds the minimum, and concave
    from there to c, where again only the ends count.
    """
    c, lower, upper = at.ideal, at.lower, at.upper
    bend = np.clip(np.floor((1.0 + at.beta) * c / 2.0), lower, upper)
    valley = count_between(at, np.arange(at.size), multiplier, lower, bend, inclusive=True)
    spots = np.stack((lower, valley - 1.0, valley, valley + 1.0, bend, bend + 1.0, np.floor(c), np.ceil(c), upper))
    np.clip(spots, lower, upper, out=spots)
    error = np.stack([at.terms(spot) for spot in spots])
    height = error - multiplier * spots
    best = height.argmin(axis=0)
    each = np.arange(at.size)
    haze = rounding(at.beta) * (error + abs(multiplier) * spots)
    hidden = (height[best, each] - height + haze).max(axis=0)
    return spots[best, each], math.fsum(hidden.tolist())


def best_multiplier(at: AtSize) -> Bound:
    """beta < 1: the best bound that halving an interval for the multiplier finds (the bound is concave in it)."""
    reach = float(np.abs(np.concatenate([at.steps(at.lower), at.steps(np.maximum(np.floor(at.ideal), 1.0))])).max())
    if not math.isfinite(reach) or reach == 0.0:
        reach = 1.0
    best: Bound | None = None

    def tried(multiplier: float) -> int:
        nonlocal best
        bound = evaluate(at, multiplier, *concave_minimisers(at, multiplier))
        if best is None or bound.value > best.value:
            best = bound
        return int(bound.units.sum())

    below, above = -reach, reach
    while tried(below) > at.units:
        below *= 4.0
    while tried(above) < at.units:
        above *= 4.0
    for _ in range(_DUAL_STEPS):
        middle = below / 2.0 + above / 2.0
        if not below < middle < above:
            break
        held = tried(middle)
        if held == at.units:
            break
        if held < at.units:
            below = middle
        else:
            above = middle
    assert best is not None
    return charged(at, best)
