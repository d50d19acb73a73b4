"""Constraint: one named rule, with a Pyomo face and a list of violations from raw tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from attrs import frozen

from evenhand.errors import Fault
from evenhand.model.tracker import Tracker

if TYPE_CHECKING:
    from evenhand.model.formulation import Build
    from evenhand.model.problem import Problem
    from evenhand.shapes import Allocation


@frozen
class Violation:
    """One way in which an allocation breaks a rule: in words, and by how much (in the rule's own unit)."""

    rule: str
    message: str
    amount: float = 1.0

    def to_json(self) -> dict[str, object]:
        return attrs.asdict(self)


@frozen
class Constraint(ABC):
    """One rule. Subclasses are frozen attrs classes; their fields are the rule's options.

    Class attributes: ``name``, ``doc`` (one line), ``unit`` (of a violation's amount).
    """

    name: ClassVar[str]
    doc: ClassVar[str] = ""
    unit: ClassVar[str] = ""

    @abstractmethod
    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        """Every violation, from the raw tables alone; empty exactly when the rule is kept."""

    @abstractmethod
    def apply(self, problem: Problem, build: Build, block: Any) -> None:
        """Add the rule's rows to ``block`` (an empty Pyomo block that carries the rule's label).

        A rule whose variables simply do not exist in this formulation adds nothing. Raise
        :class:`evenhand.errors.SolverUnsuitableError` if the formulation cannot carry the rule.
        """

    def tracker(self, problem: Problem) -> Tracker | None:
        """Fast total violation for searches, or None."""
        return None

    def check(self, problem: Problem) -> list[Fault]:
        """Faults of the options against the data (an id that is not in the table, say)."""
        return []

    def relief(self, problem: Problem, amount: float) -> str:
        """In the domain's words: what loosening this rule by ``amount`` of its rows' units means."""
        return f"{self.name}: would have to give by {amount:g}{' ' + self.unit if self.unit else ''}"

    def options(self) -> Mapping[str, Any]:
        """The options as given, for the result and the spec as run."""
        return attrs.asdict(self, recurse=False)

    def excess(self, problem: Problem, allocation: Allocation) -> float:
        """Total amount of the violations: the graded shortfall a search may walk through."""
        return float(sum(violation.amount for violation in self.violations(problem, allocation)))


def rule_labels(constraints: tuple[Constraint, ...]) -> tuple[str, ...]:
    """A label per rule: its name, numbered from the second use of a name on."""
    seen: dict[str, int] = {}
    labels = []
    for constraint in constraints:
        seen[constraint.name] = count = seen.get(constraint.name, 0) + 1
        labels.append(constraint.name if count == 1 else f"{constraint.name}_{count}")
    return tuple(labels)
