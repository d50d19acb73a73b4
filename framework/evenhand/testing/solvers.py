"""Checks of the solvers: audited answers, bounds that never cross, repeatable, deaf to the order of the rows."""

from __future__ import annotations

import math

import attrs

from evenhand.solution import Solution
from evenhand.spec.build import build_problem
from evenhand.tables.source import DataSource
from evenhand.testing.bench import Bench

ROUNDING = 1e-9


class SolverChecks(Bench):
    """Every solver that takes a case, the domain's own and the core's."""

    def test_solvers_agree_on_what_is_possible(self, case: str) -> None:
        solutions = self.solutions(case)
        answered = [name for name, solution in solutions.items() if solution.allocation is not None]
        refuted = [name for name, solution in solutions.items() if solution.status == "infeasible"]
        assert not (answered and refuted), f"{refuted} say that nothing keeps the rules; {answered} keep them"
        assert answered or refuted, "no solver finds an answer, and none shows that there is none"

    def test_no_bound_is_beyond_any_answer(self, case: str) -> None:
        solutions = self.solutions(case)
        maximize = self.problem(case).objective.sense == "maximize"
        for name, solution in solutions.items():
            for kind, bound in (("verified", solution.verified_bound), ("claimed", solution.claimed_bound)):
                if bound is None:
                    continue
                for other, answer in solutions.items():
                    if answer.value is None or answer.violations:
                        continue
                    beyond = answer.value - bound if maximize else bound - answer.value
                    assert beyond <= ROUNDING * max(1.0, abs(bound)), (
                        f"the {kind} bound {bound!r} of {name} is beyond the answer {answer.value!r} of {other}")

    def test_optimal_means_proven(self, case: str) -> None:
        for name, solution in self.solutions(case).items():
            proven = solution.gap is not None and solution.gap <= self.gap
            if solution.allocation is not None and not solution.violations:
                assert (solution.status == "optimal") == proven, f"{name}: {solution.status} with gap {solution.gap}"

    def test_the_same_seed_gives_the_same_answer(self, case: str) -> None:
        problem = self.problem(case)
        for name, solution in self.solutions(case).items():
            if name == "auto" or solution.allocation is None or solution.run.stopped is not None:
                continue
            again = self.solve(problem, name)
            if again.run.stopped is None:
                assert again.allocation is not None, f"{name}: finds nothing the second time"
                assert again.allocation.equals(solution.allocation), f"{name}: another answer the second time"

    def test_the_order_of_the_rows_does_not_matter(self, case: str) -> None:
        solutions, spec = self.solutions(case), self.spec(case)
        solver = min(solutions, key=lambda name: (name == "auto", solutions[name].status == "no_solution",
                                                  _gap(solutions[name]), solutions[name].run.seconds))
        first = solutions[solver]
        turned = {}
        for name, table in self.problem(case).tables.items():
            turned[name] = DataSource(frame=table.raw.frame.iloc[::-1].reset_index(drop=True))
        problem = build_problem(attrs.evolve(spec, data=turned), self.registry())
        second = self.solve(problem, solver)
        assert (first.allocation is None) == (second.allocation is None), (
            f"{solver}: {first.status}, and {second.status} with the rows in another order")
        for here, there in ((first, second), (second, first)):
            self._within(here, there)

    def _within(self, here: Solution, there: Solution) -> None:
        """An answer to one order of the rows is not better than the bound of another order allows."""
        if here.value is None or there.bound is None:
            return
        beyond = here.value - there.bound if here.sense == "maximize" else there.bound - here.value
        assert beyond <= ROUNDING * max(1.0, abs(here.value)), (
            f"with the rows in another order {here.value!r} is beyond the bound {there.bound!r}")


def _gap(solution: Solution) -> float:
    return math.inf if solution.gap is None else solution.gap
