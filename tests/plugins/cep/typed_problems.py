"""Small typed problems with every rule and term, and their best value worked out from the rows alone, in fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import strategies as st

from evenhand.plugins import manager
from evenhand.spec.build import build_problem, load_spec
from evenhand_cep.problem import CepProblem
from tests.plugins.cep.brute_force import growth_strings
from tests.plugins.cep.small_problems import tree, typed

RATES = {"lunch_free": "3.25", "lunch_paid": "0.75", "breakfast_free": "2", "breakfast_paid": "0.5"}
LUNCH, BREAKFAST = Fraction("2.5"), Fraction("1.5")
PAID_LUNCH, PAID_BREAKFAST = Fraction("0.75"), Fraction("0.5")
WEIGHTS = [{"reimbursement": "1"}, {"reimbursement": "1"}, {"reimbursement": "1", "students_covered": "-1.5"},
           {"students_free": "1"}, {"reimbursement": "0.25", "schools_free": "30", "students_free": "2"}]


@frozen
class Typed:
    """What a user would type: rows, options, rules, weights."""

    rows: tuple[Mapping[str, Any], ...]
    max_groups: int = 3
    min_isp: str = "0.4"
    rounding: str = "none"
    multiplier: str = "1.6"
    leave: bool = False
    together: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(factory=lambda: {"reimbursement": "1"})
    rates: Mapping[str, str] = field(factory=lambda: dict(RATES))

    def problem(self) -> CepProblem:
        rules: list[dict[str, Any]] = [{"rule": "may_stay_out" if self.leave else "all_participate"}]
        rules += [{"rule": name, "schools": list(schools)}
                  for name, schools in (("same_group", self.together), ("different_group", self.apart)) if schools]
        asked = tree(typed(self.rows), rules, [{"term": name, "weight": weight} for name, weight in self.weights.items()],
                     rates=dict(self.rates), max_groups=self.max_groups, min_isp=self.min_isp,
                     isp_rounding=self.rounding, multiplier=self.multiplier)
        made = build_problem(load_spec(asked, manager()), manager())
        assert isinstance(made, CepProblem)
        return made

    def changed(self, **changes: Any) -> Typed:
        return evolve(self, **changes)

    # -- the yardstick ---------------------------------------------------------------------------------------

    def best(self) -> Fraction | None:
        """The best value over all groupings; None when there is none."""
        worths = {mask: self._group([row for row in range(len(self.rows)) if mask >> row & 1])
                  for mask in range(1, 1 << len(self.rows))}
        values = (self._value(labels, worths) for labels in growth_strings(len(self.rows), self.max_groups))
        return max((value for value in values if value is not None), default=None)

    def _value(self, labels: Sequence[int], worths: Mapping[int, Fraction | None]) -> Fraction | None:
        names = [row["school"] for row in self.rows]
        of = dict(zip(names, labels, strict=True))
        joined = [of[name] for name in self.apart if of[name]]
        if len({of[name] for name in self.together}) > 1 or len(set(joined)) < len(joined):
            return None
        total = Fraction(0)
        for row, label in zip(self.rows, labels, strict=True):
            if (label and row["excluded"]) or (not label and (row["required"] or not self.leave)):
                return None
            if not label:
                base = PAID_LUNCH * row["lunches"] + PAID_BREAKFAST * row["breakfasts"]
                total += self._weight("reimbursement") * (row["outside_value"] - base)
        for group in set(labels) - {0}:
            worth = worths[sum(1 << place for place, label in enumerate(labels) if label == group)]
            if worth is None:
                return None
            total += worth
        return total

    def _group(self, members: Sequence[int]) -> Fraction | None:
        rows = [self.rows[place] for place in members]
        enrolled = sum(Fraction(row["enrolled"]) for row in rows)
        isp = sum(Fraction(row["identified"]) for row in rows) / enrolled
        if self.rounding != "none":
            isp = Fraction(floor(isp * 10_000 + (Fraction(1, 2) if self.rounding == "half_up_4" else 0)), 10_000)
        if isp < Fraction(self.min_isp):
            return None
        share = min(Fraction(1), Fraction(self.multiplier) * isp)
        meals = sum(LUNCH * row["lunches"] + BREAKFAST * row["breakfasts"] for row in rows)
        worth = self._weight("reimbursement") * share * meals + self._weight("students_covered") * enrolled
        if share == 1:
            worth += self._weight("students_free") * enrolled + self._weight("schools_free") * len(rows)
        return worth

    def _weight(self, term: str) -> Fraction:
        return Fraction(self.weights.get(term, "0"))


@st.composite
def typed_problems(draw: st.DrawFn, most: int = 7, apart: bool = True) -> Typed:
    """ISPs at the minimum and halves of a ten-thousandth are common; so are rules that leave nothing."""
    size = draw(st.integers(2, most))
    leave = draw(st.booleans())
    rows = []
    for number in range(size):
        enrolled = draw(st.sampled_from([10, 20, 25, 100, 20_000]))
        percent = draw(st.sampled_from(["40", "62.5", "25", "40.005", "39.995", "100", "0"]) | st.integers(5, 95).map(str))
        fate = draw(st.sampled_from(["", "", "", "required", "excluded"])) if leave else ""
        rows.append({"school": f"s{number}", "enrolled": str(enrolled), "identified": str(float(Fraction(percent) * enrolled / 100)),
                     "lunches": draw(st.integers(0, 60)), "breakfasts": draw(st.integers(0, 20)),
                     "required": int(fate == "required"), "excluded": int(fate == "excluded"),
                     "outside_value": draw(st.integers(0, 90)) if leave else 0})
    names = [row["school"] for row in rows]
    lists = st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True)
    return Typed(rows=tuple(rows), max_groups=draw(st.integers(1, 4)), leave=leave,
                 min_isp=draw(st.sampled_from(["0.4", "0.4", "0.25", "0", "0.65", "0.40005"])),
                 multiplier=draw(st.sampled_from(["1.6", "1.6", "2.0", "1"])),
                 rounding=draw(st.sampled_from(["none", "none", "half_up_4", "floor_4"])),
                 together=tuple(draw(lists)) if draw(st.integers(0, 3)) == 0 else (),
                 apart=tuple(draw(lists)) if apart and draw(st.integers(0, 3)) == 0 else (),
                 weights=draw(st.sampled_from(WEIGHTS)))
