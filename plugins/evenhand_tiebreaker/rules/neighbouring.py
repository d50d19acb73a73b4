"""``no_isolated_block`` and ``zones_at_most``: rules about blocks that border on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from evenhand.errors import Fault
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.neighbours import missing_neighbours
from evenhand_tiebreaker.words import number_of
from evenhand_tiebreaker.zones.counting import count_zones, isolated_blocks

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation


@frozen
class NoIsolatedBlock(Constraint):
    """A receiving block has a neighbour that receives too."""

    name: ClassVar[str] = "no_isolated_block"
    doc: ClassVar[str] = "every receiving block has a receiving neighbour"
    unit: ClassVar[str] = "blocks"

    def check(self, problem: Any) -> list[Fault]:
        return [] if problem.has_neighbours else [missing_neighbours("no_isolated_block", "constraint")]

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        return [Violation(self.name, f"{problem.blocks.ids[row]} receives and none of its neighbours does")
                for row in isolated_blocks(problem.graph, allocation.array).tolist()]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        """``x_b <= sum of x over its eligible neighbours``."""
        import pyomo.environ as pyo

        x, eligible = build.model.x, problem.blocks.eligible
        near: dict[int, list[int]] = {row: [] for row in problem.blocks.rows.tolist()}
        for u, v in problem.edges[eligible[problem.edges].all(axis=1)].tolist():
            near[u].append(v)
            near[v].append(u)
        block.near = pyo.ConstraintList()
        for row, others in near.items():
            block.near.add(linear_sum([1.0] + [-1.0] * len(others), [x[row], *(x[other] for other in others)]) <= 0.0)

    def relief(self, problem: Any, amount: float) -> str:
        return f"no_isolated_block: let {amount:g} blocks stand alone"


@frozen
class ZonesAtMost(Constraint):
    """The receiving blocks form at most so many connected zones."""

    name: ClassVar[str] = "zones_at_most"
    doc: ClassVar[str] = "the receiving blocks form at most so many connected zones"
    unit: ClassVar[str] = "zones"

    zones: int = field(metadata={"doc": "most connected zones of receiving blocks"})

    def check(self, problem: Any) -> list[Fault]:
        found = [] if problem.has_neighbours else [missing_neighbours("zones_at_most", "constraint")]
        if self.zones < 1:
            found.append(Fault("constraint.zones_at_most.zones", "must be a whole number from 1 on",
                               "Receiving blocks form at least one zone; forbid blocks to leave them out",
                               value=str(self.zones)))
        return found

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        zones = count_zones(problem.graph, allocation.array)
        if zones <= self.zones:
            return []
        return [Violation(self.name, f"the receiving blocks form {number_of(zones, 'zone', 'zones')}, more than "
                                     f"{self.zones:,}",
                          float(zones - self.zones))]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        """The component relaxation: ``x_b <= y_c`` for the component c of the eligible blocks, ``sum y <= zones``.

        Every zone lies inside one component, so this forbids nothing that the rule allows.
        """
        import pyomo.environ as pyo

        of_row = problem.graph.components(problem.blocks.eligible)
        count = int(of_row.max(initial=-1)) + 1
        if count <= self.zones:
            return
        block.y = pyo.Var(range(count), bounds=(0.0, 1.0))
        block.member = pyo.ConstraintList()
        for row in problem.blocks.rows.tolist():
            block.member.add(linear_sum([1.0, -1.0], [build.model.x[row], block.y[int(of_row[row])]]) <= 0.0)
        block.zones = pyo.Constraint(expr=linear_sum([1.0] * count, block.y.values()) <= float(self.zones))

    def relief(self, problem: Any, amount: float) -> str:
        return f"zones_at_most: {amount:g} more zone{'' if amount == 1 else 's'}"
