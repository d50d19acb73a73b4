"""The local executor: this process for one worker, fresh processes for more."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from queue import Empty, SimpleQueue
from typing import Any

from attrs import frozen

from evenhand.executors.base import PULSE, run_here
from evenhand.executors.interrupts import deaf_children, ignore_interrupt

# A worker that dies takes its pool along. The jobs left get a second pool, and no third: one of them may be the cause.
POOLS = 2


@frozen
class LocalExecutor:
    """Up to ``workers`` processes, started afresh by loky: not forked (solvers' threads do not survive a fork), and
    without importing the user's script again, so that a script needs no ``__main__`` guard.
    """

    workers: int = 1

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any], stop: Callable[[], bool]
            ) -> Iterator[tuple[int, Any]]:
        """See :class:`evenhand.executors.base.Executor`."""
        left = list(range(len(jobs)))
        for _ in range(POOLS):
            if self.workers > 1 and len(left) > 1:
                left = yield from self._in_processes(function, jobs, left, stop)
        yield from run_here(function, jobs, left, stop)

    def _in_processes(self, function: Callable[[Any], Any], jobs: Sequence[Any], positions: Sequence[int],
                      stop: Callable[[], bool]) -> Generator[tuple[int, Any], None, list[int]]:
        """Returns the positions of the jobs that a dead worker took along."""
        from loky import ProcessPoolExecutor

        lost: list[int] = []
        pending: dict[Future[Any], int] = {}
        # Futures report themselves: asking thousands of them again and again took as long as the small jobs.
        finished: SimpleQueue[Future[Any]] = SimpleQueue()
        pool = ProcessPoolExecutor(min(self.workers, len(positions)), initializer=ignore_interrupt)
        try:
            with deaf_children():
                for position in positions:
                    try:
                        future = pool.submit(function, jobs[position])
                    except BrokenProcessPool:  # a worker died while jobs were still being handed in
                        lost.append(position)
                        continue
                    pending[future] = position
                    future.add_done_callback(finished.put)
            while pending and not stop():
                try:
                    future = finished.get(timeout=PULSE)
                except Empty:
                    continue
                position = pending.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    lost.append(position)
                else:
                    yield position, result
        finally:
            pool.shutdown(wait=False, kill_workers=True)
        return sorted(lost)
