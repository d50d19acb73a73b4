"""Solver: ``solve(problem, limits) -> Candidate``, with capabilities as data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from attrs import frozen

from evenhand.errors import Fault
from evenhand.solvers.limits import Limits

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.solution import Candidate

__all__ = ["Capabilities", "Limits", "Solver"]


@frozen
class Capabilities:
    """What a solver can do, as data.

    ``exact``: given time, it ends with the optimum. ``bound``: it brings a bound. ``shapes``: kinds it takes.
    ``max_items``: the largest number of items, or None. ``comparison``: kept only to compare with.
    """

    exact: bool = False
    bound: bool = False
    warm_start: bool = False
    shapes: tuple[str, ...] = ("assignment", "selection", "division")
    max_items: int | None = None
    comparison: bool = False


@frozen
class Solver(ABC):
    """One way of solving. Stateless: everything about a run lives in :class:`Limits`.

    ``doc`` is one line for ``evenhand solvers``; ``options`` maps an option a user may set in ``[solver]`` to a
    one-line description (the allow-list).
    """

    name: ClassVar[str]
    doc: ClassVar[str] = ""
    capabilities: ClassVar[Capabilities] = Capabilities()
    options: ClassVar[Mapping[str, str]] = {}

    def missing(self) -> str | None:
        """None if it can run here; else a sentence that says what to install and how."""
        return None

    def refusal(self, problem: Problem) -> str | None:
        """None if it takes this problem; else why not, in words."""
        can = self.capabilities
        if problem.shape.kind not in can.shapes:
            return f"{self.name} takes {' and '.join(can.shapes)} problems, not {problem.shape.kind}"
        if can.max_items is not None and len(problem.shape.items) > can.max_items:
            return f"{self.name} takes at most {can.max_items:,} items; this problem has {len(problem.shape.items):,}"
        return None

    def check_options(self, options: Mapping[str, Any]) -> list[Fault]:
        """Faults of the user's solver options. The default takes the allow-list by name only."""
        from evenhand.errors import nearest

        return [Fault(f"solver.{key}", f"the solver {self.name} has no option of this name",
                      nearest(key, [*self.options, "name", "time_limit", "gap", "seed"]))
                for key in options if key not in self.options]

    @abstractmethod
    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        """Look for the best allocation within the limits.

        Ask ``limits.stop()`` often (at least every 0.2 s) and return the best answer so far when it is True.
        Call ``limits.report(value, bound)`` whenever either improves. Raise
        :class:`evenhand.errors.InfeasibleError` only with a proof.
        """

    def describe(self) -> dict[str, Any]:
        """For ``evenhand solvers --json``."""
        return {"name": self.name, "doc": self.doc, "installed": self.missing() is None,
                "capabilities": attrs.asdict(self.capabilities), "options": dict(self.options)}


