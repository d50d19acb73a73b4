"""Solving from Python: problems from values, overrides, notices, seeds, limits, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, ClassVar

import pytest

import evenhand
from evenhand.errors import DataError, InfeasibleError, SolverUnsuitableError, SpecError, UnknownNameError
from evenhand.solution import Candidate, Moment
from evenhand.solvers.auto import Auto, choose
from evenhand.solvers.base import Capabilities, Solver
from evenhand.solvers.limits import Limits
from evenhand.testing.installed import write_distribution
from tests.framework import evenings
from tests.framework.evenings import adding, problem
from tests.framework.toy_domain import Budget, EveryArea, ExtraMinutes, VisitorsServed, greedy

ROOT = Path(__file__).parents[2]


# -- problems ----------------------------------------------------------------------------------------------------


def test_a_problem_from_python_values() -> None:
    made = problem()
    assert made.options.budget == 60 and [part.term.name for part in made.objective.parts] == ["visitors_served"]
    assert list(made.rules()) == ["budget"] and made.notices == ()
    assert made.spec.domain == "evenings" and made.spec.problem == {"budget": 60}


def test_tables_may_be_files_with_other_headings(tmp_path: Path) -> None:
    evenings.SMALL.rename(columns={"visitors": "People"}).to_csv(tmp_path / "small.csv", index=False)
    table = {"file": "small.csv", "columns": {"visitors": "People"}}
    made = evenhand.problem("evenings", registry=evenings.registry(), folder=tmp_path, branches=table, budget="60")
    assert evenhand.solve(made, registry=evenings.registry()).value == 28.0


def test_terms_and_rules_may_be_objects_or_entries() -> None:
    by_object = problem(objective=2 * VisitorsServed() + 0.5 * ExtraMinutes(), constraints=[Budget(), EveryArea(2)])
    by_entry = problem(objective=[{"term": "visitors_served", "weight": 2}, {"term": "extra_minutes", "weight": "1/2"}],
                       constraints=[{"rule": "budget"}, {"rule": "every_area", "least": 2}])
    assert by_object.objective == by_entry.objective and by_object.constraints == by_entry.constraints
    assert by_object.spec.constraint == by_entry.spec.constraint
    single = problem(objective=ExtraMinutes())
    assert single.objective.formula() == "minimize 1 x extra_minutes"


@pytest.mark.parametrize(("values", "where"), [
    ({"budgets": 60}, "problem.budgets"), ({"budget": -1}, "problem.budget"), ({"budget": "much"}, "problem.budget"),
    ({"budget": True}, "problem.budget"),
    ({"constraints": [{"rule": "every_area", "least": -1}]}, "constraint[0].least"),
    ({"constraints": [{"rule": "every_area", "leats": 1}]}, "constraint[0].leats"),
    ({"objective": [{"term": "visitors"}]}, "objective[0].term"),
])
def test_faulty_values_are_named_by_their_path(values: dict[str, Any], where: str) -> None:
    with pytest.raises(SpecError) as caught:
        problem(**values)
    assert [fault.where for fault in caught.value.faults] == [where]


def test_faults_of_tables_name_row_column_and_value() -> None:
    frame = evenings.SMALL.assign(cost=["10", "x", "30", "-4"])
    with pytest.raises(DataError) as caught:
        problem(branches=frame)
    assert [(fault.row, fault.column, fault.value) for fault in caught.value.faults] == [
        (2, "cost", "x"), (4, "cost", "-4")]


def test_an_unknown_domain_has_a_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="id you mean 'evenings'"):
        evenhand.problem("evening", registry=evenings.registry())


def test_listed_rules_replace_the_defaults_and_a_notice_names_each() -> None:
    assert problem(constraints=[{"rule": "budget"}]).notices == ()
    made = problem(constraints=[{"rule": "every_area"}])
    assert made.notices == ("The default rule 'budget' does not hold: the spec lists its own rules.",)
    solution = evenhand.solve(made, registry=evenings.registry())
    assert solution.value == 42.0 and solution.notices[0] == made.notices[0]
    assert list(problem(constraints=[]).rules()) == []


def test_laws_and_rules_have_labels_that_never_repeat() -> None:
    made = problem(constraints=[{"rule": "every_area"}, {"rule": "every_area", "least": 2}, {"rule": "budget"}])
    assert list(made.rules()) == ["every_area", "every_area_2", "budget"]


# -- solving -----------------------------------------------------------------------------------------------------


def test_a_spec_may_be_a_file_a_tree_or_a_problem(tmp_path: Path) -> None:
    known = evenings.registry()
    path = evenings.write_spec(tmp_path)
    by_file = evenhand.solve(path, registry=known)
    by_text = evenhand.solve(str(path), registry=known)
    by_problem = evenhand.solve(by_file.problem, registry=known)
    assert by_file.value == by_text.value == by_problem.value == pytest.approx(185.78)
    assert by_file.status == "optimal" and by_file.run.name == "auto"


def test_overrides_come_before_every_check(tmp_path: Path) -> None:
    known = evenings.registry()
    path = evenings.write_spec(tmp_path)
    solution = evenhand.solve(path, overrides=["problem.budget=100000", "objective[1].weight=0"], registry=known)
    assert solution.value == 501.0 and str(solution.problem.options.budget) == "100000"
    with pytest.raises(SpecError) as caught:
        evenhand.solve(path, overrides=["problem.budgte=1", "nonsense"], registry=known)
    assert "nonsense" in str(caught.value)


def test_arguments_win_over_the_solver_section() -> None:
    tree = evenings.tree(solver={"name": "annealing", "seed": 5, "gap": 0.5, "time_limit": 9})
    solution = evenhand.solve(tree, solver="hill-climb", gap=0.1, time_limit=3.0, seed=6, options={"steps": 100},
                              registry=evenings.registry())
    record = solution.run
    assert (record.name, record.gap, record.time_limit, record.seed) == ("hill-climb", 0.1, 3.0, 6)
    assert record.used == "hill-climb"


@pytest.mark.parametrize(("changes", "said"), [
    ({"solver": "hihgs"}, "id you mean 'highs'"),
    ({"options": {"stepps": 3}, "solver": "annealing"}, "id you mean 'steps'"),
    ({"solver": "annealing", "options": {"steps": 0}}, "steps"), ({"options": {"steps": 3}}, "steps"),
])
def test_solver_faults_are_found_before_anything_runs(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        evenhand.solve(problem(), registry=evenings.registry(), **changes)


@pytest.mark.parametrize("changes", [
    {"time_limit": 0}, {"time_limit": float("nan")}, {"time_limit": "1 s"}, {"gap": -0.1}, {"gap": float("nan")},
    {"seed": -1}, {"seed": 1.5}, {"options": 3}])
def test_limits_are_checked_like_those_of_a_spec(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(SpecError) as caught:
        evenhand.solve(problem(), registry=evenings.registry(), **changes)
    assert [fault.where for fault in caught.value.faults] == [f"solver.{name}"]


def test_a_solver_that_cannot_take_the_shape_refuses_in_words() -> None:
    class Seats(greedy.Greedy):
        name: ClassVar[str] = "seats"
        capabilities: ClassVar[Capabilities] = Capabilities(shapes=("division",))

    class Tiny(greedy.Greedy):
        name: ClassVar[str] = "tiny"
        capabilities: ClassVar[Capabilities] = Capabilities(max_items=3)

    known = evenings.registry(adding("register_solvers", (Seats(),), (Tiny(),)))
    with pytest.raises(SolverUnsuitableError, match="seats takes division problems, not selection"):
        evenhand.solve(problem(known), solver="seats", registry=known)
    with pytest.raises(SolverUnsuitableError, match="tiny takes at most 3 items; this problem has 4"):
        evenhand.solve(problem(known), solver="tiny", registry=known)


def test_auto_takes_the_first_that_can_and_tells_who_could_not() -> None:
    class Choosy(type(problem())):  # type: ignore[misc]
        def auto_solvers(self) -> list[str]:
            return ["nobody", "seats", "highs"]

    class Seats(greedy.Greedy):
        name: ClassVar[str] = "seats"
        capabilities: ClassVar[Capabilities] = Capabilities(shapes=("division",))

    known = evenings.registry(adding("register_solvers", (Seats(),)))
    made = Choosy(**{item: getattr(problem(known), item) for item in ("domain", "tables", "options", "objective")})
    solver, notices = choose(made, known.solvers_for("evenings"))
    assert solver.name == "highs" and len(notices) == 2
    assert "nobody: not registered" in notices[0] and "seats takes division" in notices[1]
    with pytest.raises(SolverUnsuitableError, match="no solver takes this problem: nobody: not registered; seats"):
        choose(made, {"seats": Seats()})
    with pytest.raises(SolverUnsuitableError):
        Auto().solve(made, Limits())


@pytest.mark.parametrize("solver", ["annealing", "hill-climb", "highs"])
def test_the_same_seed_gives_the_same_answer(solver: str) -> None:
    made = problem(branches=evenings.big(30), budget=20_000)
    options = {"steps": 400} if solver != "highs" else {}
    answers = [evenhand.solve(made, solver=solver, seed=seed, options=options, registry=evenings.registry())
               for seed in (3, 3, 4)]
    first, second, other = (answer.allocation for answer in answers)
    assert first is not None and second is not None and other is not None
    assert first.equals(second) and answers[0].value == answers[1].value
    assert solver == "highs" or not first.equals(other), "another seed searches elsewhere"


# -- limits ------------------------------------------------------------------------------------------------------


def test_at_a_time_limit_the_best_so_far_comes_with_an_honest_bound() -> None:
    made = problem(branches=evenings.big(200), budget="140000.12345")
    solution = evenhand.solve(made, solver="highs", time_limit=0.4, gap=0.0, registry=evenings.registry())
    assert solution.status in ("feasible", "no_solution") and solution.run.stopped == "time_limit"
    assert any("The time limit was reached" in notice for notice in solution.notices)
    if solution.value is not None:
        assert solution.bound is not None and solution.bound >= solution.value
        better = evenhand.solve(made, solver="highs", gap=1e-3, registry=evenings.registry())
        assert better.value is not None and better.value <= solution.bound


def test_searches_hand_over_their_best_at_the_limit_too() -> None:
    made = problem(branches=evenings.big(400), budget=200_000)
    solution = evenhand.solve(made, solver="annealing", time_limit=0.3, registry=evenings.registry())
    assert solution.run.stopped == "time_limit"
    assert solution.status == ("no_solution" if solution.allocation is None else "feasible")


def test_the_history_only_improves() -> None:
    moments: list[Moment] = []
    evenhand.solve(problem(branches=evenings.big(40), budget=27_000), solver="highs", gap=1e-3,
                   listener=moments.append, registry=evenings.registry())
    values = [moment.value for moment in moments if moment.value is not None]
    bounds = [moment.bound for moment in moments if moment.bound is not None]
    assert moments and values == sorted(values) and bounds == sorted(bounds, reverse=True)


class Patient(Solver):
    """Waits until it is told to stop, then opens the first library; counts how often it was asked."""

    name: ClassVar[str] = "patient"
    started: ClassVar[threading.Event] = threading.Event()

    def solve(self, problem: Any, limits: Any) -> Candidate:
        self.started.set()
        waiting = threading.Event()
        while not limits.stop():
            waiting.wait(0.02)
        return Candidate(allocation=problem.shape.allocation([True, False, False, False]))


def test_an_interrupt_returns_the_best_so_far() -> None:
    known = evenings.registry(adding("register_solvers", (Patient(),)))
    Patient.started.clear()

    def press() -> None:
        Patient.started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    presser = threading.Thread(target=press)
    presser.start()
    solution = evenhand.solve(problem(known), solver="patient", time_limit=60.0, registry=known)
    presser.join()
    assert solution.run.stopped == "interrupted" and solution.value == 5.0
    assert any("interrupted" in notice for notice in solution.notices)
    assert signal.getsignal(signal.SIGINT) is before, "the handler is put back"


def test_solving_works_in_a_thread() -> None:
    found: list[float | None] = []
    known = evenings.registry()
    worker = threading.Thread(target=lambda: found.append(evenhand.solve(problem(known), registry=known).value))
    worker.start()
    worker.join()
    assert found == [28.0]


@pytest.mark.parametrize("solver", ["highs", "annealing"])
def test_ctrl_c_in_the_program_prints_the_best_so_far(tmp_path: Path, solver: str) -> None:
    """The second Ctrl-C would end it; one is enough, long before the limit of ten minutes."""
    path = evenings.write_spec(tmp_path)
    evenings.big(200).to_csv(tmp_path / "branches.csv", index=False)
    text = path.read_text(encoding="utf-8").replace("1500.50", "140000.12345").replace("least = 1", "least = 0")
    path.write_text(text + f'\n[solver]\nname = "{solver}"\ntime_limit = 600\ngap = 0\n'
                    + ("" if solver == "highs" else "[solver.options]\nsteps = 1000000000\n"), encoding="utf-8")
    script = ("import os, signal, sys, threading\n"
              "from evenhand.hookspecs import hookimpl\n"
              "from evenhand.plugins import manager\n"
              "import evenhand\n"
              "class Press:\n"
              "    @hookimpl\n"
              "    def before_solve(self, problem, solver):\n"
              "        threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
              f"solution = evenhand.solve({str(path)!r}, registry=manager([Press()]))\n"
              "print(solution.status, solution.run.stopped, solution.run.seconds < 300)\n")
    folder = write_distribution(tmp_path / "meta", evenings.ENTRY_POINTS)
    places = [str(folder), str(ROOT), *(place for place in sys.path if place)]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(places)})
    assert done.returncode == 0, done.stderr
    status, stopped, in_time = done.stdout.split()[-3:]
    assert (status, stopped, in_time) == ("feasible", "interrupted", "True"), done.stdout


def test_a_solver_may_raise_infeasible_and_the_audit_says_whose_word_it_is() -> None:
    class Refuser(greedy.Greedy):
        name: ClassVar[str] = "refuser"

        def solve(self, problem: Any, limits: Any) -> Candidate:
            raise InfeasibleError("no choice at all", conflict=["budget"])

    known = evenings.registry(adding("register_solvers", (Refuser(),)))
    solution = evenhand.solve(problem(known), solver="refuser", registry=known)
    assert solution.status == "infeasible" and solution.infeasible is not None
    assert solution.infeasible.conflict == ("budget",)
    assert any("the word of the solver" in notice for notice in solution.notices)
