"""Jobs for executors: top-level functions of plain data, in a module that a worker imports quickly."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(x: int) -> int:
    return x * x


def linger(folder: str) -> None:
    """Say who is at work, then be at it for far longer than any test."""
    Path(folder, str(os.getpid())).touch()
    time.sleep(3600)


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def die_once(job: tuple[str, int]) -> int:
    """``job``: a file that marks the one death, and a number; number 3 dies."""
    marker, number = Path(job[0]), job[1]
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_elsewhere(job: tuple[int, int]) -> int:
    """``job``: the one process that survives it, and a number; number 1 dies."""
    if job[1] == 1 and os.getpid() != job[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return job[1]


def refuse(number: int) -> int:
    if number == 2:
        raise LookupError(f"nothing known of {number}")
    return number
