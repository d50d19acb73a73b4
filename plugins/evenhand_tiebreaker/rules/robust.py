"""``robust_budget``: the budget holds although some blocks hold more non-focal students than the table says."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from evenhand.errors import Fault
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.counts import rounded_down, rounded_up, row_counts
from evenhand_tiebreaker.words import number_words

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.budgets import Limit
    from evenhand_tiebreaker.counts import Bools
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen
class RobustBudget(Constraint):
    """The non-focal budget holds even if any ``blocks`` blocks hold ``deviation`` more than the table says.

    D. Bertsimas and M. Sim, "The price of robustness", Operations Research 52 (2004), 35-53.
    """

    name: ClassVar[str] = "robust_budget"
    doc: ClassVar[str] = "the non-focal budget holds even if some blocks hold more than the table says"
    unit: ClassVar[str] = "non-focal students"

    deviation: Fraction = field(default=Fraction(3, 10), metadata={
        "doc": "by what share of its non-focal students a block may be wrong"})
    blocks: int = field(default=50, metadata={"doc": "how many blocks may be wrong at once"})

    def check(self, problem: Any) -> list[Fault]:
        found = []
        if problem.non_focal_limit is None:
            found.append(Fault("constraint.robust_budget", "there is no non-focal budget to protect",
                               "Set budget = { fpr = 0.16 } or { non_focal = 5000 } in [problem]"))
        if self.deviation < 0:
            found.append(Fault("constraint.robust_budget.deviation", "must not be negative",
                               value=f"{float(self.deviation):g}"))
        if self.blocks < 0:
            found.append(Fault("constraint.robust_budget.blocks", "must be a whole number from 0 on",
                               value=str(self.blocks)))
        return found

    def worst(self, problem: TiebreakerProblem, chosen: Bools) -> Fraction:
        """Non-focal students (times the factor) if the worst blocks are wrong; exact."""
        counts = sorted(problem.blocks.other[chosen].tolist(), reverse=True)
        return sum(counts) + self.deviation * sum(counts[:self.blocks])

    def _attainable(self, limit: Limit) -> Fraction:
        """The limit cut down to what :meth:`worst` can be: a multiple of one over the deviation's denominator."""
        parts = self.deviation.denominator
        return Fraction(floor(limit.exact * parts), parts)

    def _limit(self, problem: TiebreakerProblem) -> Limit:
        limit = problem.non_focal_limit
        assert limit is not None
        return limit

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        limit = self._limit(problem)
        beyond = self.worst(problem, allocation.array) - limit.exact
        if beyond <= 0:
            return []
        amount = float(beyond / limit.factor)
        return [Violation(self.name, f"if the worst {self.blocks:,} blocks hold {float(self.deviation):.4g} more, the "
                                     f"budget of {number_words(limit.exact / limit.factor)} non-focal students is "
                                     f"exceeded by {amount:,.6g}", amount)]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        """``sum q x + Gamma theta + sum pi <= W`` and ``theta + pi_b >= d q_b x_b``.

        Numbers that are no doubles are rounded outwards: the rows never forbid what the rule allows.
        """
        import pyomo.environ as pyo

        limit, rows = self._limit(problem), problem.blocks.rows
        costly = rows[problem.blocks.other[rows] > 0]
        counts = problem.blocks.other[costly]
        extra = [self.deviation * Fraction(count, limit.factor) for count in counts.tolist()]
        block.theta = pyo.Var(bounds=(0.0, rounded_up(max(extra, default=Fraction(0)))))
        block.pi = pyo.Var(costly.tolist(), bounds=(0.0, None))
        x = build.model.x
        if not costly.size:
            return
        block.total = pyo.Constraint(expr=linear_sum(
            [*row_counts(counts, limit.factor), float(self.blocks), *[1.0] * costly.size],
            [*(x[row] for row in costly.tolist()), block.theta, *block.pi.values()],
        ) <= rounded_up(self._attainable(limit) / limit.factor))
        block.worst = pyo.ConstraintList()
        for row, more in zip(costly.tolist(), extra, strict=True):
            block.worst.add(linear_sum([1.0, 1.0, -rounded_down(more)], [block.theta, block.pi[row], x[row]]) >= 0.0)

    def relief(self, problem: Any, amount: float) -> str:
        limit = self._limit(problem)
        return (f"robust_budget: a non-focal budget {amount:g} above "
                f"{number_words(limit.exact / limit.factor)}, or a smaller deviation or number of blocks")
