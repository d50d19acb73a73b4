"""What a grouping can be judged by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import frozen

from evenhand.errors import Fault
from evenhand.model import Sense, Term

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand_cep.problem import CepProblem

Floats = np.ndarray[Any, np.dtype[np.float64]]


@frozen
class Worth:
    """A term per school: inside at claiming share t it adds ``slope t + constant + full [t = 1]``, outside ``outside``.

    Each entry is an array over the kept schools. Every term of this form stays certified by share prices.
    """

    slope: Floats
    constant: Floats
    full: Floats
    outside: Floats


@frozen
class SchoolTerm(Term):
    """A term that adds up over schools."""

    def worth(self, problem: CepProblem) -> Worth:
        raise TypeError(f"{type(self).__name__} does not say what a school is worth")

    def express(self, problem: Any, build: Build) -> Any:
        worth = self.worth(problem)
        return build.extra["levels"].expression(worth.slope, worth.constant, worth.full, worth.outside)


def _zeros(problem: CepProblem) -> Floats:
    return np.zeros(len(problem.kept))


@frozen
class Reimbursement(SchoolTerm):
    """USD above the paid-rate base: share times meals value inside, ``outside_value`` minus the base outside."""

    name: ClassVar[str] = "reimbursement"
    unit: ClassVar[str] = "USD"
    sense: ClassVar[Sense] = "maximize"
    doc: ClassVar[str] = "federal money above the paid-rate base of all schools"

    def measure(self, problem: Any, allocation: Allocation) -> float:
        groups = problem.groups(allocation)
        outside = problem.outside_worth[groups.of_row < 0]
        return math.fsum([*groups.reimbursement, *outside.tolist()])

    def worth(self, problem: CepProblem) -> Worth:
        zeros = _zeros(problem)
        return Worth(problem.meals_value, zeros, zeros, problem.outside_worth)


@frozen
class StudentsFree(SchoolTerm):
    """Students in schools whose meals are all claimed at the free rate."""

    name: ClassVar[str] = "students_free"
    unit: ClassVar[str] = "students"
    sense: ClassVar[Sense] = "maximize"
    doc: ClassVar[str] = "students in schools claimed 100 % free"

    def measure(self, problem: Any, allocation: Allocation) -> float:
        groups = problem.groups(allocation)
        return float(sum((groups.enrolled[g] for g in range(len(groups)) if groups.share[g] == 1), start=0))

    def worth(self, problem: CepProblem) -> Worth:
        zeros = _zeros(problem)
        return Worth(zeros, zeros, problem.enrolled, zeros)


@frozen
class SchoolsFree(SchoolTerm):
    """Schools whose meals are all claimed at the free rate."""

    name: ClassVar[str] = "schools_free"
    unit: ClassVar[str] = "schools"
    sense: ClassVar[Sense] = "maximize"
    doc: ClassVar[str] = "schools claimed 100 % free"

    def measure(self, problem: Any, allocation: Allocation) -> float:
        groups = problem.groups(allocation)
        return float(sum(len(groups.rows[g]) for g in range(len(groups)) if groups.share[g] == 1))

    def worth(self, problem: CepProblem) -> Worth:
        zeros = _zeros(problem)
        return Worth(zeros, zeros, np.ones(len(problem.kept)), zeros)


@frozen
class StudentsCovered(SchoolTerm):
    """Students in schools that take part."""

    name: ClassVar[str] = "students_covered"
    unit: ClassVar[str] = "students"
    sense: ClassVar[Sense] = "maximize"
    doc: ClassVar[str] = "students in schools that are in a group"

    def measure(self, problem: Any, allocation: Allocation) -> float:
        return float(sum(problem.groups(allocation).enrolled, start=0))

    def worth(self, problem: CepProblem) -> Worth:
        zeros = _zeros(problem)
        return Worth(zeros, problem.enrolled, zeros, zeros)


@frozen
class Regrouped(Term):
    """Schools left outside the best one-to-one matching of today's groups to the new ones (labels mean nothing)."""

    name: ClassVar[str] = "regrouped"
    unit: ClassVar[str] = "schools"
    sense: ClassVar[Sense] = "minimize"
    nonnegative: ClassVar[bool] = True
    doc: ClassVar[str] = "schools whose group changes"

    def check(self, problem: Any) -> list[Fault]:
        if "group" in problem.tables["schools"]:
            return []
        return [Fault("objective", "the term 'regrouped' compares with today's grouping, and there is none",
                      "Add the column group to the table schools")]

    def measure(self, problem: Any, allocation: Allocation) -> float:
        from evenhand_cep.today import moved_rows

        return float(moved_rows(problem, problem.groups(allocation)).sum())

    def express(self, problem: Any, build: Build) -> Any:
        return build.extra["levels"].moved_expression(problem)
