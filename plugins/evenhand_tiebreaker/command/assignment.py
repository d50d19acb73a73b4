"""From a spec to both assignments: the checked problem, its answer, and the comparison over common lotteries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from evenhand.errors import Fault, InputError
from evenhand_tiebreaker.command.told import Told, told
from evenhand_tiebreaker.matching.effects import Comparison, Effect, Move, compare, effects, moves, unassigned
from evenhand_tiebreaker.matching.tables import lotteries_of, market_of
from evenhand_tiebreaker.report.suppression import SmallCells
from evenhand_tiebreaker.sections import AssignmentSection

if TYPE_CHECKING:
    from evenhand.plugins import Registry
    from evenhand.solution import Solution
    from evenhand_tiebreaker.matching.market import Market
    from evenhand_tiebreaker.problem import TiebreakerProblem

DOMAIN = "tiebreaker"
TABLES = ("applicants", "programs")
PARTS = ("focal_receiving", "focal_not_receiving")


@frozen(eq=False, slots=False)
class Assigned:
    """Both assignments of every lottery, compared.

    Attributes
    ----------
    solution : the choice of blocks.
    section : how the assignment was run.
    market : applicants, programs, lists, points, and who lives in a receiving block.
    comparison : outcomes by lottery.
    given_lottery : whether the table of applicants brings the one lottery that was run.
    """

    solution: Solution
    section: AssignmentSection
    market: Market
    comparison: Comparison
    given_lottery: bool

    @property
    def problem(self) -> TiebreakerProblem:
        return self.solution.problem  # type: ignore[return-value]

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        return effects(self.comparison)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        return moves(self.comparison)

    @cached_property
    def unassigned(self) -> dict[str, tuple[float | None, float | None]]:
        return unassigned(self.comparison)

    @property
    def cells(self) -> SmallCells:
        """From which count on applicants are told of on a page."""
        return SmallCells(self.problem.options.suppress_below)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Groups that are too small to be described on a page, and those that would give them away."""
        sizes, found = self.comparison.size, set()
        for pair, inner in ((("focal", "non_focal"), PARTS), (PARTS, ())):
            if any(self.cells.hides(sizes(group)) for group in pair):
                found |= {*pair, *inner}
        return frozenset(found) | ({"all"} if self.cells.hides(sizes("all")) else frozenset())

    @cached_property
    def told(self) -> Told:
        """Which outcomes may be told on a page."""
        return told(self.comparison, self.cells, self.hidden)

    def tells(self, what: str, group: str) -> bool:
        """Whether a measure or a move of a group may be told."""
        return group not in self.hidden and self.told.tells(what, group)

    def effect(self, measure: str, group: str) -> Effect:
        return next(one for one in self.effects if (one.measure, one.group) == (measure, group))

    def move(self, move: str, group: str) -> Move:
        return next(one for one in self.moves if (one.move, one.group) == (move, group))


def problem_of(spec_file: Path, registry: Registry, overrides: Sequence[str] = ()) -> TiebreakerProblem:
    """The checked problem of a spec that has applicants and programs.

    Raises
    ------
    InputError
        With every fault of spec and tables, tables that are missing included.
    """
    from evenhand.spec.build import build_problem, load_spec

    spec = load_spec(spec_file, registry, overrides=overrides)
    if spec.domain != DOMAIN:
        raise InputError(Fault("domain", f"is {spec.domain!r}; this command is for the domain {DOMAIN!r}",
                               "Solve it with: evenhand solve"))
    missing = [Fault(f"data.{name}", "is missing: assigning applicants needs both applicants and programs",
                     f'Write {name} = "{name}.csv"') for name in TABLES if name not in spec.data]
    try:
        problem = build_problem(spec, registry)
    except InputError as fault:
        if not missing:
            raise
        known = {one.where for one in missing}
        raise InputError([*missing, *(one for one in fault.faults if one.where not in known)]) from None
    if missing:
        raise InputError(missing)
    return problem  # type: ignore[return-value]


def assigned(solution: Solution) -> Assigned:
    """Assign the applicants with and without the tiebreaker of a solution that keeps the rules."""
    problem: TiebreakerProblem = solution.problem  # type: ignore[assignment]
    assert solution.allocation is not None
    applicants, programs = (problem.tables[name] for name in TABLES)
    section = problem.sections.get("assignment", AssignmentSection())
    receives = dict(zip(problem.blocks.ids, solution.allocation.array.tolist(), strict=True))
    market = market_of(applicants, programs, receives)
    lotteries = lotteries_of(applicants, section.lotteries, section.seed)
    comparison = compare(market, lotteries, reserve=section.reserve, reserve_order=section.reserve_order)
    return Assigned(solution, section, market, comparison, lotteries.fixed is not None)
