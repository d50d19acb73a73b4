"""The exact allocation of k units under the parametric error, for beta >= 1."""

from __future__ import annotations

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric import exchange, few, multiplier
from evenhand_apportionment.parametric.exchange import Position
from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem
from evenhand_apportionment.parametric.ties import Ties, find_ties, hand_out, meet, middle

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MANY_GROUPS = 20_000
_PASSES = 12
_PASSES_MANY = 5
"""Each pass over many groups selects from all of them: soon the search for the multiplier is cheaper."""


@frozen(eq=False)
class Answer:
    """An optimal allocation and the cut that proves it.

    Attributes
    ----------
    units : int64 array of shape (n,)
    size : int
        k, their sum.
    error : float
        E, summed without rounding in between.
    multiplier : float
        lambda: no unit held costs more, no unit left out costs less.
    cut_low, cut_high : float
        The dearest unit held (-inf if every group stands at its minimum) and the cheapest left out (+inf if every
        group stands at its maximum).
    ties : Ties or None
        Who is tied at the cut; tied units went to the groups first in the input.
    route : {"exchange", "multiplier"}
        How it was found.
    """

    units: Ints = field(repr=False)
    size: int
    error: float
    multiplier: float
    cut_low: float
    cut_high: float
    ties: Ties | None
    route: str


def solve(problem: ParametricProblem, k: int, *, start: ArrayLike | None = None) -> Answer:
    """The allocation of k units with the least error.

    Parameters
    ----------
    start : whole numbers of shape (n,), optional
        Where to begin, clipped to the bounds; the answer does not depend on it.

    Raises
    ------
    ValueError
        If beta < 1 (see :mod:`~evenhand_apportionment.parametric.dynamic`) or the bounds do not allow k units.
    OverflowError
        If the error of the answer is no finite double.
    """
    if problem.beta < 1.0:
        raise ValueError("for beta < 1 the error is not convex and exchanges prove nothing")
    at = problem.at(k)
    if start is not None:
        a = np.clip(np.asarray(start, dtype=np.float64), at.lower, at.upper)
        return settle(at, *optimal_position(at, exchange.position(at, a)))
    a, missing = exchange.rounded_start(at)
    if problem.lanes is None:
        return settle(at, *optimal_position(at, Position(a, missing, *at.cuts(a))))
    near = few.Neighbourhood.of(at, a, missing)
    if near.improve():
        return settle(at, near.now, "exchange", near.here)
    return settle(at, *optimal_position(at, near.now))


def optimal_position(at: AtSize, now: Position) -> tuple[Position, str]:
    """Improve until the cut proves optimality."""
    passes = _PASSES_MANY if at.size > _MANY_GROUPS else _PASSES
    if exchange.exchange(at, now, passes):
        return now, "exchange"
    exchange.fill(at, now)
    if not now.is_optimal:
        now = exchange.position(at, multiplier.search(at, now))
    if not exchange.exchange(at, now, _PASSES):
        at.error(now.a)     # an overflow is the likely reason, and says so
        raise ArithmeticError("the marginals of this problem are not ordered: rounding outweighs them")
    return now, "multiplier"


def settle(at: AtSize, now: Position, route: str, terms: Floats | None = None) -> Answer:
    """The answer at an optimal position, ties settled by input order; ``terms`` are the f_i there, if known."""
    cut_low, cut_high = now.cut_low, now.cut_high
    ties = find_ties(at, now) if meet(cut_low, cut_high) else None
    error = at.error(now.a) if terms is None else at.total(terms)
    answer = Answer(at.whole(now.a), at.units, error, middle(cut_low, cut_high), cut_low, cut_high, ties,
                    route)
    return answer if ties is None else _resettled(at, answer, ties, np.arange(at.size))


def resettle(problem: ParametricProblem, answer: Answer, preference: ArrayLike) -> Answer:
    """The same optimum with the tied units handed out in another order of preference (rows, most preferred first).

    Raises
    ------
    ValueError
        If ``preference`` is no permutation of all rows.
    """
    if answer.ties is None:
        return answer
    return _resettled(problem.at(answer.size), answer, answer.ties, preference)


def _resettled(at: AtSize, answer: Answer, ties: Ties, preference: ArrayLike) -> Answer:
    units = answer.units.copy()
    units[ties.rows] = hand_out(ties, preference)
    if np.array_equal(units, answer.units):
        return answer
    low, high = at.cuts(units.astype(np.float64))
    cut_low, cut_high = float(low.max()), float(high.min())
    return evolve(answer, units=units, error=at.error(units), cut_low=cut_low, cut_high=cut_high,
                  multiplier=middle(cut_low, cut_high))
