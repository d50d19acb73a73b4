"""Run HiGHS in a thread of its own, so that Ctrl-C, a stop and a deadline take effect within a second.

Why a thread: while HiGHS runs in the main thread Python cannot deliver Ctrl-C, and HiGHS asks its callbacks only at
certain points; between two of them seconds can pass (measured: 1.3 s on a 2,400-column model, longer on large ones).
So the calling thread waits on an event, where Python delivers signals at once, asks ``stop`` and reports progress
itself (user code never runs inside HiGHS), and merely raises a flag that the callbacks read. When HiGHS does not answer
the flag within a grace period, the run is abandoned: the caller continues with the last incumbent and bound HiGHS
reported, and the thread ends by itself at HiGHS' next callback. HiGHS' own keyboard handling was not used: it prints,
waits for HiGHS without limit, ends the process at the fifth Ctrl-C, and shares one lock between all of its instances.

A fresh thread per run also gives each run its own HiGHS task scheduler, which makes ``threads`` a setting per solve.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from evenhand.kernel.linear_model import FloatArray

Stop = Callable[[], bool]
Progress = Callable[[float | None, float | None], None]

POLL_SECONDS = 0.05
GRACE_SECONDS = 0.5
EXIT_SECONDS = 1.0

# Numbers of HiGHS' callback kinds (HighsCallbackType), which the callback receives as plain integers.
_SIMPLEX_INTERRUPT, _IPM_INTERRUPT, _MIP_IMPROVING, _MIP_INTERRUPT = 1, 2, 4, 6


class Monitor:
    """The callback HiGHS calls. It holds no reference to the HiGHS object, so the two can be freed."""

    __slots__ = ("best", "bound", "cancelled", "scale")

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.cancelled = False
        # One tuple, set at once: the calling thread may read it while HiGHS is running.
        self.best: tuple[FloatArray, float] | None = None
        self.bound: float | None = None

    def __call__(self, kind: int, message: str, out: Any, answer: Any, extra: object) -> None:
        if kind == _MIP_IMPROVING:
            self.best = (np.array(out.mip_solution, dtype=np.float64), out.objective_function_value / self.scale)
        if kind in (_MIP_IMPROVING, _MIP_INTERRUPT):
            bound = out.mip_dual_bound
            if np.isfinite(bound):
                self.bound = bound / self.scale
        if self.cancelled:
            answer.user_interrupt = True

    def latest(self) -> tuple[float | None, float | None]:
        """(incumbent, bound) as last reported."""
        best = self.best
        return (None if best is None else best[1], self.bound)

    def attach(self, highs: Any, *, mixed: bool) -> None:
        highs.setCallback(self, None)
        for kind in (_MIP_INTERRUPT, _MIP_IMPROVING) if mixed else (_SIMPLEX_INTERRUPT, _IPM_INTERRUPT):
            highs.startCallbackInt(kind)


def guarded_run(highs: Any, monitor: Monitor, *, stop: Stop | None, progress: Progress | None,
                deadline: float | None, on_abandon: Callable[[], None]) -> bool:
    """Run HiGHS to its end or until told to stop; True when it ended, False when it had to be abandoned.

    Parameters
    ----------
    stop
        Asked every 50 ms in the calling thread; True ends the run.
    progress
        Called in the calling thread with (incumbent, bound) whenever either changed.
    deadline
        Reading of ``time.monotonic`` after which the run is ended; HiGHS has its own time limit, this one is for
        the phases in which it does not look at the clock.
    on_abandon
        Called before the wait for HiGHS' answer is given up, also when an exception (Ctrl-C) is on its way.
    """
    done = threading.Event()

    def work() -> None:
        try:
            highs.run()
        finally:
            type(highs).resetGlobalScheduler(False)
            done.set()

    thread = threading.Thread(target=work, name="evenhand-highs", daemon=True)
    reported: tuple[float | None, float | None] = (None, None)
    thread.start()
    try:
        while not done.wait(POLL_SECONDS):
            latest = monitor.latest()
            if progress is not None and latest != reported:
                progress(*latest)
                reported = latest
            if (stop is not None and stop()) or (deadline is not None and time.monotonic() > deadline):
                break
    finally:
        if not done.is_set():
            # Also reached with a KeyboardInterrupt, which goes on to the caller after this.
            monitor.cancelled = True
            ended = False
            try:
                ended = done.wait(GRACE_SECONDS)
            finally:
                if not ended:
                    on_abandon()
                    atexit.register(_part_with, thread, weakref.ref(highs))
    latest = monitor.latest()
    if progress is not None and latest != reported:
        progress(*latest)
    return done.is_set()


def _part_with(thread: threading.Thread, reference: weakref.ref[Any]) -> None:
    """At exit: a HiGHS still running must not call back into an interpreter that is shutting down (it would abort).

    Normally it ends at its next callback, so a moment is given for that; then the callbacks are switched off and the
    process ends with HiGHS in the middle of its work.
    """
    thread.join(EXIT_SECONDS)
    highs = reference()
    if thread.is_alive() and highs is not None:
        for kind in (_SIMPLEX_INTERRUPT, _IPM_INTERRUPT, _MIP_IMPROVING, _MIP_INTERRUPT):
            highs.stopCallbackInt(kind)
        # A callback already on its way is let through.
        thread.join(POLL_SECONDS)
