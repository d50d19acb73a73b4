r"""One group's error and what its next unit adds, for whole arrays of groups.

With ideal c and weight W, over-allocation costs ``W 2 sigma ((a - c) / c)^beta`` and under-allocation
``W 2 (1 - sigma) ((c - a) / a)^beta``. ``over`` and ``under`` below are the two leading factors; where they are one and
the same array, no side is looked up. Every function takes arrays that broadcast, so that one row is one size when many
sizes are treated together. Whole numbers travel as float64 (exact up to 2^53).

Units and ideals may be measured in any ``unit``: ``held`` is the number of units times it, c the ideal times it. With
the sum of whole shares for a unit both are whole, and ``held - c`` is not rounded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FAR = 8.0
"""From here on the difference of neighbouring errors loses digits that its closed form keeps."""

_FEW = 2048


def values(held: Floats, c: Floats, over: Floats, under: Floats, beta: float) -> Floats:
    """f(a) >= 0, for a >= 1."""
    relative: Floats = held - c
    factor = over if over is under else np.where(relative >= 0.0, over, under)
    relative /= np.minimum(held, c)     # the denominator is c above and a below: the smaller of the two
    if beta == 2.0:
        relative *= relative
    else:
        np.abs(relative, out=relative)
        if beta != 1.0:
            np.power(relative, beta, out=relative)
    relative *= factor
    return relative


def steps(held: Floats, c: Floats, over: Floats, under: Floats, beta: float, unit: float) -> Floats:
    """D(a) = f(a + 1) - f(a), for a >= 1, to a few units in the last place except where the two nearly agree across c.

    Far from c the closed form is used: f(a) ((1 + 1/(a - c))^beta - 1) above, and likewise below.
    """
    if beta == 1.0:
        return linear_steps(held, c, over, under, unit)
    here = values(held, c, over, under, beta)
    step: Floats = values(held + unit, c, over, under, beta) - here
    mend_far(step, held, c, here, beta, unit)
    return step


def mend_far(step: Floats, held: Floats, c: Floats, here: Floats, beta: float, unit: float) -> None:
    """Put the closed form into ``step`` = f(a + 1) - f(a) wherever a is far from c; ``here`` is f(a), beta is not 1."""
    excess = held - c
    if not _reaches(excess, FAR * unit):
        return
    far = np.abs(excess) > FAR * unit
    held, c, excess, here = (np.broadcast_to(part, step.shape)[far] for part in (held, c, excess, here))
    above = excess > 0.0
    growth = np.where(above, unit / excess, c / (held + unit) * (unit / excess))
    step[far] = here * np.expm1(beta * np.log1p(growth))


def _reaches(excess: Floats, limit: float) -> bool:
    """Whether any entry is beyond the limit on either side."""
    if not excess.size:
        return False
    return excess.item(int(excess.argmax())) > limit or excess.item(int(excess.argmin())) < -limit


def linear_steps(held: Floats, c: Floats, over: Floats, under: Floats, unit: float) -> Floats:
    """beta = 1: constant above c, so that equal marginals come out exactly equal."""
    after = held + unit
    step = np.where(held >= c, over * unit / c, -under * (c / held) * (unit / after))
    crossing = (held < c) & (after > c)
    if crossing.any():
        held, after, c, over, under = (np.broadcast_to(part, step.shape)[crossing]
                                       for part in (held, after, c, over, under))
        step[crossing] = over * ((after - c) / c) - under * ((c - held) / held)
    return step


def cuts(a: Floats, c: Floats, over: Floats, under: Floats, beta: float, lower: Floats, upper: Floats, unit: float,
         ) -> tuple[Floats, Floats]:
    """What the last unit cost, D(a - 1) (-inf at the lower bound), and the next would, D(a) (+inf at the upper).

    ``a`` and its bounds are plain units.
    """
    held = a if unit == 1.0 else a * unit
    before = np.maximum(held - unit, unit)  # a = 1 stands at its lower bound: the value is not used
    if beta == 1.0:
        low, high = linear_steps(before, c, over, under, unit), linear_steps(held, c, over, under, unit)
    else:
        if a.size <= _FEW and a.ndim == 1:      # one call for the three saves more than it copies
            lowest, here, highest = values(np.stack((before, held, held + unit)), c, over, under, beta)
        else:
            lowest, here, highest = (values(units, c, over, under, beta) for units in (before, held, held + unit))
        low, high = here - lowest, highest - here
        excess = held - c
        limit = (FAR - 1.0) * unit
        if _reaches(excess, limit):
            far = np.abs(excess) > limit
            held_far, before_far, c_far, over_far, under_far = (np.broadcast_to(part, low.shape)[far]
                                                                for part in (held, before, c, over, under))
            low[far] = steps(before_far, c_far, over_far, under_far, beta, unit)
            high[far] = steps(held_far, c_far, over_far, under_far, beta, unit)
    low[a <= lower] = -np.inf
    high[a >= upper] = np.inf
    return low, high
