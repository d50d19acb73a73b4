"""A schedule over a walk: temperatures, restarts, the budget of steps, and the clock as a cap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.solution import Candidate
from evenhand.solvers.walk import walk_of

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.solvers.limits import Limits
    from evenhand.solvers.walk import Walk

Array = npt.NDArray[Any]

# Steps per call. A compiled walk depends on the sequence of calls, so their sizes never depend on the clock.
BLOCK, COMPILED_BLOCK = 64, 8192
# Looking at a walk's best state costs a check from the raw tables: seconds between two looks.
LOOK_SECONDS = 0.2
# The last temperature of a run is this fraction of the first.
COLD = 1e-3
# A compiled step costs a fraction of a microsecond: about as many seconds as the general walk takes.
COMPILED_FACTOR = 200


@frozen
class Plan:
    """How a search spends its steps.

    Parameters
    ----------
    steps : budget of all runs together; None means :func:`default_steps`.
    restarts : runs after the first, each with a fresh seed.
    start_temperature : of the first run, in typical changes of the objective; 0 makes every run a climb.
    cooling : factor from one temperature to the next.
    from_best : whether a restart begins at the best state so far (else at a new state of the walk's choice).
    """

    steps: int | None = None
    restarts: int = 3
    start_temperature: float = 1.0
    cooling: float = 0.93
    from_best: bool = True

    def temperatures(self, run: int) -> list[float]:
        """Temperatures of one run in typical changes. A restart begins half as hot as the run before it."""
        if self.start_temperature <= 0.0:
            return [0.0]
        hot = self.start_temperature / 2.0**run
        levels = max(1, math.ceil(math.log(COLD) / math.log(self.cooling)))
        return [hot * self.cooling**level for level in range(levels)]


def default_steps(items: int, compiled: bool) -> int:
    """A budget that depends on the size alone, never on the clock: the same inputs give the same answer."""
    steps = 20_000 + 400 * items
    return steps * COMPILED_FACTOR if compiled else steps


def search(problem: Problem, limits: Limits, plan: Plan, used: str) -> Candidate:
    """Run the plan; the answer is the best rule-keeping state of all runs, measured from the raw tables."""
    record = _Record(problem, limits)
    tried, step_cap = 0, 0
    for run in range(plan.restarts + 1):
        walk, compiled = walk_of(problem, _seed(limits.seed, run), limits.stop)
        if run == 0:
            step_cap = default_steps(len(problem.shape.items), compiled) if plan.steps is None else plan.steps
        budget = _share(step_cap, run, plan.restarts + 1)
        walk.start(record.array if plan.from_best else None)
        block = COMPILED_BLOCK if compiled else BLOCK
        tried += _run(walk, plan.temperatures(run), budget, block, limits, record)
        record.take(walk)
        if limits.stop():
            break
    notices = []
    if tried < step_cap:
        notices.append(f"{used} stopped after {tried:,} of {step_cap:,} steps: only a run that makes all of them is "
                       "repeatable to the digit.")
    if record.array is None:
        notices.append(f"{used} met no allocation that keeps the rules in {tried:,} steps, which proves nothing.")
        return Candidate(used=used, notices=notices)
    return Candidate(allocation=problem.shape.allocation(record.array), value=record.value, used=used, notices=notices)


class _Record:
    """The best state of all runs so far.

    States are taken at the end of a run only: a state taken when the clock happened to ask could change what later
    runs start from, and the answer with it.
    """

    def __init__(self, problem: Problem, limits: Limits) -> None:
        self.array: Array | None = None
        self.value: float | None = None
        self._problem = problem
        self._limits = limits
        self._sign = -1.0 if problem.objective.sense == "maximize" else 1.0
        self._reported: float | None = None
        self._looked = -math.inf

    def take(self, walk: Walk) -> None:
        array, _ = walk.best
        if array is None:
            return
        value = self._measured(array)
        if self.value is None or self._sign * (value - self.value) < 0.0:
            self.array, self.value = array, value
            self._limits.report(value=value)

    def look(self, walk: Walk) -> None:
        """Report the walk's best state if it is news, not more often than the progress of a run is worth."""
        if self._limits.elapsed - self._looked < LOOK_SECONDS:
            return
        self._looked = self._limits.elapsed
        array, value = walk.best
        if array is not None and (self._reported is None or self._sign * (value - self._reported) < 0.0):
            self._reported = value
            self._limits.report(value=self._measured(array))

    def _measured(self, array: Array) -> float:
        """A compiled walk carries its own arithmetic: what is reported comes from the raw tables."""
        allocation = self._problem.shape.allocation(array)
        return float(self._problem.objective.measure(self._problem, allocation)[0])


def _run(walk: Walk, temperatures: list[float], budget: int, block: int, limits: Limits, record: _Record) -> int:
    """Spend the budget evenly over the temperatures; the number of steps asked for before the stop."""
    tried = 0
    scale = walk.scale
    for level, temperature in enumerate(temperatures):
        left = _share(budget, level, len(temperatures))
        while left > 0:
            if limits.stop():
                return tried
            steps = min(block, left)
            walk.advance(steps, temperature * scale)
            if not limits.stop():
                tried += steps
            left -= steps
            record.look(walk)
    return tried


def _share(whole: int, part: int, parts: int) -> int:
    """The size of one part when a whole is cut as evenly as possible."""
    return whole * (part + 1) // parts - whole * part // parts


def _seed(seed: int, run: int) -> int:
    return int(np.random.SeedSequence([seed, run]).generate_state(1, np.uint64)[0])
