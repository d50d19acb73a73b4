"""Is a division what its method prescribes? One pass over the groups, whole numbers only, no search.

Nothing here uses the code that finds divisions: only signposts and quotas as they are defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from evenhand_apportionment.classic.populations import Counts, Limit, read
from evenhand_apportionment.classic.quotas import quota
from evenhand_apportionment.classic.signposts import TIE_BITS, signpost

Claim = tuple[int, int, int]
"""Numerator and denominator of a priority (0: infinite), and the group."""


def check_divisors(populations: Counts, units: Sequence[int], k: int, method: str,
                   parameter: int | float | Fraction | None = None, *, lower: Limit = None,
                   upper: Limit = None) -> list[str]:
    """Faults of a division by a divisor method; an empty list proves it optimal.

    Optimal means: no unit above the lower limits has a weaker claim ``P/d(a - 1)`` than any group below its upper
    limit has to one more, ``P/d(a)``. Claims are compared as cross products of whole numbers. An infinite claim
    (d = 0) beats every finite one, and among infinite ones the larger population goes first.
    """
    people, post = read(populations), signpost(method, parameter)
    have, low, high = _columns(units, lower, upper, len(people))
    faults = _plain_faults(people.whole.tolist(), have, k, low, high)
    if faults:
        return faults
    ratios: dict[int, tuple[int, int]] = {}
    power = post.power

    def claim(group: int, population: int, t: int) -> Claim:
        if t not in ratios:
            ratios[t] = post.ratio(t)
        numerator, denominator = ratios[t]
        if numerator == 0:
            return population, 0, group
        return population**power * denominator, numerator, group

    weakest: Claim | None = None
    strongest: Claim | None = None
    for group, (population, a) in enumerate(zip(people.whole.tolist(), have, strict=True)):
        if not population:
            continue
        if a > low[group]:
            met = claim(group, population, a - 1)
            if weakest is None or _less(met, weakest):
                weakest = met
        limit = high[group]
        if limit is None or a < limit:
            unmet = claim(group, population, a)
            if strongest is None or _less(strongest, unmet):
                strongest = unmet
    if weakest is None or strongest is None or not _less(weakest, strongest):
        return []
    if not post.exact and weakest[1] and strongest[1] and _within_tolerance(weakest, strongest, people.scale):
        return []
    return [f"group {strongest[2]} has a stronger claim to one more unit than group {weakest[2]} has to its last"]


def _less(one: Claim, other: Claim) -> bool:
    if not (one[1] and other[1]):
        if one[1] or other[1]:
            return bool(one[1])
        return one[0] < other[0]
    return one[0] * other[1] < other[0] * one[1]


def _within_tolerance(one: Claim, other: Claim, scale: int) -> bool:
    return abs(one[0] * other[1] - other[0] * one[1]) << TIE_BITS <= 2 * scale * one[1] * other[1]


def check_quota(populations: Counts, units: Sequence[int], k: int, method: str, *, lower: Limit = None,
                upper: Limit = None) -> list[str]:
    """Faults of a division by largest remainders; an empty list proves the least sum of squared deviations."""
    people = read(populations)
    have, low, high = _columns(units, lower, upper, len(people))
    faults = _plain_faults(people.whole.tolist(), have, k, low, high)
    if faults or k == 0:
        return faults
    q = quota(method, people.total, k) * people.scale
    weakest: tuple[int, int] | None = None
    strongest: tuple[int, int] | None = None
    for group, (population, a) in enumerate(zip(people.whole.tolist(), have, strict=True)):
        if not population:
            continue
        after = population * q.denominator - a * q.numerator
        if a > low[group] and (weakest is None or after + q.numerator < weakest[0]):
            weakest = after + q.numerator, group
        limit = high[group]
        if (limit is None or a < limit) and (strongest is None or after > strongest[0]):
            strongest = after, group
    if weakest is None or strongest is None or weakest[0] >= strongest[0]:
        return []
    return [f"group {strongest[1]} has a larger remainder left than group {weakest[1]} had before its last unit"]


def check_award_order(populations: Counts, awards: Sequence[int], k: int, *, lower: Limit = None,
                      upper: Limit = None) -> list[str]:
    """Faults of an award order under the quota method of Balinski and Young; O(groups) for each unit.

    Replays the rule: the unit that makes the house h large goes to a largest ``P/(a + 1)`` among the groups below
    their upper limit with ``a S < P h``.
    """
    people = read(populations)
    whole = people.whole.tolist()
    a, low, high = _columns([0] * len(whole), lower, upper, len(whole))
    a = list(low)
    if len(awards) != k - sum(a):
        return [f"{len(awards)} units are awarded after the minimums; {k - sum(a)} should be"]
    everybody = sum(whole)
    for size, winner in enumerate(awards, start=sum(a) + 1):
        if not 0 <= winner < len(whole):
            return [f"unit {size} goes to group {winner}, which does not exist"]
        limit = high[winner]
        if a[winner] * everybody >= whole[winner] * size or (limit is not None and a[winner] >= limit):
            return [f"unit {size} goes to group {winner}, which is at its limit"]
        for group, population in enumerate(whole):
            limit = high[group]
            if (population * (a[winner] + 1) > whole[winner] * (a[group] + 1)
                    and a[group] * everybody < population * size and (limit is None or a[group] < limit)):
                return [f"unit {size} goes to group {winner}; group {group} has a stronger claim"]
        a[winner] += 1
    return []


def _columns(units: Sequence[int], lower: Limit, upper: Limit,
             n: int) -> tuple[list[int], list[int], list[int | None]]:
    have = [int(value) for value in units]
    low = [0 if value is None else int(value) for value in _spread(lower, n)]
    high = [None if value is None else int(value) for value in _spread(upper, n)]
    if not len(have) == len(low) == len(high) == n:
        raise ValueError(f"{len(have)} units, {len(low)} lower and {len(high)} upper limits for {n} groups")
    return have, low, high


def _spread(limit: Limit, n: int) -> Sequence[int | None]:
    if limit is None or isinstance(limit, int):
        return [limit] * n
    return list(limit)


def _plain_faults(whole: Sequence[int], have: Sequence[int], k: int, low: Sequence[int],
                  high: Sequence[int | None]) -> list[str]:
    faults = [] if sum(have) == k else [f"the units add up to {sum(have)}, not to {k}"]
    for group, (a, least, most) in enumerate(zip(have, low, high, strict=True)):
        if a < least:
            faults.append(f"group {group} has {a} units, fewer than its minimum {least}")
        elif most is not None and a > most:
            faults.append(f"group {group} has {a} units, more than its maximum {most}")
        elif a > least and not whole[group]:
            faults.append(f"group {group} has no population and {a} units, more than its minimum {least}")
    return faults
