"""Stops, Ctrl-C and progress. The time limits here only keep a broken stop from hanging; nothing is measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from evenhand.kernel import HighsSession, guarded_run
from evenhand.kernel.guarded_run import Monitor
from tests.framework.kernel_cases import assignment_model

CEILING = 20.0


def hard() -> HighsSession:
    return HighsSession(assignment_model(120, 20, integer=True, room=0.48))


class After:
    """True from a number of seconds after its making."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def __call__(self) -> bool:
        return time.monotonic() >= self.end


def test_a_stop_ends_a_mixed_integer_solve_and_the_session_says_how() -> None:
    session = hard()
    result = session.solve(gap=0.0, stop=After(0.4), time_limit=CEILING)
    assert result.message != "TimeLimit"
    assert result.status in ("feasible", "no_solution")
    if result.abandoned:
        with pytest.raises(RuntimeError, match="make a new one"):
            session.solve()
    else:
        assert session.solve(gap=10.0).status == "optimal"


@pytest.mark.parametrize("method", ["simplex", "ipm"])
def test_a_stop_ends_a_linear_program(method: str) -> None:
    session = HighsSession(assignment_model(1500, 40, integer=False))
    result = session.solve(method=method, stop=lambda: True, time_limit=CEILING)  # type: ignore[arg-type]
    assert result.status in ("feasible", "no_solution")
    assert result.bound is None
    assert result.message != "TimeLimit"


def test_ctrl_c_reaches_the_caller() -> None:
    session = hard()
    timer = threading.Timer(0.4, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        session.solve(gap=0.0, time_limit=CEILING)
    timer.join()


def test_progress_is_told_in_the_calling_thread_and_only_improves() -> None:
    seen: list[tuple[float | None, float | None]] = []
    places: set[int] = set()

    def progress(incumbent: float | None, bound: float | None) -> None:
        places.add(threading.get_ident())
        seen.append((incumbent, bound))

    result = hard().solve(gap=0.03, time_limit=CEILING, progress=progress)
    assert places == {threading.get_ident()}
    incumbents = [incumbent for incumbent, _ in seen if incumbent is not None]
    bounds = [bound for _, bound in seen if bound is not None]
    assert incumbents == sorted(incumbents, reverse=True)
    assert bounds == sorted(bounds)
    assert result.objective is not None
    assert incumbents[-1] == pytest.approx(result.objective)
    assert all(bound <= incumbent + 1e-6 for incumbent, bound in seen if None not in (incumbent, bound))


def test_progress_of_a_maximisation_of_small_numbers_has_the_right_sign_and_size() -> None:
    model = assignment_model(30, 6, integer=True)
    session = HighsSession(model)
    session.set_costs(-1e-6 * model.costs[0], 5e-6, maximize=True)
    seen: list[tuple[float | None, float | None]] = []
    result = session.solve(gap=0.01, progress=lambda incumbent, bound: seen.append((incumbent, bound)))
    assert result.objective is not None
    incumbent, bound = seen[-1]
    assert incumbent == pytest.approx(result.objective)
    assert bound is not None
    assert bound >= result.objective - 1e-12
    assert abs(bound) < 1e-2


def test_an_error_in_progress_reaches_the_caller_and_ends_the_solve() -> None:
    def broken(incumbent: float | None, bound: float | None) -> None:
        raise OSError("the screen is gone")

    with pytest.raises(OSError, match="screen"):
        hard().solve(gap=0.0, progress=broken, time_limit=CEILING)


class DeafHighs:
    """Stands for a HiGHS that is busy where it asks no callback."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.silenced: list[int] = []

    def run(self) -> None:
        self.release.wait(CEILING)

    @staticmethod
    def resetGlobalScheduler(blocking: bool) -> None:  # noqa: N802 - HiGHS' name
        assert blocking is False

    def stopCallbackInt(self, kind: int) -> None:  # noqa: N802 - HiGHS' name
        self.silenced.append(kind)


@pytest.mark.parametrize("how", ["stop", "deadline"])
def test_a_highs_that_does_not_answer_is_abandoned(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_exit: list[tuple[Any, ...]] = []
    monkeypatch.setattr(guarded_run.atexit, "register", lambda *call: at_exit.append(call))
    monkeypatch.setattr(guarded_run, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(guarded_run, "EXIT_SECONDS", 0.01)
    highs, monitor, abandoned = DeafHighs(), Monitor(1.0), []
    ended = guarded_run.guarded_run(highs, monitor, progress=None, on_abandon=lambda: abandoned.append(True),
                                    stop=(lambda: True) if how == "stop" else None,
                                    deadline=time.monotonic() if how == "deadline" else None)
    assert not ended
    assert abandoned
    assert monitor.cancelled
    (leave, *arguments), = at_exit
    leave(*arguments)
    assert len(highs.silenced) == 4
    highs.release.set()


def test_the_monitor_keeps_the_last_incumbent_and_bound_and_passes_the_stop_on() -> None:
    class Event:
        mip_solution = (1.0, 0.0)
        objective_function_value = 8.0
        mip_dual_bound = 4.0
        user_interrupt = False

    monitor, event = Monitor(scale=2.0), Event()
    monitor(4, "", event, event, None)
    assert monitor.latest() == (4.0, 2.0)
    event.mip_dual_bound = -np.inf
    monitor(6, "", event, event, None)
    assert monitor.latest() == (4.0, 2.0)
    assert not event.user_interrupt
    monitor.cancelled = True
    monitor(1, "", event, event, None)
    assert event.user_interrupt


LEAVING = """
from evenhand.kernel import HighsSession, guarded_run
from tests.framework.kernel_cases import assignment_model
guarded_run.GRACE_SECONDS = 0.0
result = HighsSession(assignment_model(120, 20, integer=True, room=0.48)).solve(gap=0.0, stop=lambda: True)
assert result.abandoned
"""


def test_a_process_with_an_abandoned_solve_ends_cleanly() -> None:
    # Called back during its shutdown, the interpreter would abort.
    ended = subprocess.run([sys.executable, "-c", LEAVING], capture_output=True, text=True, timeout=60, check=False,
                           env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)})
    assert (ended.returncode, ended.stderr) == (0, "")
