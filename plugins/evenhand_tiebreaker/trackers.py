"""Terms and rules as numbers that follow a search block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evenhand_tiebreaker.budgets import Limit
from evenhand_tiebreaker.counts import Bools, Ints

if TYPE_CHECKING:
    from evenhand.model import Move


class SumTracker:
    """A sum over receiving blocks; whole numbers inside, so that it never drifts."""

    def __init__(self, counts: Ints, factor: int) -> None:
        self._counts = counts.tolist()
        self._factor = factor
        self._chosen: Bools = np.zeros(0, dtype=bool)

    def start(self, array: npt.NDArray[Any]) -> float:
        self._chosen = np.array(array, dtype=bool)
        return sum(self._counts[row] for row in np.flatnonzero(self._chosen).tolist()) / self._factor

    def change(self, move: Move) -> float:
        return _change(self._counts, self._chosen, move) / self._factor

    def apply(self, move: Move) -> None:
        for row, entry in move:
            self._chosen[row] = entry


def _change(counts: list[int], chosen: Bools, move: Move) -> int:
    return sum((int(bool(entry)) - int(chosen[row])) * counts[row] for row, entry in move)


class LimitTracker:
    """What a choice takes beyond its limits, or lacks to its floors, each over its own unit's factor.

    Parameters
    ----------
    limits : costs, the limit and the factor of each.
    floor : whether the limits are least sums instead of most.
    """

    def __init__(self, limits: Sequence[tuple[Ints, int, int]], *, floor: bool = False) -> None:
        sign = -1 if floor else 1
        self._rows = [([sign * cost for cost in costs.tolist()], sign * most, factor)
                      for costs, most, factor in limits]
        self._spent = [0] * len(self._rows)
        self._chosen: Bools = np.zeros(0, dtype=bool)

    @classmethod
    def of(cls, limits: Sequence[Limit]) -> LimitTracker:
        return cls([(limit.cost, limit.most, limit.factor) for limit in limits])

    def start(self, array: npt.NDArray[Any]) -> float:
        self._chosen = np.array(array, dtype=bool)
        rows = np.flatnonzero(self._chosen).tolist()
        self._spent = [sum(costs[row] for row in rows) for costs, _, _ in self._rows]
        return self._beyond(self._spent)

    def _beyond(self, spent: list[int]) -> float:
        return sum(max(0, cost - most) / factor for cost, (_, most, factor) in zip(spent, self._rows, strict=True))

    def _after(self, move: Move) -> list[int]:
        return [cost + _change(costs, self._chosen, move)
                for cost, (costs, _, _) in zip(self._spent, self._rows, strict=True)]

    def change(self, move: Move) -> float:
        return self._beyond(self._after(move)) - self._beyond(self._spent)

    def apply(self, move: Move) -> None:
        self._spent = self._after(move)
        for row, entry in move:
            self._chosen[row] = entry


class CutTracker:
    """Pairs of neighbours of which exactly one receives."""

    def __init__(self, size: int, edges: Ints) -> None:
        self._near: list[list[int]] = [[] for _ in range(size)]
        for u, v in edges.tolist():
            self._near[u].append(v)
            self._near[v].append(u)
        self._edges = edges
        self._chosen: Bools = np.zeros(0, dtype=bool)

    def start(self, array: npt.NDArray[Any]) -> float:
        self._chosen = np.array(array, dtype=bool)
        return float(np.count_nonzero(self._chosen[self._edges[:, 0]] != self._chosen[self._edges[:, 1]]))

    def change(self, move: Move) -> float:
        before = {row: bool(self._chosen[row]) for row, _ in move}
        total = 0
        for row, entry in move:
            if bool(entry) != bool(self._chosen[row]):
                cut = sum(bool(self._chosen[near]) != bool(self._chosen[row]) for near in self._near[row])
                total += len(self._near[row]) - 2 * cut
                self._chosen[row] = entry
        for row, entry in before.items():
            self._chosen[row] = entry
        return float(total)

    def apply(self, move: Move) -> None:
        for row, entry in move:
            self._chosen[row] = entry
