"""``scip`` and ``gurobi``: solvers that come as Python packages, run by a process of their own.

Pyomo's own interface to SCIP (``scip_direct``) works, but it redirects the program's standard output while it
solves, cannot be stopped from outside, and holds the interpreter. A process of its own has none of these faults and
can always be ended. The model still comes from Pyomo; see ``pyomo_child.py`` for the other end.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from evenhand.errors import SolverUnavailableError
from evenhand.solvers.options import Option, count, described, word
from evenhand.solvers.pyomo_base import FORMULATION, PyomoSolver
from evenhand.solvers.pyomo_process import run_process
from evenhand.solvers.pyomo_status import Job, Outcome, Status, finite

_SCIP: Mapping[str, Option] = {
    "node_limit": count("stop after so many nodes", 1),
    "emphasis": word("what the search cares for", "default", "feasibility", "optimality", "numerics"),
}
_GUROBI: Mapping[str, Option] = {
    "node_limit": count("stop after so many nodes", 1),
    "emphasis": word("what the search cares for", "default", "feasibility", "optimality", "bound"),
}


@frozen
class LibrarySolver(PyomoSolver):
    """A solver in a Python package: ``package`` is what must be importable."""

    quadratic: ClassVar[bool] = True
    package: ClassVar[str]
    cure: ClassVar[str]

    def missing(self) -> str | None:
        if importlib.util.find_spec(self.package) is not None:
            return None
        return f"{self.name}: the Python package {self.package} is not installed. {self.cure}"

    def run(self, job: Job) -> Outcome:
        task = {"solver": self.name, "model": str(job.model), "seconds": job.seconds, "gap": job.gap,
                "seed": job.seed, "options": dict(job.options)}
        (job.folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
        said = _Said(job)
        # -P: the folder of the script holds a module named like Pyomo and must stay off the path.
        ended = run_process([sys.executable, "-P", str(Path(__file__).with_name("pyomo_child.py")), "task.json"],
                            job.folder, job.limits, said.hear, ask=_close_input,
                            environment={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
        if said.error:
            raise SolverUnavailableError(f"{self.name} refuses to work: {said.error}. {self.cure}")
        return said.outcome(self.name, ended.killed, ended.returncode)


@frozen
class Scip(LibrarySolver):
    """SCIP by way of PySCIPOpt."""

    name: ClassVar[str] = "scip"
    doc: ClassVar[str] = "SCIP through Pyomo: linear, integer and quadratic models"
    package: ClassVar[str] = "pyscipopt"
    cure: ClassVar[str] = "Install it with: pip install 'evenhand[scip]'"
    allowed: ClassVar[Mapping[str, Option]] = _SCIP
    options: ClassVar[Mapping[str, str]] = described({**_SCIP, **FORMULATION})


@frozen
class Gurobi(LibrarySolver):
    """Gurobi by way of gurobipy."""

    name: ClassVar[str] = "gurobi"
    doc: ClassVar[str] = "Gurobi through Pyomo: linear, integer and quadratic models (commercial licence)"
    package: ClassVar[str] = "gurobipy"
    cure: ClassVar[str] = "Gurobi, its package gurobipy and a licence come from its vendor, Gurobi Optimization"
    allowed: ClassVar[Mapping[str, Option]] = _GUROBI
    options: ClassVar[Mapping[str, str]] = described({**_GUROBI, **FORMULATION})


class _Said:
    """What the child process said so far, one JSON object a line; other lines are the library's own chatter."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._values: dict[str, float] | None = None
        self._bound: float | None = None
        self._version = ""
        self._status: str | None = None
        self._other: list[str] = []
        self.error = ""

    def hear(self, line: str) -> None:
        try:
            word: Any = json.loads(line)
        except json.JSONDecodeError:
            word = None
        if not isinstance(word, dict):
            self._other.append(line.strip())
            return
        self._version = word.get("version", self._version)
        self.error = word.get("error", self.error)
        self._status = word.get("status", self._status)
        self._values = word.get("values", self._values)
        value, bound = finite(word.get("value")), finite(word.get("bound"))
        if bound is not None:
            self._bound = bound
        if value is not None or bound is not None:
            self._job.report(value, bound)

    def outcome(self, name: str, killed: bool, code: int) -> Outcome:
        """The final word; or, if it never came, the best answer and bound said before."""
        notices: tuple[str, ...] = ()
        status = self._status
        if status is None:
            words = " ".join(" ".join(self._other).split()[-25:])
            notices = (f"{name} did not stop in time and was ended; its last reported answer is used." if killed else
                       f"{name} ended with code {code}: {words}",)
        settled: dict[str, Status] = {"infeasible": "infeasible", "unbounded": "unbounded"}
        if status in settled:
            return Outcome(settled[status], version=self._version)
        if status == "unclear":
            notices = (f"{name} found the model infeasible or unbounded, and could not say which.",)
        ended: Status = "no_solution" if self._values is None else "optimal" if status == "optimal" else "feasible"
        return Outcome(ended, self._values, self._bound, self._version, notices)


def _close_input(process: subprocess.Popen[str]) -> None:
    """The end of its input tells the child to stop; it sees the same end when this program dies."""
    if process.stdin is not None:
        process.stdin.close()
