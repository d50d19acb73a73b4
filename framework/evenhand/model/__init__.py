"""The words of the core: Domain, Problem, Objective, Term, Constraint, Formulation."""

from evenhand.model.constraint import Constraint, Violation
from evenhand.model.domain import Domain
from evenhand.model.formulation import Build, Built, Formulation, shape_variables
from evenhand.model.objective import Objective, Weighted, WeightedTerm
from evenhand.model.problem import Problem
from evenhand.model.term import Sense, Term
from evenhand.model.tracker import Move, Tracker
from evenhand.model.view import Figure, Sheet, View

__all__ = [
    "Build", "Built", "Constraint", "Domain", "Figure", "Formulation", "Move", "Objective", "Problem", "Sense",
    "Sheet", "Term", "Tracker", "View", "Violation", "Weighted", "WeightedTerm", "shape_variables",
]
