"""Which blocks satisfy a tree of conditions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from evenhand_tiebreaker.literals.feature import Feature, Ints, Mask
from evenhand_tiebreaker.literals.tree import All, AnyOf, Compare, Holds, Node, Not, bare_names

_ZERO, _ONE = Fraction(0), Fraction(1)


def evaluate(node: Node, features: Mapping[str, Feature]) -> Mask:
    """Return the blocks that satisfy ``node``: shape (n,).

    A condition on a missing value is neither true nor false (Kleene 1938, strong three-valued logic), and a block
    must satisfy the tree for certain. So nobody qualifies because a number is missing, not even under ``not``.

    Raises
    ------
    KeyError
        A feature that is not given; :func:`evenhand_tiebreaker.literals.tree.names` lists those needed.
    ValueError
        A feature named alone that is not boolean.
    """
    return _both(node, features)[0]


def _both(node: Node, features: Mapping[str, Feature]) -> tuple[Mask, Mask]:
    """Blocks for which the node is certainly true, and certainly false."""
    match node:
        case Holds(name):
            feature = features[name]
            if not feature.boolean:
                raise ValueError(f"{name} is not a boolean feature and cannot be named alone")
            return feature.at_least(_ONE), feature.at_most(_ZERO)
        case Compare():
            return _compared(node, features[node.feature])
        case Not(part):
            true, false = _both(part, features)
            return false, true
        case All(parts):
            trues, falses = zip(*(_both(part, features) for part in parts), strict=True)
            return np.logical_and.reduce(trues), np.logical_or.reduce(falses)
        case AnyOf(parts):
            trues, falses = zip(*(_both(part, features) for part in parts), strict=True)
            return np.logical_or.reduce(trues), np.logical_and.reduce(falses)


def _compared(node: Compare, feature: Feature) -> tuple[Mask, Mask]:
    known = ~feature.missing
    true = known.copy()
    if node.at_least is not None:
        true &= feature.at_least(node.at_least)
    if node.at_most is not None:
        true &= feature.at_most(node.at_most)
    if node.equals is not None:
        true &= feature.equals(node.equals)
    return true, known & ~true


def not_boolean(node: Node, features: Mapping[str, Feature]) -> tuple[str, ...]:
    """Features named alone whose column is not boolean."""
    return tuple(name for name in bare_names(node) if not features[name].boolean)


def blocks_missing(node: Node, features: Mapping[str, Feature]) -> dict[str, Ints]:
    """For each boolean feature named alone that has gaps: the positions of the blocks without a value."""
    found = {name: np.flatnonzero(features[name].missing) for name in bare_names(node)}
    return {name: blocks for name, blocks in found.items() if blocks.size}
