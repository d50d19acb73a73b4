"""The certificate of a method that is a rule: the order in which it gives out the units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np
from attrs import frozen

from evenhand.certificates import CertificateError
from evenhand_apportionment.certificate import StatedCertificate, statement
from evenhand_apportionment.classic.check import check_award_order

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand_apportionment.problem import ApportionmentProblem

# Comparing every award with every group takes a second at this many pairs; beyond, the order is made again instead.
MOST_PAIRS = 5_000_000


@frozen(eq=False)
class AwardOrderCertificate(StatedCertificate):
    """The group of each unit after the minimums; replaying the rule confirms every award.

    It proves that the answer follows the method, and no bound: the method minimizes nothing.
    """

    kind: ClassVar[str] = "marginals"
    form: ClassVar[str] = "awards"

    awards: Sequence[str]

    @classmethod
    def of(cls, problem: ApportionmentProblem) -> Self:
        awards = problem.answer.awards
        assert awards is not None
        value = problem.objective.measure(problem, problem.outer(problem.answer.units))[0]
        return cls(statement(problem), value, None, [problem.ids[row] for row in problem.rows[awards].tolist()])

    def bound(self, problem: Problem) -> float | None:
        self._same_problem(problem)  # type: ignore[arg-type]
        if self.claimed is not None:
            raise CertificateError("an award order proves no bound, and it claims one")
        return None

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        found = self._value_faults(apportionment, allocation)
        place = {apportionment.ids[row]: number for number, row in enumerate(apportionment.rows.tolist())}
        unknown = [group for group in self.awards if group not in place]
        if unknown:
            return [*found, f"a unit goes to {unknown[0]!r}, which takes no part"]
        awards = np.array([place[group] for group in self.awards], dtype=np.int64)
        cost: Any = apportionment.cost
        held = cost.lower + np.bincount(awards, minlength=cost.size)
        if not np.array_equal(held, apportionment.inner(allocation)):
            found.append("the awards do not add up to the answer")
        if len(awards) * cost.size > MOST_PAIRS:
            again = apportionment.answer.awards
            assert again is not None
            return found if np.array_equal(awards, again) else [*found, "the rule gives out the units in another order"]
        return found + check_award_order(cast(Any, apportionment.people), awards.tolist(), cost.units,
                                         lower=cost.lower.tolist(), upper=cost.upper.tolist())

    def to_json(self) -> dict[str, Any]:
        return {**self._head(), "awards": list(self.awards)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            head, awards = cls._read_head(data), data["awards"]
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None
        if not isinstance(awards, list) or not all(isinstance(group, str) for group in awards):
            raise CertificateError("the certificate cannot be read: awards is no list of groups")
        if head[1] is None:
            raise CertificateError("the certificate cannot be read: it does not say what the answer is worth")
        return cls(*head, awards)
