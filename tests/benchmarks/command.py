"""A whole ``evenhand`` command in a process of its own: its time, its largest memory, and what it answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.benchmarks.rows import Took

_START = """
import os, sys
from pathlib import Path
from evenhand.cli import main

code = main()
status = Path("/proc/self/status")
if status.exists():
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    Path(os.environ["EVENHAND_PEAK"]).write_text(peak.split()[1])
sys.exit(code)
"""
# One core is one core: no idle threads of the linear algebra beside the work.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def _surroundings() -> dict[str, str]:
    """Like an installed package: byte code and compiled kernels are kept after the first run."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **_ONE_THREAD}


@frozen
class Ran:
    """Time of the command with all processes it waited for; ``megabytes`` is the most its own process held."""

    took: Took
    megabytes: float


def run(*arguments: str | Path) -> Ran:
    """Run ``evenhand ARGUMENTS``.

    Raises
    ------
    RuntimeError
        The command did not end with 0.
    """
    command = [sys.executable, "-c", _START, *map(str, arguments)]
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        peak = Path(folder) / "peak"
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                 env={**_surroundings(), "EVENHAND_PEAK": str(peak)})
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise RuntimeError(f"evenhand {' '.join(map(str, arguments))} ended with {child.returncode}")
        # On Linux what getrusage says of a child is at least what this process held when it started the child.
        most = float(peak.read_text()) * 1024 if peak.exists() else float(usage.ru_maxrss)
    return Ran(Took(seconds, usage.ru_utime + usage.ru_stime), most / 1e6)


def solved(spec: Path, *more: str) -> tuple[Ran, dict[str, Any]]:
    """``evenhand solve`` into the folder ``out`` beside the spec: the run, and its result.json."""
    out = spec.parent / "out"
    ran = run("solve", spec, "--out", out, "--force", *more)
    return ran, json.loads((out / "result.json").read_text(encoding="utf-8"))


def verified_gap(result: dict[str, Any]) -> float:
    """Distance of the value from the bound that can be recomputed, as a share of the value; inf without one."""
    value, bound = result["value"], result["verified_bound"]
    return float("inf") if value is None or bound is None else abs(bound - value) / abs(value)
