"""Objective: terms under a strategy. Objectives compose with ``+`` and ``*``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen

from evenhand.model.term import Sense, Term

if TYPE_CHECKING:
    from evenhand.model.problem import Problem
    from evenhand.shapes import Allocation


@frozen
class WeightedTerm:
    """A term and its weight. A weight is a plain number: what one unit of the term is worth."""

    term: Term
    weight: float = field(default=1.0)

    @weight.validator
    def _finite(self, _: Any, weight: float) -> None:
        if not math.isfinite(weight):
            raise ValueError(f"the weight of {self.term.name} must be a finite number, not {weight}")


class Strategy(Protocol):
    """How several terms become one question. ``weighted`` is a sum; other strategies ask a chain of questions."""

    @property
    def name(self) -> str: ...

    def combine(self, parts: tuple[WeightedTerm, ...], values: Mapping[str, float]) -> float:
        """The objective's value from the terms' values (by key)."""
        ...


@frozen
class Weighted:
    """The sum of weight times term. A term whose own sense is against the objective's counts negatively."""

    name: str = "weighted"

    def combine(self, parts: tuple[WeightedTerm, ...], values: Mapping[str, float]) -> float:
        sense = parts[0].term.sense if parts else "minimize"
        keys = term_keys(parts)
        return math.fsum(signed(part, sense) * values[key] for part, key in zip(parts, keys, strict=True))


def signed(part: WeightedTerm, sense: Sense) -> float:
    """The weight with the sign it has in an objective of this sense."""
    return part.weight if part.term.sense == sense else -part.weight


def term_keys(parts: tuple[WeightedTerm, ...]) -> tuple[str, ...]:
    """A key per part: the term's name, numbered from the second use of a name on."""
    seen: dict[str, int] = {}
    keys = []
    for part in parts:
        seen[part.term.name] = count = seen.get(part.term.name, 0) + 1
        keys.append(part.term.name if count == 1 else f"{part.term.name}_{count}")
    return tuple(keys)


@frozen
class Objective:
    """Terms under a strategy.

    The sense is that of the first term; a later term of the other sense is subtracted, so that a positive weight
    always means "I want what this term wants".
    """

    parts: tuple[WeightedTerm, ...]
    strategy: Strategy = field(factory=Weighted)

    @property
    def sense(self) -> Sense:
        return self.parts[0].term.sense if self.parts else "minimize"

    @property
    def keys(self) -> tuple[str, ...]:
        return term_keys(self.parts)

    def weights(self) -> tuple[float, ...]:
        """Signed weights, one per part, in the objective's own sense."""
        return tuple(signed(part, self.sense) for part in self.parts)

    def measure(self, problem: Problem, allocation: Allocation) -> tuple[float, dict[str, float]]:
        """The value and every term's value, from raw tables."""
        values = {key: float(part.term.measure(problem, allocation))
                  for key, part in zip(self.keys, self.parts, strict=True)}
        return self.strategy.combine(self.parts, values), values

    def formula(self) -> str:
        """In words: ``maximize 1 x reimbursement - 2 x regrouped``."""
        pieces: list[str] = []
        for key, weight in zip(self.keys, self.weights(), strict=True):
            sign = "-" if weight < 0 else "+" if pieces else ""
            pieces.append(f"{sign} {abs(weight):g} x {key}".strip())
        return f"{self.sense} {' '.join(pieces)}"

    def __add__(self, other: Objective | Term) -> Objective:
        more = other if isinstance(other, Objective) else Objective((WeightedTerm(other),))
        return Objective(self.parts + more.parts, self.strategy)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Objective:
        parts = tuple(WeightedTerm(part.term, part.weight * factor) for part in self.parts)
        return Objective(parts, self.strategy)

    __rmul__ = __mul__
