"""How long a user waits before anything happens: importing the library, and the help of the command.

    python -m tests.benchmarks startup
"""

from __future__ import annotations

import subprocess
import sys
import time

from tests.benchmarks import command
from tests.benchmarks.rows import Row, show, yardstick

ROUNDS = 9
_IMPORT = "import time; start = time.perf_counter(); import evenhand; print(time.perf_counter() - start)"


def best_import() -> float:
    """Milliseconds of ``import evenhand`` in a fresh interpreter, the interpreter's own start left out."""
    done = [subprocess.run([sys.executable, "-c", _IMPORT], check=True, capture_output=True, text=True).stdout
            for _ in range(ROUNDS)]
    return 1000 * min(map(float, done))


def best_python() -> float:
    """Milliseconds of an interpreter that does nothing."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        found.append(time.perf_counter() - start)
    return 1000 * min(found)


def main() -> list[Row]:
    unit = yardstick()
    helped = min((command.run("--help").took for _ in range(ROUNDS)), key=lambda took: took.seconds)
    size = f"best of {ROUNDS}"  # other work on the machine only ever makes a start slower
    return [unit.row("import evenhand", size, best_import(), "ms", most=150.0),
            unit.row("evenhand --help, from start to end", size, 1000 * helped.seconds, "ms", took=helped, most=400.0),
            unit.row("a Python that does nothing, for comparison", size, best_python(), "ms")]


if __name__ == "__main__":
    show(main(), "Starting")
