"""The certificate ``exhaustive``: every choice of the class was considered; checking considers them all again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.certificates import Certificate, CertificateError
from evenhand_tiebreaker.statement import same_problem, statement
from evenhand_tiebreaker.words import whole

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class ExhaustiveCertificate(Certificate):
    """The best value among all thresholds (or all rules, or of the one given choice), and how many choices there are.

    The bound is about that class; what the best of all sets could add is the metric ``any_set_bound``.
    """

    kind: ClassVar[str] = "exhaustive"

    about: Mapping[str, Any]
    choices: int
    claimed: float

    @classmethod
    def of(cls, problem: TiebreakerProblem) -> Self:
        choices, value = outcome(problem)
        assert value is not None
        return cls(statement(problem), choices, value)

    def bound(self, problem: Problem) -> float | None:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        same_problem(tiebreaker, self.about)
        choices, value = outcome(tiebreaker)
        if (choices, value) != (self.choices, self.claimed):
            raise CertificateError(f"it claims the value {self.claimed!r} among {self.choices:,} choices; looking at "
                                   f"them again gives {value!r} among {choices:,}")
        return value

    def to_json(self) -> dict[str, Any]:
        return {"problem": dict(self.about), "choices": self.choices, "bound": self.claimed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            claimed = data["bound"]
            if isinstance(claimed, bool) or not isinstance(claimed, int | float) or not math.isfinite(claimed):
                raise ValueError(f"{claimed!r} is no finite number")
            return cls(dict(data["problem"]), whole(data["choices"]), float(claimed))
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None


def outcome(problem: TiebreakerProblem) -> tuple[int, float | None]:
    """How many choices the class has, and the value of the best that keeps the rules, looked up or looked at again.

    Raises
    ------
    CertificateError
        The class of this problem cannot be looked at as a whole.
    """
    selection = problem.options.selection
    if selection in ("threshold", "column"):
        return problem.scan.choices, problem.scan.value
    if selection == "rule":
        found = problem.rule_found
        if found is not None and found.exact:
            return found.rules, found.value
    raise CertificateError(f'no search looks at every choice of selection = "{selection}"')
