"""What every part of the report draws from: one division, summed up once."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand.solution import Solution
    from evenhand_apportionment.costs.base import Tie
    from evenhand_apportionment.options import ApportionmentOptions
    from evenhand_apportionment.problem import ApportionmentProblem
    from evenhand_apportionment.report.ladder import Rung

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EXACT_GROUPS = 20_000
"""Up to so many groups the margin of the last unit is worked out."""
COMPARED_GROUPS = 300
"""Up to so many groups other methods are solved beside this one."""


@frozen(eq=False, slots=False)
class Facts:
    """A division and what is said about it. Arrays have one entry per group, in table order."""

    problem: ApportionmentProblem
    solution: Solution
    allocation: Allocation

    @property
    def options(self) -> ApportionmentOptions:
        return self.problem.options

    @cached_property
    def units(self) -> Ints:
        return np.asarray(self.allocation.array, dtype=np.int64)

    @cached_property
    def k(self) -> int:
        return int(self.units.sum())

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return self.problem.ids

    @property
    def family(self) -> str:
        return self.problem.options.family

    @property
    def parametric(self) -> bool:
        return self.family == "parametric"

    @cached_property
    def population(self) -> Floats:
        return self.problem.population

    @cached_property
    def ideal(self) -> Floats:
        from evenhand_apportionment.facts import ideal

        return ideal(self.problem, self.allocation)

    @cached_property
    def ratio(self) -> Floats:
        """Units over ideal; nan where the ideal is 0 (under the threshold, or nobody)."""
        return np.divide(self.units, self.ideal, out=np.full(len(self.units), math.nan), where=self.ideal > 0)

    @cached_property
    def counted(self) -> Bools:
        """Groups that take part in the division."""
        return self.problem.eligible & (self.ideal > 0)

    @cached_property
    def by_size(self) -> Ints:
        """Rows by falling population, then input order."""
        return np.argsort(-self.population, kind="stable")

    @cached_property
    def largest_first(self) -> Ints:
        """Groups that take part, by falling population."""
        return self.by_size[self.counted[self.by_size]]

    @cached_property
    def share_of_people(self) -> Floats:
        return self.population / math.fsum(self.population.tolist())

    @cached_property
    def share_of_units(self) -> Floats:
        return self.units / max(1, self.k)

    @cached_property
    def rungs(self) -> tuple[list[Rung], list[Rung]] | None:
        """The claims around the cut; see :func:`evenhand_apportionment.report.ladder.rungs`."""
        from evenhand_apportionment.report.ladder import rungs

        return rungs(self)

    @property
    def keeps_rules(self) -> bool:
        return self.solution.status in ("optimal", "feasible")

    @cached_property
    def gained(self) -> int | None:
        """Units that groups gain against ``current``."""
        current = self.problem.current
        return None if current is None else int(np.maximum(0, self.units - current).sum())

    @cached_property
    def tied(self) -> list[str]:
        return list(self.solution.metrics.get("tied_groups") or ())

    @cached_property
    def tie(self) -> Tie | None:
        """The tie at the cut, in rows of the table."""
        from evenhand_apportionment.facts import tie

        return tie(self.problem, self.allocation)

    @cached_property
    def quota_violations(self) -> list[tuple[str, str]]:
        return [(entry["group"], entry["side"]) for entry in self.solution.metrics.get("quota_violations") or ()]

    @cached_property
    def plain(self) -> bool:
        """Whether the objective is what the method minimizes, and nothing else."""
        parts = self.problem.objective.parts
        return len(parts) == 1 and parts[0].weight > 0 and parts[0].term.name == self.options.default_term

    @cached_property
    def kept_by_threshold(self) -> int:
        """Groups under the threshold, which get nothing."""
        return int((~self.problem.eligible).sum())


def clipped(name: str, length: int = 26) -> str:
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"
