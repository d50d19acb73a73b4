"""The trees that the search covers, as functions of sums over ANDs of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as Choice
from typing import TypeAlias

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.literals.feature import Mask
from evenhand_tiebreaker.literals.rule import Rule
from evenhand_tiebreaker.literals.search.axes import Axis
from evenhand_tiebreaker.literals.tree import All, AnyOf, Node

Kind: TypeAlias = Choice["one", "all", "any", "all_any", "any_all"]


@frozen
class Family:
    """All rules of one shape over given axes; only the numbers of the literals differ.

    ``all_any`` is "head and (b or c)", ``any_all`` is "head or (b and c)"; ``head`` is a position in ``axes``.
    ``order`` is the place of the family among all of the search: it decides between equally good rules.
    """

    kind: Kind
    axes: tuple[int, ...]
    order: int
    head: int = 0

    def rule(self, axes: Sequence[Axis], numbers: Sequence[int]) -> Rule:
        """The rule with these numbers of literals."""
        parts: list[Node] = [axes[a].literal(i).node() for a, i in zip(self.axes, numbers, strict=True)]
        if self.kind == "one":
            return Rule(parts[0])
        if self.kind == "all":
            return Rule(All(tuple(parts)))
        if self.kind == "any":
            return Rule(AnyOf(tuple(parts)))
        head, rest = parts[self.head], tuple(parts[: self.head] + parts[self.head + 1 :])
        return Rule(All((head, AnyOf(rest))) if self.kind == "all_any" else AnyOf((head, All(rest))))

    def chosen(self, axes: Sequence[Axis], numbers: Sequence[int]) -> Mask:
        """The eligible blocks that satisfy the rule: shape (m,)."""
        masks = [axes[a].coordinates >= i for a, i in zip(self.axes, numbers, strict=True)]
        if self.kind in ("one", "all"):
            return np.logical_and.reduce(masks)
        if self.kind == "any":
            return np.logical_or.reduce(masks)
        head, rest = masks[self.head], masks[: self.head] + masks[self.head + 1 :]
        if self.kind == "all_any":
            return head & np.logical_or.reduce(rest)
        return head | np.logical_and.reduce(rest)
