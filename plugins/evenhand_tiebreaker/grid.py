"""The values that an objective can have: where all of them are whole multiples of one number, a bound may be cut."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import TYPE_CHECKING

from evenhand_tiebreaker.terms import CutEdges, StudentsTerm

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem

# Weights with so short a binary form that sums of weighted counts are exact doubles.
FINEST = 2**10
LARGEST = 2.0**40


def step_of(problem: TiebreakerProblem) -> Fraction | None:
    """The number of which every value is a whole multiple; None where values are no such exact doubles."""
    parts = [part for part in problem.objective.parts if part.weight]
    weights = [Fraction(part.weight) for part in parts]
    if not parts or problem.blocks.factor > 1 or any(weight.denominator > FINEST for weight in weights):
        return None
    if not all(isinstance(part.term, StudentsTerm | CutEdges) for part in parts):
        return None
    common = lcm(*(weight.denominator for weight in weights))
    return Fraction(gcd(*(int(weight * common) for weight in weights)), common)


def attainable(problem: TiebreakerProblem, bound: float) -> float:
    """The bound, cut to the nearest value an allocation can have on its safe side."""
    step = step_of(problem)
    if step is None or abs(bound) > LARGEST:
        return bound
    place = Fraction(bound) / step
    return float((floor(place) if problem.objective.sense == "maximize" else ceil(place)) * step)
