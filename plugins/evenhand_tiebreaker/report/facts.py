"""What every part of the report draws from: one choice of blocks, summed up once."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from attrs import frozen

from evenhand_tiebreaker.counts import Bools
from evenhand_tiebreaker.instance import Blocks, total
from evenhand_tiebreaker.report.columns import counted_groups
from evenhand_tiebreaker.report.district import FOCAL, OTHER, REACHED, District, district_of
from evenhand_tiebreaker.report.suppression import SmallCells
from evenhand_tiebreaker.statement import focal_weight
from evenhand_tiebreaker.words import count_words

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand.solution import Solution
    from evenhand_tiebreaker.curves.vertices import ThresholdCurve
    from evenhand_tiebreaker.options import TiebreakerOptions
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen
class Point:
    """A choice on the charts: what it reaches, as shares of the district's focal and other students."""

    fpr: float
    tpr: float
    precision: float | None


@frozen(eq=False, slots=False)
class Facts:
    """A choice and what is said about it. Counts are students times ``blocks.factor``."""

    problem: TiebreakerProblem
    solution: Solution
    allocation: Allocation

    @property
    def options(self) -> TiebreakerOptions:
        return self.problem.options

    @property
    def blocks(self) -> Blocks:
        return self.problem.blocks

    @property
    def chosen(self) -> Bools:
        return self.allocation.array

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.solution.metrics

    @cached_property
    def cells(self) -> SmallCells:
        return SmallCells(self.options.suppress_below, self.blocks.factor)

    @cached_property
    def focal(self) -> int:
        """Focal students reached."""
        return total(self.blocks.focal[self.chosen])

    @cached_property
    def other(self) -> int:
        """Non-focal students in receiving blocks."""
        return total(self.blocks.other[self.chosen])

    @cached_property
    def size(self) -> int:
        return int(self.chosen.sum())

    @cached_property
    def eligible(self) -> int:
        return int(self.blocks.eligible.sum())

    @cached_property
    def ceiling(self) -> int:
        """Focal students in eligible blocks: no choice reaches more."""
        return total(self.blocks.focal[self.blocks.eligible])

    @property
    def keeps_rules(self) -> bool:
        return self.solution.status in ("optimal", "feasible")

    @cached_property
    def threshold(self) -> Fraction | None:
        return self.problem.threshold_of(self.allocation)

    @cached_property
    def spare(self) -> int | None:
        """How many focal students more any set of eligible blocks within the budgets may reach at most."""
        if not self.problem.binding or not self.keeps_rules:
            return None
        own = self.proven
        limit = self.problem.multipliers.floored
        return max(0, (limit if own is None else min(limit, own)) - self.focal)

    @cached_property
    def proven(self) -> int | None:
        """The answer's own bound on focal students where it is about every set within the budgets, else None."""
        from evenhand_tiebreaker.rules import Budget

        bound, weight = self.solution.verified_bound, focal_weight(self.problem)
        if self.options.selection != "exact" or bound is None or weight is None or not all(
                isinstance(rule, Budget) for rule in self.problem.constraints):
            return None
        return (Fraction(bound) / Fraction(weight) * self.blocks.factor).__floor__()

    @property
    def tells_spare(self) -> bool:
        """Whether the spare may be told: beside a bound it tells how many focal students are reached."""
        return self.spare is not None and self.district.told((FOCAL, REACHED))

    @cached_property
    def district(self) -> District:
        """Counts of the district, of its eligible blocks and of those that receive, small ones hidden."""
        return district_of(self.blocks, self.chosen, counted_groups(self.problem), self.options.suppress_below)

    def placed(self, count: int, whole: int, *, told: bool = True) -> int:
        """Where a count is drawn: as it is, or where nobody can read it off."""
        below = self.cells.below
        if self.cells.hides(count):
            return below // 2
        if self.cells.hides(whole - count):
            return whole - below // 2
        return count if told or not self.cells.on else min(whole, -(-count // (4 * below)) * 4 * below)

    @property
    def drawable(self) -> bool:
        """Whether rates are defined: there are focal and other students."""
        return bool(self.blocks.total_focal and self.blocks.total_other)

    def count(self, number: int) -> str:
        return count_words(number, self.blocks.factor)

    def point(self, chosen: Bools) -> Point:
        """Where a choice lies, small counts aside; only where rates are defined."""
        blocks = self.blocks
        focal, other = total(blocks.focal[chosen]), total(blocks.other[chosen])
        own = bool((chosen == self.chosen).all())
        told = [not own or self.district.told((name, REACHED)) for name in (FOCAL, OTHER)]
        focal = self.placed(focal, blocks.total_focal, told=told[0])
        other = self.placed(other, blocks.total_other, told=told[1])
        return Point(other / self.blocks.total_other, focal / self.blocks.total_focal,
                     focal / (focal + other) if focal + other else None)

    @cached_property
    def everywhere(self) -> ThresholdCurve | None:
        """The cut-offs if every block were eligible; None where every block with students is."""
        from evenhand_tiebreaker.curve import curve_of

        blocks = self.blocks
        if bool((blocks.eligible | (blocks.students == 0)).all()):
            return None
        return curve_of(attrs.evolve(blocks, eligible=np.ones(blocks.size, dtype=bool)))


def clipped(name: str, length: int = 34) -> str:
    """A name short enough for a legend."""
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"
