"""Laws that a kind of selection brings: what it means to be the choice of a threshold, of a rule, of a column."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import frozen

from evenhand.errors import SolverUnsuitableError
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.words import fraction_text, listing

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.counts import Bools
    from evenhand_tiebreaker.problem import TiebreakerProblem


def laws_of(problem: TiebreakerProblem) -> tuple[Constraint, ...]:
    """The laws of the problem's selection; none for ``exact``, where any set will do."""
    options = problem.options
    if options.selection == "threshold":
        return (AnyThreshold(),) if options.threshold is None else (GivenThreshold(options.threshold),)
    if options.selection == "column":
        assert options.column is not None
        return (GivenColumn(options.column),)
    return (AndOrRule(),) if options.selection == "rule" else ()


@frozen
class AnyThreshold(Constraint):
    """The receiving blocks are those whose share reaches some threshold; ties are kept together."""

    name: ClassVar[str] = "threshold"
    doc: ClassVar[str] = "the choice is one of a threshold: no block is passed over for one with a smaller share"
    unit: ClassVar[str] = "blocks"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        group, array = problem.curve.group, allocation.array
        ids = problem.blocks.ids
        found = [Violation(self.name, f"{ids[row]} receives and has no students, hence no share")
                 for row in np.flatnonzero(array & (group < 0)).tolist()]
        inside = group[array & (group >= 0)]
        if inside.size:
            over = np.flatnonzero(problem.blocks.eligible & ~array & (group >= 0) & (group <= inside.max()))
            found += [Violation(self.name, f"{ids[row]} is passed over although a block with no larger share receives")
                      for row in over.tolist()]
        return found

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        """A chain down the shares: ``x`` never rises, and is the same on equal shares."""
        import pyomo.environ as pyo

        group, x = problem.curve.group, build.model.x
        rows = problem.blocks.rows
        block.chain = pyo.ConstraintList()
        for row in rows[group[rows] < 0].tolist():
            block.chain.add(x[row] <= 0.0)
        ordered = rows[group[rows] >= 0]
        ordered = ordered[np.argsort(group[ordered], kind="stable")]
        for above, below in zip(ordered.tolist(), ordered[1:].tolist(), strict=False):
            step = linear_sum([1.0, -1.0], [x[above], x[below]])
            block.chain.add(step == 0.0 if group[above] == group[below] else step >= 0.0)

    def relief(self, problem: Any, amount: float) -> str:
        return 'threshold: choose freely, with selection = "exact"'


@frozen
class _GivenSet(Constraint):
    unit: ClassVar[str] = "blocks"

    def chosen(self, problem: TiebreakerProblem) -> Bools:
        """(n,) the one set there is."""
        raise TypeError(f"{type(self).__name__} does not say which blocks receive")

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        chosen, array, ids = self.chosen(problem), allocation.array, problem.blocks.ids
        return [Violation(self.name, f"{ids[row]} {'must' if chosen[row] else 'must not'} receive")
                for row in np.flatnonzero(chosen != array).tolist()]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        chosen, x = self.chosen(problem), build.model.x
        block.given = pyo.ConstraintList()
        for row in problem.blocks.rows.tolist():
            block.given.add(x[row] >= 1.0 if chosen[row] else x[row] <= 0.0)


@frozen
class GivenThreshold(_GivenSet):
    """The receiving blocks are those whose share reaches the given threshold."""

    name: ClassVar[str] = "threshold"
    doc: ClassVar[str] = "exactly the eligible blocks whose share reaches the threshold receive"

    threshold: Fraction

    def chosen(self, problem: TiebreakerProblem) -> Bools:
        return problem.at_least(self.threshold)

    def relief(self, problem: Any, amount: float) -> str:
        return f"threshold: leave {fraction_text(self.threshold)} out, and the best one within the rules is found"


@frozen
class GivenColumn(_GivenSet):
    """The receiving blocks are the eligible ones that a column marks."""

    name: ClassVar[str] = "column"
    doc: ClassVar[str] = "exactly the eligible blocks that the column marks receive"

    column: str

    def chosen(self, problem: TiebreakerProblem) -> Bools:
        return problem.marked

    def relief(self, problem: Any, amount: float) -> str:
        return f"column: take blocks off the column {self.column!r}"


@frozen
class AndOrRule(Constraint):
    """The receiving blocks are those that some and/or rule over the features names, or none."""

    name: ClassVar[str] = "rule"
    doc: ClassVar[str] = "some and/or rule over the features names exactly the receiving blocks"
    unit: ClassVar[str] = "blocks"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        array = allocation.array
        if not array.any() or array.tobytes() in problem.known.choices or problem.rule_of(allocation) is not None:
            return []
        return [Violation(self.name, f"no rule of at most {problem.options.literals} conditions on "
                                     f"{listing(problem.options.features, 8)} names exactly these blocks")]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        raise SolverUnsuitableError("an and/or rule has no linear model: use the solver rule-search")
