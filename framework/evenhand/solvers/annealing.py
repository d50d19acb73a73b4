"""``annealing``: simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) over the problem's walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from evenhand.errors import Fault
from evenhand.solvers.base import Capabilities, Solver
from evenhand.solvers.options import Option, count, described, number, option_faults

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.solution import Candidate
    from evenhand.solvers.limits import Limits

ALLOWED: Mapping[str, Option] = {
    "steps": count("budget of steps of all runs together", 1, 10**12),
    "restarts": count("runs after the first, each from the best answer so far", 0, 10_000),
    "start_temperature": number("first temperature, in typical changes of the objective", 1e-6, 1e6),
    "cooling": number("factor from one temperature to the next", 0.01, 0.9999),
}


@frozen
class Annealing(Solver):
    """Geometric cooling, restarts from the best answer with fresh seeds.

    The budget is a number of steps (by default a function of the problem's size), and the time limit only a cap: a
    run that makes all its steps gives the same answer for the same seed on any machine. It brings no bound.
    """

    name: ClassVar[str] = "annealing"
    doc: ClassVar[str] = "simulated annealing: an answer for any problem, without a bound of its own"
    capabilities: ClassVar[Capabilities] = Capabilities()
    options: ClassVar[Mapping[str, str]] = described(ALLOWED)

    def check_options(self, options: Mapping[str, Any]) -> list[Fault]:
        return option_faults(self.name, ALLOWED, options)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        from evenhand.solvers.schedule import Plan, search

        return search(problem, limits, Plan(**limits.options), self.name)
