"""A local Dask cluster in a process of its own: ``python -m evenhand.executors.dask_host WORKERS FOLDER``.

Dask's own local cluster would live in the user's process: its workers import the user's script again, Ctrl-C reaches
them before the script has decided what it means, and one that is busy takes seconds to close. This one is told to
begin by its command line, writes its scheduler's address into FOLDER, and ends when its standard input does, however
the user's process may end.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

ADDRESS = "address"


def host(workers: int, folder: Path) -> None:
    """Hold the cluster up until the end of the standard input; its files go to ``folder``."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
                      local_directory=str(folder), silence_logs=logging.ERROR) as cluster:
        part = folder / f"{ADDRESS}.part"
        part.write_text(cluster.scheduler_address, encoding="utf-8")
        part.replace(folder / ADDRESS)
        sys.stdin.read()


if __name__ == "__main__":
    host(int(sys.argv[1]), Path(sys.argv[2]))
