"""What the classic methods minimize, measured anew on any division, and the units that change hands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from evenhand_apportionment.classic.populations import Counts, Floats, Ints, Limit, Populations, limits, read
from evenhand_apportionment.classic.quotas import quota
from evenhand_apportionment.classic.signposts import signpost

Units = Sequence[int] | Ints
Parameter = int | float | Fraction | None


def divisor_contributions(populations: Counts | Populations, units: Units, method: str, parameter: Parameter = None, *,
                          lower: Limit = None) -> Floats:
    """``sum of d(t)/P over lower <= t < units`` of every group; infinite for units given to nobody.

    Units below ``lower`` count as taken back at the same price, so that any division can be measured.
    """
    people, post = read(populations), signpost(method, parameter)
    have = np.asarray(units, dtype=np.int64)
    start = limits(lower, len(people), 0)
    paid = post.totals(have) - post.totals(start)
    return np.divide(paid, people.floats, where=people.floats > 0,
                     out=np.where(have == start, 0.0, np.copysign(np.inf, have - start)))


def divisor_cost(populations: Counts | Populations, units: Units, method: str, parameter: Parameter = None, *,
                 lower: Limit = None) -> float:
    """The sum of :func:`divisor_contributions`, rounded once."""
    return math.fsum(divisor_contributions(populations, units, method, parameter, lower=lower).tolist())


def divisor_cost_exact(populations: Counts | Populations, units: Units, method: str, parameter: Parameter = None, *,
                       lower: Limit = None) -> Fraction | None:
    """The same as a fraction; None where signposts are irrational or a unit went to a group without population."""
    people, post = read(populations), signpost(method, parameter)
    if post.power > 1 or not post.exact:
        return None
    start = limits(lower, len(people), 0).tolist()
    value = Fraction(0)
    for population, have, low in zip(people.whole.tolist(), np.asarray(units).tolist(), start, strict=True):
        if have == low:
            continue
        if not population:
            return None
        sign = 1 if have > low else -1
        paid = sign * sum((Fraction(*post.ratio(t)) for t in range(min(have, low), max(have, low))), Fraction(0))
        value += paid * people.scale / population
    return value


def quota_contributions(populations: Counts | Populations, units: Units, method: str = "hamilton",
                        k: int | None = None) -> Floats:
    """``(a - P/Q)**2`` of every group, each rounded once from the exact value; ``k`` defaults to the sum of units."""
    return np.array([float(value) for value in _deviations(populations, units, method, k)])


def quota_deviation(populations: Counts | Populations, units: Units, method: str = "hamilton",
                    k: int | None = None) -> float:
    """``sum (a - P/Q)**2``, the least of which the quota methods choose."""
    return float(quota_deviation_exact(populations, units, method, k))


def quota_deviation_exact(populations: Counts | Populations, units: Units, method: str = "hamilton",
                          k: int | None = None) -> Fraction:
    people = read(populations)
    q = quota(_named(method), people.total, _size(units, k)) * people.scale
    squares = sum((have * q.numerator - population * q.denominator)**2 for population, have
                  in zip(people.whole.tolist(), np.asarray(units).tolist(), strict=True))
    return Fraction(squares, q.numerator**2)


def _deviations(populations: Counts | Populations, units: Units, method: str, k: int | None) -> list[Fraction]:
    people = read(populations)
    q = quota(_named(method), people.total, _size(units, k)) * people.scale
    return [Fraction((have * q.numerator - population * q.denominator)**2, q.numerator**2) for population, have
            in zip(people.whole.tolist(), np.asarray(units).tolist(), strict=True)]


def _named(method: str) -> str:
    """Balinski and Young's method and all others are measured against the Hare quota."""
    return method if method in ("droop", "hagenbach_bischoff") else "hamilton"


def _size(units: Units, k: int | None) -> int:
    return int(np.asarray(units).sum()) if k is None else k


def moved_units(units: Units, current: Units) -> int:
    """Units that somebody gains against ``current``: ``sum max(0, a - current)``."""
    return int(np.maximum(np.asarray(units, dtype=np.int64) - np.asarray(current, dtype=np.int64), 0).sum())
