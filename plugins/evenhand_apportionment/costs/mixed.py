"""A weighted sum of costs: still one cost per group and unit, so the same theorem decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.costs.base import Additive, Cost, Floats, Ints, Tie
from evenhand_apportionment.parametric import exchange, multiplier
from evenhand_apportionment.parametric.exchange import TIE_TOLERANCE

PASSES = 60
TOLERANCE = 4e-12
"""Relative miss of a multiplier that still counts as a tie; beside it stands the rounding of the parts."""


class MixedCost(Cost):
    """``sum_p w_p F_p`` with weights of at least 0, compared in floats."""

    def __init__(self, parts: Sequence[tuple[float, Additive]], units: int, lower: Ints, upper: Ints,
                 limit: Ints) -> None:
        self.parts = tuple(parts)
        self.units = units
        self.lower, self.upper, self.limit = lower, upper, limit
        self.convex = all(part.convex for _, part in parts)
        self.slack = 2.0 * max(part.slack for _, part in parts)

    def contributions(self, a: Ints) -> Floats:
        return sum((weight * part.contributions(a) for weight, part in self.parts), np.zeros(len(a)))

    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        return sum((weight * part.steps(a, rows) for weight, part in self.parts), np.zeros(len(a)))

    def magnitude(self, a: Ints) -> float:
        return math.fsum(weight * part.magnitude(a) for weight, part in self.parts)

    def solve(self) -> Ints:
        """Exchanges from the lower bounds up, then the search for the multiplier.

        Raises
        ------
        ArithmeticError
            Rounding outweighs the differences of the weighted costs.
        """
        at: Any = _AtSize(self)
        now = exchange.position(at, self._start())
        exchange.fill(at, now)
        if not exchange.exchange(at, now, PASSES):
            now = exchange.position(at, multiplier.search(at, now))
            if not exchange.exchange(at, now, PASSES):
                raise ArithmeticError("the weighted costs of single units are not ordered: rounding outweighs them")
        return now.a.astype(np.int64)

    def _start(self) -> Floats:
        first = self.parts[0][1]
        found = first.solve() if isinstance(first, Cost) and first.convex else self.lower
        return np.clip(found, self.lower, self.upper).astype(np.float64)

    def faults(self, a: Ints, multiplier: float) -> list[str]:
        if not self.convex:
            return ["a part of the objective is not convex, and comparing single units proves nothing"]
        if int(a.sum()) != self.units or (a < self.lower).any() or (a > self.upper).any():
            return ["the units do not keep their sum and bounds"]
        low, high = self.held_and_next(a)
        slack = TOLERANCE * abs(multiplier) + self.slack * self._sizes(a)
        dear = np.flatnonzero(low > multiplier + slack + TOLERANCE * np.where(np.isfinite(low), np.abs(low), 0.0))
        cheap = np.flatnonzero(high < multiplier - slack - TOLERANCE * np.where(np.isfinite(high), np.abs(high), 0.0))
        return [*(f"group {row} pays {low[row]!r} for its last unit, more than {multiplier!r}" for row in dear[:3]),
                *(f"group {row} would pay {high[row]!r} for one more unit, less than {multiplier!r}"
                  for row in cheap[:3])]

    def _sizes(self, a: Ints) -> Floats:
        """What the costs around ``a`` are made of, group by group."""
        around = (np.maximum(a - 1, self.lower), a, np.minimum(a + 1, self.upper))
        return np.max([np.abs(self.contributions(each)) for each in around], axis=0)

    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        if not math.isfinite(multiplier):
            raise ValueError("a bound needs a finite multiplier")
        b = self._minimisers(multiplier)
        held = int(b.sum())
        allowance = 2.0 * self.slack * (self.magnitude(b) + abs(multiplier) * (self.units + held))
        terms = [*self.contributions(b).tolist(), multiplier * (self.units - held), -allowance]
        return math.nextafter(math.fsum(terms), -math.inf), allowance

    def _minimisers(self, multiplier: float) -> Ints:
        """The fewest units beyond which a group's next costs at least the multiplier: halving, all groups at once."""
        fewest, most = self.lower.copy(), self.upper.copy()
        rows = np.flatnonzero(fewest < most)
        while len(rows):
            middle = (fewest[rows] + most[rows]) // 2
            below = self.steps(middle, rows) < multiplier
            fewest[rows[below]] = middle[below] + 1
            most[rows[~below]] = middle[~below]
            rows = rows[fewest[rows] < most[rows]]
        return fewest

    def tie(self, a: Ints) -> Tie | None:
        if not self.convex:
            return None
        low, high = self.held_and_next(a)
        dearest, cheapest = float(low.max(initial=-np.inf)), float(high.min(initial=np.inf))
        if not (math.isfinite(dearest) and math.isfinite(cheapest)):
            return None
        margin = TIE_TOLERANCE * max(abs(dearest), abs(cheapest))
        if abs(dearest - cheapest) > margin:
            return None
        givers, takers = np.flatnonzero(low >= dearest - margin), np.flatnonzero(high <= cheapest + margin)
        held = np.zeros(len(a), dtype=np.int64)
        held[givers] = 1
        rows = np.union1d(givers, takers).astype(np.int64)
        base = (a - held)[rows]
        room = np.zeros(len(a), dtype=np.int64)
        room[givers] += 1
        room[takers] += 1
        return Tie(rows, base, base + room[rows], len(givers)) if len(rows) > 1 else None


class _AtSize:
    """What the exchange engine asks of a problem at one size."""

    def __init__(self, cost: MixedCost) -> None:
        self._cost = cost
        self.units = cost.units
        self.size = cost.size
        self.lower, self.upper = cost.lower.astype(np.float64), cost.upper.astype(np.float64)

    def steps(self, a: Floats, rows: Ints | None = None) -> Floats:
        return self._cost.steps(a.astype(np.int64), rows)

    def cuts(self, a: Floats, rows: Ints | None = None) -> tuple[Floats, Floats]:
        lower, upper = (self.lower, self.upper) if rows is None else (self.lower[rows], self.upper[rows])
        low = np.where(a > lower, self.steps(np.maximum(a - 1.0, lower), rows), -np.inf)
        high = np.where(a < upper, self.steps(a, rows), np.inf)
        return low, high
