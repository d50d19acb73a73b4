"""Candidate: what a solver hands over. Solution: what the audit makes of it, and nothing else may make one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from evenhand.certificates.base import Certificate

if TYPE_CHECKING:
    from evenhand.errors import InfeasibleError
    from evenhand.model import Problem, View, Violation
    from evenhand.shapes import Allocation

Status = Literal["optimal", "feasible", "violates", "infeasible", "no_solution"]


@frozen
class Moment:
    """One entry of a run's history: seconds since the start, best value and best bound known then."""

    seconds: float
    value: float | None
    bound: float | None


@frozen(eq=False, kw_only=True)
class Candidate:
    """A solver's answer, not yet believed.

    Parameters
    ----------
    allocation : the decision, or None.
    value : what the solver thinks it is worth; the audit compares. None: the solver did not say.
    certificates : proofs of bounds, best first; the audit re-evaluates each and keeps the best verified one.
    infeasible : a proof that nothing keeps the rules.
    used : the solver that did the work, with its version.
    notices : what the user must know about this run.
    comparison : True only for a method kept for comparison, whose answer may break rules.
    """

    allocation: Allocation | None = None
    value: float | None = None
    certificates: Sequence[Certificate] = ()
    infeasible: InfeasibleError | None = None
    used: str = ""
    notices: Sequence[str] = ()
    comparison: bool = False


@frozen(eq=False, kw_only=True)
class RunRecord:
    """How an answer came about: solver asked for and used, seed, limits, seconds, history."""

    name: str
    used: str
    seconds: float
    seed: int
    gap: float
    time_limit: float | None
    stopped: str | None = None
    history: Sequence[Moment] = ()


@frozen(eq=False, kw_only=True)
class Solution:
    """An audited answer. Every number in it was recomputed from the raw tables.

    ``bound`` is the best bound known, ``verified_bound`` the best one that a stranger can recompute from
    ``certificate``; ``claimed_bound`` is a solver's word. ``gap`` = |bound - value| / max(|value|, tiny), None when
    there is no bound.
    """

    problem: Problem
    status: Status
    allocation: Allocation | None = None
    value: float | None = None
    terms: Mapping[str, float] = field(factory=dict)
    bound: float | None = None
    verified_bound: float | None = None
    claimed_bound: float | None = None
    gap: float | None = None
    certificate: Certificate | None = None
    violations: Sequence[Violation] = ()
    metrics: Mapping[str, Any] = field(factory=dict)
    notices: Sequence[str] = ()
    infeasible: InfeasibleError | None = None
    run: RunRecord

    @property
    def sense(self) -> str:
        return self.problem.objective.sense

    @cached_property
    def view(self) -> View:
        """The domain's part of report and summary, made once; without an allocation there is nothing to show."""
        from evenhand.model.view import View

        return View() if self.allocation is None else self.problem.view(self)

    @property
    def exit_code(self) -> int:
        """What the command line ends with: 0 solved, 3 infeasible, 4 no solution that keeps the rules."""
        return {"optimal": 0, "feasible": 0, "infeasible": 3}.get(self.status, 4)


# Only keeps a value of 0 from dividing: anything larger would call a bad answer to a problem of tiny numbers proven.
TINY = 1e-300


def relative_gap(value: float | None, bound: float | None) -> float | None:
    """|bound - value| / max(|value|, tiny), or None without a bound."""
    if value is None or bound is None:
        return None
    return abs(bound - value) / max(abs(value), TINY)
