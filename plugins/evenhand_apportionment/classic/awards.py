"""The order in which a divisor method hands out its units, and who stands next in line."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic.answer import Answer
from evenhand_apportionment.classic.keys import Keys
from evenhand_apportionment.classic.populations import (
    Counts,
    Floats,
    Ints,
    Limit,
    Populations,
    bounds,
    ceilings,
    read,
)
from evenhand_apportionment.classic.signposts import Signpost, signpost


@frozen(eq=False)
class Priorities:
    """One row per unit, in order: its number in the whole division, who gets it as which of his units, the claim.

    The units up to the number divided are awarded; the rest are the next in line.
    """

    unit: Ints
    group: Ints
    group_unit: Ints
    priority: Floats


def award_order(people: Populations, post: Signpost, keys: Keys, lower: Ints, units: Ints,
                rank: Ints) -> tuple[Ints, Ints, Floats]:
    """Groups, units already held and priorities of every unit above ``lower``, strongest claim first."""
    return _sorted_claims(people, post, keys, np.arange(len(people)), lower, units - lower, rank)


def _sorted_claims(people: Populations, post: Signpost, keys: Keys, chosen: Ints, first: Ints, many: Ints,
                   rank: Ints) -> tuple[Ints, Ints, Floats]:
    groups = np.repeat(chosen, many)
    t = np.repeat(first, many) + np.arange(len(groups)) - np.repeat(np.cumsum(many) - many, many)
    with np.errstate(divide="ignore"):
        claims = people.floats[groups] / post.values(t)
    order = np.argsort(-claims, kind="stable")
    groups, t, claims = groups[order], t[order], claims[order]
    # Runs whose floats are too close to trust are put in order exactly, all in one go.
    near = claims[1:] >= claims[:-1] * (1.0 - 2.0 * post.slack)
    doubtful = np.flatnonzero(np.concatenate([[False], near]) | np.concatenate([near, [False]]))
    if len(doubtful):
        run = np.cumsum(~np.concatenate([[False], near]))[doubtful]
        some = groups[doubtful]
        order = doubtful[np.lexsort((rank[some], -keys.levels(some, t[doubtful]), run))]
        for array in (groups, t, claims):
            array[doubtful] = array[order]
    return groups, t, claims


def priorities(populations: Counts | Populations, answer: Answer, *, lower: Limit = None, upper: Limit = None,
               preference: Ints | None = None, line: int = 10) -> Priorities:
    """Every unit awarded after the lower limits, in order, then the next ``line`` claims that were not met.

    Parameters
    ----------
    answer
        Of a divisor method, with the same bounds and preference.
    """
    people = read(populations)
    post = signpost(answer.method, answer.parameter)
    units, k = answer.units, int(answer.units.sum())
    low, _ = bounds(people, k, lower, upper)
    high = ceilings(people, low, upper, k + line + 1)
    rank = np.arange(len(people)) if preference is None else np.asarray(preference, dtype=np.int64)
    keys = Keys(people, post, k + line + 1)
    groups, t, claims = award_order(people, post, keys, low, units, rank)
    open_ = np.flatnonzero(units < high)
    with np.errstate(divide="ignore"):
        now = people.floats[open_] / post.values(units[open_])
    if line < len(open_):
        weakest = np.partition(now, len(now) - line)[len(now) - line]
        open_ = open_[now >= weakest * (1.0 - 2.0 * post.slack)]
    offered = np.minimum(high[open_] - units[open_], line)
    more = _sorted_claims(people, post, keys, open_, units[open_], offered, rank)
    groups, t, claims = (np.concatenate([one, other[:line]])
                         for one, other in zip((groups, t, claims), more, strict=True))
    return Priorities(int(low.sum()) + 1 + np.arange(len(groups)), groups, t + 1, claims)


def divisor_range(answer: Answer) -> tuple[float | None, float | None] | None:
    """Common divisors that give this answer: from the next claim in line to the last one met.

    Any number strictly between, rounded by the method's signposts, reproduces the units; None where nothing limits
    that side. People per unit. None instead of a range where free first units (d(0) = 0) ran out: no divisor does that.
    """
    if answer.first_units:
        return None
    low = None if answer.next is None else answer.next.priority
    high = None if answer.last is None or answer.last.exact is None else answer.last.priority
    return low, high
