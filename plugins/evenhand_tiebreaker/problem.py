"""One district's question: which blocks receive the tiebreaker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand.errors import Fault, InfeasibleError
from evenhand.model import Constraint, Formulation, Problem
from evenhand.shapes import Allocation, Selection
from evenhand_tiebreaker.budgets import Limit, tightest
from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.instance import Blocks
from evenhand_tiebreaker.options import TiebreakerOptions, option_faults

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.certificates import Certificate
    from evenhand.model import Domain, View
    from evenhand.solution import Solution
    from evenhand.tables import Table, TableSchema
    from evenhand_tiebreaker.curves.frontier import Frontier
    from evenhand_tiebreaker.curves.vertices import ThresholdCurve
    from evenhand_tiebreaker.groups import Group
    from evenhand_tiebreaker.known import Known
    from evenhand_tiebreaker.lagrange import Multipliers
    from evenhand_tiebreaker.literals import Feature, Rule
    from evenhand_tiebreaker.rule_answer import RuleFound
    from evenhand_tiebreaker.scan import Scan
    from evenhand_tiebreaker.zones.graph import BlockGraph


@frozen(eq=False, kw_only=True, slots=False)
class TiebreakerProblem(Problem):
    """Blocks in table order; an ineligible block gets no variable and never receives."""

    options: TiebreakerOptions

    # -- before the problem exists -----------------------------------------------------------------------------

    @classmethod
    def schemas(cls, domain: Domain, options: Any) -> Sequence[TableSchema]:
        from evenhand_tiebreaker.tables import blocks_schema

        return tuple(blocks_schema(options) if schema.name == "blocks" else schema for schema in domain.tables)

    @classmethod
    def check_options(cls, options: Any) -> list[Fault]:
        return option_faults(options)

    @classmethod
    def check_input(cls, options: Any, tables: Mapping[str, Table], sections: Mapping[str, Any]) -> list[Fault]:
        from evenhand_tiebreaker.input_faults import input_faults

        return input_faults(options, tables, sections)

    @classmethod
    def default_objective(cls, options: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return (("focal_reached", {}),)

    def check(self) -> list[Fault]:
        from evenhand_tiebreaker.input_faults import problem_faults

        return super().check() + problem_faults(self)

    # -- the blocks --------------------------------------------------------------------------------------------

    @cached_property
    def blocks(self) -> Blocks:
        """Counts, eligibility and totals of the district, exactly."""
        from evenhand_tiebreaker.features import eligible_blocks
        from evenhand_tiebreaker.instance import blocks_of

        eligible, _, _ = eligible_blocks(self.tables["blocks"], self.options)
        return blocks_of(self.tables["blocks"], self.options, eligible)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of every geoid."""
        return {geoid: row for row, geoid in enumerate(self.blocks.ids)}

    def plain_counts(self, counts: Ints) -> Any:
        """(eligible,) float64 students of the eligible blocks, for a model."""
        return (counts[self.blocks.rows] / self.blocks.factor).astype(np.float64)

    @cached_property
    def neighborhoods(self) -> tuple[tuple[str, ...], Ints] | None:
        """Names in order of first appearance, and (n,) which one each block is in (-1: none); None without any."""
        table = self.tables["blocks"]
        if "neighborhood" not in table:
            return None
        texts = [text.strip() for text in table.texts("neighborhood")]
        names = tuple(dict.fromkeys(text for text in texts if text))
        place = {name: number for number, name in enumerate(names)}
        return names, np.array([place.get(text, -1) for text in texts], dtype=np.int64)

    @cached_property
    def known(self) -> Known:
        """What has been worked out already."""
        from evenhand_tiebreaker.known import Known

        return Known()

    def _group(self, column: str) -> tuple[Group | None, list[Fault]]:
        from evenhand_tiebreaker.groups import group_of

        groups = self.known.groups
        if column not in groups:
            groups[column] = group_of(self.tables["blocks"], column, self.options, self.blocks.kept)
        return groups[column]

    def group(self, column: str) -> Group:
        """Students of a group by block, exactly, with their district-wide total."""
        found, _ = self._group(column)
        assert found is not None, f"the column {column!r} has faults"
        return found

    def group_faults(self, column: str) -> list[Fault]:
        """Faults of a column that should count a group."""
        return self._group(column)[1]

    @property
    def has_neighbours(self) -> bool:
        from evenhand_tiebreaker.neighbours import has_neighbours

        return has_neighbours(self.tables)

    @cached_property
    def edges(self) -> Ints:
        """(edges, 2) rows of neighbouring blocks, each pair once."""
        from evenhand_tiebreaker.neighbours import edges_of

        return edges_of(self.tables)[0]

    @cached_property
    def graph(self) -> BlockGraph:
        """The neighbours of every block of the table."""
        from evenhand_tiebreaker.zones.graph import graph_from_pairs

        return graph_from_pairs(self.blocks.size, self.edges)

    @cached_property
    def features(self) -> dict[str, Feature]:
        """The features a rule may name."""
        from evenhand_tiebreaker.features import features_of

        return features_of(self.tables["blocks"], self.options.features, "problem.features")[0]

    @cached_property
    def marked(self) -> Bools:
        """(n,) eligible blocks that the given column marks."""
        from evenhand_tiebreaker.features import feature_of

        assert self.options.column is not None
        feature, _ = feature_of(self.tables["blocks"], self.options.column, "problem.column")
        assert feature is not None
        chosen: Bools = feature.at_least(Fraction(1)) & self.blocks.eligible
        return chosen

    # -- budgets, thresholds, frontier -------------------------------------------------------------------------

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """Every budget that was given, in ``[problem]`` or as a rule."""
        from evenhand_tiebreaker.rules import Budget

        rules = (*self.laws(), *self.constraints)
        return tuple(limit for rule in rules if isinstance(rule, Budget) for limit in rule.limits(self))

    @cached_property
    def binding(self) -> tuple[Limit, ...]:
        """The smallest limit of each unit."""
        return tightest(self.limits)

    @cached_property
    def non_focal_limit(self) -> Limit | None:
        return next((limit for limit in self.binding if limit.counted == "non_focal"), None)

    @cached_property
    def curve(self) -> ThresholdCurve:
        """Every choice that a cut-off on the share of focal students can make."""
        from evenhand_tiebreaker.curve import curve_of

        return curve_of(self.blocks)

    @cached_property
    def frontier(self) -> Frontier | None:
        """Most focal students at every number of non-focal ones, over the eligible blocks; None where it is too large.

        Counts are times ``blocks.factor``.
        """
        from evenhand_tiebreaker.frontiers import whole_frontier

        return whole_frontier(self.blocks)

    @cached_property
    def budget_frontier(self) -> Frontier | None:
        """The same up to the first budget, in that budget's unit."""
        from evenhand_tiebreaker.frontiers import budget_frontier

        return budget_frontier(self.blocks, next(iter(self.binding), None))

    @cached_property
    def multipliers(self) -> Multipliers:
        """Multipliers of the budgets with a low dual bound for any set of eligible blocks."""
        from evenhand_tiebreaker.lagrange import best_multipliers

        return best_multipliers(self.blocks, self.binding)

    def at_least(self, threshold: Fraction) -> Bools:
        """(n,) eligible blocks whose share reaches the threshold, compared in whole numbers."""
        return self.blocks.at_least(threshold)

    @cached_property
    def scan(self) -> Scan:
        """The best choice of a threshold, or of a given threshold or column, that keeps every rule."""
        from evenhand_tiebreaker.scan import scan_of

        return scan_of(self)

    @property
    def rule_found(self) -> RuleFound | None:
        """The best and/or rule over the features within the budgets; None where the search cannot take the problem."""
        return self.look_for_rule()

    def look_for_rule(self, stop: Callable[[], bool] | None = None) -> RuleFound | None:
        """The same, ending early when ``stop`` says so; law and certificate then speak of this very search."""
        from evenhand_tiebreaker.rule_answer import search, unsearchable

        if self.known.best_rule is None and unsearchable(self) is None:
            self.known.best_rule = search(self, stop)
        return self.known.best_rule

    def rule_of(self, allocation: Allocation) -> Rule | None:
        """A rule that names exactly these blocks; None if there is none within the options."""
        from evenhand_tiebreaker.rule_answer import rule_of

        return rule_of(self, allocation.array)

    def threshold_of(self, allocation: Allocation) -> Fraction | None:
        """The cut-off of a choice: the given one, else the smallest share that receives; None without any."""
        if self.options.selection != "threshold":
            return None
        if self.options.threshold is not None:
            return self.options.threshold
        inside = self.curve.group[allocation.array]
        return self.curve.threshold(int(inside.max())) if inside.size and inside.max() >= 0 else None

    # -- decisions ---------------------------------------------------------------------------------------------

    @cached_property
    def shape(self) -> Selection:
        return Selection(self.blocks.ids, self.blocks.eligible)

    def laws(self) -> tuple[Constraint, ...]:
        from evenhand_tiebreaker.rules import Budget
        from evenhand_tiebreaker.rules.selection import laws_of

        budget = self.options.budget
        return (*laws_of(self), *(() if budget is None else Budget.each(budget)))

    def formulations(self) -> tuple[Formulation, ...]:
        from evenhand_tiebreaker.model import formulations

        return formulations(self)

    def proven_infeasible(self) -> InfeasibleError | None:
        return self._impossible

    @cached_property
    def _impossible(self) -> InfeasibleError | None:
        from evenhand_tiebreaker.feasibility import proven_infeasible

        return proven_infeasible(self)

    def auto_solvers(self) -> Sequence[str]:
        from evenhand_tiebreaker.frontier import one_budget
        from evenhand_tiebreaker.rules import ZonesAtMost

        own = {"threshold": ("threshold",), "column": ("column",), "rule": ("rule-search",)}
        if self.options.selection != "exact":
            return own[self.options.selection]
        if any(isinstance(rule, ZonesAtMost) for rule in self.constraints):
            return ("peel", "annealing")
        return ("frontier", "highs") if one_budget(self) is None else ("highs", "annealing")

    def cheap_bound(self) -> Certificate | None:
        from evenhand_tiebreaker.dual_certificate import cheap_certificate

        return cheap_certificate(self)

    def attainable(self, bound: float) -> float:
        from evenhand_tiebreaker.grid import attainable

        return attainable(self, bound)

    def walk(self, seed: int) -> Any | None:
        from evenhand_tiebreaker.walks import walk

        return walk(self, seed)

    # -- what is shown -----------------------------------------------------------------------------------------

    def reading_notices(self) -> list[str]:
        from evenhand_tiebreaker.notices import reading_notices

        return reading_notices(self)

    def metrics(self, allocation: Allocation) -> dict[str, Any]:
        from evenhand_tiebreaker.metrics import metrics

        return metrics(self, allocation)

    def remarks(self, allocation: Allocation) -> list[str]:
        from evenhand_tiebreaker.notices import remarks

        return remarks(self, allocation)

    def view(self, solution: Solution) -> View:
        from evenhand_tiebreaker.report import view

        return view(self, solution)

    def allocation_table(self, allocation: Allocation) -> pd.DataFrame:
        from evenhand_tiebreaker.outputs import allocation_table

        return allocation_table(self, allocation)

    def read_allocation(self, frame: pd.DataFrame) -> Allocation:
        return self.shape.from_cells(frame["receives"].tolist())

    def output_tables(self, solution: Solution) -> dict[str, pd.DataFrame]:
        from evenhand_tiebreaker.outputs import output_tables

        return output_tables(self, solution)
