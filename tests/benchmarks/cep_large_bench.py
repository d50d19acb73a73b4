"""One problem of very many made-up schools: time, memory and gap of the whole command.

    python -m tests.benchmarks cep_large
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks import command
from tests.benchmarks.data import spec, synthetic
from tests.benchmarks.rows import Row, Yardstick, show, yardstick

# (schools, gap, seconds) to be reached.
TARGETS = ((10_000, 2e-5, 20.0), (100_000, 1e-4, 60.0))
MEGABYTES = 2000.0


def rows(unit: Yardstick, folder: Path) -> Iterable[Row]:
    for count, gap, seconds in TARGETS:
        schools = synthetic(count)
        path = spec(folder / str(count), schools, gap=gap, time_limit=seconds, max_groups=10, min_isp=0.40)
        ran, result = command.solved(path)
        size = f"{schools.size}, made up"
        yield unit.row("one problem: whole command", size, ran.took.seconds, "s", took=ran.took, most=seconds)
        yield unit.row("one problem: verified gap", size, command.verified_gap(result), "of the value", most=gap)
        yield unit.row("one problem: largest memory", size, ran.megabytes, "MB", most=MEGABYTES)
        ran = command.run("verify", path.parent / "out")
        yield unit.row("one problem: verify", size, ran.took.seconds, "s", took=ran.took)


def main() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return list(rows(yardstick(), Path(folder)))


if __name__ == "__main__":
    show(main(), "Very many schools")
