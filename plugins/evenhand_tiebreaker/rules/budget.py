"""``budget``: what the receiving blocks may cost."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from evenhand.errors import Fault
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.budgets import Limit, limits_of
from evenhand_tiebreaker.counts import rounded_up, row_counts
from evenhand_tiebreaker.options import BudgetOptions, budget_faults
from evenhand_tiebreaker.words import count_words, unit_words

if TYPE_CHECKING:
    from evenhand.model import Build, Tracker
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen
class Budget(Constraint):
    """Non-focal students, students and blocks that receive stay within their limits; all given ones hold at once."""

    name: ClassVar[str] = "budget"
    doc: ClassVar[str] = "limits on non-focal students (fpr, non_focal), students and blocks that receive"
    unit: ClassVar[str] = "students or blocks"

    fpr: Fraction | None = field(default=None, kw_only=True, metadata={
        "doc": "largest share of all non-focal students in receiving blocks"})
    non_focal: Fraction | None = field(default=None, kw_only=True, metadata={
        "doc": "most non-focal students in receiving blocks"})
    students: Fraction | None = field(default=None, kw_only=True, metadata={"doc": "most students"})
    blocks: int | None = field(default=None, kw_only=True, metadata={"doc": "most receiving blocks"})

    @classmethod
    def each(cls, options: BudgetOptions) -> tuple[Budget, ...]:
        """``[problem] budget`` as one rule for each limit, so that a conflict names the one that matters."""
        return tuple(cls(**{name: getattr(options, name)}) for name in options.given)

    def as_options(self) -> BudgetOptions:
        return BudgetOptions(fpr=self.fpr, non_focal=self.non_focal, students=self.students, blocks=self.blocks)

    def check(self, problem: Any) -> list[Fault]:
        return budget_faults(self.as_options(), "constraint.budget")

    def limits(self, problem: TiebreakerProblem) -> tuple[Limit, ...]:
        return limits_of(self.as_options().given, problem.blocks)

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        found = []
        for limit in self.limits(problem):
            spent = limit.spent(allocation.array)
            if spent > limit.most:
                unit = unit_words(limit.counted)
                found.append(Violation(self.name, f"{count_words(spent, limit.factor)} {unit} receive, more than the "
                                                  f"{count_words(limit.most, limit.factor)} that {limit.name} allows",
                                       (spent - limit.most) / limit.factor))
        return found

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        block.limit = pyo.ConstraintList()
        for limit in self.limits(problem):
            cost = limit.cost[problem.blocks.rows]
            if cost.any():
                spent = linear_sum(row_counts(cost, limit.factor), build.model.x.values())
                block.limit.add(spent <= rounded_up(Fraction(limit.most, limit.factor)))

    def tracker(self, problem: Any) -> Tracker:
        from evenhand_tiebreaker.trackers import LimitTracker

        return LimitTracker.of(self.limits(problem))

    def relief(self, problem: Any, amount: float) -> str:
        limits = self.limits(problem)
        if len(limits) > 1:
            return f"budget: its {len(limits)} limits would have to give by {amount:g} in all (list each as a rule " \
                   "of its own to learn how much of which)"
        limit = limits[0]
        more = ceil(Fraction(amount).limit_denominator(10**6) * limit.factor)
        least = limit.most + more
        said = f"budget: at least {count_words(least, limit.factor)} {unit_words(limit.counted)}, " \
               f"{count_words(more, limit.factor)} more than now"
        if limit.name == "fpr" and problem.blocks.total_other:
            said += f" (an fpr of {share_up(Fraction(least, problem.blocks.total_other))})"
        return said


def share_up(share: Fraction) -> str:
    """A share with six decimals, rounded up: as a budget it is enough."""
    return f"{ceil(share * 10**6) / 10**6:.6f}".rstrip("0").rstrip(".")
