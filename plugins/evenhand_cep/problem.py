"""A CEP grouping problem: the kept schools, their money, and what a decision means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.errors import Fault, InfeasibleError
from evenhand.model import Constraint, Formulation, Problem
from evenhand.shapes import OUTSIDE, Allocation, Assignment
from evenhand.tables.check import limited
from evenhand_cep import rules
from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.groups import Groups, groups_of
from evenhand_cep.options import CepOptions, option_faults
from evenhand_cep.rates import Rates, read_rates
from evenhand_cep.tables import schools_schema
from evenhand_cep.today import today_of

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.certificates import Certificate
    from evenhand.model import Domain, View
    from evenhand.solution import Solution
    from evenhand.tables import Table, TableSchema
    from evenhand.tables.exact import ExactColumn
    from evenhand_cep.parts import Part

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Squares and sums of the worth of schools stay far inside the range of floats below this.
MOST_WORTH = 1e100


@frozen(eq=False, kw_only=True, slots=False)
class CepProblem(Problem):
    """Schools with enrolment ("kept"), in table order; arrays below have one entry per kept school."""

    options: CepOptions

    # -- before the problem exists -----------------------------------------------------------------------------

    @classmethod
    def schemas(cls, domain: Domain, options: Any) -> Sequence[TableSchema]:
        return (schools_schema(options),)

    @classmethod
    def check_options(cls, options: Any) -> list[Fault]:
        return option_faults(options)

    @classmethod
    def default_objective(cls, options: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return (("reimbursement", {}),)

    @classmethod
    def default_rules(cls, options: Any, tables: Mapping[str, Table]) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return (("all_participate", {}),)

    @classmethod
    def lasting_rules(cls, listed: Sequence[str]) -> Sequence[str]:
        # Participation holds unless the spec says otherwise; listing another rule does not switch it off.
        return () if "may_stay_out" in listed or "all_participate" in listed else ("all_participate",)

    def check(self) -> list[Fault]:
        found = super().check()
        names = [rule.name for rule in self.constraints]
        if "all_participate" in names and "may_stay_out" in names:
            found.append(Fault("constraint", "all_participate and may_stay_out exclude each other", "Keep one of them"))
        if not self.may_stay_out:
            schools = self.tables["schools"]
            found += limited((schools.fault(int(self.kept[row]), "excluded",
                                            "the school may not join, but all must take part",
                                            "Add the rule may_stay_out, or set excluded to 0")
                              for row in self.excluded.nonzero()[0].tolist()), "schools")
        return found or self._weight_faults()

    def _weight_faults(self) -> list[Fault]:
        """Weights with which the worth of all schools together leaves the range of floats."""
        from evenhand_cep.parts import school_worth

        with np.errstate(over="ignore", invalid="ignore"):
            worth = school_worth(self)
            columns = () if worth is None else (worth.slope, worth.constant, worth.full, worth.outside)
            total = sum((float(np.abs(column).sum()) for column in columns), 0.0)
        if total < MOST_WORTH:  # a NaN is not
            return []
        return [Fault("objective", "the weights are so large that the values leave the range of numbers",
                      "Weigh the terms against each other with numbers near 1")]

    # -- the kept schools --------------------------------------------------------------------------------------

    @cached_property
    def kept(self) -> Ints:
        """Table rows of the schools with enrolment."""
        return np.flatnonzero(self.tables["schools"].floats("enrolled") > 0)

    @cached_property
    def position(self) -> Ints:
        """(table rows,) place among the kept schools, -1 for a dropped one."""
        place = np.full(len(self.tables["schools"]), -1, dtype=np.int64)
        place[self.kept] = np.arange(len(self.kept))
        return place

    @cached_property
    def ids(self) -> tuple[str, ...]:
        texts = self.tables["schools"].texts("school")
        return tuple(texts[row] for row in self.kept.tolist())

    @cached_property
    def _exact(self) -> tuple[ExactColumn, ExactColumn]:
        """Enrolled and identified on one decimal scale; identified clipped if the option says so."""
        from evenhand.tables.exact import ExactColumn

        schools = self.tables["schools"]
        enrolled, identified = (schools.exact(name).take(self.kept) for name in ("enrolled", "identified"))
        decimals = max(enrolled.decimals, identified.decimals)
        enrolled, identified = enrolled.rescaled(decimals), identified.rescaled(decimals)
        if self.options.clip_identified:
            values = np.minimum(identified.values, enrolled.values)
            identified = ExactColumn(values, decimals, identified.missing)
        return enrolled, identified

    @property
    def exact_enrolled(self) -> ExactColumn:
        return self._exact[0]

    @property
    def exact_identified(self) -> ExactColumn:
        return self._exact[1]

    def exact_sum(self, column: ExactColumn, rows: Ints) -> Fraction:
        return column.take(rows).sum_exact()

    @cached_property
    def enrolled(self) -> Floats:
        return self.exact_enrolled.floats

    @cached_property
    def identified(self) -> Floats:
        return self.exact_identified.floats

    def column(self, name: str) -> Floats:
        return self.tables["schools"].floats(name)[self.kept]

    @cached_property
    def required(self) -> Bools:
        return self.tables["schools"].flags("required")[self.kept]

    @cached_property
    def excluded(self) -> Bools:
        return self.tables["schools"].flags("excluded")[self.kept]

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """Names in the order of their first kept school; one nameless district without the column."""
        return self._districts[0]

    @property
    def district_of_row(self) -> Ints:
        return self._districts[1]

    @cached_property
    def _districts(self) -> tuple[tuple[str, ...], Ints]:
        table = self.tables["schools"]
        if "district" not in table:
            return ("",), np.zeros(len(self.kept), dtype=np.int64)
        texts = table.texts("district")
        number: dict[str, int] = {}
        of_row = [number.setdefault(texts[row], len(number)) for row in self.kept.tolist()]
        return tuple(number), np.array(of_row, dtype=np.int64)

    @cached_property
    def today(self) -> Ints | None:
        return today_of(self)

    def school(self, row: int) -> str:
        """How a message names a kept school."""
        where = self.districts[self.district_of_row[row]]
        return f"school {self.ids[row]}" + (f" of {where}" if where else "")

    def in_district(self, district: int) -> str:
        return f" in {self.districts[district]}" if self.districts[district] else ""

    @cached_property
    def _rows_by_id(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, school in enumerate(self.tables["schools"].texts("school")):
            rows.setdefault(school, []).append(row)
        return rows

    def rows_named(self, school: str) -> list[int]:
        """Table rows with this id."""
        return self._rows_by_id.get(school, [])

    @property
    def known_schools(self) -> Sequence[str]:
        return list(self._rows_by_id)

    # -- money -------------------------------------------------------------------------------------------------

    @cached_property
    def rates(self) -> Rates:
        return read_rates(self.options.rates)

    @cached_property
    def meals_value(self) -> Floats:
        """USD: what share 0 -> 1 is worth."""
        return (float(self.rates.lunch_gain) * self.column("lunches")
                + float(self.rates.breakfast_gain) * self.column("breakfasts"))

    @cached_property
    def base(self) -> Floats:
        """USD at the paid rate."""
        return (float(self.rates.lunch_paid) * self.column("lunches")
                + float(self.rates.breakfast_paid) * self.column("breakfasts"))

    @cached_property
    def outside_worth(self) -> Floats:
        """USD above the base that a school adds if it stays out."""
        return self.column("outside_value") - self.base

    # -- decisions ---------------------------------------------------------------------------------------------

    @cached_property
    def claiming_rule(self) -> ClaimingRule:
        return ClaimingRule(self.options.multiplier, self.options.min_isp, self.options.isp_rounding)

    @cached_property
    def may_stay_out(self) -> bool:
        return any(isinstance(rule, rules.MayStayOut) for rule in self.constraints)

    @cached_property
    def shape(self) -> Assignment:
        largest = int(np.bincount(self.district_of_row).max()) if len(self.kept) else 0
        bins = tuple(str(label) for label in range(1, min(self.options.max_groups, largest) + 1))
        allowed = None
        if self.excluded.any():
            allowed = np.repeat(~self.excluded[:, None], len(bins), axis=1)
        stay = ~self.required & self.may_stay_out | self.excluded
        return Assignment(self.ids, bins, allowed, stay, outside_cell="0")

    def laws(self) -> tuple[Constraint, ...]:
        marked = ((rules.RequiredSchools(), self.required), (rules.ExcludedSchools(), self.excluded))
        more = [law for law, rows in marked if rows.any()]
        return (rules.MinimumIsp(), rules.GroupLimit(), *more)

    @cached_property
    def _groups(self) -> WeakKeyDictionary[Allocation, Groups]:
        return WeakKeyDictionary()

    def groups(self, allocation: Allocation) -> Groups:
        """The decision's groups; summed up once per Allocation."""
        found = self._groups.get(allocation)
        if found is None:
            found = self._groups[allocation] = groups_of(self, allocation.array)
        return found

    def from_labels(self, labels: Ints) -> Allocation:
        """(kept,) labels 1.. inside each district, 0 outside -> allocation."""
        return self.shape.allocation(np.where(labels == 0, OUTSIDE, labels - 1))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One numeric instance per district."""
        from evenhand_cep.parts import parts_of

        return parts_of(self)

    def proven_infeasible(self) -> InfeasibleError | None:
        from evenhand_cep.feasibility import proven_infeasible

        return proven_infeasible(self)

    def formulations(self) -> tuple[Formulation, ...]:
        from evenhand_cep.model import formulations

        return formulations(self)

    def feasibility_formulation(self) -> Formulation | None:
        from evenhand_cep.model import FEASIBILITY

        return FEASIBILITY

    def auto_solvers(self) -> Sequence[str]:
        return ("share-prices", "annealing")

    def cheap_bound(self) -> Certificate | None:
        from evenhand_cep.share_prices import cheap_certificate

        return cheap_certificate(self)

    def walk(self, seed: int) -> Any | None:
        from evenhand_cep.walks import district_walk

        return district_walk(self, seed)

    # -- what is shown -----------------------------------------------------------------------------------------

    def reading_notices(self) -> list[str]:
        from evenhand_cep.notices import reading_notices

        return reading_notices(self)

    def metrics(self, allocation: Allocation) -> dict[str, Any]:
        from evenhand_cep.outputs import metrics

        return metrics(self, allocation)

    def allocation_table(self, allocation: Allocation) -> pd.DataFrame:
        from evenhand_cep.outputs import allocation_table

        return allocation_table(self, allocation)

    def read_allocation(self, frame: pd.DataFrame) -> Allocation:
        cells = frame["group"].tolist()
        return self.shape.from_cells([cells[row] for row in self.kept.tolist()])

    def output_tables(self, solution: Solution) -> dict[str, pd.DataFrame]:
        from evenhand_cep.outputs import groups_table

        return {} if solution.allocation is None else {"groups.csv": groups_table(self, solution.allocation)}

    def view(self, solution: Solution) -> View:
        from evenhand_cep.report import view

        return view(self, solution)
