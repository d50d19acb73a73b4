"""The certificate ``frontier``: the exact frontier up to the budget, made again by merging Pareto lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import frozen

from evenhand.certificates import Certificate, CertificateError
from evenhand.tables.digest import sha256_text
from evenhand_tiebreaker.curves.lagrangian import hull_bounds
from evenhand_tiebreaker.curves.merge import pareto_points
from evenhand_tiebreaker.dual_certificate import checked_bound, read_prices
from evenhand_tiebreaker.statement import focal_value, same_problem, statement
from evenhand_tiebreaker.words import fraction_text, whole

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.budgets import Limit
    from evenhand_tiebreaker.instance import Blocks
    from evenhand_tiebreaker.problem import TiebreakerProblem

# Blocks times breakpoints: merging takes about ten nanoseconds for each pair.
MOST_WORK = 400_000_000


@frozen(eq=False)
class FrontierCertificate(Certificate):
    """Every breakpoint (cost, focal students) up to the budget, its sha256, and the prices of the dual bound.

    Checking does not use the recursion that found them. Each breakpoint must lie under the dual bound of its cost, the
    answer must attain the last one, and merging Pareto lists (Nemhauser and Ullmann 1969) must give the same list:
    that recomputes rather than checks. Where the merging would be too long, the bound is the rounded dual one.
    """

    kind: ClassVar[str] = "frontier"

    about: Mapping[str, Any]
    prices: Mapping[str, Fraction]
    dual: int
    costs: Sequence[int]
    focal: Sequence[int]
    digest: str

    @classmethod
    def of(cls, problem: TiebreakerProblem, costs: Sequence[int], focal: Sequence[int]) -> Self:
        return cls(statement(problem), problem.multipliers.prices, problem.multipliers.floored, costs, focal,
                   list_digest(costs, focal))

    def bound(self, problem: Problem) -> float | None:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        same_problem(tiebreaker, self.about)
        if list_digest(self.costs, self.focal) != self.digest:
            raise CertificateError("its list of breakpoints is not the one of its sha256")
        dual = checked_bound(tiebreaker, self.prices, self.dual)
        if len(tiebreaker.binding) != 1:
            raise CertificateError("a frontier is about one budget")
        limit = tiebreaker.binding[0]
        blocks = tiebreaker.blocks
        self._under_the_dual(blocks, limit)
        if too_long(tiebreaker, len(self.costs)):
            return focal_value(tiebreaker, dual)
        try:
            found = pareto_points(blocks.focal, limit.cost, blocks.eligible, limit.most)
        except OverflowError:
            return focal_value(tiebreaker, dual)
        if not (np.array_equal(found[0], self.costs) and np.array_equal(found[1], self.focal)):
            raise CertificateError("merging Pareto lists gives another frontier")
        return focal_value(tiebreaker, self.focal[-1])

    def _under_the_dual(self, blocks: Blocks, limit: Limit) -> None:
        """Breakpoints rise, stay within the budget, and each keeps the dual bound of its own cost.

        For each cost the best of all multipliers is used: the hull of the threshold curve.
        """
        costs, focal = np.array(self.costs, dtype=object), np.array(self.focal, dtype=object)
        if not len(costs) or (costs[1:] <= costs[:-1]).any() or (focal[1:] <= focal[:-1]).any():
            raise CertificateError("its breakpoints do not rise")
        if costs[-1] > limit.most or costs[0] < 0 or focal[0] < 0 or focal[-1] > self.dual:
            raise CertificateError("a breakpoint lies beyond the budget or above the dual bound")
        try:
            above = np.flatnonzero(focal > hull_bounds(blocks.focal, limit.cost, blocks.eligible, costs))
        except OverflowError:
            raise CertificateError("the counts are too large for a frontier") from None
        if above.size:
            raise CertificateError(f"the breakpoint at {costs[above[0]]} lies above the dual bound of its own cost")

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        limit = tiebreaker.binding[0]
        reached = int(tiebreaker.blocks.focal[allocation.array].sum())
        spent = limit.spent(allocation.array)
        if (spent, reached) == (self.costs[-1], self.focal[-1]):
            return []
        return [f"the answer is at ({spent}, {reached}), the last breakpoint at ({self.costs[-1]}, {self.focal[-1]})"]

    def to_json(self) -> dict[str, Any]:
        return {"problem": dict(self.about),
                "lambda": {name: fraction_text(price) for name, price in self.prices.items()}, "dual_bound": self.dual,
                "breakpoints_sha256": self.digest, "costs": [int(cost) for cost in self.costs],
                "focal": [int(count) for count in self.focal]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            costs, focal = ([whole(number) for number in data[key]] for key in ("costs", "focal"))
            if len(costs) != len(focal):
                raise ValueError("its two lists have different lengths")
            return cls(dict(data["problem"]), read_prices(data["lambda"]), whole(data["dual_bound"]), costs, focal,
                       str(data["breakpoints_sha256"]))
        except (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None


def too_long(problem: TiebreakerProblem, breakpoints: int) -> bool:
    """Whether merging lists of so many breakpoints would take more than some seconds."""
    blocks = problem.blocks
    return int((blocks.eligible & (blocks.focal > 0)).sum()) * breakpoints > MOST_WORK


def list_digest(costs: Sequence[int], focal: Sequence[int]) -> str:
    """Sha256 of the breakpoints as text, a line ``cost,focal`` each."""
    return sha256_text("".join(f"{cost},{count}\n" for cost, count in zip(costs, focal, strict=True)))
