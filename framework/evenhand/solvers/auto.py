"""``auto``: the first solver on the problem's own list that is installed and takes the problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from evenhand.errors import SolverUnsuitableError
from evenhand.solvers.base import Capabilities, Solver

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.solution import Candidate
    from evenhand.solvers.limits import Limits


class Auto(Solver):
    """Chosen before the run by :func:`choose`; it never solves anything itself."""

    name: ClassVar[str] = "auto"
    doc: ClassVar[str] = "the best solver for this problem that is installed"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        raise SolverUnsuitableError("auto is a choice among solvers; ask for it through evenhand.solve")


def choose(problem: Problem, known: Mapping[str, Solver]) -> tuple[Solver, list[str]]:
    """The solver ``auto`` stands for, and notices for the choices that were passed over.

    Raises
    ------
    SolverUnsuitableError
        None of the problem's solvers can run; the message gives the reason for each.
    """
    reasons = []
    for name in problem.auto_solvers():
        solver = known.get(name)
        if solver is None:
            reasons.append(f"{name}: not registered")
            continue
        reason = solver.missing() or solver.refusal(problem)
        if reason is None:
            return solver, [f"auto used {name} because {text}" for text in reasons]
        reasons.append(f"{name}: {reason}")
    raise SolverUnsuitableError("no solver takes this problem: " + "; ".join(reasons))
