"""Plugins: every hook, a stranger's additions, and what happens to a broken, misspelt or greedy one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import click
import pytest
from attrs import frozen

import evenhand
from evenhand import Constraint, Term
from evenhand.cli.group import build as build_cli
from evenhand.errors import PluginError, SolverUnavailableError, UnknownNameError
from evenhand.plugins import manager
from evenhand.testing import installed
from tests.framework import evenings, toy_domain
from tests.framework.evenings import Plugin, adding
from tests.framework.toy_domain import greedy


@frozen
class OpenLibraries(Term):
    name, unit, sense, doc = "open_libraries", "libraries", "maximize", "libraries that stay open"

    def measure(self, problem: Any, allocation: Any) -> float:
        return float(allocation.array.sum())

    def express(self, problem: Any, build: Any) -> Any:
        return sum(build.model.x.values())


@frozen
class NeverAlone(Constraint):
    name, unit, doc = "never_alone", "libraries", "no library is the only one"

    def violations(self, problem: Any, allocation: Any) -> list[evenhand.Violation]:
        return [evenhand.Violation(self.name, "one alone")] if allocation.array.sum() == 1 else []

    def apply(self, problem: Any, build: Any, block: Any) -> None:
        """Left to the audit."""


def terms(*added: tuple[str, type[Term]]) -> Plugin:
    return adding("register_terms", *added)


# -- each hook ---------------------------------------------------------------------------------------------------


def test_the_toy_registers_a_domain_terms_and_rules() -> None:
    known = evenings.registry()
    assert set(known.domains) == {"evenings"}
    assert set(known.terms["evenings"]) == {"visitors_served", "extra_minutes"}
    assert set(known.rules["evenings"]) == {"budget", "every_area"}


def test_the_core_registers_its_solvers_through_the_same_hook() -> None:
    known = manager(discover=False)
    assert {"auto", "highs", "annealing", "hill-climb", "scip", "cbc", "glpk"} <= set(known.solvers_for(None))
    (status,) = [status for status in known.statuses if status.name == "core"]
    assert status.error is None and "register_solvers" in status.hooks


def test_a_stranger_adds_a_term_to_a_domain_that_is_not_its_own() -> None:
    known = evenings.registry(terms(("evenings", OpenLibraries)))
    solution = evenhand.solve(evenings.tree(objective=[{"term": "open_libraries"}]), solver="highs", registry=known)
    assert solution.value == 3.0 and solution.status == "optimal"


def test_a_stranger_adds_a_term_to_cep() -> None:
    import evenhand_cep

    class OneGroup(Term):
        name, unit, sense, doc = "largest_group", "schools", "minimize", "schools of the largest group"

        def measure(self, problem: Any, allocation: Any) -> float:
            groups = problem.groups(allocation)
            return float(max((len(rows) for rows in groups.rows), default=0))

    from tests.plugins.cep.small_problems import schools, tree

    known = manager([("cep", evenhand_cep), terms(("cep", OneGroup))], discover=False)
    asked = tree(schools(6, 1, low=0.5), max_groups=3, min_isp="0.4", objective=[{"term": "largest_group"}])
    solution = evenhand.solve(asked, solver="hill-climb", options={"steps": 4_000}, registry=known)
    assert solution.value == 2.0, "six schools in three groups can be two by two"
    refused = evenhand.solve(asked, time_limit=0.3, registry=known)
    assert refused.run.used == "annealing", "share prices cannot carry a stranger's term, and auto says so"
    assert any("share-prices" in notice for notice in refused.notices)


def test_a_stranger_adds_a_rule() -> None:
    known = evenings.registry(adding("register_constraints", ("evenings", NeverAlone)))
    asked = evenings.tree(problem={"budget": 40}, constraint=[{"rule": "budget"}, {"rule": "never_alone"}])
    alone = evenhand.solve(asked, solver="hill-climb", registry=known)
    assert alone.value == 14.0, "a and c for 40, although d alone serves 20"


def test_a_solver_serves_its_domain_alone() -> None:
    known = evenings.registry(greedy)
    assert "greedy" in known.solvers_for("evenings") and "greedy" not in known.solvers_for("cep")
    assert evenhand.solve(evenings.tree(), solver="greedy", registry=known).value == 25.0, "d, a, and no room for b"
    with pytest.raises(UnknownNameError, match="id you mean 'greedy'"):
        known.solver("gredy", "evenings")


def test_a_solver_that_is_not_installed_says_how_to_get_it() -> None:
    class Absent(greedy.Greedy):
        name: ClassVar[str] = "absent"

        def missing(self) -> str | None:
            return "absent: pip install absent"

    known = evenings.registry(adding("register_solvers", (Absent(),)))
    with pytest.raises(SolverUnavailableError, match="pip install absent"):
        evenhand.solve(evenings.tree(), solver="absent", registry=known)


def test_executors_and_reporters_are_kept_by_name() -> None:
    known = evenings.registry(
        adding("register_executors", ("in-order", list)),
        adding("register_reporters", ("value.txt", lambda solution: str(solution.value))))
    assert known.executors["in-order"] is list
    assert known.reporters["value.txt"](evenings.audited(evenings.problem(known))) == "28.0"


def test_hooks_around_a_solve_see_the_problem_and_the_audited_answer() -> None:
    seen: list[Any] = []

    def before_solve(problem: Any, solver: str) -> None:
        seen.append(("before", problem.domain.name, solver))

    def after_solve(problem: Any, solution: Any) -> None:
        seen.append(("after", solution.problem is problem, solution.status, solution.value))

    around = Plugin(before_solve=before_solve, after_solve=after_solve)
    evenhand.solve(evenings.tree(), registry=evenings.registry(around))
    assert seen == [("before", "evenings", "highs"), ("after", True, "optimal", 28.0)]


def test_a_plugin_adds_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "commanding.py").write_text(
        "import click\nfrom evenhand import hookimpl\n\n"
        "@hookimpl\ndef register_commands(cli):\n"
        "    @cli.command('greet')\n    def greet():\n        'Say hello.'\n        click.echo('hello')\n",
        encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        with installed(tmp_path / "meta", {"commanding": "commanding"}):
            assert evenhand_main("greet") == 0
            assert capsys.readouterr().out == "hello\n"
            assert evenhand_main("--help") == 0
            assert "Say hello." in capsys.readouterr().out
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("commanding", None)


def evenhand_main(*arguments: str) -> int:
    from evenhand.cli import main

    return main(list(arguments))


def hooks_of(plugin: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(plugin).items() if name.startswith("register_")}


# -- what may go wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("again", "kind"), [
    (toy_domain, "domain 'evenings'"),
    (terms(("evenings", toy_domain.VisitorsServed)), "term 'evenings visitors_served'"),
])
def test_two_owners_of_one_name_are_both_named(again: Any, kind: str) -> None:
    copy = Plugin("copycat", **hooks_of(again))
    with pytest.raises(PluginError) as caught:
        evenings.registry(copy)
    assert kind in str(caught.value) and "'evenings'" in str(caught.value) and "'copycat'" in str(caught.value)


@pytest.mark.parametrize(("hook", "given"), [
    ("register_solvers", (greedy.Greedy(),)), ("register_executors", ("threads", list)),
    ("register_reporters", ("value.txt", str)), ("register_constraints", ("evenings", NeverAlone)),
])
def test_every_kind_of_name_has_one_owner(hook: str, given: tuple[Any, ...]) -> None:
    with pytest.raises(PluginError, match=r"'first'.*'second'"):
        evenings.registry(("first", adding(hook, given)), ("second", adding(hook, given)))


def test_two_installed_owners_of_one_name_are_an_error_too(tmp_path: Path) -> None:
    with (installed(tmp_path, {"aaa": toy_domain.__name__}),
          pytest.raises(PluginError, match=r"'aaa'.*'tests\.framework\.toy_domain'")):
        manager([Plugin(toy_domain.__name__, **hooks_of(toy_domain))])


def test_a_misspelt_hook_is_an_error_at_load() -> None:
    with pytest.raises(PluginError, match=r"'register_termz'.*id you mean 'register_terms'"):
        evenings.registry(adding("register_termz"))


def test_a_hook_with_an_unknown_argument_is_an_error() -> None:
    def register_terms(registrar: Any) -> None:
        registrar("evenings", OpenLibraries)

    with pytest.raises(PluginError, match="registrar"):
        evenings.registry(Plugin(register_terms=register_terms))


BROKEN = {
    "raises_at_import": ("raise RuntimeError('no luck today')\n", "RuntimeError: no luck today"),
    "leaves_at_import": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "imports_nothing_there": ("import a_module_nobody_has\n", "a_module_nobody_has"),
    "syntax": ("def (:\n", "SyntaxError"),
    "misspells": ("from evenhand import hookimpl\n\n@hookimpl\ndef register_domain(register):\n    pass\n",
                  "id you mean 'register_domains'"),
    "raises_in_hook": ("from evenhand import hookimpl\n\n@hookimpl\ndef register_terms(register):\n"
                       "    register('evenings', type('T', (), {'name': 'half_done'}))\n    raise KeyError('later')\n",
                       "KeyError"),
}


@pytest.fixture
def broken(tmp_path: Path) -> Any:
    """Six plugins that cannot be used, installed beside the toy."""
    for name, (text, _) in BROKEN.items():
        (tmp_path / f"broken_{name}.py").write_text(text, encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    with installed(tmp_path, {**evenings.ENTRY_POINTS, **{name: f"broken_{name}" for name in BROKEN}}):
        yield
    sys.path.remove(str(tmp_path))
    for name in BROKEN:
        sys.modules.pop(f"broken_{name}", None)


def test_broken_plugins_are_listed_and_kill_nothing(broken: None) -> None:
    known = manager()
    statuses = {status.name: status for status in known.statuses}
    for name, (_, said) in BROKEN.items():
        assert said in (statuses[name].error or ""), name
        assert statuses[name].distribution == "plugins-under-test" and statuses[name].hooks == ()
    assert statuses["evenings"].error is None
    assert "half_done" not in known.terms["evenings"], "what a broken plugin registered is taken back"
    assert evenhand.solve(evenings.tree(), solver="greedy", registry=known).value == 25.0


def test_the_plugins_command_shows_faults_and_unknown_domains_name_them(
        broken: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert evenhand_main("plugins") == 0
    said = capsys.readouterr().out
    assert "raises_at_import" in said and "no luck today" in said
    assert evenhand_main("terms", "even") == 2
    said = capsys.readouterr().err
    assert "id you mean 'evenings'" in said and "could not be loaded" in said


def test_help_survives_broken_commands(tmp_path: Path) -> None:
    (tmp_path / "commands_broken.py").write_text(
        "from evenhand import hookimpl\n\n@hookimpl\ndef register_commands(cli):\n    raise ValueError('no')\n",
        encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        with installed(tmp_path, {"commands_broken": "commands_broken"}):
            assert isinstance(build_cli(), click.Group)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("commands_broken", None)
