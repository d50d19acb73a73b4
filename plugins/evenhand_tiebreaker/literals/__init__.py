"""Conditions on features of blocks: eligibility trees, rules of thresholds, and the search for the best rule."""

from __future__ import annotations

from evenhand_tiebreaker.literals.evaluation import blocks_missing, evaluate, not_boolean
from evenhand_tiebreaker.literals.feature import Feature
from evenhand_tiebreaker.literals.numbers import read_number
from evenhand_tiebreaker.literals.rule import Literal, Rule
from evenhand_tiebreaker.literals.search import RuleAnswer, best_rule
from evenhand_tiebreaker.literals.tree import All, AnyOf, Compare, Holds, Node, Not, form, names, parse
from evenhand_tiebreaker.literals.wording import words

__all__ = [
    "All",
    "AnyOf",
    "Compare",
    "Feature",
    "Holds",
    "Literal",
    "Node",
    "Not",
    "Rule",
    "RuleAnswer",
    "best_rule",
    "blocks_missing",
    "evaluate",
    "form",
    "names",
    "not_boolean",
    "parse",
    "read_number",
    "words",
]
