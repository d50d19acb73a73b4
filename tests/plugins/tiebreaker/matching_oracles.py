"""Deferred acceptance written from its definition: plain Python, one applicant at a time; and small random markets."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from attrs import frozen
from hypothesis import strategies as st

from evenhand_tiebreaker.matching.market import Market
from tests.plugins.tiebreaker.matching_markets import market_from_lists

Points = Sequence[Sequence[int]]


@frozen
class Plain:
    """A market in lists: programs by applicant, seats, points of each entry without and with the tiebreaker."""

    preferences: Sequence[Sequence[int]]
    capacity: Sequence[int]
    base: Points
    bonus: Sequence[int]
    receives: Sequence[bool]
    focal: Sequence[bool]
    lottery: Sequence[int]

    @property
    def market(self) -> Market:
        return market_from_lists(self.preferences, list(self.capacity), base_points=self.base,
                                 tiebreaker_points=list(self.bonus), receives=list(self.receives), focal=list(self.focal))

    @property
    def lotteries(self) -> np.ndarray:
        return np.array([self.lottery], dtype=np.int64).reshape(1, -1)

    def keys(self, *, tiebreaker: bool) -> list[dict[int, tuple[int, int]]]:
        """By applicant and listed program: points, then the lottery."""
        return [{program: (points + (self.bonus[program] if tiebreaker and self.receives[i] else 0), self.lottery[i])
                 for program, points in zip(self.preferences[i], self.base[i], strict=True)}
                for i in range(len(self.preferences))]


@st.composite
def plain_markets(draw: st.DrawFn, applicants: int = 12, programs: int = 5) -> Plain:
    n, m = draw(st.integers(0, applicants)), draw(st.integers(1, programs))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    preferences = [rng.permutation(m)[: rng.integers(0, m + 1)].tolist() for _ in range(n)]
    return Plain(preferences, rng.integers(0, 5, m).tolist(), [rng.integers(0, 3, len(p)).tolist() for p in preferences],
                 rng.integers(0, 4, m).tolist(), (rng.random(n) < 0.4).tolist(), (rng.random(n) < 0.5).tolist(),
                 rng.permutation(n).tolist())


def heap_assign(plain: Plain, *, tiebreaker: bool, order: Sequence[int] | None = None) -> list[int]:
    """Places on the lists; applicants propose one at a time, in ``order``, each until nobody is left out."""
    keys = plain.keys(tiebreaker=tiebreaker)
    held: list[list[tuple[tuple[int, int], int]]] = [[] for _ in plain.capacity]
    place = [0] * len(plain.preferences)
    for first in order if order is not None else range(len(place)):
        proposer = first
        while proposer >= 0:
            if place[proposer] == len(plain.preferences[proposer]):
                place[proposer] = -1
                break
            program = plain.preferences[proposer][place[proposer]]
            heapq.heappush(held[program], (keys[proposer][program], proposer))
            proposer = -1
            if len(held[program]) > plain.capacity[program]:
                proposer = heapq.heappop(held[program])[1]
                place[proposer] += 1
    return place


def choose(plain: Plain, program: int, asking: Sequence[int], opened: int, *, open_first: bool) -> set[int]:
    """Whom a program takes: the best for the category filled first, then the best of the others for the second."""
    without, with_ = plain.keys(tiebreaker=False), plain.keys(tiebreaker=True)
    steps = [(opened, without), (plain.capacity[program] - opened, with_)]
    taken: set[int] = set()
    for seats, keys in steps if open_first else steps[::-1]:
        left = sorted((i for i in asking if i not in taken), key=lambda i: keys[i][program], reverse=True)
        taken.update(left[:seats])
    return taken


def reserve_assign(plain: Plain, opened: Sequence[int], *, open_first: bool) -> list[int]:
    """Deferred acceptance in rounds under that choice function."""
    place = [0 if listed else -1 for listed in plain.preferences]
    while True:
        settled = True
        for program in range(len(plain.capacity)):
            asking = [i for i, at in enumerate(place) if at >= 0 and plain.preferences[i][at] == program]
            for i in set(asking) - choose(plain, program, asking, opened[program], open_first=open_first):
                place[i] = place[i] + 1 if place[i] + 1 < len(plain.preferences[i]) else -1
                settled = False
        if settled:
            return place


def is_stable(plain: Plain, places: Sequence[int], *, tiebreaker: bool) -> bool:
    """No seat too many, and nobody likes a program better that has a free seat or holds somebody with less claim."""
    keys = plain.keys(tiebreaker=tiebreaker)
    held: list[list[int]] = [[] for _ in plain.capacity]
    for i, at in enumerate(places):
        if at >= 0:
            held[plain.preferences[i][at]].append(i)
    if any(len(those) > seats for those, seats in zip(held, plain.capacity, strict=True)):
        return False
    for i, at in enumerate(places):
        for program in plain.preferences[i][: at if at >= 0 else None]:
            if len(held[program]) < plain.capacity[program]:
                return False
            if any(keys[other][program] < keys[i][program] for other in held[program]):
                return False
    return True


def stable_assignments(plain: Plain, *, tiebreaker: bool) -> Iterator[tuple[int, ...]]:
    """Every stable assignment, by trying them all."""
    for places in itertools.product(*(range(-1, len(listed)) for listed in plain.preferences)):
        if is_stable(plain, places, tiebreaker=tiebreaker):
            yield places
