"""``highs``: the problem's formulation, compiled once and handed to HiGHS."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evenhand.certificates import Certificate, ClaimedCertificate, DualCertificate
from evenhand.errors import Fault, InfeasibleError, SolverUnsuitableError, SpecError, nearest
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver

if TYPE_CHECKING:
    from evenhand.kernel import CompiledModel, LinearResult
    from evenhand.model import Built, Formulation, Problem
    from evenhand.shapes import Allocation

# A multiplier this small against the largest cost says nothing but rounding.
NEGLIGIBLE = 1e-15


def answering_formulation(problem: Problem, name: str | None = None) -> Formulation:
    """The named formulation, or the problem's first whose solutions are real (a relaxation's are not).

    Raises
    ------
    SolverUnsuitableError
    """
    every = problem.formulations()
    if name is not None:
        found = next((f for f in every if f.name == name), None)
        if found is None:
            raise SolverUnsuitableError(f"there is no formulation {name!r}; {nearest(name, [f.name for f in every])}")
        return found
    found = next((f for f in every if f.honesty != "relaxation"), None)
    if found is None:
        raise SolverUnsuitableError("no formulation of this problem has real solutions")
    return found


class Highs(Solver):
    """Mixed-integer and linear programming by HiGHS; LP duals make its bound one that can be rechecked."""

    name: ClassVar[str] = "highs"
    doc: ClassVar[str] = "HiGHS on the problem's linear or mixed-integer formulation"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, warm_start=True)
    options: ClassVar[Mapping[str, str]] = {
        "formulation": "name of the formulation (default: the first with real solutions)",
    }

    def check_options(self, options: Mapping[str, Any]) -> list[Fault]:
        from evenhand.kernel import checked_options

        own = {key: value for key, value in options.items() if key not in self.options}
        found = []
        if not isinstance(options.get("formulation", ""), str):
            found.append(Fault("solver.formulation", "must be text", value=str(options["formulation"])))
        try:
            checked_options(own, "solver")
        except SpecError as faults:
            found += faults.faults
        return found

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        from evenhand.kernel import HighsSession, compile_model

        built = answering_formulation(problem, limits.options.get("formulation")).build(problem)
        compiled = compile_model(built.model)
        maximize = problem.objective.sense == "maximize"
        cost, offset = compiled.model.combine(np.array(problem.objective.weights()))
        session = HighsSession(compiled.model)
        session.set_costs(cost, offset, maximize=maximize)
        own = {key: value for key, value in limits.options.items() if key not in self.options}
        trusted = built.honesty != "restriction"

        def tell(value: float | None, bound: float | None) -> None:
            limits.report(value if built.honesty != "relaxation" else None, bound if trusted else None)

        result = session.solve(time_limit=_seconds(limits), gap=limits.gap, stop=limits.stop, progress=tell,
                               options=own or None)
        certificates = self._certificates(built, compiled, session, result, limits, maximize) if trusted else []
        return self._candidate(problem, built, compiled, result, certificates, limits)

    def _certificates(self, built: Built, compiled: CompiledModel, session: Any, result: LinearResult, limits: Limits,
                      maximize: bool) -> list[Certificate]:
        """The LP's duals, and the branch-and-bound bound as a claim."""
        from evenhand.kernel import repaired_duals

        found: list[Certificate] = []
        duals = result.row_duals
        if duals is None and result.status != "infeasible":
            session.relax(True)
            duals = session.solve(time_limit=max(1.0, _seconds(limits) or 60.0), stop=None).row_duals
        model = compiled.model
        if duals is not None:
            cost, _ = model.combine(np.array(built.problem.objective.weights()))
            duals = repaired_duals(model, cost, duals, maximize=maximize)
            floor = NEGLIGIBLE * (float(np.abs(cost).max()) if cost.size else 0.0)
            named = {name: float(y) for name, y in zip(model.row_names, duals, strict=True) if abs(y) > floor}
            certificate = DualCertificate(built.formulation.name, model.digest(), named)
            if certificate.bound(built.problem) is not None:
                found.append(certificate)
        if model.integer.any() and result.bound is not None and math.isfinite(result.bound):
            found.append(ClaimedCertificate(result.bound, "HiGHS branch and bound"))
        return found

    def _candidate(self, problem: Problem, built: Built, compiled: CompiledModel, result: LinearResult,
                   certificates: list[Certificate], limits: Limits) -> Candidate:
        used = f"HiGHS on the formulation {built.formulation.name!r}"
        notices = []
        if built.honesty == "restriction":
            notices.append(f"The formulation {built.formulation.name!r} is a restriction: its answers are real, "
                           "its own bound is not used.")
        if built.dropped:
            notices.append(f"The model leaves out {', '.join(built.dropped)}: its bound stays valid, its answer may "
                           "not be the best.")
        if result.status == "infeasible":
            if built.honesty != "restriction":
                from evenhand.model.farkas import farkas_proof

                return Candidate(used=used, notices=notices, infeasible=InfeasibleError(
                    "No allocation keeps the rules. `evenhand explain` names the rules that conflict.",
                    proof=farkas_proof(built.formulation.name, compiled.model, _seconds(limits))))
            return Candidate(used=used, notices=notices)
        if result.status == "unbounded":
            raise SolverUnsuitableError("the objective has no limit: a rule or a bound is missing")
        allocation: Allocation | None = None
        if result.values is not None:
            values = result.values
            allocation = built.decode(lambda variable: values[compiled.columns_of(variable)])
            broken = problem.violations(allocation)
            if broken:
                # HiGHS keeps rows to 1e-6; rules are exact. What breaks one is no answer, however nearly it does not.
                notices.append(f"HiGHS's answer keeps the rules only within its tolerance ({broken[0].message}) and "
                               "was refused.")
                allocation = None
        return Candidate(allocation=allocation, certificates=tuple(certificates), used=used, notices=notices)


def _seconds(limits: Limits) -> float | None:
    return None if math.isinf(limits.remaining) else limits.remaining
