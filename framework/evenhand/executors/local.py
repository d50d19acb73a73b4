"""The local executor: this process for one worker, fresh processes for more."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from attrs import frozen


def _ignore_interrupt() -> None:
    # Ctrl-C goes to the whole terminal group; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@frozen
class LocalExecutor:
    """Up to ``workers`` processes, started afresh (not forked: solvers' threads do not survive a fork)."""

    workers: int = 1

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any], stop: Callable[[], bool]
            ) -> Iterator[tuple[int, Any]]:
        if self.workers <= 1 or len(jobs) <= 1:
            for position, job in enumerate(jobs):
                if stop():
                    return
                yield position, function(job)
            return
        yield from self._in_processes(function, jobs, stop)

    def _in_processes(self, function: Callable[[Any], Any], jobs: Sequence[Any], stop: Callable[[], bool]
                      ) -> Iterator[tuple[int, Any]]:
        lost: list[int] = []
        done: set[int] = set()
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(min(self.workers, len(jobs)), context, _ignore_interrupt)
        try:
            pending: dict[Future[Any], int] = {pool.submit(function, job): i for i, job in enumerate(jobs)}
            while pending and not stop():
                finished, _ = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in finished:
                    position = pending.pop(future)
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        lost.append(position)
                    else:
                        done.add(position)
                        yield position, result
        except BrokenProcessPool:  # a worker died while jobs were still being handed in
            lost = [position for position in range(len(jobs)) if position not in done]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        for position in sorted(lost):
            if stop():
                return
            yield position, function(jobs[position])
