"""A rule one can publish: an and/or tree of one-sided comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from attrs import frozen

from evenhand_tiebreaker.literals.evaluation import evaluate
from evenhand_tiebreaker.literals.feature import Feature, Mask
from evenhand_tiebreaker.literals.tree import All, AnyOf, Compare, Holds, Node, Not, form, parse
from evenhand_tiebreaker.literals.wording import words


@frozen
class Literal:
    """``feature ≥ threshold`` or, with ``at_least=False``, ``feature ≤ threshold``."""

    feature: str
    threshold: Fraction
    at_least: bool = True
    boolean: bool = False

    def node(self) -> Node:
        """As a leaf of a tree: a boolean feature is named alone, or denied."""
        if self.boolean and self.at_least and self.threshold == 1:
            return Holds(self.feature)
        if self.boolean and not self.at_least and self.threshold == 0:
            return Not(Holds(self.feature))
        side = "at_least" if self.at_least else "at_most"
        return Compare(self.feature, **{side: self.threshold})

    def holds(self, feature: Feature) -> Mask:
        """Shape (n,): the blocks that satisfy it."""
        return feature.at_least(self.threshold) if self.at_least else feature.at_most(self.threshold)

    @property
    def text(self) -> str:
        return words(self.node())


@frozen
class Rule:
    """An and/or tree of literals. Written in the form of ``eligibility``, so it can be pasted into a spec."""

    node: Node

    def __attrs_post_init__(self) -> None:
        literals_of(self.node)

    @classmethod
    def from_form(cls, value: object) -> Rule:
        """Read a rule from the form of a spec.

        Raises
        ------
        ValueError
            Faults of the tree, or a tree that is no and/or of one-sided comparisons.
        """
        node, troubles = parse(value, "rule")
        if node is None:
            raise ValueError("; ".join(f"{path}: {message}" for path, message, _ in troubles))
        return cls(node)

    @property
    def literals(self) -> tuple[Literal, ...]:
        """The literals in the order written; an interval is two."""
        return literals_of(self.node)

    @property
    def text(self) -> str:
        """One English phrase with exact thresholds."""
        return words(self.node)

    def form(self) -> str | dict[str, Any]:
        """The rule as a spec writes it."""
        return form(self.node)

    def evaluate(self, features: Mapping[str, Feature]) -> Mask:
        """Shape (n,): the blocks that satisfy the rule, eligible or not."""
        return evaluate(self.node, features)


def literals_of(node: Node) -> tuple[Literal, ...]:
    """The literals of an and/or tree, in the order written.

    Raises
    ------
    ValueError
        A ``not`` of more than one boolean feature, or ``equals``: no literal of a rule.
    """
    match node:
        case Holds(name):
            return (Literal(name, Fraction(1), boolean=True),)
        case Not(Holds(name)):
            return (Literal(name, Fraction(0), at_least=False, boolean=True),)
        case Compare(name, low, high, None):
            lows = () if low is None else (Literal(name, low),)
            highs = () if high is None else (Literal(name, high, at_least=False),)
            return (*lows, *highs)
        case All(parts) | AnyOf(parts):
            return tuple(literal for part in parts for literal in literals_of(part))
        case _:
            raise ValueError(f"{words(node)!r} is no rule of comparisons with at_least and at_most")
