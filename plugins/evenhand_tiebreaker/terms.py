"""What a choice of blocks can be judged by."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import field, frozen

from evenhand.errors import Fault
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Sense, Term
from evenhand_tiebreaker.neighbours import missing_neighbours
from evenhand_tiebreaker.zones.counting import cut_edges

if TYPE_CHECKING:
    from evenhand.model import Build, Tracker
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.counts import Ints
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen
class StudentsTerm(Term):
    """A count of students in receiving blocks."""

    unit: ClassVar[str] = "students"
    nonnegative: ClassVar[bool] = True

    def counts(self, problem: TiebreakerProblem) -> Ints:
        """(n,) students of each block, times the table's factor."""
        raise TypeError(f"{type(self).__name__} does not say whom it counts")

    def measure(self, problem: Any, allocation: Allocation) -> float:
        found: float = problem.blocks.plain(int(self.counts(problem)[allocation.array].sum()))
        return found

    def express(self, problem: Any, build: Build) -> Any:
        return linear_sum(problem.plain_counts(self.counts(problem)), build.model.x.values())

    def tracker(self, problem: Any) -> Tracker:
        from evenhand_tiebreaker.trackers import SumTracker

        return SumTracker(self.counts(problem), problem.blocks.factor)


@frozen
class FocalReached(StudentsTerm):
    """Focal students who live in receiving blocks: p(S)."""

    name: ClassVar[str] = "focal_reached"
    sense: ClassVar[Sense] = "maximize"
    doc: ClassVar[str] = "focal students who live in receiving blocks"

    def counts(self, problem: TiebreakerProblem) -> Ints:
        return problem.blocks.focal


@frozen
class NonFocalReached(StudentsTerm):
    """Other students who live in receiving blocks: q(S)."""

    name: ClassVar[str] = "non_focal_reached"
    sense: ClassVar[Sense] = "minimize"
    doc: ClassVar[str] = "other students who live in receiving blocks"

    def counts(self, problem: TiebreakerProblem) -> Ints:
        return problem.blocks.other


def own_block(build: Build, name: str) -> Any:
    """A new Pyomo block for a term's own variables; the same term may stand in an objective twice."""
    import pyomo.environ as pyo

    number = build.extra[name] = build.extra.get(name, 0) + 1
    block = pyo.Block(concrete=True)
    build.model.add_component(f"{name}_{number}", block)
    return block


def _reversed(problem: Any, term: Term) -> bool:
    """Whether the objective wants this term against its own sense anywhere."""
    wanted = problem.objective.sense
    return any(part.term == term and (weight < 0) != (wanted != term.sense)
               for part, weight in zip(problem.objective.parts, problem.objective.weights(), strict=True))


@frozen
class CutEdges(Term):
    """Pairs of neighbours of which exactly one receives: the length of the border of the choice."""

    name: ClassVar[str] = "cut_edges"
    unit: ClassVar[str] = "pairs"
    sense: ClassVar[Sense] = "minimize"
    doc: ClassVar[str] = "pairs of neighbouring blocks of which exactly one receives"
    nonnegative: ClassVar[bool] = True

    def check(self, problem: Any) -> list[Fault]:
        if problem.has_neighbours:
            return []
        return [missing_neighbours(f"the term {self.name!r}", "objective")]

    def measure(self, problem: Any, allocation: Allocation) -> float:
        return float(cut_edges(problem.graph, allocation.array))

    def express(self, problem: Any, build: Build) -> Any:
        """``z >= |x_u - x_v|``; a pair with an ineligible end is cut exactly when the other end receives."""
        import pyomo.environ as pyo

        eligible, x = problem.blocks.eligible, build.model.x
        inside = eligible[problem.edges]
        single = np.bincount(problem.edges[inside & ~inside[:, ::-1]], minlength=problem.blocks.size)
        both = problem.edges[inside.all(axis=1)].tolist()
        block = own_block(build, self.name)
        block.z = pyo.Var(range(len(both)), bounds=(0.0, 1.0))
        rows = [(number, u, v) for number, (u, v) in enumerate(both)]
        block.rows = pyo.ConstraintList()
        for number, u, v in rows:
            block.rows.add(linear_sum([1.0, -1.0, 1.0], [block.z[number], x[u], x[v]]) >= 0.0)
            block.rows.add(linear_sum([1.0, 1.0, -1.0], [block.z[number], x[u], x[v]]) >= 0.0)
        if _reversed(problem, self):  # then nothing else keeps z from claiming a border that is not there
            for number, u, v in rows:
                block.rows.add(linear_sum([-1.0, 1.0, 1.0], [block.z[number], x[u], x[v]]) >= 0.0)
                block.rows.add(linear_sum([1.0, 1.0, 1.0], [block.z[number], x[u], x[v]]) <= 2.0)
        alone = [row for row in problem.blocks.rows.tolist() if single[row]]
        return linear_sum([1.0] * len(both) + [float(single[row]) for row in alone],
                          [*block.z.values(), *(x[row] for row in alone)])

    def tracker(self, problem: Any) -> Tracker:
        from evenhand_tiebreaker.trackers import CutTracker

        return CutTracker(problem.blocks.size, problem.edges)


@frozen
class WorstGroupTpr(Term):
    """The smallest share that any of the groups has in receiving blocks, each over its district-wide total."""

    name: ClassVar[str] = "worst_group_tpr"
    unit: ClassVar[str] = "share"
    sense: ClassVar[Sense] = "maximize"
    doc: ClassVar[str] = "the smallest share reached among several groups of students"
    nonnegative: ClassVar[bool] = True

    groups: Sequence[str] = field(converter=tuple, metadata={
        "doc": 'columns of blocks that count the groups, such as ["n_both", "n_aafrl"]'})

    def check(self, problem: Any) -> list[Fault]:
        where = "objective.worst_group_tpr.groups"
        found = [] if self.groups else [Fault(where, "names no group", 'Write groups = ["n_both"], say')]
        found += [Fault(where, f"names {name!r} twice", "Name every group once")
                  for name in sorted({name for name in self.groups if self.groups.count(name) > 1})]
        for name in dict.fromkeys(self.groups):
            faults = problem.group_faults(name)
            found += faults
            if not faults and not problem.group(name).total:
                found.append(Fault(where, f"there is no student of {name!r} in the district, so no share of them",
                                   "Leave the group out"))
        return found

    def measure(self, problem: Any, allocation: Allocation) -> float:
        return float(min(self.shares(problem, allocation).values()))

    def shares(self, problem: TiebreakerProblem, allocation: Allocation) -> dict[str, Fraction]:
        """Each group's share, exactly."""
        groups = {name: problem.group(name) for name in self.groups}
        return {name: Fraction(group.reached(allocation.array), group.total) for name, group in groups.items()}

    def express(self, problem: Any, build: Build) -> Any:
        """``z total_g <= sum p_gb x_b`` for every group; no model for an objective that wants the worst to be worse."""
        import pyomo.environ as pyo

        if _reversed(problem, self):
            return None
        block = own_block(build, self.name)
        block.z = pyo.Var(bounds=(0.0, 1.0))
        block.rows = pyo.ConstraintList()
        for name in self.groups:
            group = problem.group(name)
            counts = (group.counts[problem.blocks.rows] / group.factor).astype(float)
            reached = linear_sum([*counts, -(group.total / group.factor)], [*build.model.x.values(), block.z])
            block.rows.add(reached >= 0.0)
        return linear_sum([1.0], [block.z])
