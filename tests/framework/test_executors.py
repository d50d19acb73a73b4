"""Executors: nothing is lost, nothing stays behind, and who runs the jobs changes no answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.errors import SolverUnavailableError
from evenhand.executors import DaskExecutor, LocalExecutor
from evenhand.executors import dask as dask_module
from tests.framework import executor_jobs as jobs

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
SQUARES = [(position, position * position) for position in range(12)]

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs signals as POSIX knows them")


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two workers that all tests of this file share."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    with dask_module._local_cluster(2, never) as address:
        assert address is not None
        yield address


@pytest.fixture(params=["local 1", "local 2", "dask"])
def executor(request: pytest.FixtureRequest) -> Any:
    kind, _, workers = request.param.partition(" ")
    if kind == "local":
        return LocalExecutor(int(workers))
    return DaskExecutor(2, request.getfixturevalue("scheduler"))


def wait_for(what: Callable[[], bool]) -> bool:
    """Whether it comes true at all; the time is only there to give up."""
    end = time.monotonic() + PATIENCE
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")  # a dead child that nobody has asked after yet is gone too
    try:
        return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def workers_in(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir()]


def test_every_result_comes_with_its_position(executor: Any) -> None:
    assert sorted(executor.map(jobs.square, list(range(12)), never)) == SQUARES
    assert sorted(executor.map(jobs.square, [7, 7, 7], never)) == [(0, 49), (1, 49), (2, 49)]
    assert list(executor.map(jobs.square, [5], never)) == [(0, 25)]
    assert list(executor.map(jobs.square, [], never)) == []


def test_what_a_job_raises_is_raised_here(executor: Any) -> None:
    with pytest.raises(LookupError, match="nothing known of 2"):
        list(executor.map(jobs.refuse, list(range(6)), never))
    assert sorted(executor.map(jobs.square, list(range(12)), never)) == SQUARES


def test_stopped_before_it_began(executor: Any) -> None:
    assert list(executor.map(jobs.square, list(range(12)), lambda: True)) == []


def test_one_worker_stops_between_two_jobs() -> None:
    done: list[tuple[int, int]] = []
    for found in LocalExecutor(1).map(jobs.square, list(range(12)), lambda: len(done) == 2):
        done.append(found)
    assert done == [(0, 0), (1, 1)]


@needs_signals
def test_stop_abandons_what_runs(tmp_path: Path) -> None:
    """The jobs would take hours; the workers are dead although nobody waited for them."""
    assert list(LocalExecutor(2).map(jobs.linger, [str(tmp_path)] * 5, lambda: len(workers_in(tmp_path)) == 2)) == []
    assert len(workers_in(tmp_path)) == 2
    assert wait_for(lambda: all(map(gone, workers_in(tmp_path))))


@needs_signals
def test_a_consumer_that_leaves_leaves_no_worker_behind(tmp_path: Path) -> None:
    asked: list[int] = []

    def fail() -> bool:
        asked[:] = workers_in(tmp_path)
        if len(asked) == 2:
            raise RuntimeError("the consumer fails")
        return False

    with pytest.raises(RuntimeError, match="the consumer fails"):
        list(LocalExecutor(2).map(jobs.linger, [str(tmp_path)] * 5, fail))
    assert wait_for(lambda: all(map(gone, asked)))


@needs_signals
@pytest.mark.parametrize("kind", ["local", "dask"])
def test_a_killed_worker_loses_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    used: Any = LocalExecutor(2) if kind == "local" else DaskExecutor(2, request.getfixturevalue("scheduler"))
    marker = tmp_path / "died"
    assert sorted(used.map(jobs.die_once, [(str(marker), number) for number in range(12)], never)) == SQUARES
    assert marker.exists()


@needs_signals
@pytest.mark.parametrize("kind", ["local", "dask"])
def test_a_job_that_kills_every_worker_is_run_here(kind: str, request: pytest.FixtureRequest) -> None:
    used: Any = LocalExecutor(2) if kind == "local" else DaskExecutor(2, request.getfixturevalue("scheduler"))
    found = sorted(used.map(jobs.die_elsewhere, [(os.getpid(), number) for number in range(4)], never))
    assert found == [(number, number) for number in range(4)]


# ------------------------------------------------------------------------------------------- scripts of a user


def run_script(folder: Path, text: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A plain script, as a user writes it, in a terminal group of its own; every warning is shown."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    paths = os.pathsep.join([str(ROOT), *(str(ROOT / name) for name in ("framework", "plugins"))])
    return subprocess.run([sys.executable, "-W", "always", str(script), *args], capture_output=True, text=True,
                          cwd=folder, env={**os.environ, "PYTHONPATH": paths}, start_new_session=True, check=False)


@needs_signals
def test_ctrl_c_ends_the_program_and_its_workers(tmp_path: Path) -> None:
    done = run_script(tmp_path, """\
        import os, signal, sys
        from evenhand.executors import LocalExecutor
        from tests.framework import executor_jobs as jobs

        def stop():
            if len(os.listdir(sys.argv[1])) == 2:
                os.killpg(0, signal.SIGINT)
            return False

        list(LocalExecutor(2).map(jobs.linger, [sys.argv[1]] * 4, stop))
        """, str(pids := make(tmp_path / "pids")))
    assert done.returncode == -signal.SIGINT
    assert done.stderr.strip().splitlines()[-1] == "KeyboardInterrupt"
    assert done.stderr.count("Traceback") == 1, done.stderr
    assert len(workers_in(pids)) == 2 and wait_for(lambda: all(map(gone, workers_in(pids))))


@needs_signals
def test_ctrl_c_does_not_reach_workers_that_are_starting(tmp_path: Path) -> None:
    """The program decides what Ctrl-C means; one that goes on gets everything, without a word from its workers."""
    done = run_script(tmp_path, """\
        import os, signal, threading, time
        from evenhand.executors import LocalExecutor
        from tests.framework import executor_jobs as jobs

        heard = []
        signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))

        def stop():
            if len(heard) < 5:  # with the pulse of a waiting run: over the first half second
                os.killpg(0, signal.SIGINT)
            return False

        print(sorted(LocalExecutor(2).map(jobs.nap, [0.01] * 6, stop)), len(heard) >= 5)
        """)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{[(position, 0.01) for position in range(6)]} True\n"


SOLVES = """\
    import json
    import sys
    import evenhand

    print("the script runs")
    found = []
    for executor, workers in json.loads(sys.argv[2]):
        solution = evenhand.solve(
            {"domain": "cep", "data": {"schools": sys.argv[1]},
             "problem": {"rates": "2024-25/contiguous/standard", "max_groups": 2}},
            solver="share-prices", executor=executor, workers=workers, time_limit=300)
        labels = solution.problem.allocation_table(solution.allocation)["group"].tolist()
        found.append([solution.status, repr(solution.value), repr(solution.bound), labels])
    print(json.dumps(found))
    """


def schools(path: Path, districts: int = 45) -> Path:
    """Districts of two to four schools, few of which reach free meals for all on their own."""
    lines = ["school,district,enrolled,identified,breakfasts,lunches"]
    for d in range(districts):
        for s in range(2 + d % 3):
            enrolled = 150 + (97 * d + 61 * s) % 400
            identified = enrolled * (42 + (31 * d + 17 * s) % 37) // 100
            meals = 60 + (53 * d + 29 * s) % 120
            lines.append(f"{d:02}-{s},D{d:02},{enrolled},{identified},{enrolled * 60},{enrolled * meals}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_workers_change_no_answer_and_a_script_needs_no_guard(tmp_path: Path) -> None:
    ways = [("local", 1), ("local", 2)]
    if has_dask():
        ways.append(("dask", 2))
    done = run_script(tmp_path, SOLVES, str(schools(tmp_path / "schools.csv")), json.dumps(ways))
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()  # it ran once
    assert first == "the script runs"
    found = json.loads(second)
    assert found[0][0] == "optimal" and len(set(found[0][3])) > 1
    assert found == [found[0]] * len(ways)


# ------------------------------------------------------------------------------------------------- only Dask


def has_dask() -> bool:
    try:
        import distributed  # noqa: F401
    except ImportError:
        return False
    return True


@needs_signals
def test_a_cluster_of_our_own_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                    capfd: pytest.CaptureFixture[str],
                                                    recwarn: pytest.WarningsRecorder) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    pids, scratch = make(tmp_path / "pids"), make(tmp_path / "scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    assert list(DaskExecutor(2).map(jobs.linger, [str(pids)] * 4, lambda: len(workers_in(pids)) == 2)) == []
    assert len(workers_in(pids)) == 2 and wait_for(lambda: all(map(gone, workers_in(pids))))
    assert list(scratch.iterdir()) == []
    assert [str(warning.message) for warning in recwarn] == []
    assert capfd.readouterr() == ("", "")


def test_the_scheduler_is_found_where_dask_itself_looks(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", scheduler)
    monkeypatch.setattr(sys, "executable", "/nowhere")  # a cluster of our own could not be started
    assert sorted(DaskExecutor(2).map(jobs.square, list(range(12)), never)) == SQUARES


def test_missing_dask_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SolverUnavailableError) as caught:
        list(DaskExecutor(2).map(jobs.square, [1, 2], never))
    assert str(caught.value) == "Dask is not installed: pip install 'evenhand[dask]'"


def test_a_scheduler_that_is_none_is_named() -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    with pytest.raises(SolverUnavailableError, match="no Dask scheduler answers at carrier-pigeon://roof"):
        list(DaskExecutor(2, "carrier-pigeon://roof").map(jobs.square, [1, 2], never))


@needs_signals
def test_a_cluster_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no room left' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    with pytest.raises(SolverUnavailableError, match="a local Dask cluster cannot be started: no room left"):
        list(DaskExecutor(2).map(jobs.square, [1, 2], never))
