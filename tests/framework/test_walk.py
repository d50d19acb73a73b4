"""The general walk: its numbers are the raw tables' numbers, and only states that keep the rules are kept."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.model import Constraint, Problem, Violation
from evenhand.shapes import Allocation, Division
from evenhand.solvers.meters import Trial, meter_of, objective_meter
from evenhand.solvers.walk import GenericWalk, walk_of
from tests.framework.toy import Capacity, Worth, knapsack, schools, seats

MAKERS = {
    "selection": lambda seed: knapsack(seed, count_weight=1.5),
    "selection, tracked": lambda seed: knapsack(seed, tracked=True, count_weight=1.5),
    "assignment": lambda seed: schools(seed),
    "assignment, tracked": lambda seed: schools(seed, tracked=True),
    "division": lambda seed: seats(seed),
    "continuous division": lambda seed: seats(seed, integer=False),
}


def value_of(problem: Problem, array: Any) -> float:
    return problem.objective.measure(problem, problem.shape.allocation(array))[0]


def never() -> bool:
    return False


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), temperature=st.sampled_from([0.0, 0.3, 3.0]))
def test_meters_follow_the_raw_tables(make: Any, seed: int, temperature: float) -> None:
    problem = make(seed % 5)
    generator = np.random.default_rng(seed)
    array = np.array(problem.shape.start(generator).array)
    goal = objective_meter(problem)
    rules = [(rule, meter_of(problem, rule)) for rule in problem.rules().values()]
    goal.start(problem, array)
    for _, meter in rules:
        meter.start(problem, array)
    for _ in range(30):
        move = problem.shape.neighbour(array, generator)
        trial = Trial(problem.shape, array, move)
        changes = [goal.change(trial), *(meter.change(trial) for _, meter in rules)]
        if generator.random() < 0.5:  # a change that is looked at and not made leaves no trace
            continue
        before = [goal.value, *(meter.value for _, meter in rules)]
        goal.apply(trial)
        for _, meter in rules:
            meter.apply(trial)
        for position, entry in move:
            array[position] = entry
        allocation = problem.shape.allocation(array)
        assert goal.value == pytest.approx(value_of(problem, array), abs=1e-9)
        assert [m.value for _, m in rules] == pytest.approx([r.excess(problem, allocation) for r, _ in rules], abs=1e-9)
        assert [goal.value, *(m.value for _, m in rules)] == pytest.approx(
            [b + c for b, c in zip(before, changes, strict=True)], abs=1e-9)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_best_keeps_every_rule_and_is_valued_from_the_tables(make: Any, seed: int) -> None:
    problem = make(seed % 7)
    walk = GenericWalk(problem, seed)
    walk.start()
    walk.advance(200, walk.scale)
    array, value = walk.best
    if array is not None:
        assert problem.violations(problem.shape.allocation(array)) == []
        assert value == value_of(problem, array)
    assert walk.scale > 0.0
    assert problem.shape.faults(problem.shape.allocation(walk.array)) == []


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_same_seed_same_walk_however_the_steps_are_split(make: Any) -> None:
    problem = make(3)
    whole, split = GenericWalk(problem, 8), GenericWalk(problem, 8)
    whole.start()
    split.start()
    accepted = whole.advance(1200, 0.7 * whole.scale)
    pieces = 0
    for steps in (1, 7, 49, 143, 1000):
        pieces += split.advance(steps, 0.7 * split.scale)
        split.best  # noqa: B018  looking must not change the walk
    assert pieces == accepted
    assert np.array_equal(whole.array, split.array)
    assert whole.best[1] == split.best[1]


def test_another_seed_is_another_walk() -> None:
    problem = schools(1, 8)
    arrays = []
    for seed in (1, 2):
        walk = GenericWalk(problem, seed)
        walk.start()
        walk.advance(50, walk.scale)
        arrays.append(walk.array)
    assert not np.array_equal(*arrays)


def test_a_walk_leaves_a_state_that_breaks_rules_and_its_price_is_in_no_value() -> None:
    problem = knapsack(2, 12, share=0.2)
    everything = np.ones(12, dtype=bool)
    walk = GenericWalk(problem, 4)
    walk.start(everything)
    assert walk.best[0] is None
    walk.advance(3000, 0.0)  # at temperature 0 only the growing price of the broken rule leads out
    array, value = walk.best
    assert array is not None
    assert value == float(problem.options.values[array].sum())
    assert problem.options.weights[array].sum() <= problem.options.limit


def test_a_start_that_keeps_the_rules_is_a_best_at_once() -> None:
    problem = knapsack(0)
    walk = GenericWalk(problem, 0)
    walk.start(np.zeros(10, dtype=bool))
    assert walk.best[1] == 0.0
    walk.start(np.ones(10, dtype=bool))
    assert walk.best[1] == 0.0  # the best of an earlier start is kept


@frozen
class Forgetful(Constraint):
    """A rule whose graded number says "kept" where the rule is broken."""

    name: ClassVar[str] = "forgetful"

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        return [Violation(self.name, "the first item is chosen", 0.0)] if allocation.array[0] else []

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        raise AssertionError("no model here")


def test_a_wrong_number_of_a_rule_can_not_make_a_broken_state_the_best() -> None:
    problem = knapsack(1, 8)
    problem = attrs.evolve(problem, constraints=(*problem.constraints, Forgetful()))
    problem.options.values[0] = 30.0  # the broken states look best
    walk = GenericWalk(problem, 0)
    walk.start()
    for _ in range(20):
        walk.advance(200, walk.scale)
        array, value = walk.best
        assert array is None or (not array[0] and value == problem.options.values[array].sum())
    assert array is not None


def test_a_domain_may_give_the_first_state_and_the_moves() -> None:
    problem = seats(0)
    assert isinstance(problem.shape, Division)
    first = np.array([3, 3, 3, 3])
    walk = GenericWalk(problem, 0, first=first, neighbour=lambda array, generator: [])
    walk.start()
    assert walk.advance(10, 1.0) == 0
    assert np.array_equal(walk.best[0], first)


def test_a_stopped_walk_makes_no_step() -> None:
    walk = GenericWalk(knapsack(0), 0)
    walk.start(np.zeros(10, dtype=bool))
    walk.stop = lambda: True
    assert walk.advance(1000, 1.0) == 0
    assert not walk.array.any()


class OneState:
    """A compiled walk, as a domain would bring it."""

    scale = 1.0

    def start(self, array: Any = None) -> None:
        pass

    def advance(self, steps: int, temperature: float) -> int:
        return steps

    @property
    def best(self) -> tuple[Any, float]:
        return None, float("-inf")


def test_a_problem_may_offer_its_own_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = knapsack(0)
    walk, compiled = walk_of(problem, 0, never)
    assert isinstance(walk, GenericWalk) and not compiled
    own = OneState()
    monkeypatch.setattr(type(problem), "walk", lambda self, seed: own)
    assert walk_of(problem, 0, never) == (own, True)
    monkeypatch.setattr(type(problem), "walk", lambda self, seed: GenericWalk(self, seed))
    walk, compiled = walk_of(problem, 0, never)
    assert isinstance(walk, GenericWalk) and walk.stop is never and not compiled


def test_trackers_of_the_toys_are_used() -> None:
    problem = knapsack(0, tracked=True)
    assert problem.objective.parts[0].term == Worth(True)
    assert problem.constraints == (Capacity(True),)
    plain, tracked = GenericWalk(knapsack(0), 5), GenericWalk(problem, 5)
    for walk in (plain, tracked):
        walk.start()
        walk.advance(500, walk.scale)
    assert np.array_equal(plain.array, tracked.array)
    assert plain.best[1] == tracked.best[1]
