"""The compiled walk over a whole problem: one walk per district, side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evenhand.shapes import OUTSIDE
from evenhand_cep.parts import school_worth
from evenhand_cep.walk import Walk

if TYPE_CHECKING:
    from evenhand_cep.problem import CepProblem

Ints = npt.NDArray[np.int64]


def district_walk(problem: CepProblem, seed: int) -> DistrictWalk | None:
    """None where the objective is not a sum over schools or rules contradict each other: the general walk serves."""
    worth = school_worth(problem)
    if worth is None or worth.left_out or any(part.instance is None for part in problem.parts):
        return None
    return DistrictWalk(problem, seed)


class DistrictWalk:
    """Steps are shared among the districts in proportion to their schools; values add up."""

    def __init__(self, problem: CepProblem, seed: int) -> None:
        self._problem = problem
        self._sign = 1.0 if problem.objective.sense == "maximize" else -1.0
        self._parts = [part for part in problem.parts if part.instance is not None]
        seeds = np.random.SeedSequence(seed).spawn(len(self._parts))
        self._walks = [Walk(part.instance, own) for part, own in zip(self._parts, seeds, strict=True)
                       if part.instance is not None]
        self._sizes = np.array([walk.instance.size for walk in self._walks], dtype=np.float64)
        self._owed = np.zeros(len(self._walks))

    @property
    def scale(self) -> float:
        """Mean worth of a school: far above most steps' change, close to that of a bad one."""
        return max(1e-12, float(np.mean([walk.mean_worth for walk in self._walks])) / 10.0)

    def start(self, array: npt.NDArray[Any] | None = None) -> None:
        for part, walk in zip(self._parts, self._walks, strict=True):
            labels = None
            if array is not None:
                rows = array[part.rows]
                labels = part.gathered(np.where(rows == OUTSIDE, 0, rows + 1))
            walk.start(labels)

    def advance(self, steps: int, temperature: float) -> int:
        self._owed += steps * self._sizes / self._sizes.sum()
        accepted = 0
        for number, walk in enumerate(self._walks):
            whole = int(self._owed[number])
            self._owed[number] -= whole
            accepted += walk.advance(whole, temperature)
        return accepted

    @property
    def best(self) -> tuple[npt.NDArray[Any] | None, float]:
        labels = np.zeros(len(self._problem.kept), dtype=np.int64)
        values = []
        for part, walk in zip(self._parts, self._walks, strict=True):
            own, value = walk.best
            if own is None:
                return None, -self._sign * math.inf
            labels[part.rows] = part.spread(own)
            values.append(value)
        return np.where(labels == 0, OUTSIDE, labels - 1), self._sign * math.fsum(values)
