"""The problem in Pyomo: one binary column per eligible block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.model import Formulation, shape_variables
from evenhand_tiebreaker.rules import ZonesAtMost

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem

BLOCKS = Formulation("blocks", "exact", shape_variables, doc="one binary column per eligible block")
COMPONENTS = Formulation(
    "components", "relaxation", shape_variables,
    doc="zones counted by the connected components of the eligible blocks that they lie in: bounds, no answers")


def formulations(problem: TiebreakerProblem) -> tuple[Formulation, ...]:
    """Exact, but for connected zones, of which a linear model of this size can only be a relaxation."""
    return (COMPONENTS,) if any(isinstance(rule, ZonesAtMost) for rule in problem.constraints) else (BLOCKS,)
