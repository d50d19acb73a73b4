"""Lower bounds that hold for any multiplier: what no division of k units can beat."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from evenhand_apportionment.classic.populations import Counts, Limit, Populations, bounds, read
from evenhand_apportionment.classic.quotas import Remainders
from evenhand_apportionment.classic.signposts import signpost


def divisor_bound(populations: Counts | Populations, k: int, multiplier: float, method: str,
                  parameter: int | float | Fraction | None = None, *, lower: Limit = None,
                  upper: Limit = None) -> tuple[float, float]:
    """``lambda k + sum_i min over l <= a <= u of (F_i(a) - lambda a)`` for the divisor cost F.

    Valid for every multiplier (a cost, d/P: one over the priority at the cut is the best one), because any division
    of k units pays at least its share of each minimum.

    Returns
    -------
    tuple
        The bound, already lowered by the allowance, and the allowance: what rounding can amount to, the signposts'
        relative error times the sum of absolute terms.
    """
    people, post = read(populations), signpost(method, parameter)
    if not (math.isfinite(multiplier) and multiplier >= 0.0):
        raise ValueError(f"a multiplier must be a finite number, 0 or more; found {multiplier}")
    low, high = bounds(people, k, lower, upper)
    # Where rounding miscounts, the unit in question costs lambda to within the same rounding.
    a = np.clip(post.count(multiplier * people.floats), low, high).astype(np.int64)
    some = (people.floats > 0) & (a > low)  # at its lower limit a group has paid nothing, exactly
    p = people.floats[some]
    paid, before = post.totals(a)[some] / p, post.totals(low)[some] / p
    refund = multiplier * a.astype(np.float64)
    terms = [multiplier * k, *(paid - before).tolist(), *(-refund).tolist()]
    size = math.fsum([multiplier * (k + len(a)), *paid.tolist(), *before.tolist(), *refund.tolist()])
    allowance = post.slack * size
    return math.nextafter(math.fsum([*terms, -allowance]), -math.inf), allowance


def quota_bound(populations: Counts | Populations, k: int, multiplier: float | Fraction, method: str, *,
                lower: Limit = None, upper: Limit = None) -> tuple[float, float]:
    """The same for ``sum (a - P/Q)**2``, whose next unit costs ``2 (a - P/Q) + 1``; any finite multiplier.

    Evaluated exactly and rounded down, so the allowance is 0.
    """
    people = read(populations)
    low, high = bounds(people, k, lower, upper)
    level = Fraction(multiplier)
    if k == 0:  # no quota is the size of nothing; there is one division, and it has no deviation
        return 0.0, 0.0
    q = Remainders(people, k, method, 0)
    value = level * k
    squares = refund = 0
    # The largest t with 2 (t - P/Q) + 1 <= lambda, plus one: floor(P/Q + (lambda - 1)/2) + 1.
    shift = (level - 1) / 2
    for population, least, most in zip(people.whole.tolist(), low.tolist(), high.tolist(), strict=True):
        claim = population * q.times
        crossing = (claim * shift.denominator + shift.numerator * q.unit) // (q.unit * shift.denominator) + 1
        a = min(max(crossing, least), most)
        squares += (a * q.unit - claim)**2
        refund += a
    value += Fraction(squares, q.unit**2) - level * refund
    rounded = float(value)
    return (rounded if Fraction(rounded) <= value else math.nextafter(rounded, -math.inf)), 0.0
