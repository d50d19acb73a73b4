"""The variables of the level MILP, and the rows that rules and terms put on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import define, frozen

from evenhand.kernel.expressions import linear_sum
from evenhand_cep.today import NEW, OUT

if TYPE_CHECKING:
    from evenhand.shapes.base import FloatArray, ReadVariable
    from evenhand_cep.groups import Groups
    from evenhand_cep.problem import CepProblem

Ints = npt.NDArray[np.int64]


@frozen
class Slot:
    """One place for a group: its district, the share it claims, the exact ISP it requires."""

    district: int
    claim: float
    required: Fraction


@define(eq=False)
class Levels:
    """Binary ``x[column]``: this school in this slot. ``y[slot]``: the slot holds a group."""

    model: Any
    problem: CepProblem
    slots: Sequence[Slot]
    school: Ints
    slot: Ints
    columns: list[Any]
    of_school: list[list[int]]
    of_slot: list[list[int]]

    @classmethod
    def on(cls, model: Any, problem: CepProblem, slots: Sequence[Slot]) -> Levels:
        """Add ``x`` to the model, and "at most one slot a school" as its structural rows."""
        import pyomo.environ as pyo

        by_district: dict[int, list[int]] = {}
        for number, slot in enumerate(slots):
            by_district.setdefault(slot.district, []).append(number)
        of_school: list[list[int]] = []
        of_slot: list[list[int]] = [[] for _ in slots]
        schools: list[int] = []
        numbers: list[int] = []
        for row, district in enumerate(problem.district_of_row.tolist()):
            own = by_district.get(district, [])
            of_school.append(list(range(len(schools), len(schools) + len(own))))
            for number in own:
                of_slot[number].append(len(schools))
                schools.append(row)
                numbers.append(number)
        model.x = pyo.Var(range(len(schools)), domain=pyo.Binary)
        columns = list(model.x.values())
        model.one_slot = pyo.Constraint(range(len(of_school)), rule=lambda _, s: (
            linear_sum(np.ones(len(of_school[s])), [columns[k] for k in of_school[s]]) <= 1
            if of_school[s] else pyo.Constraint.Skip))
        return cls(model, problem, slots, np.array(schools, dtype=np.int64), np.array(numbers, dtype=np.int64),
                   columns, of_school, of_slot)

    def _sum(self, numbers: Iterable[int], coefficients: Sequence[float] | None = None) -> Any:
        chosen = list(numbers)
        return linear_sum(np.ones(len(chosen)) if coefficients is None else coefficients,
                          [self.columns[k] for k in chosen])

    # -- terms -------------------------------------------------------------------------------------------------

    def expression(self, slope: FloatArray, constant: FloatArray, full: FloatArray, outside: FloatArray) -> Any:
        """Inside at claim c a school adds slope c + constant + full [c = 1]; outside it adds ``outside``."""
        claim = np.array([slot.claim for slot in self.slots])[self.slot]
        s = self.school
        worth = slope[s] * claim + constant[s] + full[s] * (claim == 1.0) - outside[s]
        return linear_sum(worth, self.columns, float(outside.sum()))

    def moved_expression(self, problem: CepProblem) -> Any:
        """Schools that leave the best matching of today's groups to slots (right when it is kept small)."""
        import pyomo.environ as pyo

        today = problem.today
        assert today is not None
        groups = sorted({int(t) for t in today.tolist() if t >= 0})
        match = self.model.match = pyo.Var([(g, s) for g in groups for s in range(len(self.slots))], domain=pyo.Binary)
        self.model.match_today = pyo.Constraint(groups, rule=lambda _, g: linear_sum(
            np.ones(len(self.slots)), [match[g, s] for s in range(len(self.slots))]) <= 1)
        self.model.match_slot = pyo.Constraint(range(len(self.slots)), rule=lambda _, s: linear_sum(
            np.ones(len(groups)), [match[g, s] for g in groups]) <= 1 if groups else pyo.Constraint.Skip)
        counted = [k for k in range(len(self.columns)) if today[self.school[k]] >= 0]
        stays = self.model.stays = pyo.Var(counted, bounds=(0, 1))
        self.model.stays_in = pyo.Constraint(counted, rule=lambda _, k: stays[k] - self.columns[k] <= 0)
        self.model.stays_matched = pyo.Constraint(counted, rule=lambda _, k: (
            stays[k] - match[int(today[self.school[k]]), int(self.slot[k])] <= 0))
        out_today = [k for k in range(len(self.columns)) if today[self.school[k]] == OUT]
        # A school outside today that joins has moved; one inside today has moved unless it stays with its match.
        inside_today = int(((today != NEW) & (today != OUT)).sum())
        return linear_sum([-1.0] * len(counted) + [1.0] * len(out_today),
                          [*stays.values(), *(self.columns[k] for k in out_today)], float(inside_today))

    # -- rules -------------------------------------------------------------------------------------------------

    def add_joining(self, block: Any, rows: Iterable[int]) -> None:
        import pyomo.environ as pyo

        block.joins = pyo.Constraint(list(rows), rule=lambda _, s: (
            self._sum(self.of_school[s]) >= 1 if self.of_school[s] else pyo.Constraint.Infeasible))

    def add_outside(self, block: Any, rows: Iterable[int]) -> None:
        import pyomo.environ as pyo

        block.outside = pyo.Constraint(list(rows), rule=lambda _, s: (
            self._sum(self.of_school[s]) <= 0 if self.of_school[s] else pyo.Constraint.Skip))

    def add_together(self, block: Any, rows: Sequence[int]) -> None:
        """The schools are in one slot; those of different districts can only be out together."""
        import pyomo.environ as pyo

        count = sum(1 for _ in block.component_objects(pyo.Constraint))
        rule = pyo.ConstraintList()
        block.add_component(f"together_{count}", rule)
        first = rows[0]
        for row in rows[1:]:
            partner = {int(self.slot[k]): k for k in self.of_school[row]}
            for k in self.of_school[first]:
                other = partner.pop(int(self.slot[k]), None)
                if other is None:
                    rule.add(self._sum([k]) <= 0)
                else:
                    rule.add(self._sum([k, other], [1.0, -1.0]) == 0)
            for other in partner.values():
                rule.add(self._sum([other]) <= 0)

    def add_apart(self, block: Any, lists: Iterable[Sequence[int]]) -> None:
        import pyomo.environ as pyo

        rule = pyo.ConstraintList()
        block.add_component("apart", rule)
        for rows in lists:
            for slot in range(len(self.slots)):
                inside = [k for row in rows for k in self.of_school[row] if self.slot[k] == slot]
                if len(inside) > 1:
                    rule.add(self._sum(inside) <= 1)

    def add_requirements(self, block: Any) -> None:
        """Identified minus required ISP times enrolled, summed over a slot, is not negative (in students)."""
        import pyomo.environ as pyo

        def reaches(_: Any, number: int) -> Any:
            rows = self.school[self.of_slot[number]]
            slack = self._slack(self.slots[number].required, rows)
            told = np.flatnonzero(slack)  # a school exactly at the requirement weighs nothing
            if not told.size:
                return pyo.Constraint.Skip
            return self._sum([self.of_slot[number][k] for k in told.tolist()], slack[told].tolist()) >= 0

        block.reaches = pyo.Constraint(range(len(self.slots)), rule=reaches)

    def _slack(self, required: Fraction, rows: Ints) -> FloatArray:
        """identified - required x enrolled of these schools, rounded once: no noise stands where it is exactly 0."""
        top, bottom = required.numerator, required.denominator
        identified, enrolled = self.problem.exact_identified, self.problem.exact_enrolled
        scale = identified.scale * bottom
        return np.array([(i * bottom - n * top) / scale for i, n in zip(
            identified.values[rows].tolist(), enrolled.values[rows].tolist(), strict=True)])

    def add_group_limit(self, block: Any) -> None:
        """``x <= y`` and at most ``max_groups`` open slots a district, where there are more slots than groups."""
        import pyomo.environ as pyo

        limit = self.problem.options.max_groups
        by_district: dict[int, list[int]] = {}
        for number, slot in enumerate(self.slots):
            by_district.setdefault(slot.district, []).append(number)
        crowded = [district for district, numbers in by_district.items() if len(numbers) > limit]
        numbers = [number for district in crowded for number in by_district[district]]
        self.model.y = pyo.Var(numbers, domain=pyo.Binary)
        block.at_most = pyo.Constraint(crowded, rule=lambda _, district: linear_sum(
            np.ones(len(by_district[district])), [self.model.y[n] for n in by_district[district]]) <= limit)
        held = [k for number in numbers for k in self.of_slot[number]]
        self.model.opens = pyo.Constraint(held, rule=lambda _, k: (
            self.columns[k] - self.model.y[int(self.slot[k])] <= 0))

    # -- answers -----------------------------------------------------------------------------------------------

    def chosen(self, read: ReadVariable) -> Ints:
        """Slot of each school, -1 outside."""
        values = read(self.model.x)
        found = np.full(len(self.problem.kept), -1, dtype=np.int64)
        taken = np.flatnonzero(values >= 0.5)
        found[self.school[taken]] = self.slot[taken]
        return found

    def values_for(self, groups: Groups) -> list[tuple[Any, FloatArray]]:
        slot_of_group: list[int] = []
        for g in range(len(groups)):
            reached = (n for n, slot in enumerate(self.slots)
                       if slot.district == groups.district[g] and slot.required <= groups.isp(g))
            # Of the copies of a level the first that is still empty: groups that must be apart stay apart.
            slot_of_group.append(max(reached, key=lambda n: (self.slots[n].claim, n not in slot_of_group), default=-1))
        wanted = np.array([*slot_of_group, -1], dtype=np.int64)[groups.of_row]
        return [(self.model.x, (wanted[self.school] == self.slot).astype(np.float64))]
