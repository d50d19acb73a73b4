"""``pin`` and ``forbid``: blocks that must receive, and blocks that must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from evenhand.errors import Fault
from evenhand.model import Constraint, Violation
from evenhand.tables.references import NearestId
from evenhand_tiebreaker.words import listing

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen
class _Listed(Constraint):
    unit: ClassVar[str] = "blocks"

    blocks: Sequence[str] = field(converter=tuple, metadata={"doc": "geoids of the blocks"})

    def check(self, problem: Any) -> list[Fault]:
        where = f"constraint.{self.name}.blocks"
        near = NearestId(problem.blocks.ids)
        found = [Fault(f"{where}[{number}]", f"there is no block {geoid!r}", near.cure(geoid))
                 for number, geoid in enumerate(self.blocks) if geoid not in problem.row_of]
        found += [Fault(where, f"names {geoid!r} {count} times", "Name every block once")
                  for geoid, count in Counter(self.blocks).items() if count > 1]
        if not self.blocks:
            found.append(Fault(where, "names no block", "Name the geoids, or leave the rule out"))
        return found

    def rows(self, problem: TiebreakerProblem) -> list[int]:
        return [problem.row_of[geoid] for geoid in self.blocks]

    def relief(self, problem: Any, amount: float) -> str:
        return f"{self.name}: take {amount:g} of the blocks off the list ({listing(self.blocks, 3)})"


@frozen
class Pin(_Listed):
    """The listed blocks receive."""

    name: ClassVar[str] = "pin"
    doc: ClassVar[str] = "the listed blocks receive"

    def check(self, problem: Any) -> list[Fault]:
        found = super().check(problem)
        for number, geoid in enumerate(self.blocks):
            row = problem.row_of.get(geoid)
            if row is not None and not problem.blocks.eligible[row]:
                found.append(Fault(f"constraint.pin.blocks[{number}]", f"the block {geoid!r} is not eligible and can "
                                   "never receive", "Take it off the list, or change eligibility"))
        forbidden = {geoid for rule in problem.constraints if isinstance(rule, Forbid) for geoid in rule.blocks}
        found += [Fault("constraint.pin.blocks", f"the block {geoid!r} is pinned and forbidden",
                        "Take it off one of the lists") for geoid in dict.fromkeys(self.blocks) if geoid in forbidden]
        return found

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        return [Violation(self.name, f"{problem.blocks.ids[row]} must receive and does not")
                for row in self.rows(problem) if not allocation.array[row]]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        block.held = pyo.ConstraintList()
        for row in self.rows(problem):
            block.held.add(build.model.x[row] >= 1.0)


@frozen
class Forbid(_Listed):
    """The listed blocks do not receive."""

    name: ClassVar[str] = "forbid"
    doc: ClassVar[str] = "the listed blocks do not receive"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        return [Violation(self.name, f"{problem.blocks.ids[row]} must not receive and does")
                for row in self.rows(problem) if allocation.array[row]]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        import pyomo.environ as pyo

        block.held = pyo.ConstraintList()
        for row in self.rows(problem):
            if problem.blocks.eligible[row]:
                block.held.add(build.model.x[row] <= 0.0)
