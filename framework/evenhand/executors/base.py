"""Executor: runs independent pieces of work, in any order, and hands back each result with its position."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

# How often, in seconds, a waiting run looks whether it should stop.
PULSE = 0.1


class Executor(Protocol):
    """``function`` and every job must be picklable by the standard means (top-level function, plain data)."""

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any], stop: Callable[[], bool]
            ) -> Iterator[tuple[int, Any]]:
        """Yield ``(position of the job, result)`` as they finish; end early, leaving jobs out, once ``stop()``.

        Jobs running in other processes are abandoned at once; one running in this process is waited for. A job whose
        worker dies is run again, at the last in this process, so that a killed worker loses nothing. What a job
        raises is raised here, and the other jobs are abandoned.
        """
        ...


def run_here(function: Callable[[Any], Any], jobs: Sequence[Any], positions: Sequence[int], stop: Callable[[], bool]
             ) -> Iterator[tuple[int, Any]]:
    """The jobs at ``positions``, one after the other in this process."""
    for position in positions:
        if stop():
            return
        yield position, function(jobs[position])
