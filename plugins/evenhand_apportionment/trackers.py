"""Terms and laws as numbers that follow a search move by move."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.costs.base import Additive, Ints

if TYPE_CHECKING:
    from evenhand.model import Move
    from evenhand_apportionment.problem import ApportionmentProblem


class CostTracker:
    """A cost's value; a move changes it by the prices of the units that come and go."""

    def __init__(self, problem: ApportionmentProblem, cost: Additive) -> None:
        self._problem = problem
        self._cost = cost
        self._place = problem.place
        self._units: Ints = np.zeros(0, dtype=np.int64)
        self._prices: dict[tuple[int, int], float] = {}  # a search asks for the same few units again and again

    def start(self, array: npt.NDArray[Any]) -> float:
        self._units = self._problem.inner_units(array).copy()
        return self._cost.value(self._units)

    def change(self, move: Move) -> float:
        total = 0.0
        for position, entry in move:
            row = int(self._place[position])
            if row < 0:
                continue  # a group that takes no part: its only entry is 0
            before, after = int(self._units[row]), int(entry) - self._problem.base
            if before == after:
                continue
            prices = [self._price(row, unit) for unit in range(min(before, after), max(before, after))]
            total += math.copysign(1.0, after - before) * math.fsum(prices)
        return total

    def _price(self, row: int, unit: int) -> float:
        """What the group's next unit costs when it has ``unit`` of them."""
        found = self._prices.get((row, unit))
        if found is None:
            found = float(self._cost.steps(np.array([unit]), np.array([row]))[0])
            self._prices[row, unit] = found
        return found

    def apply(self, move: Move) -> None:
        for position, entry in move:
            if self._place[position] >= 0:
                self._units[self._place[position]] = int(entry) - self._problem.base
