"""Where a search begins, and its moves: add a block, drop one, swap two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.solvers.walk import GenericWalk
from evenhand_tiebreaker.curve import fits_engine
from evenhand_tiebreaker.lagrange import lagrangian_set
from evenhand_tiebreaker.scan import choice

if TYPE_CHECKING:
    from evenhand.model import Move
    from evenhand_tiebreaker.problem import TiebreakerProblem


def walk(problem: TiebreakerProblem, seed: int) -> GenericWalk:
    """Over sets of blocks where any set will do, else over the choices of the class."""
    options = problem.options
    if options.selection == "exact":
        first = _peeled(problem)
        if first is None:
            first = lagrangian_set(problem.blocks, problem.binding, problem.multipliers.prices)
        return GenericWalk(problem, seed, first=np.array(first), neighbour=_Moves(problem))
    if options.selection == "rule":
        return GenericWalk(problem, seed, first=np.zeros(problem.blocks.size, dtype=bool), neighbour=_Rules(problem))
    if options.selection == "threshold" and options.threshold is None:
        return GenericWalk(problem, seed, first=choice(problem, None), neighbour=_Vertices(problem))
    return GenericWalk(problem, seed, first=np.array(choice(problem, None)), neighbour=lambda array, generator: [])


def _peeled(problem: TiebreakerProblem) -> Any | None:
    """Where zones are limited: a choice in few zones, made without a search. None without such a rule."""
    from evenhand_tiebreaker.zone_instance import most_zones, zone_problem
    from evenhand_tiebreaker.zones.peel import peel

    if most_zones(problem.constraints) is None or not fits_engine(problem.blocks.students, problem.blocks.students):
        return None
    zones = zone_problem(problem)
    return None if zones.contradiction else peel(zones, steps=0).chosen


def _towards(array: Any, chosen: Any) -> Move:
    """The move that makes the one choice into the other."""
    return [(row, bool(chosen[row])) for row in np.flatnonzero(array != chosen).tolist()]


class _Vertices:
    """Any threshold after any other."""

    def __init__(self, problem: TiebreakerProblem) -> None:
        self._curve = problem.curve

    def __call__(self, array: Any, generator: np.random.Generator) -> Move:
        vertex = int(generator.integers(len(self._curve) + 1))
        return _towards(array, self._curve.choice(None if vertex == len(self._curve) else vertex))


class _Rules:
    """A rule of random conditions after another; the law need not search for a rule that is known."""

    def __init__(self, problem: TiebreakerProblem) -> None:
        self._problem = problem
        self._features = list(problem.features.values())

    def __call__(self, array: Any, generator: np.random.Generator) -> Move:
        eligible, options = self._problem.blocks.eligible, self._problem.options
        every = generator.random() < 0.5
        chosen = np.full(eligible.shape, every)
        names = generator.permutation(len(self._features))[: int(generator.integers(1, options.literals + 1))]
        for number in names.tolist():
            feature = self._features[number]
            if not feature.levels:
                continue
            level = feature.levels[int(generator.integers(len(feature.levels)))]
            below = options.directions == "both" and generator.random() < 0.5
            held = feature.at_most(level) if below else feature.at_least(level)
            chosen = chosen & held if every else chosen | held
        chosen = chosen & eligible
        self._problem.known.choices.add(chosen.tobytes())
        return _towards(array, chosen)


class _Moves:
    """Half of the moves swap a receiving block for another, which keeps a budget nearly used up."""

    def __init__(self, problem: TiebreakerProblem) -> None:
        self._rows = problem.blocks.rows

    def __call__(self, array: Any, generator: np.random.Generator) -> Move:
        if not self._rows.size:
            return []
        row = int(self._rows[generator.integers(self._rows.size)])
        if generator.random() < 0.5:
            for _ in range(8):
                other = int(self._rows[generator.integers(self._rows.size)])
                if array[row] != array[other]:
                    return [(row, bool(array[other])), (other, bool(array[row]))]
        return [(row, not array[row])]
