"""External solvers: what they print is read without claiming more than they said, and none is left running."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from evenhand.solvers import pyomo_cbc, pyomo_glpk
from evenhand.solvers.limits import Limits
from evenhand.solvers.pyomo_process import Ended, run_process
from evenhand.solvers.pyomo_status import printed_bound

# -- reading what they print ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "digits", "highest"), [
    ("-3.481764477e+03", None, -3481.764478),  # ten digits: one unit is 1e-6
    ("-3489.156", None, -3489.157),
    ("-0.005", None, -0.006),  # three decimals: the true bound may be -0.0054
    ("-3489.1562", 6, -3489.1563),
    ("-3489.2", 6, -3489.21),  # %g has cut the zeros: -3489.20
    ("1.23457e+06", 6, 1234560.0),
    ("12", None, 11.0),
])
def test_a_printed_bound_moves_down_by_one_unit(text: str, digits: int | None, highest: float) -> None:
    bound = printed_bound(text, digits)
    assert bound is not None
    assert highest - 1e-9 * abs(highest) <= bound < highest


@pytest.mark.parametrize("text", ["-inf", "not", "nan", "1e+50", "-1.79769e+308", ""])
def test_no_number_is_no_bound(text: str) -> None:
    assert printed_bound(text) is None


def cbc_says(folder: Path, log: str, head: str, value: float = 1.0) -> Any:
    text, binary = folder / "a.txt", folder / "a.bin"
    text.write_text(f"{head}\n      0 c1   5   0\n**    0 x1   {value:.8g}   0\n", encoding="utf-8")
    binary.write_bytes(struct.pack("=iid", 1, 1, 7.0) + struct.pack("=4d", 5.0, 0.0, value, 0.0))
    return pyomo_cbc._outcome(Ended(0, "Version: 2.10.8\n" + log, False), text, binary)


GAP_LOG = ("Cbc0001I Search completed - best objective 7, took 0 iterations and 0 nodes (0.01 seconds)\n\n"
           "Result - Optimal solution found (within gap tolerance)\n\nLower bound:              6.500\nGap: 0.07\n")


def test_cbc_calls_a_search_completed_that_ended_at_the_gap(tmp_path: Path) -> None:
    outcome = cbc_says(tmp_path, GAP_LOG, "Optimal (within gap tolerance) - objective value 7.00000000")
    assert outcome.status == "feasible"
    assert outcome.bound == pytest.approx(6.499)
    assert outcome.version == "2.10.8"


def test_cbc_values_come_with_every_digit(tmp_path: Path) -> None:
    outcome = cbc_says(tmp_path, "Result - Optimal solution found\n", "Optimal - objective value 7.00000000", 1.0 / 3.0)
    assert outcome.values == {"x1": 1.0 / 3.0}
    assert outcome.status == "optimal" and 6.9999 < outcome.bound < 7.0


@pytest.mark.parametrize(("log", "head", "status"), [
    ("Result - Stopped on time limit\n", "Stopped on time - objective value 7", "feasible"),
    ("Result - Stopped on time limit\n", "Stopped on time (no integer solution - continuous used) - objective value 7",
     "no_solution"),
    ("", "Stopped on time - objective value 7", "no_solution"),  # a linear program cut short keeps no row
    ("Result - Stopped on time limit\nNo feasible solution found\n", "Stopped on time - objective value 7",
     "no_solution"),
    ("Problem is infeasible\n", "Infeasible - objective value 7", "infeasible"),
    ("Continuous objective value is 2\nPre-processing says infeasible or unbounded\n", "Integer infeasible - value 2",
     "infeasible"),
    ("Pre-processing says infeasible or unbounded\n", "Integer infeasible - objective value 0", "no_solution"),
    ("Problem is unbounded\n", "Unbounded - objective value 0", "unbounded"),
    ("Result - Optimal solution found\n", "Status unknown - objective value 7", "no_solution"),
])
def test_how_cbc_ends(tmp_path: Path, log: str, head: str, status: str) -> None:
    outcome = cbc_says(tmp_path, log, head)
    assert outcome.status == status
    assert (outcome.values is not None) == (status == "feasible")


@pytest.mark.parametrize(("log", "line", "status"), [
    ("", "s mip 1 1 o 7", "optimal"),
    ("", "s mip 1 1 f 7", "feasible"),
    ("TIME LIMIT EXCEEDED", "s mip 1 1 u 0", "no_solution"),
    ("", "s bas 1 1 f f 7", "optimal"),
    ("", "s bas 1 1 f u 7", "no_solution"),
    ("PROBLEM HAS NO PRIMAL FEASIBLE SOLUTION", "s mip 1 1 u 0", "infeasible"),
    ("PROBLEM HAS NO INTEGER FEASIBLE SOLUTION", "s mip 1 1 n 0", "infeasible"),
    ("LP HAS UNBOUNDED PRIMAL SOLUTION", "s bas 1 1 u u 0", "unbounded"),
    # no dual solution: unbounded or infeasible, and a claim of either would be a guess
    ("LP RELAXATION HAS NO DUAL FEASIBLE SOLUTION", "s mip 1 1 u 0", "no_solution"),
])
def test_how_glpk_ends(tmp_path: Path, log: str, line: str, status: str) -> None:
    raw, columns = tmp_path / "a.raw", tmp_path / "a.glp"
    place = "j 1 b 2.5 0" if " bas " in line else "j 1 2.5"
    raw.write_text(f"c Problem:\n{line}\ni 1 5\n{place}\ne o f\n", encoding="utf-8")
    columns.write_text("p mip min 1 1 1\nn z o\nn i 1 c1\nj 1 i d 0 9\nn j 1 x7\ne o f\n", encoding="utf-8")
    outcome = pyomo_glpk._outcome(Ended(0, f"GLPSOL: GLPK LP/MIP Solver 5.0\n{log}\n", False), raw, columns, 6.0)
    assert outcome.status == status
    assert outcome.version == "5.0"
    assert outcome.values == ({"x7": 2.5} if status in ("optimal", "feasible") else None)
    expected = {"feasible": 6.0, "optimal": 7.0 - 8e-7}.get(status)
    if expected is not None:
        assert outcome.bound == pytest.approx(expected, abs=1e-12)
    assert bool(outcome.notices) == (status == "no_solution" and log != "TIME LIMIT EXCEEDED")


def test_glpk_has_nothing_to_hand_over_when_killed(tmp_path: Path) -> None:
    outcome = pyomo_glpk._outcome(Ended(-9, "", True), tmp_path / "a.raw", tmp_path / "a.glp", 6.0)
    assert (outcome.status, outcome.values, outcome.bound) == ("no_solution", None, 6.0)
    assert "stopped before" in outcome.notices[0]


# -- the process ---------------------------------------------------------------------------------------------------


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_process_that_ends_by_itself(tmp_path: Path) -> None:
    heard: list[str] = []
    ended = run_process(python("import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"), tmp_path,
                        Limits(), heard.append)
    assert (ended.returncode, ended.killed) == (3, False)
    assert sorted(heard) == ["one\n", "two\n"]
    assert ended.log == "".join(heard)


FOREVER = "import sys, time\nprint('ready', flush=True)\nwhile True: time.sleep(0.05)"


def test_a_process_without_ears_is_killed_on_interruption(tmp_path: Path) -> None:
    limits = Limits(time_limit=None)
    ended = run_process(python(FOREVER), tmp_path, limits, lambda line: limits.interrupt())
    assert ended.killed and ended.log == "ready\n"


def test_a_process_that_listens_may_say_its_last_words(tmp_path: Path) -> None:
    limits = Limits(time_limit=None)
    code = "import sys\nprint('ready', flush=True)\nsys.stdin.read()\nprint('last words')"

    def ask(process: Any) -> None:
        process.stdin.close()

    ended = run_process(python(code), tmp_path, limits, lambda line: limits.interrupt(), ask=ask)
    assert not ended.killed
    assert ended.log == "ready\nlast words\n"


def test_a_process_that_does_not_answer_is_killed_after_the_grace_period(tmp_path: Path) -> None:
    limits = Limits(time_limit=0.1)
    asked: list[Any] = []
    ended = run_process(python(FOREVER), tmp_path, limits, lambda line: None, ask=asked.append)
    assert ended.killed
    assert len(asked) == 1


def test_no_process_is_left_behind_by_an_exception(tmp_path: Path) -> None:
    started: list[Any] = []

    def remember(process: Any) -> None:
        started.append(process)
        raise KeyboardInterrupt

    limits = Limits(time_limit=None)
    with pytest.raises(KeyboardInterrupt):
        run_process(python(FOREVER), tmp_path, limits, lambda line: limits.interrupt(), ask=remember)
    assert started[0].poll() is not None
