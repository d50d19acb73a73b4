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
    from evenhand.certificates import Certificate
    from evenhand.explaining import explain
    from evenhand.hookspecs import hookimpl
    from evenhand.model import Constraint, Domain, Formulation, Objective, Problem, Term, Violation
    from evenhand.results.verify import verify
    from evenhand.results.write import write
    from evenhand.shapes import Allocation, Assignment, Division, Selection
    from evenhand.solution import Candidate, Solution
    from evenhand.solving import problem, solve
    from evenhand.solvers.base import Limits, Solver
    from evenhand.tables import Column, TableSchema


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
