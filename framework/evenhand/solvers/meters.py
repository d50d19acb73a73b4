"""Meters of a search: the objective and the rules of a problem as numbers that follow a walk move by move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

from evenhand.model import Weighted

if TYPE_CHECKING:
    from evenhand.model import Constraint, Move, Objective, Problem, Term, Tracker
    from evenhand.shapes import Allocation, Shape

Array = npt.NDArray[Any]


class Trial:
    """A move that may or may not be made; the allocation after it is built once, and only if somebody asks."""

    __slots__ = ("_after", "_before", "_shape", "move")

    def __init__(self, shape: Shape, before: Array, move: Move) -> None:
        self.move = move
        self._shape = shape
        self._before = before
        self._after: Allocation | None = None

    @property
    def after(self) -> Allocation:
        if self._after is None:
            array = self._before.copy()
            for position, entry in self.move:
                array[position] = entry
            self._after = self._shape.allocation(array)
        return self._after


class Meter(Protocol):
    """One number along a walk. ``change`` is asked before ``apply`` for the same trial."""

    value: float

    def start(self, problem: Problem, array: Array) -> None:
        """Take up a state."""
        ...

    def change(self, trial: Trial) -> float:
        """By how much the number would change; the state stays."""
        ...

    def apply(self, trial: Trial) -> None:
        """Make the move."""
        ...


class TrackedMeter:
    """The number of a tracker that a term or a rule offers."""

    def __init__(self, tracker: Tracker) -> None:
        self.value = 0.0
        self._tracker = tracker
        self._change = 0.0

    def start(self, problem: Problem, array: Array) -> None:
        self.value = float(self._tracker.start(array.copy()))

    def change(self, trial: Trial) -> float:
        self._change = float(self._tracker.change(trial.move))
        return self._change

    def apply(self, trial: Trial) -> None:
        self._tracker.apply(trial.move)
        self.value += self._change


class FullMeter:
    """The number of a term or a rule without a tracker: measured anew for every trial."""

    def __init__(self, problem: Problem, part: Term | Constraint) -> None:
        self.value = 0.0
        self._problem = problem
        self._part = part
        self._next = 0.0

    def _measure(self, allocation: Allocation) -> float:
        from evenhand.model import Constraint

        if isinstance(self._part, Constraint):
            return float(self._part.excess(self._problem, allocation))
        return float(self._part.measure(self._problem, allocation))

    def start(self, problem: Problem, array: Array) -> None:
        self.value = self._measure(problem.shape.allocation(array))

    def change(self, trial: Trial) -> float:
        self._next = self._measure(trial.after)
        return self._next - self.value

    def apply(self, trial: Trial) -> None:
        self.value = self._next


class WeightedMeter:
    """A weighted sum of meters; a term of weight 0 is not followed."""

    def __init__(self, meters: list[tuple[float, Meter]]) -> None:
        self.value = 0.0
        self._meters = [(weight, meter) for weight, meter in meters if weight]

    def start(self, problem: Problem, array: Array) -> None:
        for _, meter in self._meters:
            meter.start(problem, array)
        self.value = self._sum()

    def _sum(self) -> float:
        return sum(weight * meter.value for weight, meter in self._meters)

    def change(self, trial: Trial) -> float:
        return sum(weight * meter.change(trial) for weight, meter in self._meters)

    def apply(self, trial: Trial) -> None:
        for _, meter in self._meters:
            meter.apply(trial)
        self.value = self._sum()


class CombinedMeter:
    """An objective whose strategy is not a weighted sum: the strategy combines the terms' values."""

    def __init__(self, objective: Objective, meters: Mapping[str, Meter]) -> None:
        self.value = 0.0
        self._objective = objective
        self._meters = meters

    def _combine(self, values: Mapping[str, float]) -> float:
        return float(self._objective.strategy.combine(self._objective.parts, values))

    def start(self, problem: Problem, array: Array) -> None:
        for meter in self._meters.values():
            meter.start(problem, array)
        self.value = self._combine({key: meter.value for key, meter in self._meters.items()})

    def change(self, trial: Trial) -> float:
        after = {key: meter.value + meter.change(trial) for key, meter in self._meters.items()}
        return self._combine(after) - self.value

    def apply(self, trial: Trial) -> None:
        for meter in self._meters.values():
            meter.apply(trial)
        self.value = self._combine({key: meter.value for key, meter in self._meters.items()})


def meter_of(problem: Problem, part: Term | Constraint) -> Meter:
    """A tracked meter where the term or rule offers a tracker, else a full one."""
    tracker = part.tracker(problem)
    return FullMeter(problem, part) if tracker is None else TrackedMeter(tracker)


def objective_meter(problem: Problem) -> Meter:
    """The objective's value along a walk, in the objective's own sense."""
    objective = problem.objective
    meters = [meter_of(problem, part.term) for part in objective.parts]
    if isinstance(objective.strategy, Weighted):
        return WeightedMeter(list(zip(objective.weights(), meters, strict=True)))
    return CombinedMeter(objective, dict(zip(objective.keys, meters, strict=True)))


def rule_meters(problem: Problem) -> list[Meter]:
    """The total violation of each law and rule along a walk; 0 where it is kept."""
    return [meter_of(problem, rule) for rule in problem.rules().values()]
