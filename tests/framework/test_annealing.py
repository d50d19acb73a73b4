"""``annealing`` and ``hill-climb``: right on small cases, repeatable, honest about what they did not find."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from evenhand.audit import audit
from evenhand.errors import Fault
from evenhand.solution import RunRecord
from evenhand.solvers.annealing import Annealing
from evenhand.solvers.base import Solver
from evenhand.solvers.hill_climb import HillClimb
from evenhand.solvers.limits import Limits
from evenhand.solvers.schedule import Plan, default_steps
from tests.framework.toy import knapsack, optimum, schools, seats

SOLVERS = [Annealing(), HillClimb()]
CASES = {
    "selection": lambda seed: knapsack(seed),
    "two terms": lambda seed: knapsack(seed, tracked=True, count_weight=2.5),
    "assignment": lambda seed: schools(seed, tightness=0.4),
    "division": lambda seed: seats(seed),
}


def limits(problem: Any, *, seed: int = 0, **options: Any) -> Limits:
    return Limits(seed=seed, options=options, time_limit=None, maximize=problem.objective.sense == "maximize")


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.name)
@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_reaches_the_optimum_of_small_cases(solver: Solver, make: Any, seed: int) -> None:
    problem = make(seed)
    run = limits(problem, seed=seed, steps=3000)
    candidate = solver.solve(problem, run)
    assert candidate.value == pytest.approx(optimum(problem), rel=1e-12)
    assert candidate.certificates == ()
    assert candidate.used == solver.name
    record = RunRecord(name=solver.name, used=candidate.used, seconds=0.0, seed=seed, gap=1e-4, time_limit=None)
    solution = audit(problem, candidate, record)
    assert (solution.status, solution.bound) == ("feasible", None)
    assert run.history[-1].value == candidate.value
    assert run.history[-1].bound is None


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.name)
def test_same_seed_same_answer(solver: Solver) -> None:
    problem = schools(2, 12, tracked=True)
    answers = [solver.solve(problem, limits(problem, seed=seed, steps=60, restarts=1)) for seed in (6, 6, 7, 8)]
    arrays = [answer.allocation.array for answer in answers if answer.allocation is not None]
    assert np.array_equal(arrays[0], arrays[1])
    assert any(not np.array_equal(arrays[0], other) for other in arrays[2:])


def test_the_answer_does_not_depend_on_how_fast_the_clock_runs() -> None:
    problem = schools(2, 12, tracked=True)
    answers = []
    for tick in (0.0, 0.05):
        clock = itertools.count()
        run = Limits(seed=3, time_limit=None, maximize=False, options={"steps": 1500},
                     clock=lambda clock=clock, tick=tick: tick * next(clock))
        answers.append(Annealing().solve(problem, run))
    assert answers[0].value == answers[1].value
    assert np.array_equal(answers[0].allocation.array, answers[1].allocation.array)


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.name)
def test_nothing_found_is_said_and_proves_nothing(solver: Solver) -> None:
    problem = knapsack(0, 6, at_least=6)
    assert optimum(problem) is None
    run = limits(problem, steps=500)
    candidate = solver.solve(problem, run)
    assert candidate.allocation is None
    assert candidate.infeasible is None
    assert run.history == []
    assert "proves nothing" in candidate.notices[-1]


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.name)
def test_a_stop_returns_the_best_so_far(solver: Solver) -> None:
    problem = knapsack(0, 20, tracked=True)
    run = limits(problem, steps=10**9)
    reported: list[float] = []

    def stop_at_the_third(moment: Any) -> None:
        reported.append(moment.value)
        if len(reported) == 3:
            run.interrupt()

    run.listener = stop_at_the_third
    # Progress is reported at most five times a second: let the clock jump.
    clock = itertools.count()
    run.clock = lambda: float(next(clock))
    candidate = solver.solve(problem, run)
    assert candidate.allocation is not None
    assert candidate.value is not None and candidate.value >= max(reported[:3])
    assert problem.violations(candidate.allocation) == []
    assert any("of 1,000,000,000 steps" in notice for notice in candidate.notices)


def test_no_time_at_all() -> None:
    problem = knapsack(0, tracked=True)
    candidate = Annealing().solve(problem, Limits(time_limit=0.0))
    assert candidate.notices


class Script:
    """A compiled walk that writes down how it is used."""

    def __init__(self, seed: int, calls: list[Any], size: int) -> None:
        self.seed, self.calls, self.size = seed, calls, size
        self.scale = 2.0
        self.best: tuple[Any, float] = (None, -math.inf)

    def start(self, array: Any = None) -> None:
        self.calls.append(("start", self.seed, None if array is None else array.copy()))
        self.best = (np.zeros(self.size, dtype=bool), 123.0)  # its own arithmetic is not believed

    def advance(self, steps: int, temperature: float) -> int:
        self.calls.append(("advance", steps, temperature))
        return steps


@pytest.mark.parametrize(("solver", "from_best"), [(Annealing(), True), (HillClimb(), False)])
def test_restarts_of_a_compiled_walk(monkeypatch: pytest.MonkeyPatch, solver: Solver, from_best: bool) -> None:
    problem = knapsack(0, 10)
    calls: list[Any] = []
    monkeypatch.setattr(type(problem), "walk", lambda self, seed: Script(seed, calls, 10))
    candidate = solver.solve(problem, limits(problem, steps=100_000, restarts=2))
    assert candidate.value == 0.0  # measured from the raw numbers: nothing is chosen
    starts = [call for call in calls if call[0] == "start"]
    assert len({seed for _, seed, _ in starts}) == 3
    assert [array is not None for _, _, array in starts] == [False, from_best, from_best]
    steps = [call[1] for call in calls if call[0] == "advance"]
    assert sum(steps) == 100_000
    assert max(steps) <= 8192
    hottest = max(call[2] for call in calls if call[0] == "advance")
    assert hottest == (2.0 if from_best else 0.0)


def test_temperatures_fall_geometrically_and_restarts_begin_cooler() -> None:
    plan = Plan(start_temperature=2.0, cooling=0.5)
    first, second = plan.temperatures(0), plan.temperatures(1)
    assert first[:3] == [2.0, 1.0, 0.5]
    assert first[-1] == pytest.approx(2.0 * 1e-3, rel=1.0)
    assert second[0] == 1.0
    assert Plan(start_temperature=0.0).temperatures(4) == [0.0]


def test_the_default_budget_depends_on_the_size_alone() -> None:
    assert default_steps(100, False) == 60_000
    assert default_steps(100, True) == 200 * 60_000


@pytest.mark.parametrize(("solver", "options", "where"), [
    (Annealing(), {"steps": 0}, ["solver.steps"]),
    (Annealing(), {"steps": 2.5, "cooling": 1.0}, ["solver.steps", "solver.cooling"]),
    (Annealing(), {"steps": True}, ["solver.steps"]),
    (Annealing(), {"start_temperature": -1.0}, ["solver.start_temperature"]),
    (Annealing(), {"restart": 3}, ["solver.restart"]),
    (Annealing(), {"steps": 5, "restarts": 0, "start_temperature": 0.5, "cooling": 0.9}, []),
    (HillClimb(), {"cooling": 0.9}, ["solver.cooling"]),
    (HillClimb(), {"steps": 5, "restarts": 1}, []),
])
def test_options_are_an_allow_list(solver: Solver, options: dict[str, Any], where: list[str]) -> None:
    assert [fault.where for fault in solver.check_options(options)] == where


def test_an_unknown_option_names_the_nearest() -> None:
    (fault,) = Annealing().check_options({"restart": 3})
    assert isinstance(fault, Fault)
    assert "restarts" in fault.cure
    assert Annealing().describe()["options"].keys() == {"steps", "restarts", "start_temperature", "cooling"}
