"""A small domain of its own for tests of reports and results: which parks to renew within a budget.

Its certificate is one price: for any price p >= 0 of a dollar, no choice within the budget B can serve more than
p B + sum of max(0, visitors - p cost) (Lagrange).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from attrs import frozen

from evenhand.certificates import Certificate, CertificateError, ClaimedCertificate
from evenhand.errors import InfeasibleError
from evenhand.hookspecs import hookimpl
from evenhand.model import Constraint, Domain, Figure, Problem, Sheet, Term, View, Violation
from evenhand.shapes import Allocation, Selection
from evenhand.solution import Candidate, Moment, RunRecord, Solution
from evenhand.tables.schema import Column, TableSchema

PARKS = """park,name,cost,visitors
01,Elm Square,40,120
02,"=Oak & <b>Ash</b>",25,90
03,Mill Pond,35,60
04,Station Green,20,70
05,"The ""Mist"" Garden",50,80
"""

SPEC = """domain = "parks"

[data]
parks = "parks.csv"

[problem]
budget = 100

[solver]
name = "auto"
gap = 0.05
seed = 7
"""


@frozen
class Options:
    budget: int = 100
    at_least: int = 0


@frozen
class Visitors(Term):
    name: ClassVar[str] = "visitors_served"
    unit: ClassVar[str] = "visitors"
    sense: ClassVar[Any] = "maximize"
    doc: ClassVar[str] = "daily visitors of the parks that are renewed"

    def measure(self, problem: Problem, allocation: Allocation) -> float:
        return math.fsum(problem.tables["parks"].floats("visitors")[allocation.array])


@frozen
class WithinBudget(Constraint):
    name: ClassVar[str] = "within_budget"
    doc: ClassVar[str] = "the parks that are renewed cost no more than the budget"
    unit: ClassVar[str] = "dollars"

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        spent = problem.tables["parks"].exact("cost").sum_exact(allocation.array)
        over = spent - problem.options.budget
        return [Violation(self.name, f"costs {over} dollars too much", float(over))] if over > 0 else []

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        raise AssertionError("these tests build no model")


@frozen(eq=False)
class PriceCertificate(Certificate):
    """The price of a dollar: what the budget could buy if parks were sold by the brick."""

    kind: ClassVar[str] = "price"
    price: float

    def bound(self, problem: Problem) -> float | None:
        if self.price < 0:
            raise CertificateError("the price is negative")
        parks = problem.tables["parks"]
        worth = np.maximum(0.0, parks.floats("visitors") - self.price * parks.floats("cost"))
        return math.fsum([self.price * problem.options.budget, *worth])

    def to_json(self) -> dict[str, Any]:
        return {"price": self.price}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            return cls(float(data["price"]))
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the price cannot be read: {fault}") from None


@frozen(eq=False, kw_only=True, slots=False)
class Parks(Problem):
    @cached_property
    def shape(self) -> Selection:
        return Selection(tuple(self.tables["parks"].texts("park")))

    @classmethod
    def default_objective(cls, options: Any) -> list[tuple[str, dict[str, Any]]]:
        return [("visitors_served", {})]

    @classmethod
    def default_rules(cls, options: Any, tables: Any) -> list[tuple[str, dict[str, Any]]]:
        return [("within_budget", {})]

    def proven_infeasible(self) -> InfeasibleError | None:
        cheapest = np.sort(self.tables["parks"].floats("cost"))[: self.options.at_least].sum()
        if cheapest <= self.options.budget:
            return None
        return InfeasibleError(
            f"{self.options.at_least} parks cost at least {cheapest:g} dollars",
            conflict=["within_budget", "at_least"], relief=[f"{cheapest - self.options.budget:g} dollars more"],
            proof={"cheapest": float(cheapest)})

    def recheck_infeasible(self, proof: Mapping[str, Any]) -> bool:
        found = self.proven_infeasible()
        return found is not None and found.proof == dict(proof)

    def metrics(self, allocation: Allocation) -> dict[str, Any]:
        spent = self.tables["parks"].floats("cost")[allocation.array].sum()
        chosen = int(allocation.array.sum())
        each = spent / chosen if chosen else None
        return {"spent": spent, "chosen": {"count": np.int64(chosen), "cost_per_park": each}}

    def remarks(self, allocation: Allocation) -> list[str]:
        return [] if allocation.array.any() else ["No park is renewed."]

    def allocation_table(self, allocation: Allocation) -> pd.DataFrame:
        frame = self.tables["parks"].input_rows()
        frame["renewed"] = self.shape.cells(allocation)
        return frame

    def read_allocation(self, frame: pd.DataFrame) -> Allocation:
        if "renewed" not in frame:
            raise ValueError("there is no column 'renewed'")
        return self.shape.from_cells(frame["renewed"].tolist())

    def output_tables(self, solution: Solution) -> dict[str, pd.DataFrame]:
        if solution.allocation is None:
            return {}
        parks = self.tables["parks"]
        chosen = solution.allocation.array
        return {"renewed.csv": pd.DataFrame({"park": np.array(parks.texts("park"), dtype=object)[chosen],
                                             "per_dollar": (parks.floats("visitors") / parks.floats("cost"))[chosen]})}

    def view(self, solution: Solution) -> View:
        parks = self.tables["parks"]
        assert solution.allocation is not None
        chosen = solution.allocation.array

        def draw(axes: Any) -> None:
            axes.scatter(parks.floats("cost"), parks.floats("visitors"), c=chosen.astype(float))
            for name, x, y in zip(parks.texts("name"), parks.floats("cost"), parks.floats("visitors"), strict=True):
                axes.annotate(name, (x, y))
            axes.set_xlabel("cost ($)")

        rows = [(name, cost, share) for name, cost, share in zip(
            parks.texts("name"), parks.floats("cost"), chosen.astype(float), strict=True)]
        return View(
            sentence=f"{int(chosen.sum())} parks are renewed; {solution.value:g} people a day will enjoy them.",
            highlights=[("Parks renewed", str(int(chosen.sum())))],
            sections=[Figure("Cost & visitors", draw, "One dot per <park>."),
                      Sheet("Parks", ("Park", "Cost", "Renewed"), rows, {"Cost": "dollars", "Renewed": "share"})])


DOMAIN = Domain(
    name="parks", title="Parks & gardens", summary="which parks to renew", options=Options, problem=Parks,
    tables=(TableSchema("parks", (Column("park", "id", unique=True), Column("name"),
                                  Column("cost", "number", minimum=0), Column("visitors", "number", minimum=0))),),
    certificates=(PriceCertificate,))


class Plugin:
    """The domain as a plugin."""

    @hookimpl
    def register_domains(self, register: Any) -> None:
        register(DOMAIN)

    @hookimpl
    def register_terms(self, register: Any) -> None:
        register("parks", Visitors)

    @hookimpl
    def register_constraints(self, register: Any) -> None:
        register("parks", WithinBudget)


def registry() -> Any:
    """A registry with this domain and no other."""
    from evenhand.plugins import manager

    return manager([("parks", Plugin())], discover=False)


def write_spec(folder: Path, spec: str = SPEC, parks: str = PARKS) -> Path:
    """The spec and its table in a folder; the spec's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parks.csv").write_text(parks, encoding="utf-8")
    (folder / "spec.toml").write_text(spec, encoding="utf-8")
    return folder / "spec.toml"


def build(spec: Any) -> Problem:
    """The problem of a spec file or tree."""
    from evenhand.spec.build import build_problem, load_spec

    known = registry()
    return build_problem(load_spec(spec, known, folder=spec.parent if isinstance(spec, Path) else None), known)


def answer(problem: Problem, chosen: Any = (1, 1, 0, 1, 0), *, certificates: Any = None, comparison: bool = False,
           infeasible: Any = None, seconds: float = 0.25) -> Solution:
    """An audited answer, as a solver would have handed it over. The default choice is the best one: 280 visitors."""
    from evenhand.audit import audit

    if certificates is None:
        certificates = (PriceCertificate(2.0), ClaimedCertificate(285.0, "some solver"))
    entry = problem.spec.solver
    history = (Moment(0.0, None, 420.0), Moment(0.05, 210.0, 300.0), Moment(0.2, 280.0, 285.0))
    run = RunRecord(name=entry.name, used="by hand", seconds=seconds, seed=entry.seed, gap=entry.gap,
                    time_limit=entry.time_limit, history=history)
    allocation = None if chosen is None else problem.shape.allocation(np.array(chosen, dtype=bool))
    return audit(problem, Candidate(allocation=allocation, certificates=certificates, infeasible=infeasible,
                                    used="by hand", notices=("Chosen by hand.",), comparison=comparison), run)
