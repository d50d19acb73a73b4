"""Run an external solver as a process of its own: read what it says, stop it in time, never leave it behind."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from evenhand.solvers.limits import Limits

POLL_SECONDS = 0.05
GRACE_SECONDS = 1.2

Asker = Callable[["subprocess.Popen[str]"], None]


@frozen
class Ended:
    """How the process ended. ``killed``: it did not end by itself, and its last words are missing."""

    returncode: int
    log: str
    killed: bool


def run_process(command: Sequence[str], folder: Path, limits: Limits, on_line: Callable[[str], None], *,
                ask: Asker | None = None, environment: Mapping[str, str] | None = None) -> Ended:
    """Run a command to its end, or until :meth:`Limits.stop`.

    The solver knows the time limit itself and gets a grace period to write its answer. On an interruption it is
    asked to stop (``ask``) and gets the same period; without a way to ask it is killed at once. It runs in a
    session of its own, so that Ctrl-C in a terminal reaches this program alone and the solver is stopped in order.

    Parameters
    ----------
    command, folder : what to run and where.
    on_line : receives each line of output, in the calling thread.
    ask : how this solver is asked to stop and hand over what it has.
    """
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    log: list[str] = []
    killed = False
    asked_at: float | None = None
    line: str | None = ""
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
                          start_new_session=True) as process:
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            while True:
                try:
                    line = lines.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    line = ""
                if line is None:
                    break
                if line:
                    log.append(line)
                    on_line(line)
                if asked_at is None and limits.stop():
                    asked_at = time.monotonic()
                    if ask is not None:
                        ask(process)
                    elif limits.stopped == "interrupted":
                        killed = True
                        process.kill()
                elif asked_at is not None and not killed and (
                        time.monotonic() - asked_at > GRACE_SECONDS
                        or (ask is None and limits.stopped == "interrupted")):
                    killed = True
                    process.kill()
        finally:
            if process.poll() is None and line is not None:
                process.kill()
            if process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join()
    return Ended(process.returncode, "".join(log), killed)


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)
