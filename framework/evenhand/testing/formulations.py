"""Checks of the Pyomo face of a domain against the numpy face: expressions, rows, honesty."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import attrs

from evenhand.errors import SolverUnsuitableError
from evenhand.model import Objective, WeightedTerm
from evenhand.testing.bench import Bench, close
from evenhand.testing.pinned import PinnedModel, encodes

if TYPE_CHECKING:
    from evenhand.model import Formulation, Problem
    from evenhand.shapes import Allocation

# A solver keeps rows to 1e-6 or so: what breaks a rule by less than this is not held against the rows.
BARELY = 1e-5


class FormulationChecks(Bench):
    """Formulations keep the word they give by ``exact``, ``restriction`` or ``relaxation``."""

    def pinned(self, case: str) -> Iterator[PinnedModel]:
        """Every formulation that can be built and into which decisions can be written, with all terms it carries."""
        for formulation in self.formulations(case):
            made = self.once(("pinned", case, formulation.name), partial(self._pinned, case, formulation))
            if made is not None and encodes(formulation):
                yield made

    def formulations(self, case: str) -> list[Formulation]:
        problem = self.problem(case)
        found = {formulation.name: formulation for formulation in problem.formulations()}
        asked = problem.feasibility_formulation()
        if asked is not None:
            found.setdefault(asked.name, asked)
        return list(found.values())

    def _pinned(self, case: str, formulation: Formulation) -> PinnedModel | None:
        problem = self.problem(case)
        carried = [term for term in self.terms(case)
                   if _builds(formulation, attrs.evolve(problem, objective=Objective((WeightedTerm(term),))))]
        whole = attrs.evolve(problem, objective=Objective(tuple(WeightedTerm(term) for term in carried)))
        return PinnedModel.of(formulation, whole) if _builds(formulation, whole) else None

    def test_decisions_come_back_from_a_model(self, case: str) -> None:
        problem = self.problem(case)
        for pinned in self.pinned(case):
            for allocation in self.allocations(case):
                back = pinned.back(allocation)
                if pinned.plain:
                    assert back.equals(allocation), f"{pinned.name}: another decision comes back"
                if problem.violations(allocation):
                    continue  # a formulation need not know what breaks the rules
                assert not problem.shape.faults(back), f"{pinned.name}: what comes back is no decision"
                if pinned.honesty == "exact":
                    assert not problem.violations(back), f"{pinned.name}: what comes back breaks a rule"
                    value, told = (problem.objective.measure(problem, a)[0] for a in (back, allocation))
                    assert close(value, told), f"{pinned.name}: {told} went in and {value} comes back"

    def test_expressions_say_what_is_measured(self, case: str) -> None:
        problem = self.problem(case)
        for pinned in self.pinned(case):
            for allocation in self.allocations(case):
                if problem.violations(allocation) and not self._same(problem, pinned, allocation):
                    continue
                back = pinned.back(allocation)
                for place, part in enumerate(pinned.problem.objective.parts):
                    told = pinned.expressed(allocation, place)
                    if told is not None:
                        self._compare(pinned, part.term.name, told, part.term.measure(pinned.problem, back))

    def _compare(self, pinned: PinnedModel, term: str, told: float, measured: float) -> None:
        if pinned.honesty == "exact" or close(told, measured):
            assert close(told, measured), f"{pinned.name}: {term} is {told} in the model and {measured} in the tables"
            return
        sense = next(part.term.sense for part in pinned.problem.objective.parts if part.term.name == term)
        better = told > measured if sense == "maximize" else told < measured
        assert better == (pinned.honesty == "relaxation"), (
            f"{pinned.name}, a {pinned.honesty}: {term} is {told} in the model and {measured} in the tables")

    def test_rows_forbid_what_violations_list(self, case: str) -> None:
        problem = self.problem(case)
        for pinned in self.pinned(case):
            for allocation in self.allocations(case):
                broken = problem.violations(allocation)
                fits = pinned.keeps_rows(allocation)
                what = f"{pinned.name}, {self.table(problem, allocation)}"
                if not broken:
                    assert fits or pinned.honesty == "restriction", f"{what}: keeps the rules and breaks a row"
                elif fits and sum(violation.amount for violation in broken) > BARELY:
                    said = "; ".join(f"{violation.rule}: {violation.message}" for violation in broken)
                    assert pinned.honesty == "relaxation" or not self._same(problem, pinned, allocation), (
                        f"{what}: keeps the rows although {said}")

    def _same(self, problem: Problem, pinned: PinnedModel, allocation: Allocation) -> bool:
        """Whether the model can stand for this very decision (a formulation may know legal ones only)."""
        return self.table(problem, pinned.back(allocation)) == self.table(problem, allocation)

    def test_no_formulation_promises_too_much(self, case: str) -> None:
        problem = self.problem(case)
        maximize = problem.objective.sense == "maximize"
        values = [problem.objective.measure(problem, allocation)[0] for allocation in self.legal(case)]
        bounds = [solution.verified_bound for solution in self.solutions(case).values()
                  if solution.verified_bound is not None]
        for formulation in problem.formulations():
            if not _builds(formulation, problem):
                continue
            model = PinnedModel.of(formulation, problem)
            found = model.best(problem.objective, time_limit=self.time_limit)
            if found.status == "infeasible":
                assert not values or model.honesty == "restriction", f"{model.name}: infeasible, and a solver disagrees"
                continue
            if model.honesty != "restriction" and found.bound is not None and values:
                best = max(values) if maximize else min(values)
                short = best - found.bound if maximize else found.bound - best
                assert short <= 1e-6 * max(1.0, abs(best)), (
                    f"{model.name}, called {model.honesty}: its bound {found.bound} is beyond the real answer {best}")
            if model.honesty != "relaxation" and found.values is not None and found.objective is not None:
                answer = model.decoded(found.values)
                real = problem.objective.measure(problem, answer)[0]
                over = found.objective - real if maximize else real - found.objective
                amount = sum(violation.amount for violation in problem.violations(answer))
                assert amount <= BARELY, f"{model.name}, called {model.honesty}: its answer breaks a rule by {amount}"
                assert over <= 1e-6 * max(1.0, abs(real)), (
                    f"{model.name}, called {model.honesty}: says {found.objective}, is worth {real}")
                for bound in bounds:
                    beyond = real - bound if maximize else bound - real
                    assert beyond <= 1e-6 * max(1.0, abs(real)), f"{model.name}: {real} is beyond the bound {bound}"


def _builds(formulation: Formulation, problem: Problem) -> bool:
    try:
        built = formulation.build(problem)
    except SolverUnsuitableError:
        return False
    return not built.dropped
