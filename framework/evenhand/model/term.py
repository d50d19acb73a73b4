"""Term: one measured quantity with two faces that must agree - numpy on raw tables, and a Pyomo expression."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from evenhand.errors import Fault
from evenhand.model.tracker import Tracker

if TYPE_CHECKING:
    from evenhand.model.formulation import Build
    from evenhand.model.problem import Problem
    from evenhand.shapes import Allocation

Sense = Literal["maximize", "minimize"]


@frozen
class Term(ABC):
    """One quantity. Subclasses are frozen attrs classes; their fields are the term's options.

    Class attributes: ``name``, ``unit``, ``sense`` (the direction a user wants by default), ``doc`` (one line).
    ``nonnegative`` says that the value can never be under 0: a minimized non-negative term may be left out of a
    model, which then stays an honest relaxation.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    sense: ClassVar[Sense]
    doc: ClassVar[str] = ""
    nonnegative: ClassVar[bool] = False

    @abstractmethod
    def measure(self, problem: Problem, allocation: Allocation) -> float:
        """The value, from the raw tables alone: the face the audit believes."""

    def express(self, problem: Problem, build: Build) -> Any:
        """The Pyomo expression on the build's variables, or None if this formulation cannot carry the term."""
        return None

    def tracker(self, problem: Problem) -> Tracker | None:
        """A fast incremental evaluation for searches, or None (then every step measures anew)."""
        return None

    def check(self, problem: Problem) -> list[Fault]:
        """Faults of the options against the data (a column that is missing, say)."""
        return []

    def options(self) -> Mapping[str, Any]:
        """The options as given, for the result and the spec as run."""
        import attrs

        return attrs.asdict(self, recurse=False)

    def __mul__(self, weight: float) -> Any:
        from evenhand.model.objective import Objective, WeightedTerm

        return Objective((WeightedTerm(self, float(weight)),))

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Any:
        return 1.0 * self + other
