"""Minimize a model file with a solver library: the program that ``pyomo_library`` starts.

It imports nothing of Evenhand and is run by its path. It reads a task (JSON) named on the command line and writes one
JSON object per line: ``version``; ``value``, ``bound`` and ``values`` as they improve; at the end ``status`` with the
final ones, or ``error``. The end of its standard input tells it to stop.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from typing import Any

# A large answer is not worth sending more often than this; the last one always is.
SEND_SECONDS = 0.5
NO_NUMBER = 1e19


class Voice:
    """Writes the lines, sparing with repeated ones."""

    def __init__(self) -> None:
        self._last = {"answer": float("-inf"), "bound": float("-inf")}

    def say(self, **words: Any) -> None:
        for key in ("value", "bound"):
            if key in words and (words[key] is None or not abs(words[key]) < NO_NUMBER):
                del words[key]
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()

    def due(self, what: str) -> bool:
        """Whether enough time has passed since this kind of line was last due."""
        now = time.monotonic()
        if now - self._last[what] < SEND_SECONDS:
            return False
        self._last[what] = now
        return True


class Ear:
    """Knows when the standard input has ended."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while os.read(0, 4096):  # sys.stdin would hold a lock that the end of the program waits for
            pass
        self.stopped.set()


def solve_scip(task: dict[str, Any], voice: Voice, ear: Ear) -> None:
    """SCIP parameter names: SCIP documentation, "List of all SCIP parameters"."""
    scip = importlib.import_module("pyscipopt")
    model = scip.Model()
    model.hideOutput()
    voice.say(version=".".join(str(part) for part in (model.getMajorVersion(), model.getMinorVersion(),
                                                      model.getTechVersion())))
    model.readProblem(task["model"])
    emphasis = {"feasibility": "FEASIBILITY", "optimality": "OPTIMALITY", "numerics": "NUMERICS"}
    if (wanted := emphasis.get(task["options"].get("emphasis", "default"))) is not None:
        model.setEmphasis(getattr(scip.SCIP_PARAMEMPHASIS, wanted))
    parameters = {"limits/gap": task["gap"], "limits/absgap": 0.0, "lp/threads": 1, "parallel/maxnthreads": 1,
                  "randomization/randomseedshift": task["seed"], "misc/catchctrlc": False}
    if task["seconds"] is not None:
        parameters["limits/time"] = task["seconds"]
    if "node_limit" in task["options"]:
        parameters["limits/totalnodes"] = task["options"]["node_limit"]
    for name, value in parameters.items():
        model.setParam(name, value)
    variables = model.getVars()
    bounded = all(abs(v.getLbOriginal()) < NO_NUMBER and abs(v.getUbOriginal()) < NO_NUMBER for v in variables)

    def best() -> dict[str, float]:
        solution = model.getBestSol()
        return {variable.name: model.getSolVal(solution, variable) for variable in variables}

    class Watch(scip.Eventhdlr):  # type: ignore[name-defined, misc]
        def eventinit(self) -> None:
            self.model.catchEvent(scip.SCIP_EVENTTYPE.BESTSOLFOUND, self)
            self.model.catchEvent(scip.SCIP_EVENTTYPE.NODESOLVED, self)

        def eventexit(self) -> None:
            self.model.dropEvent(scip.SCIP_EVENTTYPE.BESTSOLFOUND, self)
            self.model.dropEvent(scip.SCIP_EVENTTYPE.NODESOLVED, self)

        def eventexec(self, event: Any) -> None:
            if event.getType() == scip.SCIP_EVENTTYPE.BESTSOLFOUND:
                if voice.due("answer"):
                    voice.say(values=best(), value=model.getSolObjVal(model.getBestSol()))
            elif voice.due("bound"):
                voice.say(bound=model.getDualbound())

    model.includeEventhdlr(Watch(), "evenhand", "reports progress")
    done = threading.Event()

    def stopper() -> None:
        ear.stopped.wait()
        while not done.wait(0.05):  # a request that comes before the search has begun is forgotten: repeat it
            model.interruptSolve()

    threading.Thread(target=stopper, daemon=True).start()
    model.optimizeNogil()  # the stopper needs the interpreter
    done.set()
    status = model.getStatus()
    if status == "inforunbd":
        # With every variable bounded it cannot be unbounded.
        status = "infeasible" if bounded else "unclear"
    if model.getNSols() and status not in ("infeasible", "unbounded", "unclear"):
        voice.say(status="optimal" if status == "optimal" else "stopped", values=best(),
                  value=model.getSolObjVal(model.getBestSol()), bound=model.getDualbound())
    elif status in ("infeasible", "unbounded", "unclear"):
        voice.say(status=status)
    else:
        voice.say(status="stopped", bound=model.getDualbound())


def solve_gurobi(task: dict[str, Any], voice: Voice, ear: Ear) -> None:
    """Parameter and attribute names: Gurobi reference manual."""
    gurobi = importlib.import_module("gurobipy")
    code = gurobi.GRB
    try:
        environment = gurobi.Env(empty=True)
        environment.setParam("OutputFlag", 0)
        environment.start()
        voice.say(version=".".join(str(part) for part in gurobi.gurobi.version()))
        model = gurobi.read(task["model"], environment)
        focus = {"feasibility": 1, "optimality": 2, "bound": 3}
        parameters = {"MIPGap": task["gap"], "MIPGapAbs": 0.0, "Threads": 1, "Seed": min(task["seed"], 2_000_000_000),
                      "MIPFocus": focus.get(task["options"].get("emphasis", "default"), 0)}
        if task["seconds"] is not None:
            parameters["TimeLimit"] = task["seconds"]
        if "node_limit" in task["options"]:
            parameters["NodeLimit"] = float(task["options"]["node_limit"])
        for name, value in parameters.items():
            model.setParam(name, value)
        variables = model.getVars()
        names = [variable.VarName for variable in variables]

        def watch(model: Any, where: int) -> None:
            if ear.stopped.is_set():
                model.terminate()
            if where == code.Callback.MIPSOL and voice.due("answer"):
                voice.say(values=dict(zip(names, model.cbGetSolution(variables), strict=True)),
                          value=model.cbGet(code.Callback.MIPSOL_OBJ))
            elif where == code.Callback.MIP and voice.due("bound"):
                voice.say(bound=model.cbGet(code.Callback.MIP_OBJBND))

        model.optimize(watch)
        if model.Status == code.INF_OR_UNBD:
            model.setParam("DualReductions", 0)
            model.optimize(watch)
        said = {code.INFEASIBLE: "infeasible", code.UNBOUNDED: "unbounded", code.INF_OR_UNBD: "unclear"}
        if model.Status in said:
            voice.say(status=said[model.Status])
        elif model.SolCount and (model.IsMIP or model.Status == code.OPTIMAL):
            voice.say(status="optimal" if model.Status == code.OPTIMAL else "stopped",
                      values=dict(zip(names, model.getAttr("X", variables), strict=True)), value=model.ObjVal,
                      bound=model.ObjBound if model.IsMIP else model.ObjVal)
        else:
            voice.say(status="stopped", bound=model.ObjBound if model.IsMIP else None)
    except gurobi.GurobiError as fault:
        voice.say(error=str(fault))


def main(path: str) -> None:
    """Do the task in a file."""
    with open(path, encoding="utf-8") as stream:
        task = json.load(stream)
    solve = {"scip": solve_scip, "gurobi": solve_gurobi}[task["solver"]]
    solve(task, Voice(), Ear())


if __name__ == "__main__":
    main(sys.argv[1])
