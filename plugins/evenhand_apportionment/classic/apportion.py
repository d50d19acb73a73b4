"""One door to every classic method on one list of populations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from evenhand_apportionment.classic import balinski_young, divisor, quotas
from evenhand_apportionment.classic.answer import Answer
from evenhand_apportionment.classic.awards import award_order
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.keys import Keys
from evenhand_apportionment.classic.populations import Counts, Ints, Limit, Populations, bounds, read
from evenhand_apportionment.classic.signposts import signpost

Parameter = int | float | Fraction | None


def apportion(populations: Counts | Populations, k: int, method: str, parameter: Parameter = None, *,
              lower: Limit = None, upper: Limit = None, preference: Sequence[int] | Ints | None = None) -> Answer:
    """Divide ``k`` units by a divisor method, a quota method or the quota method of Balinski and Young.

    Parameters
    ----------
    populations
        Whole numbers or fractions, at least one of them positive; any common unit.
    k
        Units to divide, 0 to 2**40.
    parameter
        Exponent of ``power_mean``, s of ``stationary``.
    lower, upper
        Limits of every group's units (none: 0 and k). A group without population gets its lower limit.
    preference
        Rank of every group among equal claims, smaller first (see :func:`~.populations.preference`); default
        input order.

    Raises
    ------
    NoApportionmentError
        When the limits, or the method's own rule, leave no division.
    ValueError
        When an argument makes no sense.
    """
    people = read(populations)
    low, high = bounds(people, k, lower, upper)
    rank = _rank(len(people), preference)
    if method == balinski_young.METHOD or method in quotas.QUOTA_METHODS:
        if parameter is not None:
            raise ValueError(f"{method} takes no parameter")
        if method == balinski_young.METHOD:
            return balinski_young.divide(people, k, low, high, rank)
        return quotas.divide(people, k, method, low, high, rank)
    return divisor.divide(people, k, signpost(method, parameter), low, high, rank)


def apportion_sizes(populations: Counts | Populations, least: int, most: int, method: str, parameter: Parameter = None,
                    *, lower: Limit = None, upper: Limit = None,
                    preference: Sequence[int] | Ints | None = None) -> Iterator[tuple[int, Ints]]:
    """``(k, units)`` for every k from ``least`` to ``most``; the same as asking for each, at a fraction of the work.

    Sizes that have no division (bounds, quota) are skipped, so the caller sees which k came. The units are a fresh
    array each time.
    """
    people = read(populations)
    rank = _rank(len(people), preference)
    if method in quotas.QUOTA_METHODS:
        for k in range(least, most + 1):
            answer = _or_none(people, k, method, parameter, lower, upper, rank)
            if answer is not None:
                yield k, answer.units.copy()
        return
    # These hand out units one at a time and never take one back: the longest list holds all shorter ones.
    top = most
    while (answer := _or_none(people, top, method, parameter, lower, upper, rank)) is None:
        top -= 1
        if top < least:
            return
    low, _ = bounds(people, top, lower, upper)
    order = answer.awards
    if order is None:
        post = signpost(method, parameter)
        order = award_order(people, post, Keys(people, post, top + 1), low, answer.units, rank)[0]
    start = top - len(order)
    units = low + np.bincount(order[: max(0, least - start)], minlength=len(people))
    for k in range(max(least, start), top + 1):
        if k > max(least, start):
            units[order[k - start - 1]] += 1
        yield k, units.copy()


def _or_none(people: Populations, k: int, method: str, parameter: Parameter, lower: Limit, upper: Limit,
             rank: Ints) -> Answer | None:
    try:
        return apportion(people, k, method, parameter, lower=lower, upper=upper, preference=rank)
    except NoApportionmentError:
        return None


def _rank(n: int, preference: Sequence[int] | Ints | None) -> Ints:
    if preference is None:
        return np.arange(n, dtype=np.int64)
    rank = np.asarray(preference, dtype=np.int64)
    if rank.shape != (n,):
        raise ValueError(f"{rank.shape} ranks for {n} groups")
    return rank
