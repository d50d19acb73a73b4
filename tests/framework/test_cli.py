"""The command line: every command in words and as JSON, exit codes, and faults in words without a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.cli import main
from evenhand.testing import installed
from evenhand.testing.installed import write_distribution
from tests.framework import evenings

ROOT = Path(__file__).parents[2]


class Terminal:
    """Runs commands in this process and keeps what was said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object, code: int = 0) -> str:
        """Standard output of a command that must end with this code; its standard error is in ``err``."""
        self._capsys.readouterr()
        ended = main([str(argument) for argument in arguments])
        out, self.err = self._capsys.readouterr()
        assert ended == code, f"ended with {ended}: {out}{self.err}"
        assert "Traceback" not in self.err and "Traceback" not in out
        assert code == 0 or self.err or out, "an error without a word"
        return out

    def json(self, *arguments: object, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code), parse_constant=lambda word: pytest.fail(word))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    with installed(tmp_path / "meta", evenings.ENTRY_POINTS):
        yield Terminal(capsys)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return evenings.write_spec(tmp_path / "city")


# -- what is there -----------------------------------------------------------------------------------------------


def test_domains(run: Terminal) -> None:
    assert "evenings" in run("domains") and "branches" in run("domains")
    found = {entry["name"]: entry for entry in run.json("domains")}
    assert found["evenings"]["title"] == "Library evenings" and found["evenings"]["tables"] == ["branches"]


def test_terms(run: Terminal) -> None:
    said = run("terms", "evenings")
    for word in ("visitors_served", "extra_minutes", "every_area", "budget", "USD a week", "branch"):
        assert word in said
    found = run.json("terms", "evenings")
    assert [term["name"] for term in found["terms"]] == ["visitors_served", "extra_minutes"]
    assert found["rules"][1]["options"][0]["name"] == "least" and found["options"][0]["default"] == "1000"
    columns = [column["name"] for column in found["tables"]["branches"]]
    assert columns == ["branch", "area", "cost", "visitors", "minutes"]


def test_solvers(run: Terminal) -> None:
    said = run("solvers")
    assert "highs" in said and "greedy" in said
    assert "greedy" not in run("solvers", "cep")
    found = {entry["name"]: entry for entry in run.json("solvers", "evenings")}
    assert found["highs"]["capabilities"]["exact"] is True and found["highs"]["domain"] is None
    assert found["greedy"]["domain"] == "evenings" and found["greedy"]["missing"] is None


def test_plugins(run: Terminal) -> None:
    assert "plugins-under-test" in run("plugins")
    found = {entry["name"]: entry for entry in run.json("plugins")}
    assert found["evenings"]["working"] and "register_terms" in found["evenings"]["hooks"]
    assert found["core"]["distribution"] == "evenhand"


def test_help_and_version(run: Terminal) -> None:
    said = run("--help")
    for command in ("solve", "verify", "explain", "domains", "terms", "solvers", "plugins", "example"):
        assert f"  {command} " in said
        assert "Usage" in run(command, "--help")
    assert run("--version").startswith("evenhand ")


# -- example, solve, verify, explain -----------------------------------------------------------------------------


def test_example_writes_once(run: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    assert "Next: evenhand solve" in run("example", "evenings", folder)
    assert sorted(path.name for path in folder.iterdir()) == ["branches.csv", "spec.toml"]
    run("example", "evenings", folder, code=2)
    assert "already holds branches.csv, spec.toml" in run.err and "--force" in run.err
    assert sorted(run.json("example", "evenings", folder, "--force")["files"]) == ["branches.csv", "spec.toml"]
    assert sorted(path.name for path in folder.iterdir()) == ["branches.csv", "spec.toml"], "nothing is left behind"


def test_solve_in_words_and_as_json(run: Terminal, spec: Path) -> None:
    said = run("solve", spec)
    assert "185.78" in said and "Nothing was written" in said
    found = run.json("solve", spec)
    assert (found["format"], found["domain"], found["status"], found["sense"]) == (1, "evenings", "optimal", "maximize")
    assert found["value"] == pytest.approx(185.78) and found["gap"] <= 1e-4
    assert found["terms"]["extra_minutes"]["value"] == 2922.0 and found["terms"]["extra_minutes"]["unit"] == "minutes"
    assert found["allocation"] is None and found["solver"]["name"] == "auto"
    assert found["inputs"]["branches"]["rows"] == 9


def test_options_of_solve(run: Terminal, spec: Path) -> None:
    found = run.json("solve", spec, "--solver", "hill-climb", "--seed", "7", "--time-limit", "5", "--gap", "0.5",
                     "--workers", "1", "--set", "problem.budget=600", "--set", "constraint[1].least=0",
                     "--set", "solver.options.steps=500")
    assert found["solver"]["name"] == "hill-climb" and found["solver"]["seed"] == 7
    assert found["metrics"]["spent"] <= 600


def test_out_is_written_verified_and_never_overwritten_by_accident(run: Terminal, spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    said = run("solve", spec, "--out", out)
    assert "report.html" in said and f"evenhand verify {out}" in said
    names = {path.name for path in out.iterdir()}
    assert {"result.json", "allocation.csv", "certificate.json", "report.html", "spec.toml"} <= names
    assert "Verified" in run("verify", out)
    checked = run.json("verify", out)
    assert checked["status"] == "optimal"
    before = (out / "result.json").read_bytes()
    run("solve", spec, "--out", out, code=2)
    assert "--force" in run.err and (out / "result.json").read_bytes() == before
    again = run.json("solve", spec, "--out", out, "--force", "--set", "problem.budget=2000")
    assert again["value"] > 185.78 and json.loads((out / "result.json").read_text(encoding="utf-8")) == again


def test_an_altered_result_fails_verification(run: Terminal, spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    run("solve", spec, "--out", out)
    text = (out / "allocation.csv").read_text(encoding="utf-8")
    (out / "allocation.csv").write_text(text.replace(",1\n", ",0\n", 1), encoding="utf-8")
    said = run.json("verify", out, code=5)
    assert said["exit_code"] == 5 and said["problems"]
    assert "Verification failed" in run.err


def test_an_altered_table_fails_verification(run: Terminal, spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    run("solve", spec, "--out", out)
    for path in [*out.rglob("branches.csv"), spec.with_name("branches.csv")]:
        path.write_text(path.read_text(encoding="utf-8").replace("410.50", "410.5"), encoding="utf-8")
    run("verify", out, code=5)


def test_infeasible_is_3_with_words_and_explain_names_the_rules(run: Terminal, spec: Path, tmp_path: Path) -> None:
    poor = ("--set", "problem.budget=1000")
    run("solve", spec, *poor, code=3)
    assert "Infeasible: No allocation keeps the rules" in run.err
    found = run.json("solve", spec, *poor, "--out", tmp_path / "none", code=3)
    assert (found["status"], found["value"], found["allocation"]) == ("infeasible", None, None)
    assert run("verify", tmp_path / "none")
    said = run("explain", spec, *poor, code=3)
    assert "Smallest set of rules that conflict" in said and "150.15 USD more" in said
    told = run.json("explain", spec, *poor, code=3)
    assert set(told["conflict"]) == {"budget", "every_area"} and told["infeasible"] is True
    assert "can be kept together" in run("explain", spec)
    assert run.json("explain", spec)["conflict"] == []


def test_no_solution_is_4(run: Terminal, spec: Path) -> None:
    said = run.json("solve", spec, "--solver", "greedy", code=4)
    assert (said["status"], said["value"]) == ("no_solution", None)
    assert "no" in run("solve", spec, "--solver", "greedy", code=4).lower()


# -- a user's mistakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "said"), [
    (["slove", "x.toml"], "There is no command 'slove'; did you mean 'solve'"),
    (["terms", "evening"], "id you mean 'evenings'"),
    (["solvers", "evening"], "id you mean 'evenings'"),
    (["example", "evening", "somewhere"], "id you mean 'evenings'"),
    (["solve"], "SPEC"),
    (["solve", "missing.toml"], "the spec does not exist"),
    (["solve", "."], "is a folder"),
    (["explain", "missing.toml"], "the spec does not exist"),
    (["verify", "missing"], "missing"),
    (["solve", "SPEC", "--time-limit", "-1"], "--time-limit"),
    (["solve", "SPEC", "--time-limit", "nan"], "time"),
    (["solve", "SPEC", "--seed", "x"], "--seed"),
    (["solve", "SPEC", "--solvr", "highs"], "--solver"),
    (["solve", "SPEC", "--solver", "hihgs"], "id you mean 'highs'"),
    (["solve", "SPEC", "--set", "problem.budgte=3"], "id you mean 'budget'"),
    (["solve", "SPEC", "--set", "objective[0].term=visitor_served"], "id you mean 'visitors_served'"),
    (["solve", "SPEC", "--set", "constraint[1].rule=every_erea"], "id you mean 'every_area'"),
    (["solve", "SPEC", "--set", "solvr.name=highs"], "id you mean 'solver'"),
    (["solve", "SPEC", "--set", "problem.budget"], "path=value"),
    (["solve", "SPEC", "--set", "domain=evening"], "id you mean 'evenings'"),
    (["solve", "SPEC", "--set", "data.branches=nowhere.csv"], "nowhere.csv"),
    (["solve", "SPEC", "--set", "data.brnches=x.csv"], "id you mean 'branches'"),
    (["solve", "SPEC", "--set", "problem.budget=abc"], "problem.budget"),
    (["solve", "SPEC", "--solver", "gurobi"], "gurobi"),
])
def test_mistakes_end_with_2_and_words(run: Terminal, spec: Path, arguments: list[str], said: str,
                                       monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(spec) if argument == "SPEC" else argument for argument in arguments]
    run(*given, code=2)
    assert said in run.err
    if arguments[0] == "solve" and "SPEC" in arguments:
        out = run(*given, "--json", code=2)
        if out:
            assert json.loads(out)["exit_code"] == 2


def test_faults_of_the_spec_are_reported_together(run: Terminal, spec: Path) -> None:
    mistakes = ("problem.budget=-3", "objective[0].term=visitor_served", "constraint[1].leats=1", "solver.name=hihgs")
    arguments = [word for mistake in mistakes for word in ("--set", mistake)]
    said = run.json("solve", spec, *arguments, code=2)
    assert said["error"] == "SpecError"
    assert {fault["where"] for fault in said["faults"]} == {
        "problem.budget", "objective[0].term", "constraint[1].leats", "solver.name"}
    assert "The spec has faults (4):" in run.err


def test_faults_of_spec_and_table_are_reported_together(run: Terminal, spec: Path) -> None:
    table = spec.with_name("branches.csv")
    table.write_text(table.read_text(encoding="utf-8").replace("410.50", "41O.50").replace("\n002,", "\n001,"),
                     encoding="utf-8")
    said = run.json("solve", spec, "--set", "problem.budgte=3", code=2)
    places = {(fault["where"], fault.get("row"), fault.get("column")) for fault in said["faults"]}
    assert {("problem.budgte", None, None), ("branches", 1, "cost"), ("branches", 2, "branch")} <= places


def test_a_spec_that_is_no_toml_is_named_with_its_line(run: Terminal, spec: Path) -> None:
    spec.write_text(spec.read_text(encoding="utf-8") + "\n[solver\n", encoding="utf-8")
    run("solve", spec, code=2)
    assert "is not valid TOML" in run.err and "line" in run.err


def test_out_that_cannot_be_written_is_said_before_solving(run: Terminal, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    run("solve", spec, "--out", tmp_path / "file", code=2)
    assert "file" in run.err


# -- as a program ------------------------------------------------------------------------------------------------


def program(tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    folder = write_distribution(tmp_path / "meta", evenings.ENTRY_POINTS)
    places = [str(folder), str(ROOT), *(place for place in sys.path if place)]
    code = "import sys; from evenhand.cli import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=120, env={**os.environ, "PYTHONPATH": os.pathsep.join(places)})


def test_the_program_solves_a_strangers_domain(tmp_path: Path, spec: Path) -> None:
    done = program(tmp_path, "solve", spec, "--json")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert json.loads(done.stdout)["status"] == "optimal"


def test_the_program_says_what_is_wrong_on_standard_error(tmp_path: Path, spec: Path) -> None:
    done = program(tmp_path, "solve", spec, "--set", "problem.budgte=3")
    assert done.returncode == 2 and done.stdout == "" and "id you mean 'budget'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    folder = write_distribution(tmp_path / "meta", evenings.ENTRY_POINTS)
    places = [str(folder), str(ROOT), *(place for place in sys.path if place)]
    code = "import sys; from evenhand.cli import main; sys.exit(main(['solvers']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(places)}) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        process.wait()
    assert "Traceback" not in said and "BrokenPipe" not in said


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = ("import sys\nfrom evenhand.cli import main\nmain(['--help'])\n"
            "heavy = {'pandas', 'pyomo', 'scipy', 'numba', 'matplotlib', 'highspy', 'jinja2'}\n"
            "print('loaded:', sorted(heavy & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"
