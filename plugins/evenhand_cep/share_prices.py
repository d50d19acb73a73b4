"""``share-prices``: the certified algorithm, district by district."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import evolve

from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_cep.certificate import ExhaustiveCertificate, PricesCertificate, exhaustive_entry, rounded_up
from evenhand_cep.districts import solve_districts
from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.instance import Instance
from evenhand_cep.parts import school_worth
from evenhand_cep.prices.solve import EXHAUSTIVE_SCHOOLS, PriceResult, price_bound
from evenhand_cep.regroup import settle

if TYPE_CHECKING:
    from evenhand.certificates import Certificate
    from evenhand.model import Problem
    from evenhand_cep.parts import Part
    from evenhand_cep.problem import CepProblem


class SharePrices(Solver):
    """Prices of share bound every grouping and guide the search for one; small districts are enumerated."""

    name: ClassVar[str] = "share-prices"
    doc: ClassVar[str] = (
        f"certified grouping by share prices; exact for districts of up to {EXHAUSTIVE_SCHOOLS} schools")
    capabilities: ClassVar[Capabilities] = Capabilities(exact=False, bound=True, shapes=("assignment",))

    def refusal(self, problem: Problem) -> str | None:
        worth = school_worth(problem)  # type: ignore[arg-type]
        if worth is None:
            return "share-prices needs terms that add up over schools"
        if worth.slack > 0:
            return "share-prices does not look for change for its own sake (a negative weight of regrouped)"
        return super().refusal(problem)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        cep: CepProblem = problem  # type: ignore[assignment]
        instances = [part.instance for part in cep.parts]
        assert all(instance is not None for instance in instances)  # contradictions were found before any solver
        results = solve_districts([i for i in instances if i is not None], limits)
        worth = school_worth(cep)
        assert worth is not None
        if worth.staying > 0:
            results = [_settled(cep, part, result, worth.staying, limits)
                       for part, result in zip(cep.parts, results, strict=True)]
        return candidate_of(cep, results, "share-prices")


def _settled(problem: CepProblem, part: Part, result: PriceResult, weight: float, limits: Limits) -> PriceResult:
    """The district's answer once moves cost something; the bound is that of free moves."""
    labels = settle(problem, part, result.labels, weight, limits.stop)
    return result if labels is None else evolve(result, labels=labels, value=None)


def candidate_of(problem: CepProblem, results: Sequence[PriceResult], used: str) -> Candidate:
    """Join the districts' answers: labels side by side, values and bounds added up."""
    sign = 1.0 if problem.objective.sense == "maximize" else -1.0
    certificates: list[Certificate] = []
    entries: list[dict[str, Any]] = [
        {**(result.certificate_data or exhaustive_entry(part.instance, result.bound)),
         "district": problem.districts[part.district]}
        for part, result in zip(problem.parts, results, strict=True)]
    bound = rounded_up(r.bound for r in results if r.bound is not None)
    if all(result.bound is not None and math.isfinite(result.bound) for result in results):
        kind = ExhaustiveCertificate if all(e["kind"] == "exhaustive" for e in entries) else PricesCertificate
        certificates.append(kind.of(problem, entries, sign * bound))
    if any(result.labels is None for result in results):
        without = [problem.districts[part.district] or "the schools"
                   for part, result in zip(problem.parts, results, strict=True) if result.labels is None]
        return Candidate(certificates=certificates, used=used,
                         notices=[f"No grouping that keeps the rules was found for {', '.join(without[:10])}."])
    labels = np.zeros(len(problem.kept), dtype=np.int64)
    for part, result in zip(problem.parts, results, strict=True):
        assert result.labels is not None
        labels[part.rows] = part.spread(result.labels)
    values = [r.value for r in results if r.value is not None]
    value = sign * math.fsum(values) if len(values) == len(results) else None
    return Candidate(allocation=problem.from_labels(labels), value=value, certificates=certificates, used=used)


def cheap_certificate(problem: CepProblem) -> Certificate | None:
    """Prices for an answer that came without a bound (None for an objective that prices do not bound)."""
    if not problem.parts or any(part.instance is None for part in problem.parts):
        return None
    entries, bounds = [], []
    for part in problem.parts:
        assert part.instance is not None
        found = cheap_bound(part.instance)
        if found is None:
            return None
        bounds.append(found[0])
        entries.append({**found[1], "district": problem.districts[part.district]})
    kind = ExhaustiveCertificate if all(entry["kind"] == "exhaustive" for entry in entries) else PricesCertificate
    worth = school_worth(problem)
    assert worth is not None
    total = rounded_up([*bounds, worth.slack])
    sign = 1.0 if problem.objective.sense == "maximize" else -1.0
    return kind.of(problem, entries, sign * total)


def bound_by_prices(instance: Instance) -> tuple[float, dict[str, Any]] | None:
    """Bound and certificate of one instance, without looking for a good grouping."""
    bound, data = price_bound(instance)
    return (bound, data) if math.isfinite(bound) else None


def cheap_bound(instance: Instance) -> tuple[float, dict[str, Any]] | None:
    """The best bound that costs a fraction of a second: enumeration for few schools, else prices."""
    if int(instance.may_join.sum()) <= EXHAUSTIVE_SCHOOLS:
        found = solve_exhaustively(instance)
        if found.bound is not None:
            return found.bound, exhaustive_entry(instance, found.bound)
    return bound_by_prices(instance)
