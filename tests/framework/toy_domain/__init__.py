"""A whole domain in one small module: which libraries stay open in the evening, within a budget for staff."""

from __future__ import annotations

import math
import shutil
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, field, frozen, validators

import evenhand as eh
from evenhand.kernel.expressions import linear_sum

BRANCHES = eh.TableSchema("branches", doc="one row per library", columns=(
    eh.Column("branch", "id", unique=True, doc="id of the library"), eh.Column("area", doc="part of the city"),
    eh.Column("cost", "number", minimum=0, unit="USD", doc="evening staff, per week"),
    eh.Column("visitors", "number", minimum=0, unit="visitors", doc="expected on an evening"),
    eh.Column("minutes", "number", minimum=0, unit="minutes", doc="further way of a visitor if it is closed")))


@frozen
class Options:
    budget: Fraction = field(default=Fraction(1000), validator=validators.ge(0), metadata={"doc": "USD a week"})


class Evenings(eh.Problem):
    shape = cached_property(lambda self: eh.Selection(tuple(self.tables["branches"].texts("branch"))))
    costs = cached_property(lambda self: np.array(self.tables["branches"].exact("cost").fractions(), dtype=object))
    visitors = cached_property(lambda self: self.tables["branches"].floats("visitors"))
    minutes = cached_property(lambda self: self.visitors * self.tables["branches"].floats("minutes"))
    areas = cached_property(lambda self: np.array(self.tables["branches"].texts("area")))

    @classmethod
    def default_objective(cls, options: Any) -> list[tuple[str, dict[str, Any]]]:
        return [("visitors_served", {})]

    @classmethod
    def default_rules(cls, options: Any, tables: Any) -> list[tuple[str, dict[str, Any]]]:
        return [("budget", {})]

    def metrics(self, allocation: Any) -> dict[str, Any]:
        spent, served = float(sum(self.costs[allocation.array])), float(sum(self.visitors[allocation.array]))
        return {"spent": spent, "cost_per_visitor": spent / served if served else None}


@frozen
class VisitorsServed(eh.Term):
    name, unit, sense, doc = "visitors_served", "visitors", "maximize", "visitors of the libraries that stay open"

    def measure(self, problem: Any, allocation: Any) -> float:
        return math.fsum(problem.visitors[allocation.array])

    def express(self, problem: Any, build: Any) -> Any:
        return linear_sum(problem.visitors, build.model.x.values())


@frozen
class ExtraMinutes(eh.Term):
    name, unit, sense, doc = "extra_minutes", "minutes", "minimize", "further way of visitors whose library is closed"

    def measure(self, problem: Any, allocation: Any) -> float:
        return math.fsum(problem.minutes[~allocation.array])

    def express(self, problem: Any, build: Any) -> Any:
        return linear_sum(-problem.minutes, build.model.x.values(), math.fsum(problem.minutes))


@frozen
class Budget(eh.Constraint):
    name, unit, doc = "budget", "USD", "evening staff costs no more than the budget"

    def violations(self, problem: Any, allocation: Any) -> list[eh.Violation]:
        over = float(sum(problem.costs[allocation.array]) - problem.options.budget)
        return [eh.Violation(self.name, f"{over:.2f} USD too much", over)] if over > 0 else []

    def apply(self, problem: Any, build: Any, block: Any) -> None:
        import pyomo.environ as pyo
        spent = linear_sum(problem.costs.astype(float), build.model.x.values())
        block.row = pyo.Constraint(expr=spent <= float(problem.options.budget))

    def tracker(self, problem: Any) -> Overrun:
        return Overrun(problem.costs, problem.options.budget)

    def relief(self, problem: Any, amount: float) -> str:
        return f"budget: {amount:.2f} USD more"


@define
class Overrun:
    """Follows by how much the costs of the open libraries are above the budget."""

    costs: Any
    budget: Fraction
    open: Any = None
    spent: Fraction = Fraction(0)

    def start(self, array: Any) -> float:
        self.open, self.spent = array, Fraction(sum(self.costs[array]))
        return float(max(0, self.spent - self.budget))

    def change(self, move: Any) -> float:
        after = self.spent + sum((int(entry) - int(self.open[i])) * self.costs[i] for i, entry in move)
        return float(max(0, after - self.budget)) - float(max(0, self.spent - self.budget))

    def apply(self, move: Any) -> None:
        for i, entry in move:
            self.spent += (int(entry) - int(self.open[i])) * self.costs[i]
            self.open[i] = entry


@frozen
class EveryArea(eh.Constraint):
    name, unit, doc = "every_area", "libraries", "every area keeps at least so many libraries open"
    least: int = field(default=1, validator=validators.ge(0), metadata={"doc": "libraries in each area"})

    def violations(self, problem: Any, allocation: Any) -> list[eh.Violation]:
        lacks = {area: self.least - int(allocation.array[problem.areas == area].sum()) for area in set(problem.areas)}
        return [eh.Violation(self.name, f"{area} lacks {n}", float(n)) for area, n in sorted(lacks.items()) if n > 0]

    def apply(self, problem: Any, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        block.rows = pyo.Constraint(sorted(set(problem.areas)), rule=lambda _, area: linear_sum(
            1.0 * (problem.areas == area), build.model.x.values()) >= self.least)


def write_sample(folder: Path) -> list[Path]:
    return [Path(shutil.copy(path, folder)) for path in sorted(Path(__file__).with_name("sample").iterdir())]


@eh.hookimpl
def register_domains(register: Any) -> None:
    register(eh.Domain(name="evenings", title="Library evenings", summary="which libraries stay open in the evening",
                       tables=(BRANCHES,), options=Options, problem=Evenings, sample=write_sample))


@eh.hookimpl
def register_terms(register: Any) -> None:
    register("evenings", VisitorsServed)
    register("evenings", ExtraMinutes)


@eh.hookimpl
def register_constraints(register: Any) -> None:
    register("evenings", Budget)
    register("evenings", EveryArea)
