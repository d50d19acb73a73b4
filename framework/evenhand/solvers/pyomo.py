"""The solvers that are reached through Pyomo: SCIP, CBC, GLPK and Gurobi."""

from __future__ import annotations

from evenhand.solvers.pyomo_base import PyomoSolver
from evenhand.solvers.pyomo_cbc import Cbc
from evenhand.solvers.pyomo_glpk import Glpk
from evenhand.solvers.pyomo_library import Gurobi, Scip

__all__ = ["Cbc", "Glpk", "Gurobi", "PyomoSolver", "Scip", "pyomo_solvers"]


def pyomo_solvers() -> tuple[PyomoSolver, ...]:
    """One of each, installed or not: the registry says which can run."""
    return Scip(), Cbc(), Glpk(), Gurobi()
