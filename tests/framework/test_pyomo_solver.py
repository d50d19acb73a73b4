"""SCIP, CBC and GLPK through the one adapter: they agree with listing every answer, and claim no more than is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from attrs import frozen

from evenhand.audit import audit
from evenhand.errors import SolverUnavailableError, SolverUnsuitableError
from evenhand.model import Formulation, Problem, shape_variables
from evenhand.solution import Candidate, RunRecord, Solution
from evenhand.solvers.limits import Limits
from evenhand.solvers.pyomo import Cbc, Glpk, Gurobi, PyomoSolver, Scip, pyomo_solvers
from tests.framework.toy import (
    Capacity,
    Count,
    Distance,
    Knapsack,
    Seats,
    Toy,
    Travel,
    hard_knapsack,
    knapsack,
    optimum,
    schools,
    seats,
)

COMMANDS = [Cbc(), Glpk()]  # quick to start: they take the long lists of cases
SOLVERS = [*COMMANDS, Scip()]
CASES = {
    "selection": lambda seed: knapsack(seed),
    "two terms": lambda seed: knapsack(seed, count_weight=2.5),
    "tiny worths": lambda seed: knapsack(seed, scale=1e-6),
    "huge worths": lambda seed: knapsack(seed, scale=1e9),
    "assignment": lambda seed: schools(seed, tightness=0.4),
    "division": lambda seed: seats(seed),
}


@pytest.fixture
def here(request: pytest.FixtureRequest) -> PyomoSolver:
    """The solver of the test, if it is installed."""
    solver: PyomoSolver = request.param
    if (reason := solver.missing()) is not None:
        pytest.skip(reason)
    return solver


def each(solvers: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("here", solvers, indirect=True, ids=lambda solver: solver.name)


def run(solver: PyomoSolver, problem: Problem, **words: Any) -> tuple[Candidate, Solution, Limits]:
    limits = Limits(maximize=problem.objective.sense == "maximize", **words)
    candidate = solver.solve(problem, limits)
    record = RunRecord(name=solver.name, used=candidate.used, seconds=0.0, seed=0, gap=limits.gap, time_limit=None)
    return candidate, audit(problem, candidate, record), limits


# -- answers and bounds --------------------------------------------------------------------------------------------


@each(COMMANDS)
@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("gap", [1e-6, 0.3])
def test_agrees_with_listing_every_answer(here: PyomoSolver, make: Any, seed: int, gap: float) -> None:
    problem = make(seed)
    best = optimum(problem)
    assert best is not None
    candidate, solution, _ = run(here, problem, gap=gap)
    assert solution.status == "optimal"
    assert solution.value == pytest.approx(best, rel=gap)
    assert solution.verified_bound is None
    (certificate,) = candidate.certificates
    claimed = certificate.bound(problem)
    assert claimed is not None
    assert claimed >= best if problem.objective.sense == "maximize" else claimed <= best
    assert here.name in candidate.used and candidate.used != here.name  # with its version


@each([Scip()])
@pytest.mark.parametrize("make", [CASES["two terms"], CASES["tiny worths"], CASES["assignment"], CASES["division"]])
def test_scip_agrees_with_listing_every_answer(here: PyomoSolver, make: Any) -> None:
    problem = make(1)
    _, solution, _ = run(here, problem)
    assert solution.status == "optimal"
    assert solution.value == pytest.approx(optimum(problem), rel=1e-9)
    assert solution.claimed_bound == pytest.approx(solution.value, rel=1e-9)


@each(SOLVERS)
def test_a_continuous_division_keeps_every_digit(here: PyomoSolver) -> None:
    """Amounts of 1e10 add up to 1e-9 of their total: text with eight digits would not."""
    problem = seats(1, integer=False)
    problem = attrs.evolve(problem, options=attrs.evolve(problem.options, values=problem.options.values / 12 * 8.7,
                                                         total=8.7))
    _, solution, _ = run(here, problem)
    assert solution.status == "optimal"
    # By hand: sorted quotas against "the first gets no less than the last"; both move to their mean.
    quotas = problem.options.values
    assert solution.value == pytest.approx(quotas[-1] - quotas[0], rel=1e-6)


@each(SOLVERS)
def test_same_inputs_same_answer(here: PyomoSolver) -> None:
    problem = schools(4, 9, tightness=0.4)
    first, second = (run(here, problem, seed=5)[0] for _ in range(2))
    assert first.allocation is not None and second.allocation is not None
    assert first.allocation.equals(second.allocation)


@each(SOLVERS)
def test_proven_infeasible(here: PyomoSolver) -> None:
    candidate, solution, _ = run(here, knapsack(0, 6, at_least=6))
    assert solution.status == "infeasible"
    assert candidate.infeasible is not None and here.name in str(candidate.infeasible)
    assert candidate.certificates == ()


@each(SOLVERS)
def test_a_restriction_bounds_nothing_and_proves_nothing(here: PyomoSolver) -> None:
    problem = knapsack(0, honesty="restriction")
    candidate, solution, limits = run(here, problem)
    assert (solution.status, solution.bound) == ("feasible", None)
    assert solution.value == optimum(problem)
    assert any("is a restriction" in notice for notice in candidate.notices)
    assert all(moment.bound is None for moment in limits.history)
    candidate, solution, _ = run(here, knapsack(0, 6, at_least=6, honesty="restriction"))
    assert solution.status == "no_solution"
    assert candidate.infeasible is None
    assert any("proves nothing" in notice for notice in candidate.notices)


def test_a_relaxation_gives_no_solutions() -> None:
    with pytest.raises(SolverUnsuitableError, match="relaxation"):
        Glpk().solve(knapsack(0, honesty="relaxation"), Limits())


class Written(Knapsack):
    """Several formulations: which one is taken?"""

    def formulations(self) -> tuple[Formulation, ...]:
        return tuple(Formulation(name, honesty, shape_variables, columns=lambda _: 9, max_columns=room)  # type: ignore
                     for name, honesty, room in self.sections["written"])


@each([Glpk()])
@pytest.mark.parametrize(("written", "options", "status"), [
    ([("loose", "relaxation", None), ("part", "restriction", None), ("all", "exact", None)], {}, "optimal"),
    ([("part", "restriction", None), ("all", "exact", 8)], {}, "feasible"),
    ([("all", "exact", None), ("part", "restriction", None)], {"formulation": "part"}, "feasible"),
    ([("all", "exact", 8)], {}, "at most"),
    ([("all", "exact", None)], {"formulation": "al"}, "did you mean 'all'"),
])
def test_the_first_exact_formulation_that_can_be_built(here: PyomoSolver, written: Any, options: Any, status: str
                                                       ) -> None:
    plain = knapsack(0)
    problem = Written(domain=plain.domain, tables={}, options=plain.options, objective=plain.objective,
                      constraints=plain.constraints, sections={"written": written})
    if status in ("optimal", "feasible"):
        assert run(here, problem, options=options)[1].status == status
    else:
        with pytest.raises(SolverUnsuitableError, match="8" if status == "at most" else status):
            run(here, problem, options=options)


@frozen
class Unwritten(Count):
    """A term that no model carries; it can not be under 0."""

    nonnegative: ClassVar[bool] = True

    def express(self, problem: Problem, build: Any) -> Any:
        return None


@each([Glpk()])
def test_a_dropped_term_leaves_the_bound_and_says_so(here: PyomoSolver) -> None:
    problem = knapsack(0)
    problem = attrs.evolve(problem, objective=problem.objective + 0.5 * Unwritten())
    candidate, solution, limits = run(here, problem)
    best = optimum(problem)
    assert best is not None and solution.bound is not None and solution.value is not None
    assert solution.value <= best <= solution.bound
    assert "count" in candidate.notices[0]
    assert solution.value == limits.history[-1].value


@frozen
class Lax(Capacity):
    """Its rows allow what its rule forbids, as a solver's tolerance does."""

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        load = sum(int(w) * build.model.x[i] for i, w in enumerate(problem.options.weights))
        block.row = pyo.Constraint(expr=load <= float(problem.options.limit) + 20.0)


@each([Glpk()])
def test_an_answer_that_breaks_a_rule_by_a_hair_is_no_answer(here: PyomoSolver) -> None:
    problem = knapsack(3)
    candidate, solution, _ = run(here, attrs.evolve(problem, constraints=(Lax(),)))
    assert solution.status == "no_solution"
    assert candidate.allocation is None
    assert "only within its tolerances" in candidate.notices[0]


class Curved(Travel):
    def express(self, problem: Problem, build: Any) -> Any:
        return sum(x * x for x in build.model.x.values())


def test_a_linear_solver_refuses_a_quadratic_model() -> None:
    problem = schools(0)
    with pytest.raises(SolverUnsuitableError, match="quadratic"):
        Glpk().solve(attrs.evolve(problem, objective=1.0 * Curved()), Limits())


class Cubic(Distance):
    def express(self, problem: Problem, build: Any) -> Any:
        return sum(x**3 for x in build.model.x.values())


def test_a_model_that_cannot_be_written_is_refused() -> None:
    problem = seats(0)
    with pytest.raises(SolverUnsuitableError, match="cannot be written"):
        Glpk().solve(attrs.evolve(problem, objective=1.0 * Cubic()), Limits())


class Endless(Toy):
    @property
    def shape(self) -> Any:
        from evenhand.shapes import Division

        return Division(("a", "b"), lower=self.options.values, upper=self.options.values + float("inf"))


@frozen
class Total(Distance):
    sense: ClassVar[Any] = "maximize"

    def express(self, problem: Problem, build: Any) -> Any:
        return sum(build.model.x.values())


@each(SOLVERS)
def test_an_unbounded_objective_is_refused(here: PyomoSolver) -> None:
    plain = seats(0, parties=2)
    problem = Endless(domain=plain.domain, tables={}, options=plain.options, objective=1.0 * Total())
    limits = Limits(maximize=True)
    if here.name == "glpk":  # it sees that the relaxation has no dual solution, and that is all
        assert "infeasible or unbounded" in here.solve(problem, limits).notices[0]
        return
    with pytest.raises(SolverUnsuitableError, match="no limit"):
        here.solve(problem, limits)


@each(SOLVERS)
def test_whole_amounts_with_bounds_between_whole_numbers(here: PyomoSolver) -> None:
    class Bounded(Seats):
        @property
        def shape(self) -> Any:
            return attrs.evolve(super().shape, lower=np.full(4, 1.2), upper=np.full(4, 5.7))

    plain = seats(0)
    problem = Bounded(domain=plain.domain, tables={}, options=plain.options, objective=plain.objective,
                      constraints=plain.constraints, sections=plain.sections)
    wide = [problem.objective.measure(problem, a)[0] for a in plain.shape.every()
            if not problem.violations(problem.shape.allocation(a.array))]
    assert run(here, problem)[1].value == pytest.approx(min(wide), rel=1e-9)


# -- limits and options --------------------------------------------------------------------------------------------


@each(SOLVERS)
def test_a_time_limit_leaves_an_honest_answer(here: PyomoSolver) -> None:
    problem = hard_knapsack()
    candidate, solution, limits = run(here, problem, time_limit=1.0, gap=1e-9)
    assert solution.status == "feasible"
    assert solution.value is not None and solution.bound is not None
    assert solution.value < solution.bound
    assert limits.stopped == "time_limit" or any("before the requested gap" in notice for notice in candidate.notices)


@each([Cbc(), Scip()])
def test_an_interruption_returns_the_best_so_far(here: PyomoSolver) -> None:
    problem = hard_knapsack()
    limits = Limits(time_limit=60.0, gap=1e-9, maximize=True)
    limits.listener = lambda moment: limits.interrupt() if moment.value is not None else None
    candidate = here.solve(problem, limits)
    assert limits.stopped == "interrupted"
    assert candidate.allocation is not None
    assert candidate.value is not None and candidate.value >= limits.history[0].value  # type: ignore[operator]
    assert problem.violations(candidate.allocation) == []


@each([Cbc(), Scip()])
def test_a_node_limit_ends_with_a_bound(here: PyomoSolver) -> None:
    _, solution, _ = run(here, hard_knapsack(), gap=1e-9, options={"node_limit": 3})
    assert solution.status == "feasible"
    assert solution.value is not None and solution.bound is not None and solution.value < solution.bound


@each([Cbc(), Glpk()])
def test_the_switches_are_taken(here: PyomoSolver) -> None:
    problem = knapsack(5)
    options = {name: True for name, option in here.allowed.items() if option.describe() == "true or false"}
    assert options
    assert run(here, problem, options=options)[1].value == optimum(problem)


@pytest.mark.parametrize(("solver", "options", "where"), [
    (Scip(), {"node_limit": 10, "emphasis": "optimality", "formulation": "plain"}, []),
    (Scip(), {"emphasis": "speed", "nodes": 1}, ["solver.emphasis", "solver.nodes"]),
    (Cbc(), {"node_limit": 0, "cuts": 1}, ["solver.node_limit", "solver.cuts"]),
    (Glpk(), {"formulation": 3, "ratioGap": 0.5}, ["solver.formulation", "solver.ratioGap"]),
    (Gurobi(), {"emphasis": "bound"}, []),
])
def test_options_are_an_allow_list(solver: PyomoSolver, options: dict[str, Any], where: list[str]) -> None:
    assert [fault.where for fault in solver.check_options(options)] == where


def test_no_time_left_starts_nothing() -> None:
    solver = next((s for s in SOLVERS if s.missing() is None), None)
    if solver is None:
        pytest.skip("no solver is installed")
    candidate = solver.solve(knapsack(0), Limits(time_limit=0.0))
    assert candidate.allocation is None and candidate.certificates == ()


# -- solvers that are not there ------------------------------------------------------------------------------------


def test_four_solvers_with_names_of_their_own() -> None:
    assert [solver.name for solver in pyomo_solvers()] == ["scip", "cbc", "glpk", "gurobi"]
    for solver in pyomo_solvers():
        assert solver.capabilities.exact and solver.capabilities.bound
        assert "formulation" in solver.describe()["options"]


@pytest.mark.parametrize(("solver", "cure"), [
    (Scip(), "pip install 'evenhand[scip]'"), (Glpk(), "glpk-utils"), (Cbc(), "coinor-cbc"), (Gurobi(), "vendor")])
def test_a_missing_solver_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, solver: PyomoSolver, cure: str) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SolverUnavailableError, match=solver.name) as caught:
        solver.solve(knapsack(0), Limits())
    assert cure in str(caught.value)
    assert solver.missing() == str(caught.value)


def test_a_licence_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gurobipy.py").write_text(
        "class GurobiError(Exception): pass\nclass GRB: pass\n"
        "def Env(empty): raise GurobiError('the licence has expired')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SolverUnavailableError, match="the licence has expired"):
        Gurobi().solve(knapsack(0), Limits())
