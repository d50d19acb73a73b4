"""Formulation: a Pyomo model, how to decode it, and its honesty."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field, frozen

from evenhand.errors import SolverUnsuitableError
from evenhand.model.constraint import rule_labels
from evenhand.model.objective import term_keys

if TYPE_CHECKING:
    from evenhand.model.problem import Problem
    from evenhand.shapes import Allocation
    from evenhand.shapes.base import FloatArray, ReadVariable

Honesty = Literal["exact", "restriction", "relaxation"]
"""``exact``: solutions and bound are real. ``restriction``: its solutions are real, its bound is not.
``relaxation``: its bound is real, its solutions need repair."""


@define(eq=False)
class Build:
    """A Pyomo model under construction, with what terms and rules need to add themselves.

    ``extra`` is the domain's own room: index sets, level tables, variables beyond the shape's.
    """

    model: Any
    formulation: str
    extra: dict[str, Any] = field(factory=dict)


@frozen(eq=False)
class Formulation:
    """One way to write a problem in Pyomo.

    Parameters
    ----------
    name, honesty, doc : what it is and what its answers are worth.
    variables : adds variables and structural rows to ``build.model``; fills ``build.extra``.
    decode, encode : from and to solved values; None means the shape's own.
    max_columns : refuse to build beyond this size (estimated by ``columns``), or None.
    """

    name: str
    honesty: Honesty
    variables: Callable[[Problem, Build], None]
    decode: Callable[[Problem, Build, ReadVariable], Allocation] | None = None
    encode: Callable[[Problem, Build, Allocation], list[tuple[Any, FloatArray]]] | None = None
    columns: Callable[[Problem], int] | None = None
    max_columns: int | None = None
    doc: str = ""

    def build(self, problem: Problem) -> Built:
        """The Pyomo model: structural rows, one block per named rule, one active Objective per term.

        Raises
        ------
        SolverUnsuitableError
            Too large, or a term or rule that this formulation cannot express.
        """
        import pyomo.environ as pyo

        if self.max_columns is not None and self.columns is not None:
            count = self.columns(problem)
            if count > self.max_columns:
                raise SolverUnsuitableError(
                    f"the formulation {self.name!r} would need {count:,} columns, more than its limit of "
                    f"{self.max_columns:,}. Use the domain's own solver (name = \"auto\")"
                )
        build = Build(model=pyo.ConcreteModel(), formulation=self.name)
        self.variables(problem, build)
        build.model.rules = pyo.Block(pyo.Any, concrete=True)
        rules = (*problem.laws(), *problem.constraints)
        for label, rule in zip(rule_labels(rules), rules, strict=True):
            rule.apply(problem, build, build.model.rules[label])
        dropped = self._add_objectives(problem, build, pyo)
        honesty: Honesty = self.honesty
        if dropped:
            if honesty == "restriction":
                raise SolverUnsuitableError(f"the formulation {self.name!r} cannot carry {', '.join(dropped)}")
            honesty = "relaxation"
        return Built(self, problem, build, honesty, tuple(dropped))

    def _add_objectives(self, problem: Problem, build: Build, pyo: Any) -> list[str]:
        parts = problem.objective.parts
        build.model.terms = pyo.Block(concrete=True)
        dropped = []
        for key, part, weight in zip(term_keys(parts), parts, problem.objective.weights(), strict=True):
            expression = part.term.express(problem, build)
            if expression is None:
                harmless = part.term.nonnegative and (weight < 0) == (problem.objective.sense == "maximize")
                if not harmless:
                    raise SolverUnsuitableError(
                        f"the term {part.term.name!r} cannot be written in the formulation {self.name!r}. "
                        "Choose another solver, or leave the term out"
                    )
                dropped.append(key)
                expression = 0.0
            sense = pyo.maximize if problem.objective.sense == "maximize" else pyo.minimize
            build.model.terms.add_component(key, pyo.Objective(expr=expression, sense=sense))
        return dropped


@frozen(eq=False)
class Built:
    """A finished model of one problem. ``dropped`` names terms left out (honesty is then ``relaxation``)."""

    formulation: Formulation
    problem: Problem
    build: Build
    honesty: Honesty
    dropped: tuple[str, ...] = ()

    @property
    def model(self) -> Any:
        return self.build.model

    def decode(self, read: ReadVariable) -> Allocation:
        if self.formulation.decode is None:
            return self.problem.shape.decode(self.model, read)
        return self.formulation.decode(self.problem, self.build, read)

    def encode(self, allocation: Allocation) -> list[tuple[Any, FloatArray]]:
        if self.formulation.encode is None:
            return self.problem.shape.encode(allocation, self.model)
        return self.formulation.encode(self.problem, self.build, allocation)


def shape_variables(problem: Problem, build: Build) -> None:
    """The plain formulation: nothing but the shape's own variables and rows."""
    problem.shape.variables(build.model)
