"""Checks of what is recomputed from raw tables: terms, rules, trackers, walks, tables, metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.testing.bench import Bench, close

if TYPE_CHECKING:
    from evenhand.model import Constraint, Problem, Term, Tracker
    from evenhand.shapes import Allocation

ROUNDING = 1e-9


class MeasureChecks(Bench):
    """The numpy face of a domain agrees with itself."""

    def test_terms_are_finite_and_repeatable(self, case: str) -> None:
        problem, again = self.problem(case), self.new_problem(case)
        for allocation in self.allocations(case):
            copy = again.shape.allocation(np.array(allocation.array))
            for term in self.terms(case):
                value = term.measure(problem, allocation)
                assert math.isfinite(value), f"{term.name}: {value}"
                assert term.measure(again, copy) == value, f"{term.name}: a second reading gives another value"
                assert value >= 0 or not term.nonnegative, f"{term.name}: {value} although it is called non-negative"
            left, right = ([(v.rule, v.message) for v in made.violations(where)]
                           for made, where in ((problem, allocation), (again, copy)))
            assert left == right, "a second reading gives other violations"

    def test_the_solvers_answers_keep_every_rule(self, case: str) -> None:
        problem = self.problem(case)
        for allocation in self.legal(case):
            assert not problem.violations(allocation)
            assert all(rule.excess(problem, allocation) == 0 for rule in problem.rules().values())

    def test_violations_have_amounts_and_words(self, case: str) -> None:
        problem = self.problem(case)
        known = {rule.name for rule in problem.rules().values()}
        for allocation in self.allocations(case):
            for violation in problem.violations(allocation):
                assert violation.rule in known, f"a violation of {violation.rule!r}, which is no rule of the problem"
                assert violation.amount > 0 and violation.message, f"{violation.rule}: no amount or no words"

    def test_trackers_agree_with_measuring_anew(self, case: str) -> None:
        problem = self.problem(case)
        for name, tracker, number in self._trackers(case):
            generator = np.random.default_rng(self.seed)
            for allocation in self.allocations(case)[:6]:
                self._follow(problem, name, tracker, number, np.array(allocation.array), generator)

    def _trackers(self, case: str) -> Iterator[tuple[str, Tracker, Callable[[Allocation], float]]]:
        problem = self.problem(case)
        parts: list[Term | Constraint] = [*self.terms(case), *problem.rules().values()]
        for part in parts:
            tracker = part.tracker(problem)
            if tracker is not None:
                yield part.name, tracker, _number(problem, part)

    def _follow(self, problem: Problem, name: str, tracker: Tracker, number: Callable[[Allocation], float],
                array: np.ndarray[Any, Any], generator: np.random.Generator) -> None:
        now = number(problem.shape.allocation(array))
        told = tracker.start(array.copy())
        assert close(told, now, ROUNDING), f"{name}: the tracker starts at {told}, the tables say {now}"
        for _ in range(60):
            move = problem.shape.neighbour(array, generator)
            if not move:
                continue
            after = self.moved(array, move)
            then = number(problem.shape.allocation(after))
            change = tracker.change(move)
            assert abs(change - (then - now)) <= ROUNDING * max(1.0, abs(then), abs(now)), (
                f"{name}: the tracker says {change} for {move}, the tables say {then - now}")
            if generator.random() < 0.7:  # what is not applied must leave no trace
                tracker.apply(move)
                array, now = after, then

    def test_a_walk_keeps_what_keeps_the_rules(self, case: str) -> None:
        from evenhand.solvers.walk import walk_of

        problem = self.problem(case)
        ends = []
        for _ in range(2):
            walk, _ = walk_of(problem, self.seed, lambda: False)
            walk.start()
            assert walk.scale > 0
            walk.advance(self.steps, walk.scale)
            ends.append(walk.best)
        (array, value), (second, _) = ends
        assert (array is None) == (second is None), "the same seed gives another walk"
        if array is None or second is None:
            return
        assert np.array_equal(array, second), "the same seed gives another walk"
        best = problem.shape.allocation(array)
        assert not problem.violations(best), "the walk's best state breaks a rule"
        told = problem.objective.measure(problem, best)[0]
        assert close(value, told, ROUNDING), f"the walk values its best state {value}, the tables say {told}"

    def test_an_allocation_table_can_be_read_back(self, case: str) -> None:
        problem = self.problem(case)
        for allocation in self.legal(case) or self.allocations(case):
            frame = problem.allocation_table(allocation)
            text = self.table(problem, allocation)
            back = problem.read_allocation(frame.astype(str))
            assert not problem.shape.faults(back), "the allocation read back is no decision"
            assert self.table(problem, back) == text, "reading a table and writing it again changes it"
            assert problem.objective.measure(problem, back) == problem.objective.measure(problem, allocation), (
                "the allocation read back has another value")
            assert not problem.violations(back) or problem.violations(allocation), "reading it back breaks a rule"

    def test_metrics_are_plain_numbers(self, case: str) -> None:
        from evenhand.results.result_json import result_dict, to_text

        for name, solution in self.solutions(case).items():
            undefined = list(_undefined(solution.metrics, "metrics"))
            assert not undefined, f"{name}: no finite number (an undefined quotient is None): {', '.join(undefined)}"
            read = json.loads(to_text(result_dict(solution, folder=False)))
            assert read["domain"] == self.domain, name
            assert set(read["metrics"]) == set(solution.metrics), f"{name}: metrics were lost on the way"


def _number(problem: Problem, part: Term | Constraint) -> Callable[[Allocation], float]:
    from evenhand.model import Term

    if isinstance(part, Term):
        return lambda allocation: float(part.measure(problem, allocation))
    return lambda allocation: float(part.excess(problem, allocation))


def _undefined(value: Any, path: str) -> Iterator[str]:
    """Paths of the numbers inside that are NaN or infinite."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _undefined(part, f"{path}.{key}")
    elif isinstance(value, list | tuple | np.ndarray):
        for place, part in enumerate(value):
            yield from _undefined(part, f"{path}[{place}]")
    elif isinstance(value, float | np.floating) and not math.isfinite(value):
        yield path
