"""The one adapter between a problem's Pyomo formulations and a solver that is not HiGHS."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from evenhand.errors import Fault, InfeasibleError, SolverUnavailableError, SolverUnsuitableError
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Solver
from evenhand.solvers.options import Option, option_faults, text
from evenhand.solvers.pyomo_status import Job, Outcome

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand.solvers.limits import Limits
    from evenhand.solvers.pyomo_model import Written

# Rows and bounds of these solvers hold to 1e-6 or 1e-7: a value better than the bound by this much is no contradiction.
TOLERANCE = 1e-6
# The solver's gap is measured on its own objective, a hair beside the audited one.
GAP_SHARE = 0.9
FORMULATION: Mapping[str, Option] = {
    "formulation": text("name of the formulation; left out: the first exact one that can be built, else a restriction"),
}


@frozen
class PyomoSolver(Solver):
    """Build the Pyomo model, write it, let an external solver minimize it, decode, and say honestly what it is worth.

    The solver's bound becomes a ``claimed`` certificate, and only when the formulation is exact or a relaxation. A
    proof of infeasibility counts under the same condition.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True)
    allowed: ClassVar[Mapping[str, Option]] = {}
    quadratic: ClassVar[bool] = False

    @abstractmethod
    def run(self, job: Job) -> Outcome:
        """Minimize the model on file within the limits of the job."""

    def check_options(self, options: Mapping[str, Any]) -> list[Fault]:
        return option_faults(self.name, {**self.allowed, **FORMULATION}, options)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        """Solve the first formulation that serves.

        Raises
        ------
        SolverUnavailableError
            The solver is not installed, or it refuses to work (a licence).
        SolverUnsuitableError
            No formulation serves, the model is quadratic and the solver is not, or the objective has no limit.
        """
        from evenhand.solvers.pyomo_model import build_for, write_model

        if (reason := self.missing()) is not None:
            raise SolverUnavailableError(reason)
        built = build_for(problem, self.name, limits.options.get("formulation"))
        with tempfile.TemporaryDirectory(prefix="evenhand-") as name:
            folder = Path(name)
            written = write_model(built, folder / "model.lp")
            if written.quadratic and not self.quadratic:
                raise SolverUnsuitableError(f"{self.name} takes linear models; the model of "
                                            f"{built.formulation.name!r} has quadratic parts")
            if limits.stop():
                return Candidate(used=self.name)

            def report(value: float | None, bound: float | None) -> None:
                # A model that lacks terms values an answer too well, and a restriction bounds nothing.
                own_value = None if value is None or built.dropped else written.factor * value
                own_bound = None if bound is None or built.honesty == "restriction" else written.factor * bound
                if own_value is not None or own_bound is not None:
                    limits.report(own_value, own_bound)

            outcome = self.run(Job(folder, folder / "model.lp", limits, GAP_SHARE * limits.gap, limits.options, report))
        return self._candidate(problem, limits, written, outcome)

    def _candidate(self, problem: Problem, limits: Limits, written: Written, outcome: Outcome) -> Candidate:
        from evenhand.certificates import ClaimedCertificate

        built = written.built
        used = f"{self.name} {outcome.version}".strip()
        notices = list(outcome.notices)
        if built.honesty == "restriction":
            notices.append(f"The formulation {built.formulation.name!r} is a restriction: its answers are real, its "
                           "own bound is not used.")
        if built.dropped:
            notices.append(f"{self.name} solved a model without {', '.join(built.dropped)}, which it cannot carry: the "
                           "answer may miss what these terms ask for; the bound holds.")
        if outcome.status == "infeasible":
            if built.honesty != "restriction":
                return Candidate(used=used, notices=notices, infeasible=InfeasibleError(
                    f"No allocation keeps the rules: {self.name} found the model infeasible.",
                    proof={"solver": used, "formulation": built.formulation.name}))
            notices.append(f"{self.name} found the restricted model {built.formulation.name!r} infeasible, which "
                           "proves nothing about the problem.")
        if outcome.status == "unbounded":
            raise SolverUnsuitableError("the objective has no limit: a rule or a bound is missing")

        bound = None
        if outcome.bound is not None and built.honesty != "restriction":
            bound = written.factor * outcome.bound
        allocation, value = None, None
        if outcome.values is not None:
            allocation, value, words = self._decoded(problem, written, outcome.values)
            notices += words
        if value is not None and bound is not None and allocation is not None:
            bound = _not_beyond(problem, allocation, value, bound)
        if value is not None or bound is not None:
            limits.report(value, bound)
        if outcome.status in ("feasible", "no_solution") and limits.stopped is None and not limits.closed():
            notices.append(f"{self.name} ended before the requested gap was proven.")
        certificates = () if bound is None else (ClaimedCertificate(bound, used),)
        return Candidate(allocation=allocation, value=value, certificates=certificates, used=used, notices=notices)

    def _decoded(self, problem: Problem, written: Written, values: Mapping[str, float]
                 ) -> tuple[Allocation | None, float | None, list[str]]:
        """The allocation and its value from the raw tables; None when it keeps the rules only within tolerances."""
        allocation = written.decode(values)
        violations = problem.violations(allocation)
        if violations:
            first = violations[0]
            return None, None, [f"The answer of {self.name} keeps the rules only within its tolerances; exactly "
                                f"evaluated it breaks {len(violations)}, first {first.rule}: {first.message}."]
        return allocation, float(problem.objective.measure(problem, allocation)[0]), []


def _not_beyond(problem: Problem, allocation: Allocation, value: float, bound: float) -> float:
    """The bound, moved onto the value when the value is better by no more than the solver's tolerances.

    A larger difference is left as it is: the audit then reports that model and tables disagree.
    """
    terms = problem.objective.measure(problem, allocation)[1]
    size = max([abs(value), *(abs(weight * terms[key]) for key, weight in
                              zip(problem.objective.keys, problem.objective.weights(), strict=True))])
    better = value - bound if problem.objective.sense == "maximize" else bound - value
    return value if 0.0 < better <= TOLERANCE * size else bound
