"""A compiled formulation whose decision can be pinned to an allocation: what is left to choose is the model's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import frozen

from evenhand.kernel import HighsSession, compile_model

if TYPE_CHECKING:
    from evenhand.kernel import CompiledModel, LinearResult
    from evenhand.model import Built, Formulation, Objective, Problem
    from evenhand.shapes import Allocation
    from evenhand.shapes.base import FloatArray


def encodes(formulation: Formulation) -> bool:
    """Whether decisions can be written into it: by its own ``encode``, or by the shape's if it decodes by the shape."""
    return formulation.encode is not None or formulation.decode is None


@frozen(eq=False)
class PinnedModel:
    """One formulation of one problem. Auxiliary variables stay free, so that expressions may have some of their own."""

    built: Built
    compiled: CompiledModel

    @classmethod
    def of(cls, formulation: Formulation, problem: Problem) -> Self:
        built = formulation.build(problem)
        return cls(built, compile_model(built.model))

    @property
    def name(self) -> str:
        return self.built.formulation.name

    @property
    def honesty(self) -> str:
        return self.built.honesty

    @property
    def problem(self) -> Problem:
        return self.built.problem

    @property
    def plain(self) -> bool:
        """Whether it is the shape's own model, from which the very same decision must come back."""
        return self.built.formulation.encode is None and self.built.formulation.decode is None

    def _written(self, allocation: Allocation) -> list[tuple[Any, FloatArray]]:
        return [(self.compiled.columns_of(container), np.asarray(values, dtype=np.float64))
                for container, values in self.built.encode(allocation)]

    def decoded(self, values: FloatArray) -> Allocation:
        return self.built.decode(lambda container: values[self.compiled.columns_of(container)])

    def back(self, allocation: Allocation) -> Allocation:
        """The decision that comes back when this one is written into the model and read again."""
        values = np.zeros(self.compiled.model.columns)
        for columns, numbers in self._written(allocation):
            values[columns] = numbers
        return self.decoded(values)

    def _pinned(self, allocation: Allocation, *, rules: bool, cost: FloatArray | None = None, offset: float = 0.0,
                maximize: bool = False) -> LinearResult | None:
        """The rest of the model at its best; None when the decision is outside the bounds of a column."""
        model = self.compiled.model
        session = HighsSession(model)
        for columns, numbers in self._written(allocation):
            if ((numbers < model.column_lower[columns]) | (numbers > model.column_upper[columns])).any():
                return None
            session.set_bounds(columns, numbers, numbers)
        if not rules:
            rows = self.compiled.rows_under("rules")
            if rows.size:
                session.set_row_bounds(rows, -np.inf, np.inf)
        if cost is None:
            cost = np.zeros(model.columns)
        session.set_costs(cost, offset, maximize=maximize)
        return session.solve(gap=1e-9)

    def keeps_rows(self, allocation: Allocation) -> bool:
        """Whether the decision keeps every row, for some value of the auxiliary variables."""
        found = self._pinned(allocation, rules=True)
        return found is not None and found.values is not None

    def expressed(self, allocation: Allocation, place: int) -> float | None:
        """What the expression of one term says of the decision, rules left aside; None if it cannot be written."""
        weights = np.zeros(len(self.problem.objective.parts))
        weights[place] = 1.0
        cost, offset = self.compiled.model.combine(weights)
        maximize = self.problem.objective.parts[place].term.sense == "maximize"
        found = self._pinned(allocation, rules=False, cost=cost, offset=offset, maximize=maximize)
        return None if found is None else found.objective

    def best(self, objective: Objective, time_limit: float) -> LinearResult:
        """The model's own optimum."""
        cost, offset = self.compiled.model.combine(np.array(objective.weights()))
        session = HighsSession(self.compiled.model)
        session.set_costs(cost, offset, maximize=objective.sense == "maximize")
        return session.solve(gap=1e-9, time_limit=time_limit)
