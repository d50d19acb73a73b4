"""The core's own plugin: its solvers, registered through the hooks that any plugin uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evenhand.hookspecs import hookimpl


@hookimpl
def register_solvers(register: Callable[..., None]) -> None:
    from evenhand.solvers.annealing import Annealing
    from evenhand.solvers.auto import Auto
    from evenhand.solvers.highs import Highs
    from evenhand.solvers.hill_climb import HillClimb
    from evenhand.solvers.pyomo import pyomo_solvers

    for solver in (Auto(), Highs(), *pyomo_solvers(), Annealing(), HillClimb()):
        register(solver)


@hookimpl
def register_executors(register: Callable[[str, Callable[..., Any]], None]) -> None:
    from evenhand.executors import DaskExecutor, LocalExecutor

    register("local", LocalExecutor)
    register("dask", DaskExecutor)
