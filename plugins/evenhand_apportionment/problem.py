"""An apportionment problem: the groups, what the method minimizes, and what a decision means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand.errors import Fault, InfeasibleError
from evenhand.model import Constraint, Formulation, Problem
from evenhand.shapes import Allocation, Division
from evenhand_apportionment.instance import Floats, Instance, Ints, instance_of
from evenhand_apportionment.options import ApportionmentOptions, foreign_faults, option_faults
from evenhand_apportionment.shape import OpenDivision
from evenhand_apportionment.tables import input_faults, schemas

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.certificates import Certificate
    from evenhand.model import Domain, View
    from evenhand.solution import Solution
    from evenhand.tables import Table, TableSchema
    from evenhand.tables.exact import ExactColumn
    from evenhand_apportionment.classic.answer import Answer
    from evenhand_apportionment.classic.populations import Populations
    from evenhand_apportionment.costs.base import Additive
    from evenhand_apportionment.costs.moved import MovedCost
    from evenhand_apportionment.curve import Curve
    from evenhand_apportionment.goal import Goal
    from evenhand_apportionment.matrix import Matrix
    from evenhand_apportionment.paradoxes import Paradox
    from evenhand_apportionment.parametric.problem import ParametricProblem


@frozen(eq=False, kw_only=True, slots=False)
class ApportionmentProblem(Problem):
    """Groups in table order (cells of ``votes`` for the biproportional method).

    "Inner" units are what the method divides: those of the groups at or above the threshold, less ``base_units``.
    """

    options: ApportionmentOptions

    # -- before the problem exists -----------------------------------------------------------------------------

    @classmethod
    def schemas(cls, domain: Domain, options: Any) -> Sequence[TableSchema]:
        return schemas(options)

    @classmethod
    def check_options(cls, options: Any) -> list[Fault]:
        return option_faults(options)

    @classmethod
    def check_input(cls, options: Any, tables: Mapping[str, Table], sections: Mapping[str, Any]) -> list[Fault]:
        return input_faults(options, tables)

    @classmethod
    def default_objective(cls, options: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return ((options.default_term, {}),)

    def check(self) -> list[Fault]:
        found = super().check()
        if self.spec is not None:  # an option that was given its own default cannot be told from the values alone
            found += foreign_faults(self.options, self.spec.problem.keys())
        fairness = [part for part in self.objective.parts if part.term.name == self.options.default_term]
        if not found and self.open_size and not (
                len(self.objective.parts) == len(fairness) == 1 and fairness[0].weight > 0):
            found.append(Fault("objective", "with units_range the score of representation_error alone chooses the size",
                               "Leave the objective out, or set units"))
        if self.options.family == "parametric":
            try:
                _ = self.parametric
            except OverflowError as reason:
                name = "kappa" if "kappa" in str(reason) else "gamma"
                found.append(Fault(f"problem.{name}", str(reason), "Use a smaller exponent"))
        return found

    # -- the groups --------------------------------------------------------------------------------------------

    @property
    def open_size(self) -> bool:
        """Whether the number of units is to be chosen too."""
        return self.options.units_range is not None

    @cached_property
    def instance(self) -> Instance:
        return instance_of(self.tables["groups"], self.options)

    @cached_property
    def matrix(self) -> Matrix:
        """The biproportional table."""
        from evenhand_apportionment.matrix import matrix_of

        return matrix_of(self.tables, self.options.ties, self.seed)

    @property
    def seed(self) -> int:
        """The solver's seed, which settles ties by lot."""
        return 0 if self.spec is None else int(self.spec.solver.seed)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Groups; for the biproportional method ``row / column`` of every cell."""
        if self.options.biproportional:
            votes = self.tables["votes"]
            return tuple(f"{row} / {column}" for row, column in zip(votes.texts("row"), votes.texts("column"),
                                                                    strict=True))
        return tuple(self.tables["groups"].texts("group"))

    @property
    def size(self) -> int:
        return len(self.ids)

    @property
    def population(self) -> Floats:
        return self.instance.floats

    @property
    def exact_population(self) -> ExactColumn:
        return self.instance.population

    @property
    def eligible(self) -> Any:
        return self.instance.eligible

    @property
    def base(self) -> int:
        return 0 if self.options.biproportional else self.instance.base

    @property
    def units(self) -> int | None:
        """k; None where it is to be chosen."""
        if self.options.biproportional:
            return self.matrix.units
        return self.options.units

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """Least and most units there may be, as far as the bounds of the groups allow them."""
        if self.options.units_range is None:
            units = self.units
            assert units is not None
            return units, units
        least, most = self.options.units_range
        top = self.instance.most_total
        return max(least, self.instance.least_total), most if top is None else min(most, top)

    @cached_property
    def lower(self) -> Ints:
        """Least final units of every group."""
        return np.zeros(self.size, dtype=np.int64) if self.options.biproportional else self.instance.least

    @cached_property
    def upper(self) -> Ints:
        """Most final units of every group, cut to what the others leave."""
        from evenhand_apportionment.costs.base import cut_upper

        if self.options.biproportional:
            return self.matrix.most
        return cut_upper(self.instance.least, self.instance.most, self.sizes[1])

    @cached_property
    def current(self) -> Ints | None:
        groups = self.tables.get("groups")
        if groups is None or "current" not in groups:
            return None
        return np.array(groups.exact("current").integers(), dtype=np.int64)

    @cached_property
    def place(self) -> Ints:
        """Of every item, its row among the inner units; -1 for a group that takes no part."""
        found = np.full(self.size, -1, dtype=np.int64)
        rows = np.arange(self.size) if self.options.biproportional else self.instance.rows
        found[rows] = np.arange(len(rows))
        return found

    @property
    def rows(self) -> Ints:
        """Items that take part."""
        return np.arange(self.size) if self.options.biproportional else self.instance.rows

    def inner_units(self, array: Any) -> Ints:
        if self.options.biproportional:
            return np.asarray(array, dtype=np.int64)
        return self.instance.inner(array)

    def inner(self, allocation: Allocation) -> Ints:
        """What the method divides, of the groups that take part."""
        return self.inner_units(allocation.array)

    def outer(self, inner: Ints) -> Allocation:
        """The decision with these inner units."""
        return self.shape.allocation(inner if self.options.biproportional else self.instance.outer(inner))

    # -- what the method minimizes -----------------------------------------------------------------------------

    @cached_property
    def people(self) -> Populations:
        """Exact populations of the groups that take part."""
        from evenhand_apportionment.classic.populations import exact_counts, read

        return read(exact_counts(self.instance.participants))

    @cached_property
    def preference(self) -> Ints:
        """Rank among equal claims of the groups that take part, by the option ``ties``; smaller goes first."""
        from evenhand_apportionment.classic.populations import preference

        return preference(self.people, self.options.ties, self.seed)

    @cached_property
    def parametric(self) -> ParametricProblem:
        from evenhand_apportionment.parametric.problem import ParametricProblem

        options, instance = self.options, self.instance
        return ParametricProblem.build(     # in whole numbers of one scale: exact divisions are recognised at any size
            instance.population.values[instance.rows], kappa=options.kappa, gamma=options.gamma, beta=options.beta,
            sigma=options.sigma, lower=instance.lower, upper=instance.upper)

    @cached_property
    def cost(self) -> Additive:
        """The method's own cost at the given number of units."""
        assert self.units is not None, "a range has a cost at each size: cost_at"
        return self.cost_at(self.units - (0 if self.options.biproportional else self.instance.given))

    def cost_at(self, inner_units: int) -> Any:
        """The method's own cost for a number of inner units."""
        from evenhand_apportionment.costs.make import cost_of

        return cost_of(self, inner_units)

    @cached_property
    def moved_cost(self) -> MovedCost:
        from evenhand_apportionment.costs.moved import MovedCost

        assert self.current is not None
        rows = self.instance.rows
        units = int(self.sizes[1]) - self.instance.given
        return MovedCost(self.current[rows] - self.base, units, self.lower[rows] - self.base,
                         self.upper[rows] - self.base)

    @cached_property
    def goal(self) -> Goal | None:
        """The whole objective as one cost that can be solved and proven, or None."""
        from evenhand_apportionment.goal import goal_of

        return goal_of(self)

    @cached_property
    def answer(self) -> Answer:
        """What the classic method itself answers. Raises ``NoApportionmentError``."""
        return self.cost.answer  # type: ignore[attr-defined]

    @cached_property
    def paradoxes(self) -> list[Paradox]:
        """The paradoxes that were found around the method's own answer."""
        from evenhand_apportionment.paradoxes import paradoxes_of

        return paradoxes_of(self)

    @cached_property
    def curve(self) -> Curve | None:
        """Error and score of every size of a range."""
        from evenhand_apportionment.curve import curve_of

        return curve_of(self) if self.open_size else None

    # -- decisions ---------------------------------------------------------------------------------------------

    @cached_property
    def shape(self) -> Division:
        lower, upper = self.lower.astype(np.float64), self.upper.astype(np.float64)
        if self.open_size:
            return OpenDivision(self.ids, lower, upper, integer=True, total=None)
        units = float(self.units or 0)
        fits = lower.sum() <= units <= upper.sum()  # else nothing keeps bounds and sum, and the sum is a law
        return Division(self.ids, lower, upper, integer=True, total=units if fits else None)

    def laws(self) -> tuple[Constraint, ...]:
        from evenhand_apportionment.rules import laws_of

        return laws_of(self)

    def proven_infeasible(self) -> InfeasibleError | None:
        from evenhand_apportionment.feasibility import proven_infeasible

        return proven_infeasible(self)

    def formulations(self) -> tuple[Formulation, ...]:
        from evenhand_apportionment.model import formulations

        return formulations(self)

    def feasibility_formulation(self) -> Formulation | None:
        from evenhand_apportionment.model import BOUNDS

        return BOUNDS

    def auto_solvers(self) -> Sequence[str]:
        if self.options.biproportional:
            return ("highs", "marginal") if self.matrix.units <= HIGHS_UNITS else ("marginal",)
        if self.options.family == "parametric" and self.options.beta < 1:
            return ("dynamic-programming", "highs", "annealing")
        return ("marginal", "highs", "annealing")

    def cheap_bound(self) -> Certificate | None:
        from evenhand_apportionment.marginal import cheap_certificate

        return cheap_certificate(self)

    def own_proof(self, allocation: Allocation) -> Certificate | None:
        from evenhand_apportionment.proof import own_proof

        return own_proof(self, allocation)

    def improvements(self, allocation: Allocation) -> list[str] | None:
        from evenhand_apportionment.proof import improvements

        return improvements(self, allocation)

    def walk(self, seed: int) -> Any | None:
        from evenhand_apportionment.walks import walk

        return walk(self, seed)

    # -- what is shown -----------------------------------------------------------------------------------------

    def reading_notices(self) -> list[str]:
        from evenhand_apportionment.notices import reading_notices

        return reading_notices(self)

    def metrics(self, allocation: Allocation) -> dict[str, Any]:
        from evenhand_apportionment.metrics import metrics

        return metrics(self, allocation)

    def remarks(self, allocation: Allocation) -> list[str]:
        from evenhand_apportionment.notices import remarks

        return remarks(self, allocation)

    def allocation_table(self, allocation: Allocation) -> pd.DataFrame:
        from evenhand_apportionment.outputs import allocation_table

        return allocation_table(self, allocation)

    def read_allocation(self, frame: pd.DataFrame) -> Allocation:
        return self.shape.from_cells(frame["units"].tolist())

    def output_tables(self, solution: Solution) -> dict[str, pd.DataFrame]:
        from evenhand_apportionment.outputs import output_tables

        return output_tables(self, solution)

    def view(self, solution: Solution) -> View:
        from evenhand_apportionment.report import view

        return view(self, solution)


# Units of a biproportional table up to which its linear programme is solved in about a second.
HIGHS_UNITS = 20_000
