"""Divisor methods: the next unit goes to the largest ``P/d(a)`` (Balinski and Young, Fair Representation, 1982)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from evenhand_apportionment.classic.answer import Answer, Cut
from evenhand_apportionment.classic.keys import Keys, extreme, ranked
from evenhand_apportionment.classic.populations import Ints, Populations
from evenhand_apportionment.classic.selecting import select
from evenhand_apportionment.classic.signposts import Signpost

Level = tuple[int, list[int]]
"""A claim as a whole number (see :class:`~.keys.Keys`), and the groups that have it."""


def divide(people: Populations, k: int, signpost: Signpost, lower: Ints, upper: Ints, rank: Ints) -> Answer:
    """The division of a divisor method within checked bounds (see :func:`~.populations.bounds`)."""
    keys = Keys(people, signpost, k + 2)
    units, first_units = select(people, signpost, keys, lower, upper, k, rank)
    met, unmet = at_cut(people, signpost, keys, units, lower, upper)
    tied: list[int] = []
    shared = 0
    if met is not None and unmet is not None and met[0] == unmet[0]:
        tied, shared = sorted({*met[1], *unmet[1]}), len(met[1])
    last = next_ = None
    if met is not None:
        group = ranked(met[1], rank)[-1]
        last = cut(people, signpost, group, int(units[group]) - 1)
    if unmet is not None:
        group = ranked(unmet[1], rank)[0]
        next_ = cut(people, signpost, group, int(units[group]))
    units.flags.writeable = False
    return Answer(signpost.method, signpost.parameter, units, tuple(tied), shared, last, next_, first_units)


def at_cut(people: Populations, signpost: Signpost, keys: Keys, units: Ints, lower: Ints,
           upper: Ints) -> tuple[Level | None, Level | None]:
    """The weakest claim that was met and the strongest that was not, with all groups that have it; None without one."""
    given, open_ = np.flatnonzero(units > lower), np.flatnonzero(units < upper)
    with np.errstate(divide="ignore"):
        met = extreme(keys, given, units[given] - 1, people.floats[given] / signpost.values(units[given] - 1),
                      signpost.slack, largest=False)
        unmet = extreme(keys, open_, units[open_], people.floats[open_] / signpost.values(units[open_]),
                        signpost.slack, largest=True)
    return met, unmet


def cut(people: Populations, signpost: Signpost, group: int, t: int) -> Cut:
    """The claim of a group that has t units to one more."""
    numerator, denominator = signpost.ratio(t)
    if numerator == 0:
        return Cut(group, t + 1, float("inf"), None, signpost.power)
    power = signpost.power
    exact = Fraction(int(people.whole[group])**power * denominator, numerator * people.scale**power)
    priority = float(exact) if power == 1 else float(people.floats[group]) / signpost.value(t)
    return Cut(group, t + 1, priority, exact, power)
