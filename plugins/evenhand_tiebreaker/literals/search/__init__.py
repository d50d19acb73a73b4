"""Search for the best rule of thresholds."""

from __future__ import annotations

from evenhand_tiebreaker.literals.search.answer import RuleAnswer, Step, TieSplit
from evenhand_tiebreaker.literals.search.best import best_rule
from evenhand_tiebreaker.literals.search.count import count_rules

__all__ = ["RuleAnswer", "Step", "TieSplit", "best_rule", "count_rules"]
