"""The conformance class finds what it is for: each defect put into the toy domain fails the check that names it."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from attrs import field, frozen

from evenhand.certificates import ClaimedCertificate
from evenhand.errors import AuditError
from evenhand.kernel.expressions import linear_sum
from evenhand.model import Domain, Formulation, shape_variables
from evenhand.solution import Candidate
from evenhand.testing import DomainConformance
from tests.framework import evenings, toy_domain
from tests.framework.evenings import Plugin
from tests.framework.toy_domain import Budget, Evenings, EveryArea, ExtraMinutes, Overrun, VisitorsServed, greedy


def bench(*, problem: type[Any] = Evenings, options: type[Any] = toy_domain.Options, visitors: Any = VisitorsServed,
          budget: Any = Budget, title: str = "Library evenings", tables: Any = (toy_domain.BRANCHES,),
          certificates: Any = (), solvers: Any = ()) -> DomainConformance:
    """The checks of a toy domain with something replaced; two small cases."""

    def register_domains(register: Any) -> None:
        register(Domain(name="evenings", title=title, summary="which libraries stay open", tables=tables,
                        options=options, problem=problem, certificates=certificates))

    def register_terms(register: Any) -> None:
        for term in (visitors, ExtraMinutes):
            register("evenings", term)

    def register_constraints(register: Any) -> None:
        for rule in (budget, EveryArea):
            register("evenings", rule)

    def register_solvers(register: Any) -> None:
        for solver in solvers:
            register(solver, domain="evenings")

    class Checks(DomainConformance):
        plugin = (Plugin("altered", register_domains=register_domains, register_terms=register_terms,
                         register_constraints=register_constraints, register_solvers=register_solvers),)
        domain = "evenings"
        steps = 300

        def cases(self) -> Mapping[str, Any]:
            return {"small": evenings.tree(
                constraint=[{"rule": "budget"}, {"rule": "every_area", "least": 0}],
                objective=[{"term": "visitors_served"}, {"term": "extra_minutes", "weight": 0.01}])}

    return Checks()


def test_the_unaltered_domain_passes_everything_that_fails_below() -> None:
    checks = bench()
    for name in sorted({name for name, *_ in DEFECTS} | {"test_solvers_agree_on_what_is_possible"}):
        check = getattr(checks, name)
        check("small") if "case" in check.__code__.co_varnames else check()


# -- defects -----------------------------------------------------------------------------------------------------


@frozen
class Nameless(VisitorsServed):
    doc: ClassVar[str] = ""


@frozen
class Undocumented:
    budget: Any = field(default=1000, converter=toy_domain.Fraction)


@frozen
class Infinite(VisitorsServed):
    def measure(self, problem: Any, allocation: Any) -> float:
        return math.inf if allocation.array[0] else super().measure(problem, allocation)


@frozen
class Forgetful(VisitorsServed):
    seen: ClassVar[list[float]] = []

    def measure(self, problem: Any, allocation: Any) -> float:
        self.seen.append(1e-6)
        return super().measure(problem, allocation) + sum(self.seen)


@frozen
class OtherExpression(VisitorsServed):
    def express(self, problem: Any, build: Any) -> Any:
        return linear_sum(problem.visitors + 0.01, build.model.x.values())


@frozen
class LooseRow(Budget):
    def apply(self, problem: Any, build: Any, block: Any) -> None:
        super().apply(attrs.evolve(problem, options=toy_domain.Options(problem.options.budget + 10)), build, block)


@frozen
class TightRow(Budget):
    def apply(self, problem: Any, build: Any, block: Any) -> None:
        super().apply(attrs.evolve(problem, options=toy_domain.Options(problem.options.budget - 1)), build, block)


@frozen
class Emptied(Budget):
    def violations(self, problem: Any, allocation: Any) -> list[Any]:
        return [attrs.evolve(violation, amount=0.0) for violation in super().violations(problem, allocation)]


class Drifting(Overrun):
    def apply(self, move: Any) -> None:
        super().apply(move)
        self.spent += 1


@frozen
class BadTracker(Budget):
    def tracker(self, problem: Any) -> Drifting:
        return Drifting(problem.costs, problem.options.budget)


class Lossy(Evenings):
    def read_allocation(self, frame: Any) -> Any:
        back = super().read_allocation(frame)
        return self.shape.allocation([*back.array[:-1], False])


class Undefined(Evenings):
    def metrics(self, allocation: Any) -> dict[str, Any]:
        return {"share": math.nan}


class Positional(Evenings):
    """Counts the first row twice: the order of the rows matters."""

    @property
    def visitors(self) -> Any:
        counts = self.tables["branches"].floats("visitors").copy()
        counts[0] *= 10
        return counts


def _half(problem: Any, build: Any) -> None:
    shape_variables(problem, build)
    build.model.x[1].fix(0)


def _restricted(honesty: Any) -> type[Evenings]:
    class Restricted(Evenings):
        def formulations(self) -> tuple[Formulation, ...]:
            return (*super().formulations(), Formulation("half", honesty, _half))

    return Restricted


class Flattering(greedy.Greedy):
    """Says that its answer is the best."""

    name: ClassVar[str] = "flattering"

    def solve(self, problem: Any, limits: Any) -> Candidate:
        answer = problem.shape.allocation([True, False, False, False])
        value = problem.objective.measure(problem, answer)[0]
        return Candidate(allocation=answer, certificates=[ClaimedCertificate(value, "itself")])


class Moody(greedy.Greedy):
    """Another answer each time."""

    name: ClassVar[str] = "moody"
    asked: ClassVar[list[int]] = []

    def solve(self, problem: Any, limits: Any) -> Candidate:
        self.asked.append(1)
        return Candidate(allocation=problem.shape.allocation([len(self.asked) % 2 == 0, False, False, False]))


class Wrong(greedy.Greedy):
    """Opens everything."""

    name: ClassVar[str] = "wrong"

    def solve(self, problem: Any, limits: Any) -> Candidate:
        return Candidate(allocation=problem.shape.allocation([True] * 4))


DEFECTS = [
    ("test_the_domain_is_described", {"title": ""}, "title and summary"),
    ("test_the_domain_is_described", {"options": Undocumented}, "problem: without a description: budget"),
    ("test_terms_rules_and_solvers_are_described", {"visitors": Nameless}, "terms: .*visitors_served"),
    ("test_terms_are_finite_and_repeatable", {"visitors": Infinite}, "visitors_served: inf|not a finite number"),
    ("test_terms_are_finite_and_repeatable", {"visitors": Forgetful}, "another value|wrong side"),
    ("test_expressions_say_what_is_measured", {"visitors": OtherExpression}, "in the model"),
    ("test_rows_forbid_what_violations_list", {"budget": LooseRow}, "keeps the rows although budget"),
    ("test_rows_forbid_what_violations_list", {"budget": TightRow}, "keeps the rules and breaks a row"),
    ("test_violations_have_amounts_and_words", {"budget": Emptied}, "budget: no amount"),
    ("test_trackers_agree_with_measuring_anew", {"budget": BadTracker}, "budget: the tracker says"),
    ("test_an_allocation_table_can_be_read_back", {"problem": Lossy}, "changes it"),
    ("test_metrics_are_plain_numbers", {"problem": Undefined}, "metrics.share"),
    ("test_the_order_of_the_rows_does_not_matter", {"problem": Positional}, "another order"),
    ("test_rows_forbid_what_violations_list", {"problem": _restricted("exact")}, "(?s)half.*breaks a row"),
    ("test_no_formulation_promises_too_much", {"problem": _restricted("relaxation")}, "half, called relaxation"),
    ("test_no_bound_is_beyond_any_answer", {"solvers": (Flattering(),)}, "claimed bound .* of flattering"),
    ("test_the_same_seed_gives_the_same_answer", {"solvers": (Moody(),)}, "moody: another answer"),
]


@pytest.mark.parametrize(("check", "defect", "said"), DEFECTS)
def test_a_defect_is_found(check: str, defect: dict[str, Any], said: str) -> None:
    checks = bench(**defect)
    method = getattr(checks, check)
    arguments = ["small"] if "case" in method.__code__.co_varnames else []
    with pytest.raises((AssertionError, ValueError, AuditError), match=said):
        method(*arguments)


def test_a_wrong_answer_never_gets_as_far_as_a_check() -> None:
    with pytest.raises(AuditError, match="wrong: the answer breaks"):
        bench(solvers=(Wrong(),)).test_solvers_agree_on_what_is_possible("small")


def test_the_kit_needs_no_pytest_to_be_imported() -> None:
    import subprocess

    code = "import evenhand.testing, sys; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "False"
