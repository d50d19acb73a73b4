"""``neighborhood_floor`` and ``group_floor``: a least share that must be reached."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from attrs import field, frozen

from evenhand.errors import Fault
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.counts import Bools, Ints, rounded_down, row_counts
from evenhand_tiebreaker.options import share_hint
from evenhand_tiebreaker.words import count_words

if TYPE_CHECKING:
    from evenhand.model import Build, Tracker
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class Floor:
    """``sum of counts over receiving blocks >= least``, in whole numbers; ``counts`` are students times ``factor``."""

    label: str
    counts: Ints
    least: int
    factor: int

    def missing(self, chosen: Bools) -> int:
        return max(0, self.least - int(self.counts[chosen].sum()))


def share_faults(share: Fraction, where: str) -> list[Fault]:
    if 0 <= share <= 1:
        return []
    return [Fault(where, "is a share and must lie between 0 and 1", share_hint(share), value=f"{float(share):g}")]


@frozen
class _FloorRule(Constraint):
    unit: ClassVar[str] = "students"

    def floors(self, problem: TiebreakerProblem) -> tuple[Floor, ...]:
        """The least sums this rule asks for."""
        raise TypeError(f"{type(self).__name__} does not say what must be reached")

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        return [Violation(self.name, f"{floor.label}: {count_words(missing, floor.factor)} more of "
                                     f"{count_words(floor.least, floor.factor)} students must be reached",
                          missing / floor.factor)
                for floor in self.floors(problem) if (missing := floor.missing(allocation.array))]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        rows = problem.blocks.rows
        block.floor = pyo.ConstraintList()
        block.nobody = pyo.Var(bounds=(0.0, 0.0))  # keeps the row of a floor that no eligible block can help to reach
        for floor in self.floors(problem):
            counts = [-below for below in row_counts(-floor.counts[rows], floor.factor)]
            reached = linear_sum([*counts, 1.0], [*build.model.x.values(), block.nobody])
            block.floor.add(reached >= rounded_down(Fraction(floor.least, floor.factor)))

    def tracker(self, problem: Any) -> Tracker:
        from evenhand_tiebreaker.trackers import LimitTracker

        return LimitTracker([(floor.counts, floor.least, floor.factor) for floor in self.floors(problem)], floor=True)

    def relief(self, problem: Any, amount: float) -> str:
        return f"{self.name}: {amount:g} students fewer to be reached in all"


@frozen
class NeighborhoodFloor(_FloorRule):
    """Every neighbourhood's focal students are reached to at least this share."""

    name: ClassVar[str] = "neighborhood_floor"
    doc: ClassVar[str] = "in every neighbourhood at least this share of its focal students is reached"

    share: Fraction = field(metadata={"doc": "least share of a neighbourhood's focal students"})
    of: Literal["eligible", "all"] = field(default="eligible", metadata={
        "doc": "whom the share is of: focal students in eligible blocks, or all of them"})
    minimum_focal: Fraction = field(default=Fraction(1), metadata={
        "doc": "neighbourhoods with fewer focal students to count are exempt, and listed"})

    def check(self, problem: Any) -> list[Fault]:
        found = share_faults(self.share, "constraint.neighborhood_floor.share")
        if problem.neighborhoods is None:
            found.append(Fault("constraint.neighborhood_floor", "there are no neighbourhoods",
                               "Add the column neighborhood to the table blocks"))
        if self.minimum_focal < 0:
            found.append(Fault("constraint.neighborhood_floor.minimum_focal", "must not be negative"))
        return found

    def _denominators(self, problem: TiebreakerProblem) -> list[tuple[str, Bools, int]]:
        """Name, blocks and focal students to count (times the factor) of every neighbourhood."""
        assert problem.neighborhoods is not None
        blocks, found = problem.blocks, []
        names, of_row = problem.neighborhoods
        counted = blocks.eligible if self.of == "eligible" else np.ones(blocks.size, dtype=bool)
        for number, name in enumerate(names):
            inside = of_row == number
            found.append((name, inside, int(blocks.focal[inside & counted].sum())))
        return found

    def floors(self, problem: TiebreakerProblem) -> tuple[Floor, ...]:
        blocks = problem.blocks
        return tuple(Floor(name, np.where(inside, blocks.focal, 0), ceil(self.share * focal), blocks.factor)
                     for name, inside, focal in self._denominators(problem)
                     if focal and focal >= self.minimum_focal * blocks.factor)

    def exempt(self, problem: TiebreakerProblem) -> list[str]:
        """Neighbourhoods too small to count."""
        return [name for name, _, focal in self._denominators(problem)
                if not focal or focal < self.minimum_focal * problem.blocks.factor]


@frozen
class GroupFloor(_FloorRule):
    """A group of students is reached to at least this share, over the whole district."""

    name: ClassVar[str] = "group_floor"
    doc: ClassVar[str] = "at least this share of a group's students in the district is reached"

    group: str = field(metadata={"doc": "column of blocks that counts the group"})
    share: Fraction = field(metadata={"doc": "least share of the group's students in the district"})

    def check(self, problem: Any) -> list[Fault]:
        return share_faults(self.share, "constraint.group_floor.share") + problem.group_faults(self.group)

    def floors(self, problem: TiebreakerProblem) -> tuple[Floor, ...]:
        group = problem.group(self.group)
        return (Floor(self.group, group.counts, ceil(self.share * group.total), group.factor),)
