"""The rules a district can set, and the laws that a kind of selection brings."""

from evenhand_tiebreaker.rules.budget import Budget
from evenhand_tiebreaker.rules.floors import GroupFloor, NeighborhoodFloor
from evenhand_tiebreaker.rules.listed import Forbid, Pin
from evenhand_tiebreaker.rules.neighbouring import NoIsolatedBlock, ZonesAtMost
from evenhand_tiebreaker.rules.robust import RobustBudget

RULES = (Budget, NeighborhoodFloor, GroupFloor, NoIsolatedBlock, ZonesAtMost, RobustBudget, Pin, Forbid)

__all__ = ["RULES", "Budget", "Forbid", "GroupFloor", "NeighborhoodFloor", "NoIsolatedBlock", "Pin", "RobustBudget",
           "ZonesAtMost"]
