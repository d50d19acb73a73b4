"""The three shapes of an allocation: Assignment, Selection, Division."""

from evenhand.shapes.assignment import OUTSIDE, Assignment
from evenhand.shapes.base import Allocation, Shape
from evenhand.shapes.division import Division
from evenhand.shapes.selection import Selection

__all__ = ["OUTSIDE", "Allocation", "Assignment", "Division", "Selection", "Shape"]
