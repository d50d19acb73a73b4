r"""What rounding may hide from a bound: by how much other numbers of units might beat b at a price lambda; beta >= 1.

The bound takes each group at b. Whoever would rather have t > b units gains ``sum over b <= j < t of (lambda - D(j))``
by that. True marginals never fall, so nothing is lost where ``D(b) >= lambda`` is certain, that is where the computed
difference exceeds what plain arithmetic may have lost. Where it is not, the group may gain at most the doubtful miss
``lambda - D(b)`` at every unit, and only at the first one if ``D(b + 1) >= lambda`` is certain. Likewise downwards.

With ideals and weights as they are taken, a computed error is off by at most ``(beta + 5)`` machine epsilons of
itself (one difference, one quotient, one power of up to 4 units in the last place, one product), and so is D by as
much of the two errors it is made of; where D has a closed form, by ``4 beta + 20`` of itself. At least half as much
again is allowed.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_apportionment.parametric import measure
from evenhand_apportionment.parametric.measure import FAR
from evenhand_apportionment.parametric.problem import AtSize

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

UNDERFLOW = 1e-300
"""Added to every width: below it doubles keep no relative precision."""

_BEYOND = 1e300
UPWARDS = 1.0 + 2.0**-40
"""Makes up for adding the losses themselves in doubles."""


@frozen
class Losses:
    """The most that all groups together may gain, and the same with every doubtful price off by a tie's tolerance."""

    total: float
    leeway: float


def losses(at: AtSize, b: Floats, terms: Floats, cuts: tuple[Floats, Floats], multiplier: float, tie: float) -> Losses:
    """Of whole ``b`` within the bounds.

    Parameters
    ----------
    terms, cuts : f(b), and D(b - 1) and D(b) as :meth:`AtSize.cuts` gives them
    tie : the relative difference of prices that counts as none
    """
    hair = tie * abs(multiplier)
    above, below = (_side(at, b, terms, step, multiplier, hair, upwards)
                    for upwards, step in ((False, cuts[0]), (True, cuts[1])))
    return Losses(above.total + below.total, above.leeway + below.leeway)


def term_error(beta: float) -> float:
    """Relative error allowed for a computed f."""
    return 4.0 * (beta + 4.0) * sys.float_info.epsilon


def _side(at: AtSize, b: Floats, terms: Floats, step: Floats, multiplier: float, hair: float, upwards: bool) -> Losses:
    room = at.upper - b if upwards else b - at.lower
    with np.errstate(invalid="ignore", over="ignore"):
        # The errors of which D is the difference are f(b) and f(b) + D, or f(b) and f(b) - D: enough for nearly all.
        width = 2.0 * term_error(at.beta) * (2.0 * terms + np.abs(step)) + (UNDERFLOW + hair)
        clear = (step - multiplier if upwards else multiplier - step) > width
    rows = np.flatnonzero(~clear & (room > 0.0))
    if len(rows):
        miss = _miss(at, b[rows] if upwards else b[rows] - 1.0, rows, multiplier, upwards)
        close = miss > -hair
        rows, room, miss = rows[close], room[rows][close], miss[close]
    if not len(rows):
        return Losses(0.0, 0.0)
    further = np.flatnonzero(room > 1.0)
    beyond = b[rows[further]] + (1.0 if upwards else -2.0)
    sure = _miss(at, beyond, rows[further], multiplier, upwards) <= -hair
    times = np.where(room > 1.0, room, 1.0)
    times[further[sure]] = 1.0
    # No more units than k can be taken up in all, and no more than b holds be given back.
    most = float(at.units) if upwards else float(b.sum())
    total, leeway = (min(math.fsum((part * times).tolist()), float(part.max()) * most)
                     for part in (np.maximum(miss, 0.0), np.maximum(miss + hair, 0.0)))
    return Losses(total * UPWARDS, leeway * UPWARDS)


def _miss(at: AtSize, a: Floats, rows: Rows, multiplier: float, upwards: bool) -> Floats:
    over = at.over[rows]
    under = over if at.over is at.under else at.under[rows]
    return doubt(a * at.unit, at.aim[rows], over, under, at.beta, at.unit, multiplier, upwards)


def doubt(held: Floats, c: Floats, over: Floats, under: Floats, beta: float, unit: float, multiplier: float | Floats,
          upwards: bool) -> Floats:
    """How far D(a) may lie on the wrong side of the price, at most: negative where it surely lies on the right one.

    All but beta, unit and perhaps the multiplier are one entry per doubtful unit; see
    :mod:`~evenhand_apportionment.parametric.measure` for them.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        step = measure.steps(held, c, over, under, beta, unit)
        terms = measure.values(held, c, over, under, beta) + measure.values(held + unit, c, over, under, beta)
        # Closed forms are as good as D itself; a difference is as good as the errors it is made of.
        closed = (held >= c) | (held + unit <= c) if beta == 1.0 else np.abs(held - c) > FAR * unit
        width = 2.0 * term_error(beta) * np.where(closed, np.abs(step), terms) + UNDERFLOW
        miss: Floats = (multiplier - step if upwards else step - multiplier) + width
    # An error that overflows on the far side of the price is dear enough; anything else that is no number is not known.
    endless = step == (np.inf if upwards else -np.inf)
    dear = np.broadcast_to(np.abs(multiplier) < _BEYOND, miss.shape)
    miss[endless] = np.where(dear[endless], -np.inf, np.inf)
    miss[np.isnan(miss)] = np.inf
    return miss
