"""Thresholds and given columns: every choice that comes into question, and the best that keeps the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.curves.vertices import ThresholdCurve
from evenhand_tiebreaker.terms import StudentsTerm

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class Scan:
    """The outcome of looking at every choice of the class.

    Attributes
    ----------
    choices : how many choices there are.
    best : the best one that keeps every rule; None when none does.
    value : its value.
    """

    choices: int
    best: Allocation | None
    value: float | None


def scan_of(problem: TiebreakerProblem) -> Scan:
    """Best first, so that a choice that keeps the rules ends the search."""
    choices = list(candidates(problem))
    values = _values(problem, choices)
    sign = -1.0 if problem.objective.sense == "maximize" else 1.0
    for place in np.argsort(sign * values, kind="stable").tolist():  # equals: the highest threshold stands first
        allocation = problem.shape.allocation(choice(problem, choices[place]))
        if not problem.violations(allocation):
            return Scan(len(choices), allocation, problem.objective.measure(problem, allocation)[0])
    return Scan(len(choices), None, None)


def candidates(problem: TiebreakerProblem) -> Iterator[int | None]:
    """Vertices of the threshold curve, the empty choice (None) first; for a given set only one entry."""
    yield None
    if problem.options.selection == "threshold" and problem.options.threshold is None:
        yield from range(len(problem.curve))


def choice(problem: TiebreakerProblem, vertex: int | None) -> Bools:
    """(n,) the blocks of one candidate."""
    if problem.options.selection == "column":
        return problem.marked
    if problem.options.threshold is not None:
        return problem.at_least(problem.options.threshold)
    return problem.curve.choice(vertex)


def _values(problem: TiebreakerProblem, vertices: list[int | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Values of all candidates: sums over students down the curve in one go, other terms one by one."""
    if len(vertices) == 1:
        return np.zeros(1)
    total = np.zeros(len(vertices))
    for part, weight in zip(problem.objective.parts, problem.objective.weights(), strict=True):
        term = part.term
        if isinstance(term, StudentsTerm):
            sums = down_the_curve(problem.curve, term.counts(problem))
            total += weight * np.array([0.0, *(problem.blocks.plain(count) for count in sums)])
        else:
            total += weight * np.array([term.measure(problem, problem.shape.allocation(choice(problem, vertex)))
                                        for vertex in vertices])
    return total


def down_the_curve(curve: ThresholdCurve, counts: Ints) -> list[int]:
    """Sums of any counts over the blocks of each vertex, exact."""
    sums = [0] * len(curve)
    for group, count in zip(curve.group.tolist(), counts.tolist(), strict=True):
        if group >= 0:
            sums[group] += count
    running, found = 0, []
    for count in sums:
        running += count
        found.append(running)
    return found
