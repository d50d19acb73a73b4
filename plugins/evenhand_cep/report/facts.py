"""What every part of the report draws from: one answer, summed up once."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_cep.certificate import GroupingCertificate
from evenhand_cep.groups import Groups, groups_of
from evenhand_cep.outputs import reimbursement_of, school_reimbursement, today_groups
from evenhand_cep.prices.curve import PriceCurve
from evenhand_cep.terms import Reimbursement

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand.solution import Solution
    from evenhand_cep.problem import CepProblem

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@frozen(eq=False, slots=False)
class Facts:
    """A grouping and what it is compared with. Arrays have one entry per kept school."""

    problem: CepProblem
    solution: Solution
    allocation: Allocation

    @cached_property
    def groups(self) -> Groups:
        return self.problem.groups(self.allocation)

    @cached_property
    def several(self) -> bool:
        """Whether there are several districts."""
        return len(self.problem.districts) > 1

    @cached_property
    def outside(self) -> Bools:
        return self.groups.of_row < 0

    @cached_property
    def isp(self) -> Floats:
        return self.problem.identified / self.problem.enrolled

    @cached_property
    def share(self) -> Floats:
        """Claiming share of each school's group; nan outside."""
        return np.array([*(float(s) for s in self.groups.share), math.nan])[self.groups.of_row]

    @cached_property
    def money(self) -> Floats:
        """USD above the base."""
        return school_reimbursement(self.problem, self.groups)

    @cached_property
    def base(self) -> float:
        return math.fsum(self.problem.base.tolist())

    @cached_property
    def above(self) -> float:
        """USD above the base, all schools."""
        return reimbursement_of(self.problem, self.groups)

    @property
    def total(self) -> float:
        return self.base + self.above

    @cached_property
    def single(self) -> Groups:
        """All schools in one group (one per district), allowed or not."""
        return groups_of(self.problem, np.zeros(len(self.problem.kept), dtype=np.int64))

    @cached_property
    def one_group(self) -> Groups | None:
        """All schools in one group (one per district); None if such a group is under the minimum."""
        return self.single if self.legal(self.single) else None

    @cached_property
    def today(self) -> Groups | None:
        """Today's grouping, if it is known and allowed."""
        return today_groups(self.problem)

    def legal(self, groups: Groups) -> bool:
        """Whether every group reaches the minimum."""
        return all(isp >= self.problem.options.min_isp for isp in groups.carried_isp)

    def gain_over(self, groups: Groups | None) -> float | None:
        return None if groups is None else self.above - reimbursement_of(self.problem, groups)

    def district_money(self, groups: Groups) -> Floats:
        """USD above the base of each district under some grouping."""
        problem = self.problem
        found: list[list[float]] = [[] for _ in problem.districts]
        for district, value in zip(groups.district, groups.reimbursement, strict=True):
            found[district].append(value)
        for row in np.flatnonzero(groups.of_row < 0).tolist():
            found[problem.district_of_row[row]].append(float(problem.outside_worth[row]))
        return np.array([math.fsum(values) for values in found])

    @cached_property
    def district_gains(self) -> tuple[float | None, ...]:
        """USD a year more than one group, per district; None where all its schools together miss the minimum."""
        one, minimum = self.single, self.problem.options.min_isp
        allowed = dict(zip(one.district, (isp >= minimum for isp in one.carried_isp), strict=True))
        gains = self.district_money(self.groups) - self.district_money(one)
        return tuple(float(gain) if allowed.get(d, False) else None for d, gain in enumerate(gains))

    @cached_property
    def about_money(self) -> bool:
        """Whether the objective is the reimbursement and nothing else, in dollars."""
        parts = self.problem.objective.parts
        return len(parts) == 1 and isinstance(parts[0].term, Reimbursement) and parts[0].weight == 1

    @cached_property
    def keeps_rules(self) -> bool:
        return self.solution.status in ("optimal", "feasible")

    @cached_property
    def curve(self) -> PriceCurve | None:
        """The prices of share that prove the bound of a single district."""
        certificate = self.solution.certificate
        if self.several or not isinstance(certificate, GroupingCertificate) or not certificate.parts:
            return None
        entry = certificate.parts[0]
        if "nodes" not in entry:
            return None
        return PriceCurve([float(x) for x in entry["nodes"]], [float(x) for x in entry["lambdas"]])

def percent(part: Fraction | float, digits: int = 2) -> str:
    """A share of one. Only what is exactly 1 is shown as 100%: 0.99999 is ``99.999%``, 0.9999999 is ``<100%``."""
    if part == 1:
        return "100%"
    for precision in range(digits, 5):
        text = f"{100 * float(part):.{precision}f}"
        if float(text) < 100:
            return f"{text}%"
    return "<100%"
