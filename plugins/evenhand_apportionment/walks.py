"""Where a search begins, and its moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.solvers.walk import GenericWalk
from evenhand_apportionment.costs.base import Floats, Ints

if TYPE_CHECKING:
    from evenhand.model import Move
    from evenhand_apportionment.problem import ApportionmentProblem


def walk(problem: ApportionmentProblem, seed: int) -> GenericWalk:
    """One unit at a time from the rounded ideals; biproportional tables also turn a unit around four cells."""
    if problem.options.biproportional:
        return GenericWalk(problem, seed, neighbour=_Turns(problem))
    first = problem.outer(rounded_start(problem)).array
    return GenericWalk(problem, seed, first=np.array(first))


def rounded_start(problem: ApportionmentProblem) -> Ints:
    """Inner units: the rounded ideals within the bounds, with the first rows making up the total."""
    cost: Any = problem.cost_at(problem.sizes[0] - problem.instance.given) if problem.open_size else problem.cost
    if problem.options.biproportional:
        ideal: Floats = problem.matrix.cell_votes * (cost.units / max(1.0, float(problem.matrix.cell_votes.sum())))
    else:
        ideal = cost.ideal if problem.options.family == "parametric" else (
            problem.people.floats * (cost.units / float(problem.people.floats.sum())))
    found = np.clip(np.rint(ideal), cost.lower, cost.upper).astype(np.int64)
    missing = cost.units - int(found.sum())
    room = cost.upper - found if missing > 0 else found - cost.lower
    before = np.cumsum(room) - room
    part = np.clip(abs(missing) - before, 0, room)
    return found + part if missing > 0 else found - part


class _Turns:
    """Moves of a biproportional search: half keep all totals, half are the shape's own."""

    def __init__(self, problem: ApportionmentProblem) -> None:
        matrix = problem.matrix
        self._shape = problem.shape
        self._row, self._column, self._most = matrix.cell_row, matrix.cell_column, matrix.most
        self._place = {cell: place for place, cell in
                       enumerate(zip(matrix.cell_row.tolist(), matrix.cell_column.tolist(), strict=True))}

    def __call__(self, array: Any, generator: np.random.Generator) -> Move:
        if generator.random() < 0.5:
            return self._shape.neighbour(array, generator)
        one, other = generator.integers(len(array)), generator.integers(len(array))
        if self._row[one] == self._row[other] or self._column[one] == self._column[other]:
            return []
        across = self._place.get((int(self._row[one]), int(self._column[other])))
        back = self._place.get((int(self._row[other]), int(self._column[one])))
        if across is None or back is None or array[across] < 1 or array[back] < 1:
            return []
        if array[one] >= self._most[one] or array[other] >= self._most[other]:
            return []
        return [(int(one), array[one] + 1), (int(other), array[other] + 1), (across, array[across] - 1),
                (back, array[back] - 1)]
