"""``glpk``: the command ``glpsol``, its log and its raw solution file (GLPK reference manual, glp_write_mip)."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from attrs import frozen

from evenhand.solvers.options import Option, described, switch
from evenhand.solvers.pyomo_base import FORMULATION, PyomoSolver
from evenhand.solvers.pyomo_process import Ended, run_process
from evenhand.solvers.pyomo_status import Job, Outcome, Status, printed_bound

# glpsol drops a node unless it promises this much (relative) over the incumbent: its "optimal" is that fine.
PRUNING = 1e-7
ALLOWED: Mapping[str, Option] = {
    "cuts": switch("generate all kinds of cutting planes"),
    "feasibility_pump": switch("look for a first answer by the feasibility pump"),
}

_PROGRESS = re.compile(r"mip = +(?P<value>\S+|not found yet) +>= +(?P<bound>\S+|tree is empty)\s")
_INFEASIBLE = re.compile(r"^(PROBLEM|LP) HAS NO (PRIMAL |INTEGER )?FEASIBLE SOLUTION", re.MULTILINE)
_UNBOUNDED = re.compile(r"HAS UNBOUNDED (PRIMAL )?SOLUTION")
_UNCLEAR = re.compile(r"HAS NO (DUAL FEASIBLE|FEASIBLE PRIMAL/DUAL) SOLUTION")
_VERSION = re.compile(r"LP/MIP Solver (\S+)")


@frozen
class Glpk(PyomoSolver):
    """GLPK is deterministic: it takes no seed. Interrupted from outside it hands over nothing."""

    name: ClassVar[str] = "glpk"
    doc: ClassVar[str] = "GLPK through Pyomo: small linear and integer models"
    allowed: ClassVar[Mapping[str, Option]] = ALLOWED
    options: ClassVar[Mapping[str, str]] = described({**ALLOWED, **FORMULATION})

    def missing(self) -> str | None:
        if shutil.which("glpsol") is not None:
            return None
        return ("glpk: the command glpsol is not on the PATH. Install GLPK: Debian and Ubuntu package glpk-utils, "
                "Fedora glpk-utils, Homebrew and conda-forge glpk")

    def run(self, job: Job) -> Outcome:
        raw, columns = job.folder / "answer.raw", job.folder / "model.glp"
        command = ["glpsol", "--cpxlp", job.model.name, "--write", raw.name, "--wglp", columns.name,
                   "--mipgap", repr(job.gap)]
        if job.seconds is not None:
            command += ["--tmlim", str(max(1, int(job.seconds)))]  # whole seconds only
        if job.options.get("cuts"):
            command.append("--cuts")
        if job.options.get("feasibility_pump"):
            command.append("--fpump")
        last: dict[str, float] = {}

        def on_line(line: str) -> None:
            if (found := _PROGRESS.search(line)) is None:
                return
            bound = printed_bound(found["bound"])
            if bound is not None:
                last["bound"] = max(bound, last.get("bound", -math.inf))
            job.report(None if found["value"].startswith("not") else float(found["value"]), last.get("bound"))

        ended = run_process(command, job.folder, job.limits, on_line)
        return _outcome(ended, raw, columns, last.get("bound"))


def _outcome(ended: Ended, raw: Path, columns: Path, bound: float | None) -> Outcome:
    version = (_VERSION.search(ended.log) or [None, ""])[1] or ""
    if ended.killed or ended.returncode != 0 or not raw.exists():
        notice = ("glpk was stopped before it could write its best answer down." if ended.killed else
                  f"glpk ended with code {ended.returncode}: {_tail(ended.log)}")
        return Outcome("no_solution", bound=bound, version=version, notices=(notice,))
    if _INFEASIBLE.search(ended.log):
        return Outcome("infeasible", version=version)
    if _UNBOUNDED.search(ended.log):
        return Outcome("unbounded", version=version)
    if _UNCLEAR.search(ended.log):
        return Outcome("no_solution", version=version,
                       notices=("glpk found the model infeasible or unbounded, and could not say which.",))
    head, values = _raw_solution(raw)
    # "s bas rows columns primal dual objective" or "s mip rows columns status objective"
    whole = head[1] == "mip"
    solved = head[4] == "o" if whole else head[4:6] == ["f", "f"]
    status: Status = "optimal" if solved else "feasible" if whole and head[4] == "f" else "no_solution"
    if status == "no_solution":
        notices = () if "TIME LIMIT" in ended.log else (f"glpk ended without an answer: {_tail(ended.log)}",)
        return Outcome(status, bound=bound, version=version, notices=notices)
    if status == "optimal":
        objective = float(head[-1])
        bound = objective - PRUNING * (1.0 + abs(objective))
    names = _column_names(columns)
    return Outcome(status, {names[column]: value for column, value in values.items()}, bound, version)


def _raw_solution(path: Path) -> tuple[list[str], dict[int, float]]:
    """The status line and the values by column number."""
    head: list[str] = []
    values: dict[int, float] = {}
    place = 2
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["s"]:
            head = words
            place = 2 if words[1] == "mip" else 3  # a basic solution gives the column's state before its value
        elif words[:1] == ["j"]:
            values[int(words[1])] = float(words[place])
    return head, values


def _column_names(path: Path) -> dict[int, str]:
    """Names by column number, from glpsol's own copy of the model: ``n j 3 x7``."""
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {int(words[2]): words[3] for words in lines if words[:2] == ["n", "j"]}


def _tail(log: str) -> str:
    return " ".join(log.split()[-25:])
