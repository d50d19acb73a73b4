"""``hill-climb``: accepts no change for the worse, and starts again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from evenhand.errors import Fault
from evenhand.solvers.base import Capabilities, Solver
from evenhand.solvers.options import Option, count, described, option_faults

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.solution import Candidate
    from evenhand.solvers.limits import Limits

ALLOWED: Mapping[str, Option] = {
    "steps": count("budget of steps of all climbs together", 1, 10**12),
    "restarts": count("climbs after the first, each from a new start", 0, 10_000),
}


@frozen
class HillClimb(Solver):
    """Random moves at temperature 0 with restarts. Repeatable like ``annealing``; it brings no bound."""

    name: ClassVar[str] = "hill-climb"
    doc: ClassVar[str] = "random improvement with restarts: fast and plain, without a bound of its own"
    capabilities: ClassVar[Capabilities] = Capabilities()
    options: ClassVar[Mapping[str, str]] = described(ALLOWED)

    def check_options(self, options: Mapping[str, Any]) -> list[Fault]:
        return option_faults(self.name, ALLOWED, options)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        from evenhand.solvers.schedule import Plan, search

        plan = Plan(**{"restarts": 7, "start_temperature": 0.0, "from_best": False, **limits.options})
        return search(problem, limits, plan, self.name)
