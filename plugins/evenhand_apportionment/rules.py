"""Laws of a division beyond the bounds of each group and the total, which the shape itself keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import frozen

from evenhand.errors import SolverUnsuitableError
from evenhand.model import Constraint, Violation

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand_apportionment.costs.base import Ints
    from evenhand_apportionment.problem import ApportionmentProblem


def laws_of(problem: ApportionmentProblem) -> tuple[Constraint, ...]:
    """The laws of the problem's method; the sum is one of them where the shape cannot keep it."""
    found: list[Constraint] = [] if problem.shape.total is not None else [Units()]
    if problem.options.biproportional:
        found += [RowUnits(), ColumnUnits()]
    elif problem.options.family == "balinski_young":
        found.append(AwardOrder())
    elif first_units(problem) is not None:
        found.append(LargestFirst())
    return tuple(found)


@frozen
class Units(Constraint):
    """The number of units is ``units``, or lies in ``units_range``."""

    name: ClassVar[str] = "units"
    doc: ClassVar[str] = "as many units as there are to divide"
    unit: ClassVar[str] = "units"

    def _limits(self, problem: ApportionmentProblem) -> tuple[int, int]:
        units = problem.units or 0
        return problem.options.units_range or (units, units)

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        least, most = self._limits(problem)
        units = int(allocation.array.sum())
        beyond = max(least - units, units - most)
        if beyond <= 0:
            return []
        wanted = f"outside {least} to {most}" if least < most else f"not {most}"
        return [Violation(self.name, f"{units} units are {wanted}", float(beyond))]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        if build.formulation == "bounds":  # every other formulation has the sum among its own rows
            block.total = pyo.Constraint(expr=pyo.inequality(self._limits(problem)[0], sum(build.model.x.values()),
                                                             self._limits(problem)[1]))


@frozen
class _LineUnits(Constraint):
    unit: ClassVar[str] = "units"

    def lines(self, problem: ApportionmentProblem) -> tuple[tuple[str, ...], Ints, Ints]:
        """Names of the rows (or columns), their units, and the line of every cell."""
        raise TypeError(f"{type(self).__name__} does not say which lines it is about")

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        names, units, line = self.lines(problem)
        held = np.bincount(line, weights=allocation.array, minlength=len(names)).astype(np.int64)
        return [Violation(self.name, f"{names[place]} has {held[place]} units, not {units[place]}",
                          float(abs(held[place] - units[place]))) for place in np.flatnonzero(held != units).tolist()]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo
        from pyomo.core.expr.numeric_expr import LinearExpression

        names, units, line = self.lines(problem)
        increments = build.extra.get("increments")
        owner = line if increments is None else line[increments.row]
        variables = list(build.model.x.values())
        block.line = pyo.Constraint(pyo.RangeSet(0, len(names) - 1))
        order = np.argsort(owner, kind="stable")
        ends = np.searchsorted(owner[order], np.arange(len(names) + 1))
        for place in range(len(names)):
            chosen = [variables[number] for number in order[ends[place]:ends[place + 1]].tolist()]
            held = LinearExpression(constant=0, linear_coefs=[1.0] * len(chosen), linear_vars=chosen)
            if not chosen and not units[place]:
                continue
            block.line[place] = (held == float(units[place])) if chosen else pyo.Constraint.Infeasible


@frozen
class RowUnits(_LineUnits):
    """Every row has its units."""

    name: ClassVar[str] = "row_units"
    doc: ClassVar[str] = "every row has the units of the table rows"

    def lines(self, problem: ApportionmentProblem) -> tuple[tuple[str, ...], Ints, Ints]:
        return problem.matrix.row_names, problem.matrix.row_units, problem.matrix.cell_row


@frozen
class ColumnUnits(_LineUnits):
    """Every column has its units."""

    name: ClassVar[str] = "column_units"
    doc: ClassVar[str] = "every column has the units of the table columns"

    def lines(self, problem: ApportionmentProblem) -> tuple[tuple[str, ...], Ints, Ints]:
        return problem.matrix.column_names, problem.matrix.column_units, problem.matrix.cell_column


@frozen
class AwardOrder(Constraint):
    """The units are those that the rule of Balinski and Young gives out, ties settled by the option ``ties``."""

    name: ClassVar[str] = "award_order"
    doc: ClassVar[str] = "the division is the one the award order leads to"
    unit: ClassVar[str] = "units"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        from evenhand_apportionment.classic.failures import NoApportionmentError

        try:
            apart = np.abs(problem.inner(allocation) - problem.answer.units).sum()
        except NoApportionmentError as reason:
            return [Violation(self.name, str(reason))]
        return [Violation(self.name, f"{apart // 2} units are not where the award order puts them",
                          float(apart))] if apart else []

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        if build.formulation != "bounds":
            raise SolverUnsuitableError("the quota method of Balinski and Young is a rule and minimizes nothing: use "
                                        "the solver marginal, which follows it")


def first_units(problem: ApportionmentProblem) -> tuple[Ints, int] | None:
    """Inner rows that wait for a first unit where d(0) = 0 and there are too few for all, and how many there are."""
    from evenhand_apportionment.costs.divisor import DivisorCost

    if problem.options.family != "divisor" or not len(problem.rows):
        return None
    cost = problem.cost
    assert isinstance(cost, DivisorCost)
    if not cost.post.starts_at_zero:
        return None
    waiting = np.flatnonzero((cost.lower == 0) & (cost.upper > 0))
    left = cost.units - int(cost.lower.sum())
    return (waiting, left) if 0 <= left < len(waiting) else None


def first_units_only(problem: ApportionmentProblem) -> tuple[Ints, Ints] | None:
    """Inner rows that must have a first unit, and those that must not; equal populations at the cut may share.

    None where there are enough for everybody, or they cost something.
    """
    found = first_units(problem)
    if found is None:
        return None
    waiting, left = found
    whole = problem.people.whole[waiting]
    ranked = np.sort(whole)[::-1]
    return waiting[whole > ranked[left]], waiting[whole < ranked[left - 1]] if left else waiting


@frozen
class LargestFirst(Constraint):
    """With d(0) = 0 and fewer units than groups, no group gets one before a larger group that has none."""

    name: ClassVar[str] = "largest_first"
    doc: ClassVar[str] = "fewer units than groups: the largest populations get one each"
    unit: ClassVar[str] = "units"

    def _forced(self, problem: ApportionmentProblem) -> tuple[Ints, Ints]:
        found = first_units_only(problem)
        assert found is not None
        return found

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        inner = problem.inner(allocation)
        inside, outside = self._forced(problem)
        missing, extra = inside[inner[inside] < 1], outside[inner[outside] > 0]
        found = [(row, "has no unit although a smaller group might") for row in missing.tolist()]
        found += [(row, "has a unit although a larger group has none") for row in extra.tolist()]
        return [Violation(self.name, f"{problem.ids[int(problem.rows[row])]} {words}") for row, words in found]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        inside, outside = self._forced(problem)
        increments = build.extra.get("increments")
        row = problem.place if increments is None else increments.row
        variables = list(build.model.x.values())
        block.forced = pyo.ConstraintList()
        for number, group in enumerate(row.tolist()):
            if group in outside:
                block.forced.add(variables[number] <= 0)
        for group in inside.tolist():
            block.forced.add(sum(variables[number] for number in np.flatnonzero(row == group).tolist()) >= 1)
