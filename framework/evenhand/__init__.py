"""Evenhand divides scarce public things fairly and proves how good the division is.

The public surface is loaded on first use, so that ``import evenhand`` costs nothing::

    import evenhand
    solution = evenhand.solve("spec.toml")
    problem = evenhand.problem("cep", schools=frame, max_groups=10, rates="2024-25/contiguous/standard")
    solution = evenhand.solve(problem, solver="highs")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "Allocation": "evenhand.shapes",
    "Assignment": "evenhand.shapes",
    "Division": "evenhand.shapes",
    "Selection": "evenhand.shapes",
    "Candidate": "evenhand.solution",
    "Certificate": "evenhand.certificates",
    "Column": "evenhand.tables",
    "Constraint": "evenhand.model",
    "Domain": "evenhand.model",
    "Formulation": "evenhand.model",
    "Limits": "evenhand.solvers.base",
    "Objective": "evenhand.model",
    "Problem": "evenhand.model",
    "Solution": "evenhand.solution",
    "Solver": "evenhand.solvers.base",
    "TableSchema": "evenhand.tables",
    "Term": "evenhand.model",
    "Violation": "evenhand.model",
    "explain": "evenhand.explaining",
    "hookimpl": "evenhand.hookspecs",
    "problem": "evenhand.solving",
    "solve": "evenhand.solving",
    "verify": "evenhand.results.verify",
    "write": "evenhand.results.write",
}

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from evenhand.certificates import Certificate as Certificate
    from evenhand.explaining import explain as explain
    from evenhand.hookspecs import hookimpl as hookimpl
    from evenhand.model import Constraint as Constraint
    from evenhand.model import Domain as Domain
    from evenhand.model import Formulation as Formulation
    from evenhand.model import Objective as Objective
    from evenhand.model import Problem as Problem
    from evenhand.model import Term as Term
    from evenhand.model import Violation as Violation
    from evenhand.results.verify import verify as verify
    from evenhand.results.write import write as write
    from evenhand.shapes import Allocation as Allocation
    from evenhand.shapes import Assignment as Assignment
    from evenhand.shapes import Division as Division
    from evenhand.shapes import Selection as Selection
    from evenhand.solution import Candidate as Candidate
    from evenhand.solution import Solution as Solution
    from evenhand.solvers.base import Limits as Limits
    from evenhand.solvers.base import Solver as Solver
    from evenhand.solving import problem as problem
    from evenhand.solving import solve as solve
    from evenhand.tables import Column as Column
    from evenhand.tables import TableSchema as TableSchema


def __getattr__(name: str) -> Any:
    try:
        module = _PUBLIC[name]
    except KeyError:
        raise AttributeError(f"module 'evenhand' has no attribute {name!r}") from None
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
