"""The three paradoxes of apportionment (Balinski and Young, Fair Representation, 1982)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic.apportion import Parameter, apportion_sizes
from evenhand_apportionment.classic.populations import Counts, Ints, Limit, Populations, read

Units = Sequence[int] | Ints


@frozen
class Loss:
    """A group that has ``before`` units, and ``after``, which is fewer, once there are ``units`` in all."""

    units: int
    group: int
    before: int
    after: int


def alabama_paradoxes(populations: Counts | Populations, least: int, most: int, method: str,
                      parameter: Parameter = None, *, lower: Limit = None, upper: Limit = None,
                      preference: Sequence[int] | Ints | None = None) -> list[Loss]:
    """Every loss from one size to the next between ``least`` and ``most`` units, by size, then by group.

    Steps next to a size that has no division are passed over. Divisor methods never show any.
    """
    found: list[Loss] = []
    former: tuple[int, Ints] | None = None
    for k, units in apportion_sizes(populations, least, most, method, parameter, lower=lower, upper=upper,
                                    preference=preference):
        if former is not None and former[0] == k - 1:
            found += losses(former[1], units, k)
        former = k, units
    return found


def losses(before: Units, after: Units, k: int) -> list[Loss]:
    """Groups with fewer units after than before; ``k`` is the larger size."""
    old, new = np.asarray(before, dtype=np.int64), np.asarray(after, dtype=np.int64)
    return [Loss(k, group, int(old[group]), int(new[group])) for group in np.flatnonzero(new < old).tolist()]


def population_paradoxes(populations_before: Counts | Populations, units_before: Units,
                         populations_after: Counts | Populations, units_after: Units) -> list[tuple[int, int]]:
    """Pairs (i, j): i grew faster than j, yet i lost units and j gained some. Both tables list the same groups.

    Growth is compared exactly, ``P'_i P_j > P'_j P_i``; a group that had nobody before is left out.
    """
    old, new = read(populations_before), read(populations_after)
    if len(old) != len(new):
        raise ValueError(f"{len(old)} groups before and {len(new)} after")
    past, now = old.whole.tolist(), new.whole.tolist()
    change = np.asarray(units_after, dtype=np.int64) - np.asarray(units_before, dtype=np.int64)
    losers = [group for group in np.flatnonzero(change < 0).tolist() if past[group]]
    gainers = [group for group in np.flatnonzero(change > 0).tolist() if past[group]]
    return [(i, j) for i in losers for j in gainers if now[i] * past[j] > now[j] * past[i]]


def fair_share(population: int | Fraction, total: int | Fraction, k: int) -> int:
    """Units to add for a group that joins ``total`` people with k units: its quota, a half rounded up, at least 1."""
    quota = Fraction(population) * k / Fraction(total)
    return max(1, int(quota + Fraction(1, 2)))


def new_state_paradox(units_before: Units, units_after: Units) -> list[tuple[int, int, int]]:
    """(group, before, after) of the old groups that changed although newcomers joined with their fair share of units.

    The old groups come first, in the same order, in both.
    """
    old, new = np.asarray(units_before, dtype=np.int64), np.asarray(units_after, dtype=np.int64)
    if len(new) <= len(old):
        raise ValueError(f"no group joined: {len(old)} groups before and {len(new)} after")
    stayed = new[: len(old)]
    return [(group, int(old[group]), int(stayed[group])) for group in np.flatnonzero(old != stayed).tolist()]
