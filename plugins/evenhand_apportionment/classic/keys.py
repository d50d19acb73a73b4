"""Priorities as whole numbers in the same order: exact comparison at the price of one division."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evenhand_apportionment.classic.populations import Floats, Ints, Populations
from evenhand_apportionment.classic.signposts import TIE_BITS, Signpost

_MANY = 256


class Keys:
    """``key(i, t)``: larger means the sooner claim of group i to its unit t + 1; equal means a tie.

    Two different fractions with denominators up to N differ by at least 1/N**2, so their floors after a shift by
    twice the bits of N are different whole numbers in the same order. Infinite priorities (d(0) = 0) come above all
    finite ones, among themselves by population.
    """

    def __init__(self, people: Populations, signpost: Signpost, most: int) -> None:
        self._whole = people.whole
        self._signpost = signpost
        self._ratios: dict[int, tuple[int, int]] = {}
        power = signpost.power
        least = signpost.ratio(1 if signpost.starts_at_zero else 0)
        numerator, _ = signpost.ratio(most)
        self._shift = 2 * numerator.bit_length() if signpost.exact else TIE_BITS
        if not signpost.exact:
            self._shift = max(0, TIE_BITS - people.scale.bit_length())
        largest: int = int(people.whole.max())**power
        # Above every finite key: the largest population at the least signpost.
        self._infinite = 1 << (largest.bit_length() + least[1].bit_length() + self._shift + 2)

    def __call__(self, group: int, t: int) -> int:
        ratio = self._ratios.get(t)
        if ratio is None:
            ratio = self._ratios[t] = self._signpost.ratio(t)
        numerator, denominator = ratio
        population = int(self._whole[group])
        if numerator == 0:
            return self._infinite + population
        claim: int = population**self._signpost.power * denominator << self._shift
        # Without an exact form: to the nearest, so that a tie at a round number is not split by the last digit.
        return claim // numerator if self._signpost.exact else (2 * claim + numerator) // (2 * numerator)


    def levels(self, groups: Ints, t: Ints) -> Ints:
        """The place of each claim among all distinct ones here, from 0 for the weakest: keys as small numbers."""
        whole = self._whole[groups]
        if len(groups) < _MANY or whole.dtype == object:
            keys = [self(group, unit) for group, unit in zip(groups.tolist(), t.tolist(), strict=True)]
            places = {key: place for place, key in enumerate(sorted(set(keys)))}
            return np.array([places[key] for key in keys], dtype=np.int64)
        # Equal populations with equal units have one key: work it out once.
        order = np.lexsort((t, whole))
        new = np.concatenate([[True], (np.diff(whole[order]) != 0) | (np.diff(t[order]) != 0)])
        found = np.empty(len(groups), dtype=np.int64)
        first = order[new]
        keys = [self(group, unit) for group, unit in zip(groups[first].tolist(), t[first].tolist(), strict=True)]
        places = {key: place for place, key in enumerate(sorted(set(keys)))}
        found[order] = np.array([places[key] for key in keys], dtype=np.int64)[np.cumsum(new) - 1]
        return found


def first_by_claim(keys: Keys, groups: Ints, t: Ints, rank: Ints, wanted: int) -> Ints:
    """Positions of the ``wanted`` strongest claims, strongest first; equal claims by rank."""
    return np.lexsort((rank[groups], -keys.levels(groups, t)))[:wanted]


def extreme(keys: Keys, groups: Ints, t: Ints, claims: Floats, slack: float, *,
            largest: bool) -> tuple[int, list[int]] | None:
    """The largest (smallest) key and the groups that have it; ``claims`` are the same priorities as floats."""
    if not len(groups):
        return None
    if largest:
        near = np.flatnonzero(claims >= claims.max() * (1.0 - slack))
    else:
        near = np.flatnonzero(claims <= claims.min() * (1.0 + slack))
    groups, t = groups[near], t[near]
    level = keys.levels(groups, t)
    best = np.flatnonzero(level == (level.max() if largest else 0))
    return keys(int(groups[best[0]]), int(t[best[0]])), groups[best].tolist()


def ranked(groups: Iterable[int], rank: Ints) -> list[int]:
    return sorted(groups, key=lambda group: int(rank[group]))
