"""``cbc``: the command ``cbc``, its log, its text solution (names) and its binary solution (every digit)."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from attrs import frozen

from evenhand.solvers.options import Option, count, described, switch
from evenhand.solvers.pyomo_base import FORMULATION, PyomoSolver
from evenhand.solvers.pyomo_process import Ended, run_process
from evenhand.solvers.pyomo_status import Job, Outcome, finite, printed_bound

# CBC takes a new answer only if it is better by its increment (1e-5) and prunes with relative tolerance 1e-7.
INCREMENT, PRUNING = 1e-5, 1e-7
# Its messages print numbers with %g, which has no fewer digits than these.
DIGITS = 6
ALLOWED: Mapping[str, Option] = {
    "node_limit": count("stop after so many nodes", 1),
    "cuts": switch("generate cutting planes"),
    "heuristics": switch("use heuristics"),
}

_NODES = re.compile(r"Cbc0010I After .* on tree, (?P<value>\S+) best solution, best possible (?P<bound>\S+) ")
_FOUND = re.compile(r"Integer solution of (?P<value>\S+) found")
_POSSIBLE = re.compile(r"\(best possible (?P<bound>[^\s)]+)\)|^Lower bound: +(?P<lower>\S+)", re.MULTILINE)
_VERSION = re.compile(r"^Version: (\S+)", re.MULTILINE)


@frozen
class Cbc(PyomoSolver):
    """COIN-OR CBC. The bound is taken from its final report only: its log calls a search that ended at the gap
    "completed" as well, so "completed" alone proves nothing (seen with 2.10.8)."""

    name: ClassVar[str] = "cbc"
    doc: ClassVar[str] = "COIN-OR CBC through Pyomo: linear and integer models"
    allowed: ClassVar[Mapping[str, Option]] = ALLOWED
    options: ClassVar[Mapping[str, str]] = described({**ALLOWED, **FORMULATION})

    def missing(self) -> str | None:
        if shutil.which("cbc") is not None:
            return None
        return ("cbc: the command cbc is not on the PATH. Install it: Debian and Ubuntu package coinor-cbc, Fedora "
                "coin-or-Cbc, Homebrew cbc, conda-forge coin-or-cbc")

    def run(self, job: Job) -> Outcome:
        text, binary = job.folder / "answer.txt", job.folder / "answer.bin"
        command = ["cbc", "-ratioGap", repr(job.gap), "-allowableGap", "0",
                   "-randomSeed", str(job.seed), "-randomCbcSeed", str(job.seed)]
        if job.seconds is not None:
            command += ["-sec", f"{job.seconds:.3f}", "-timeMode", "elapsed"]
        if "node_limit" in job.options:
            command += ["-maxNodes", str(job.options["node_limit"])]
        for option, flag in (("cuts", "-cuts"), ("heuristics", "-heur")):
            if option in job.options:
                command += [flag, "on" if job.options[option] else "off"]
        command += ["-printingOptions", "all", "-import", job.model.name, "-solve", "-solu", text.name,
                    "-saveSolution", binary.name]

        def on_line(line: str) -> None:
            if (found := _NODES.search(line)) is not None:
                job.report(finite(float(found["value"])), printed_bound(found["bound"], DIGITS))
            elif (found := _FOUND.search(line)) is not None:
                job.report(finite(float(found["value"])), None)

        return _outcome(run_process(command, job.folder, job.limits, on_line, ask=_interrupt), text, binary)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """CBC ends in order at SIGINT and still writes its answer; elsewhere there is no such signal."""
    if os.name == "posix":
        process.send_signal(signal.SIGINT)
    else:
        process.kill()


def _outcome(ended: Ended, text: Path, binary: Path) -> Outcome:
    version = (_VERSION.search(ended.log) or [None, ""])[1] or ""
    if not text.exists() or not binary.exists():
        notice = ("cbc was stopped before it could write its best answer down." if ended.killed else
                  f"cbc ended with code {ended.returncode}: {' '.join(ended.log.split()[-25:])}")
        return Outcome("no_solution", version=version, notices=(notice,))
    head = text.read_text(encoding="utf-8").partition("\n")[0]
    searched = "Result - " in ended.log
    if head.startswith(("Infeasible", "Integer infeasible")):
        # "infeasible or unbounded" is a proof only if the relaxation had an optimum.
        if "infeasible or unbounded" in ended.log and "Continuous objective value is" not in ended.log:
            return Outcome("no_solution", version=version,
                           notices=("cbc found the model infeasible or unbounded, and could not say which.",))
        return Outcome("infeasible", version=version)
    if head.startswith("Unbounded"):
        return Outcome("unbounded", version=version)
    claimed = [printed_bound(found["bound"], DIGITS) if found["bound"] else printed_bound(found["lower"])
               for found in _POSSIBLE.finditer(ended.log)]
    bounds = [bound for bound in claimed if bound is not None]
    bound = max(bounds) if bounds else None
    if head.startswith("Optimal"):
        objective, values = _values(text, binary)
        if "within gap tolerance" in ended.log or "Exiting as integer gap" in ended.log:
            return Outcome("feasible", values, bound, version)
        return Outcome("optimal", values, objective - INCREMENT - PRUNING * abs(objective), version)
    # A linear program that was cut short has values that keep no row, and so has a search without an answer.
    if head.startswith("Stopped") and searched and "no integer solution" not in head and \
            "No feasible solution found" not in ended.log:
        return Outcome("feasible", _values(text, binary)[1], bound, version)
    return Outcome("no_solution", bound=bound, version=version, notices=(f"cbc ended with the words {head!r}.",))


def _values(text: Path, binary: Path) -> tuple[float, dict[str, float]]:
    """Objective and values by name. The text rounds to 8 digits, so it only gives the names, in column order.

    Binary form (option ``saveSolution``): rows and columns as 4-byte integers, then doubles: objective, row
    activities, row duals, column values, reduced costs.
    """
    raw = binary.read_bytes()
    rows, columns = struct.unpack_from("=ii", raw)
    numbers = np.frombuffer(raw, dtype=np.float64, offset=8)
    lines = text.read_text(encoding="utf-8").splitlines()[1:]
    names = [line.replace("**", " ").split()[1] for line in lines[rows:rows + columns]]
    if len(names) != columns or len(numbers) != 1 + 2 * (rows + columns):
        return math.nan, {}
    values = numbers[1 + 2 * rows:1 + 2 * rows + columns]
    return float(numbers[0]), dict(zip(names, values.tolist(), strict=True))
