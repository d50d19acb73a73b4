"""Duals of a linear formulation: weak duality gives a bound for any multipliers of the right sign."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import frozen

from evenhand.certificates.base import Certificate, CertificateError

if TYPE_CHECKING:
    from evenhand.model import Problem


@frozen(eq=False)
class DualCertificate(Certificate):
    """One multiplier per named row of a formulation (rows with multiplier 0 are left out).

    The bound ``y'b + sum_j min over [l_j, u_j] of (c_j - y'A_j) x_j`` holds for every y of the right sign
    (Neumaier and Shcherbina 2004 for the form that survives finite precision). A stranger rebuilds the rows from
    spec and tables; ``digest`` says which model the multipliers belong to.
    """

    kind: ClassVar[str] = "dual"

    formulation: str
    digest: str
    duals: Mapping[str, float]

    def bound(self, problem: Problem) -> float | None:
        from evenhand.kernel import compile_model, safe_bound

        formulation = next((f for f in problem.formulations() if f.name == self.formulation), None)
        if formulation is None:
            raise CertificateError(f"the domain {problem.domain.name!r} has no formulation {self.formulation!r}")
        built = formulation.build(problem)
        if built.honesty == "restriction":
            raise CertificateError(f"the formulation {self.formulation!r} is a restriction: its duals bound nothing")
        model = compile_model(built.model).model
        if model.digest() != self.digest:
            raise CertificateError("the model rebuilt from spec and tables is not the one this certificate speaks of")
        row_of = {name: row for row, name in enumerate(model.row_names)}
        multipliers = np.zeros(len(model.row_names))
        for name, value in self.duals.items():
            if name not in row_of:
                raise CertificateError(f"the certificate names a row {name!r} that the model does not have")
            multipliers[row_of[name]] = value
        maximize = problem.objective.sense == "maximize"
        cost, offset = model.combine(np.array(problem.objective.weights()))
        bound = safe_bound(model, cost, offset, multipliers, maximize=maximize)
        return problem.attainable(bound) if math.isfinite(bound) else None

    def to_json(self) -> dict[str, Any]:
        return {"formulation": self.formulation, "model_sha256": self.digest, "duals": dict(self.duals)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            duals = {str(name): float(value) for name, value in data["duals"].items()}
            formulation, digest = str(data["formulation"]), str(data["model_sha256"])
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise CertificateError(f"the dual certificate cannot be read: {fault}") from None
        if not all(math.isfinite(value) for value in duals.values()):
            raise CertificateError("a multiplier is not a finite number")
        return cls(formulation, digest, duals)
