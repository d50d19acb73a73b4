"""What a division can be judged by: the fairness each method minimizes, and the units that change hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from evenhand.errors import Fault
from evenhand.model import Sense, Term

if TYPE_CHECKING:
    from evenhand.model import Build, Tracker
    from evenhand.shapes import Allocation
    from evenhand_apportionment.costs.base import Additive
    from evenhand_apportionment.problem import ApportionmentProblem


@frozen
class AdditiveTerm(Term):
    """A term that adds up over groups, so that one more unit of a group has a price."""

    sense: ClassVar[Sense] = "minimize"

    def cost(self, problem: ApportionmentProblem, units: int | None = None) -> Additive:
        """The cost over the groups that take part, at this number of units (default: the problem's)."""
        raise TypeError(f"{type(self).__name__} does not say what a unit costs")

    def measure(self, problem: Any, allocation: Allocation) -> float:
        inner = problem.inner(allocation)
        return self.cost(problem, int(inner.sum()) if problem.open_size else None).value(inner)

    def express(self, problem: Any, build: Build) -> Any:
        increments = build.extra.get("increments")
        return None if increments is None else increments.expression(self.cost(problem))

    def tracker(self, problem: Any) -> Tracker | None:
        from evenhand_apportionment.trackers import CostTracker

        return None if problem.open_size else CostTracker(problem, self.cost(problem))


@frozen
class FairnessTerm(AdditiveTerm):
    """The cost of the problem's own method; another method's is refused."""

    families: ClassVar[tuple[str, ...]] = ()

    def check(self, problem: Any) -> list[Fault]:
        if problem.options.family in self.families:
            return []
        (default, _), = type(problem).default_objective(problem.options)
        return [Fault("objective", f"the term {self.name!r} does not belong to the method {problem.options.method}",
                      f"Use {default!r}, which it minimizes")]

    def cost(self, problem: ApportionmentProblem, units: int | None = None) -> Additive:
        return problem.cost if units is None else problem.cost_at(units)


@frozen
class RepresentationError(FairnessTerm):
    """The parametric error E(a): weighted relative distances from the ideals ``k T``."""

    name: ClassVar[str] = "representation_error"
    unit: ClassVar[str] = "error"
    doc: ClassVar[str] = "parametric: how far units are from their ideals, by kappa, gamma, beta and sigma"
    nonnegative: ClassVar[bool] = True
    families: ClassVar[tuple[str, ...]] = ("parametric",)


@frozen
class DivisorCost(FairnessTerm):
    """``sum d(t)/P`` over all units above the lower bounds; biproportional: ``sum ln((t + 1/2)/V)``, of any sign."""

    name: ClassVar[str] = "divisor_cost"
    unit: ClassVar[str] = "cost"
    doc: ClassVar[str] = "divisor methods and biproportional: the sum of what each unit costs its group"
    families: ClassVar[tuple[str, ...]] = ("divisor", "biproportional")


@frozen
class QuotaDeviation(FairnessTerm):
    """``sum (a - P/Q)^2`` with the method's quota Q."""

    name: ClassVar[str] = "quota_deviation"
    unit: ClassVar[str] = "units squared"
    doc: ClassVar[str] = "quota methods: squared distance of the units from the quotas"
    nonnegative: ClassVar[bool] = True
    families: ClassVar[tuple[str, ...]] = ("quota", "balinski_young")


@frozen
class MovedUnits(AdditiveTerm):
    """``sum max(0, a - current)``: units that some group gains against today."""

    name: ClassVar[str] = "moved_units"
    unit: ClassVar[str] = "units"
    doc: ClassVar[str] = "units that groups gain against the column current"
    nonnegative: ClassVar[bool] = True

    def check(self, problem: Any) -> list[Fault]:
        if problem.options.biproportional:
            return [Fault("objective", "the term 'moved_units' has no meaning for the biproportional method",
                          "Leave the term out")]
        if problem.current is None:
            return [Fault("objective", "the term 'moved_units' compares with today's units, and there are none",
                          "Add the column current to the table groups")]
        return []

    def cost(self, problem: ApportionmentProblem, units: int | None = None) -> Additive:
        return problem.moved_cost
