"""Certificates of the domain: prices per district, and the subset enumeration of small ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import frozen

from evenhand.certificates import Certificate, CertificateError
from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.parts import school_worth
from evenhand_cep.prices.certificate import evaluate_certificate

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.tables.exact import ExactColumn
    from evenhand_cep.instance import Instance
    from evenhand_cep.problem import CepProblem

# Sums may differ in the last bits between machines; anything more is a false claim.
ROUNDING = 1e-12


def statement(problem: CepProblem) -> dict[str, Any]:
    """What the certificate speaks of: the options that matter and a digest of the kept rows."""
    from evenhand.tables.digest import sha256_text

    columns = [problem.ids, _fractions(problem.exact_enrolled), _fractions(problem.exact_identified),
               *(map(str, column.tolist()) for column in
                 (problem.meals_value, problem.base, problem.outside_worth, problem.required, problem.excluded,
                  problem.district_of_row))]
    rows = "\n".join(map(",".join, zip(*columns, strict=True)))
    options, rates = problem.options, problem.rates
    return {
        "domain": "cep", "multiplier": str(options.multiplier), "min_isp": str(options.min_isp),
        "max_groups": options.max_groups, "isp_rounding": options.isp_rounding,
        "rates": {name: str(getattr(rates, name)) for name in
                  ("lunch_free", "lunch_paid", "breakfast_free", "breakfast_paid")},
        "participation": "may_stay_out" if problem.may_stay_out else "all_participate",
        "objective": problem.objective.formula(), "kept_schools": len(problem.kept),
        "kept_rows_sha256": sha256_text(rows),
    }


def _fractions(column: ExactColumn) -> list[str]:
    """Exact numbers in lowest terms, as ``str(Fraction)`` writes them, without a Fraction for every row."""
    values, scale = column.values, column.scale
    if values.dtype == object or scale >= 2**63:
        return [str(value) for value in column.fractions()]
    divisors = np.gcd(values, np.int64(scale))
    pairs = zip((values // divisors).tolist(), (scale // divisors).tolist(), strict=True)
    return [str(top) if bottom == 1 else f"{top}/{bottom}" for top, bottom in pairs]


@frozen(eq=False)
class GroupingCertificate(Certificate):
    """One entry per district; the bounds add up.

    ``about`` says which problem it speaks of (see :func:`statement`); ``claimed`` is the bound it was filed with.
    """

    about: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]
    claimed: float

    @classmethod
    def of(cls, problem: CepProblem, parts: Sequence[Mapping[str, Any]], bound: float) -> Self:
        return cls(statement(problem), tuple(parts), bound)

    def bound(self, problem: Problem) -> float | None:
        """The bound of the objective, recomputed part by part from the tables.

        Raises
        ------
        CertificateError
            It speaks of another problem, a part does not hold, or it claims more than its prices prove.
        """
        cep: CepProblem = problem  # type: ignore[assignment]
        about = statement(cep)
        different = [key for key in about if self.about.get(key) != about[key]]
        if different:
            raise CertificateError(f"it speaks of another problem: {', '.join(different)} differ")
        if len(self.parts) != len(cep.parts):
            raise CertificateError(f"it has {len(self.parts)} parts for {len(cep.parts)} districts")
        bounds = []
        for stored, part in zip(self.parts, cep.parts, strict=True):
            if part.instance is None:
                raise CertificateError("a district has contradicting rules and no bound")
            district = cep.districts[part.district]
            try:
                bounds.append(part_bound(part.instance, stored))
                _check_entry(stored, district, bounds[-1])
            except (ValueError, ArithmeticError) as fault:
                raise CertificateError(f"district {district!r}: {fault}") from fault
        worth = school_worth(cep)
        assert worth is not None
        total = rounded_up([*bounds, worth.slack])
        proven = total if problem.objective.sense == "maximize" else -total
        beyond = proven - self.claimed if problem.objective.sense == "maximize" else self.claimed - proven
        if not beyond <= ROUNDING * max(1.0, abs(proven)):
            raise CertificateError(f"it claims the bound {self.claimed!r} but proves only {proven!r}")
        return proven

    def to_json(self) -> dict[str, Any]:
        return {"problem": dict(self.about), "bound": repr(self.claimed), "parts": [dict(part) for part in self.parts]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            about, parts = dict(data["problem"]), [dict(part) for part in data["parts"]]
            claimed = float(data["bound"])
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None
        if not math.isfinite(claimed):
            raise CertificateError("its bound is not a finite number")
        return cls(about, parts, claimed)


@frozen(eq=False)
class PricesCertificate(GroupingCertificate):
    """Share prices: weak duality for any non-negative prices (some small districts may be enumerated)."""

    kind: ClassVar[str] = "prices"


@frozen(eq=False)
class ExhaustiveCertificate(GroupingCertificate):
    """Every district was enumerated; checking repeats the enumeration."""

    kind: ClassVar[str] = "exhaustive"


def _check_entry(stored: Mapping[str, Any], district: str, proven: float) -> None:
    """What a district's entry says of itself. Raises ``ValueError`` when it is not so."""
    if stored.get("district", district) != district:
        raise ValueError(f"its entry is that of {stored['district']!r}")
    if "bound" in stored and not proven - float(stored["bound"]) <= ROUNDING * max(1.0, abs(proven)):
        raise ValueError(f"its entry claims the bound {stored['bound']!r} but proves only {proven!r}")


def rounded_up(bounds: Iterable[float]) -> float:
    """Their sum, never below the true one (a sum that comes out as 0 is exact)."""
    total = math.fsum(bounds)
    return math.nextafter(total, math.inf) if total else 0.0


def exhaustive_entry(instance: Instance | None, bound: float | None) -> dict[str, Any]:
    """What is stored of an enumeration: schools that could join (those that stay together are one), their sets."""
    assert instance is not None
    schools = int(instance.may_join.sum())
    return {"kind": "exhaustive", "schools": schools, "subsets": 2**schools - 1, "bound": repr(bound)}


def part_bound(instance: Instance, stored: Mapping[str, Any]) -> float:
    """The verified upper bound of one district's entry. An enumeration is repeated: seconds at its largest size."""
    if stored.get("kind") != "exhaustive":
        return evaluate_certificate(instance, stored)
    found = solve_exhaustively(instance)
    if found.bound is None:
        raise ValueError(f"the enumeration ends with {found.status}: {found.reason}")
    if (said := stored.get("subsets")) != found.subsets_examined:
        raise ValueError(f"its entry speaks of {said!r} sets of schools; there are {found.subsets_examined}")
    return found.bound
