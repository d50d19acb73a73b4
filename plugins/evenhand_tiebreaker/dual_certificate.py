"""The certificate ``dual`` of a budget: a price per unit of each budget, checked in one pass over the table."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.certificates import Certificate, CertificateError, DualCertificate
from evenhand_tiebreaker.lagrange import dual_bound
from evenhand_tiebreaker.statement import focal_value, focal_weight, read_fraction, same_problem, statement
from evenhand_tiebreaker.words import fraction_text, whole

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class LagrangianCertificate(Certificate):
    """Prices lambda of the budgets: ``sum lambda W + sum max(0, p - sum lambda c)`` over eligible blocks, rounded down.

    It holds for any prices of at least 0 and for any set of eligible blocks within the budgets, whatever other rules
    there are. ``claimed`` is the bound as filed, in the unit of the counts.
    """

    kind: ClassVar[str] = "dual"

    about: Mapping[str, Any]
    prices: Mapping[str, Fraction]
    claimed: int

    @classmethod
    def of(cls, problem: TiebreakerProblem) -> Self:
        return cls(statement(problem), problem.multipliers.prices, problem.multipliers.floored)

    def bound(self, problem: Problem) -> float | None:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        same_problem(tiebreaker, self.about)
        return focal_value(tiebreaker, checked_bound(tiebreaker, self.prices, self.claimed))

    def to_json(self) -> dict[str, Any]:
        return {"problem": dict(self.about), "lambda": {name: fraction_text(price) for name, price in
                                                        self.prices.items()}, "bound": self.claimed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self | Certificate:  # type: ignore[override]
        if "formulation" in data:  # the multipliers of the rows of a linear model, the core's form of the same kind
            return DualCertificate.from_json(data)
        if "separators" in data:
            from evenhand_tiebreaker.zone_certificate import ZoneCertificate

            return ZoneCertificate.from_json(data)
        try:
            return cls(dict(data["problem"]), read_prices(data["lambda"]), whole(data["bound"]))
        except (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None


def checked_bound(problem: TiebreakerProblem, prices: Mapping[str, Fraction], claimed: int) -> int:
    """The bound of these prices, recomputed. Raises :class:`CertificateError` if it is not the claimed one."""
    try:
        found = dual_bound(problem.blocks, problem.binding, prices).__floor__()
    except ValueError as fault:
        raise CertificateError(str(fault)) from fault
    if found != claimed:
        raise CertificateError(f"it claims the bound {claimed} but proves {found}")
    return found


def read_prices(data: Any) -> dict[str, Fraction]:
    return {str(name): read_fraction(price) for name, price in data.items()}


def cheap_certificate(problem: TiebreakerProblem) -> Certificate | None:
    """The dual bound for any set, where focal students under budgets are all there is; else the model's multipliers."""
    from evenhand_tiebreaker.relaxation_bound import relaxation_certificate
    from evenhand_tiebreaker.rules import Budget

    plain = focal_weight(problem) is not None
    if plain and all(isinstance(rule, Budget) for rule in problem.constraints):
        return LagrangianCertificate.of(problem)
    found = relaxation_certificate(problem)
    return LagrangianCertificate.of(problem) if found is None and plain else found
