"""The Dask executor: a cluster's workers, or a local cluster where none is named. Needs the extra ``dask``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from attrs import frozen

from evenhand.errors import SolverUnavailableError
from evenhand.executors.base import PULSE, run_here
from evenhand.executors.dask_host import ADDRESS


@frozen
class DaskExecutor:
    """Runs jobs on the scheduler at ``address`` (``tcp://...``), or on ``workers`` local processes.

    Without an ``address``, the environment variable ``DASK_SCHEDULER_ADDRESS`` names the scheduler, as it does for
    Dask itself. Local processes import nothing of the user's script, so that it needs no ``__main__`` guard.

    Raises
    ------
    SolverUnavailableError
        Dask is not installed, the scheduler does not answer, or a local cluster cannot be started.
    """

    workers: int = 1
    address: str | None = None

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any], stop: Callable[[], bool]
            ) -> Iterator[tuple[int, Any]]:
        """See :class:`evenhand.executors.base.Executor`; Dask itself tries a lost worker's jobs again first."""
        if not jobs:
            return
        try:
            from distributed import KilledWorker
        except ImportError:
            raise SolverUnavailableError("Dask is not installed: pip install 'evenhand[dask]'") from None
        lost: list[int] = []
        finished: SimpleQueue[Any] = SimpleQueue()
        with self._client(len(jobs), stop) as client:
            if client is None:
                return
            # pure=False: two equal jobs are two jobs, each with its own result.
            pending = {client.submit(function, job, pure=False): position for position, job in enumerate(jobs)}
            for future in pending:
                future.add_done_callback(finished.put)
            while pending and not stop():
                try:
                    future = finished.get(timeout=PULSE)
                except Empty:
                    continue
                position = pending.pop(future)
                try:
                    result = future.result()
                except (KilledWorker, CancelledError):  # its workers died time and again, or the scheduler is gone
                    lost.append(position)
                else:
                    yield position, result
            client.cancel(list(pending))
        yield from run_here(function, jobs, sorted(lost), stop)

    @contextmanager
    def _client(self, jobs: int, stop: Callable[[], bool]) -> Iterator[Any]:
        """A connection, or None if it was to stop before there was one."""
        address = self.address or os.environ.get("DASK_SCHEDULER_ADDRESS")
        if address:
            with _connected(address) as client:
                yield client
            return
        with _local_cluster(min(max(self.workers, 1), jobs), stop) as address:
            if not address:
                yield None
                return
            with _connected(address) as client:
                yield client


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    from distributed import Client

    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SolverUnavailableError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        yield client


@contextmanager
def _local_cluster(workers: int, stop: Callable[[], bool]) -> Iterator[str | None]:
    """The address of a cluster of our own; everything it writes is in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="evenhand-dask-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        told, log = folder / ADDRESS, folder / "log"
        paths = os.pathsep.join(filter(None, sys.path))
        with log.open("w", encoding="utf-8") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "evenhand.executors.dask_host", str(workers), name],
                env={**os.environ, "DASK_TEMPORARY_DIRECTORY": name, "PYTHONPATH": paths},
                stdin=subprocess.PIPE, stdout=said, stderr=said, start_new_session=True)
        try:
            while not told.exists() and process.poll() is None and not stop():
                time.sleep(PULSE)
            if process.poll() is not None:
                why = ["it said nothing", *log.read_text(encoding="utf-8", errors="replace").strip().splitlines()][-1]
                raise SolverUnavailableError(f"a local Dask cluster cannot be started: {why}")
            yield told.read_text(encoding="utf-8") if told.exists() else None
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once, with all its workers, whatever they are doing; multiprocessing's own helper survives to clean up."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.kill()
    process.communicate()
