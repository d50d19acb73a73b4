"""Oracles for the parametric error, written from the formulas alone: plain Python, nothing shared with the plugin."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from functools import cache

import numpy as np
from attrs import frozen
from hypothesis import strategies as st

from evenhand_apportionment.parametric.problem import ParametricProblem


@cache
def ideals(population: tuple[float, ...], k: int, kappa: float) -> list[Decimal]:
    """``k P^kappa / sum`` to 40 digits, of the decimals that the populations are written with."""
    with localcontext() as context:
        context.prec = 60
        shares = [Decimal(str(people)) ** Decimal(kappa) for people in population]
        found = [k * share / sum(shares) for share in shares]
        context.prec = 40
        return [+ideal for ideal in found]


@frozen
class Oracle:
    """A parametric problem at k units."""

    population: Sequence[float]
    k: int
    kappa: float = 1.0
    gamma: float = 1.0
    beta: float = 2.0
    sigma: float = 0.5
    lower: Sequence[int] = ()
    upper: Sequence[int] = ()

    @property
    def n(self) -> int:
        return len(self.population)

    def bounds(self, i: int) -> tuple[int, int]:
        low = self.lower[i] if self.lower else 1
        return low, self.upper[i] if self.upper else self.k

    def problem(self) -> ParametricProblem:
        return ParametricProblem.build(
            self.population, kappa=self.kappa, gamma=self.gamma, beta=self.beta, sigma=self.sigma,
            lower=np.array(self.lower) if self.lower else 1, upper=np.array(self.upper) if self.upper else None)

    def _share(self, i: int, exponent: float) -> float:
        return float((self.population[i] / max(self.population)) ** exponent)

    def ideal(self, i: int) -> Decimal:
        return ideals(tuple(self.population), self.k, self.kappa)[i]

    def term(self, i: int, a: int) -> float:
        weight = self._share(i, self.gamma) / math.fsum(self._share(j, self.gamma) for j in range(self.n))
        c = self.ideal(i)
        if a >= c:
            return weight * 2 * self.sigma * float((a - c) / c) ** self.beta
        return weight * 2 * (1 - self.sigma) * float((c - a) / a) ** self.beta

    def error(self, a: Sequence[int]) -> float:
        return math.fsum(self.term(i, int(units)) for i, units in enumerate(a))

    def allocations(self) -> Iterator[tuple[int, ...]]:
        ranges = [range(low, min(high, self.k) + 1) for low, high in map(self.bounds, range(self.n))]
        for head in itertools.product(*ranges[:-1]):
            last = self.k - sum(head)
            if last in ranges[-1]:
                yield (*head, last)

    def least(self) -> float:
        """By enumeration."""
        return min(self.error(a) for a in self.allocations())

    def heap(self) -> list[int]:
        """Greedy from the lower bounds, the cheapest unit next: exact for beta >= 1."""
        a = [self.bounds(i)[0] for i in range(self.n)]

        def step(i: int) -> float:
            return self.term(i, a[i] + 1) - self.term(i, a[i])

        queue = [(step(i), i) for i in range(self.n) if a[i] < self.bounds(i)[1]]
        heapq.heapify(queue)
        for _ in range(self.k - sum(a)):
            _, i = heapq.heappop(queue)
            a[i] += 1
            if a[i] < self.bounds(i)[1]:
                heapq.heappush(queue, (step(i), i))
        return a

    def full_table(self) -> float:
        """The least error by the plain recursion over groups and units, any beta."""
        best = {0: 0.0}
        for i in range(self.n):
            low, high = self.bounds(i)
            step = [(a, self.term(i, a)) for a in range(low, min(high, self.k) + 1)]
            following: dict[int, float] = {}
            for held, value in best.items():
                for a, more in step:
                    if held + a <= self.k:
                        following[held + a] = min(following.get(held + a, math.inf), value + more)
            best = following
        return best[self.k]


EXPONENTS = st.sampled_from([0.0, 0.5, 1.0, 1.7])
POPULATIONS = st.one_of(
    st.lists(st.integers(1, 40), min_size=1, max_size=4),
    st.lists(st.floats(0.5, 1e6, allow_nan=False), min_size=1, max_size=4),
)


@st.composite
def oracles(draw: st.DrawFn, beta: st.SearchStrategy[float]) -> Oracle:
    """n <= 4, k <= 14, with and without bounds; some with ties and whole ideals."""
    population = draw(POPULATIONS)
    n = len(population)
    lower: list[int] = []
    upper: list[int] = []
    k = draw(st.integers(n, 14))
    if draw(st.booleans()):
        chosen = draw(st.sampled_from(range(n)))
        spare = k - n
        lower = [1 + (draw(st.integers(0, spare)) if i == chosen else 0) for i in range(n)]
        upper = [low + draw(st.integers(0, 6)) for low in lower]
        upper[-1] += max(0, k - sum(upper))
    return Oracle(population, k, draw(EXPONENTS), draw(EXPONENTS), draw(beta),
                  draw(st.sampled_from([0.0, 0.1, 0.5, 0.8, 1.0])), lower, upper)


CONVEX = st.sampled_from([1.0, 1.0, 1.3, 2.0, 2.0, 3.5, 6.0])
CONCAVE = st.sampled_from([0.3, 0.5, 0.8, 0.95])
