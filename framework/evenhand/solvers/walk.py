"""A walk through allocations, one small change at a time: the one interface of all searches, and its general form."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from evenhand.solvers.meters import Trial, objective_meter, rule_meters

if TYPE_CHECKING:
    from evenhand.model import Move, Problem

Array = npt.NDArray[Any]

# The price of a broken rule grows while the rule stays broken and falls slowly back while it is kept.
RISE, FALL, CEILING = 1.5, 0.95, 1e12
SAMPLES = 48
# Meters add up differences; after this many changes they start anew, so that rounding never piles up.
RENEWAL = 50_000
KEPT = 1e-9


class Walk(Protocol):
    """A random walk that depends on its seed and on the sequence of calls alone.

    A domain may offer a compiled one through ``Problem.walk``; :class:`GenericWalk` serves every problem.
    """

    def start(self, array: Array | None = None) -> None:
        """Go to a state, or to one of the walk's own choice. States that break rules are allowed."""
        ...

    def advance(self, steps: int, temperature: float) -> int:
        """Try ``steps`` changes at one temperature (objective's unit; 0: no change for the worse); count accepted."""
        ...

    @property
    def best(self) -> tuple[Array | None, float]:
        """The best state that keeps every rule, and its value; None (with any number) when none was seen."""
        ...

    @property
    def scale(self) -> float:
        """Typical size of the objective's change at a step: the yardstick of temperatures. Positive."""
        ...


def walk_of(problem: Problem, seed: int, stop: Callable[[], bool]) -> tuple[Walk, bool]:
    """The problem's compiled walk, else the general one; and whether it is compiled."""
    walk: Walk | None = problem.walk(seed)
    if walk is None:
        walk = GenericWalk(problem, seed)
    if isinstance(walk, GenericWalk):
        walk.stop = stop
        return walk, False
    return walk, True


class GenericWalk:
    """The walk that needs nothing but a shape, terms and rules.

    Terms and rules that offer a tracker cost what their tracker costs; the others are measured anew at each step.
    A state may break rules on the way: the shortfall of each rule has a price that rises as long as the rule stays
    broken. That price steers the walk and never enters a reported value; only states whose raw-table check finds
    no violation are kept as best.

    Parameters
    ----------
    problem : the instance.
    seed : every random choice flows from it; the split of steps over calls of :meth:`advance` does not matter.
    first : the state to start from when :meth:`start` is given none (a domain's good guess), or None for a random
        one of the shape.
    neighbour : draws a move, ``(array, generator) -> [(position, entry), ...]``; the default is the shape's.
    """

    def __init__(self, problem: Problem, seed: int, *, first: Array | None = None,
                 neighbour: Callable[[Array, np.random.Generator], Move] | None = None) -> None:
        self.stop: Callable[[], bool] = _never
        self._problem = problem
        self._shape = problem.shape
        self._first = first
        self._neighbour = self._shape.neighbour if neighbour is None else neighbour
        self._generator = np.random.default_rng(np.random.SeedSequence([seed, 0]))
        self._sampler = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        self._sign = -1.0 if problem.objective.sense == "maximize" else 1.0
        self._goal = objective_meter(problem)
        self._rules = rule_meters(problem)
        self._array: Array = np.zeros(0)
        self._block = max(50, len(self._shape.items))
        self._best: tuple[Array | None, float] = (None, self._sign * math.inf)
        self._pending: tuple[Array, float] | None = None
        self._checked: tuple[Array, float | None] | None = None
        self._careful = False
        self._scale = 1.0
        self._steps = 0
        self._changes = 0

    @property
    def array(self) -> Array:
        """The present state, whether it keeps the rules or not."""
        return self._array.copy()

    @property
    def scale(self) -> float:
        return self._scale

    @property
    def best(self) -> tuple[Array | None, float]:
        # The verdict on a pending state is remembered, not acted upon: looking must not change the walk.
        if self._pending is not None:
            value = self._verdict(self._pending[0])
            if value is not None:
                return self._pending[0].copy(), value
        array, value = self._best
        return (None if array is None else array.copy()), value

    def start(self, array: Array | None = None) -> None:
        if array is None:
            array = self._first
        given = self._shape.start(self._generator) if array is None else self._shape.allocation(array)
        self._array = np.array(given.array)
        self._steps = 0
        self._renew()
        self._sample()
        self._settle()
        self._record()

    def advance(self, steps: int, temperature: float) -> int:
        accepted = 0
        for done in range(steps):
            if done % 4 == 0 and self.stop():
                break
            accepted += self._step(temperature)
            self._steps += 1
            if self._steps % self._block == 0:
                self._reprice()
                if self._steps % (10 * self._block) == 0:
                    self._settle()
        return accepted

    # -- inside ------------------------------------------------------------------------------------------------

    def _step(self, temperature: float) -> bool:
        move = self._neighbour(self._array, self._generator)
        if not move:
            return False
        trial = Trial(self._shape, self._array, move)
        worse = self._sign * self._goal.change(trial)
        changes = [rule.change(trial) for rule in self._rules]
        worse += sum(price * change for price, change in zip(self._prices, changes, strict=True) if change)
        # math.exp underflows to 0 quietly; a change for the better is never drawn for.
        if worse > 0.0 and (temperature <= 0.0 or self._generator.random() >= math.exp(-worse / temperature)):
            return False
        self._goal.apply(trial)
        for rule in self._rules:
            rule.apply(trial)
        for position, entry in move:
            self._array[position] = entry
        self._changes += 1
        if self._changes % RENEWAL == 0:
            self._refresh()
        self._record()
        return True

    def _record(self) -> None:
        """Keep the state as best if it is better than the best and seems to keep the rules."""
        for place, rule in enumerate(self._rules):
            if rule.value <= KEPT:
                self._was_kept[place] = True
        if any(rule.value > KEPT for rule in self._rules):
            return
        known = self._pending[1] if self._pending is not None else self._best[1]
        if self._sign * (self._goal.value - known) >= 0.0:
            return
        if self._careful:
            value = self._verdict(self._array)
            if value is not None and self._sign * (value - self._best[1]) < 0.0:
                self._best = (self._array.copy(), value)
        else:
            self._pending = (self._array.copy(), self._goal.value)

    def _settle(self) -> None:
        """Have the pending best state checked from the raw tables, which is too dear to do at every step."""
        if self._pending is None:
            return
        array, _ = self._pending
        value = self._verdict(array)
        if value is None:
            # A rule's number said "kept" where the rule is broken: from here on every better state is checked.
            self._careful = True
        elif self._sign * (value - self._best[1]) < 0.0:
            self._best = (array, value)
        self._pending = None

    def _verdict(self, array: Array) -> float | None:
        """The state's value from the raw tables, or None if it breaks a rule."""
        if self._checked is None or self._checked[0] is not array:
            allocation = self._shape.allocation(array)
            broken = bool(self._problem.violations(allocation))
            value = None if broken else float(self._problem.objective.measure(self._problem, allocation)[0])
            if array is self._array:  # this array changes under our hands: nothing to remember
                return value
            self._checked = (array, value)
        return self._checked[1]

    def _renew(self) -> None:
        self._refresh()
        self._least = [1.0] * len(self._rules)
        self._prices = [1.0] * len(self._rules)
        self._was_kept = [rule.value <= KEPT for rule in self._rules]

    def _refresh(self) -> None:
        self._goal.start(self._problem, self._array)
        for rule in self._rules:
            rule.start(self._problem, self._array)

    def _sample(self) -> None:
        """Learn the typical change of the objective and of each rule from moves that are not made."""
        goal: list[float] = []
        rules: list[list[float]] = [[] for _ in self._rules]
        for _ in range(SAMPLES):
            if self.stop():
                break
            move = self._neighbour(self._array, self._sampler)
            if not move:
                continue
            trial = Trial(self._shape, self._array, move)
            goal.append(abs(self._goal.change(trial)))
            for seen, rule in zip(rules, self._rules, strict=True):
                seen.append(abs(rule.change(trial)))
        self._scale = _typical(goal)
        # At its least price, breaking a rule by a typical step costs what a typical step can gain.
        self._least = [self._scale / _typical(seen) for seen in rules]
        self._prices = list(self._least)

    def _reprice(self) -> None:
        for place, rule in enumerate(self._rules):
            least, kept = self._least[place], self._was_kept[place]
            price = self._prices[place] * (FALL if kept else RISE)
            self._prices[place] = min(max(price, least), CEILING * least)
            self._was_kept[place] = rule.value <= KEPT


def _typical(changes: list[float]) -> float:
    """Median of the changes that change something; 1 when none does."""
    felt = [change for change in changes if change > 0.0 and math.isfinite(change)]
    return float(np.median(felt)) if felt else 1.0


def _never() -> bool:
    return False
