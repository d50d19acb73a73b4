"""Literals that only split ties: the rule without them differs in blocks of one and the same value only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from evenhand_tiebreaker.literals.evaluation import evaluate
from evenhand_tiebreaker.literals.feature import Feature, Mask
from evenhand_tiebreaker.literals.rule import Literal, Rule, literals_of
from evenhand_tiebreaker.literals.search.answer import TieSplit
from evenhand_tiebreaker.literals.tree import All, AnyOf, Node


def tie_splits(rule: Rule, features: Mapping[str, Feature], eligible: Mask) -> tuple[TieSplit, ...]:
    """The literals of ``rule`` that only split ties of another one.

    Leaving a literal out adds blocks (from an "and") or removes some (from an "or"). If all these blocks have the same
    value of another literal's feature, and it is that literal's threshold or the value next to it among the eligible
    blocks, then the literal merely cuts through one group of equal blocks, which the threshold alone would keep whole.
    A group with nobody chosen beyond it is no tie at a threshold but all that the other literal lets in.
    """
    chosen = rule.evaluate(features) & eligible
    found = []
    for without, literal in _without_one(rule.node):
        changed = (evaluate(without, features) & eligible) ^ chosen
        for other in literals_of(without):
            feature = features[other.feature]
            if other.feature != literal.feature and _one_tie(feature, other, changed, chosen, eligible):
                found.append(TieSplit(literal, other))
                break
    return tuple(found)


def _one_tie(feature: Feature, literal: Literal, changed: Mask, chosen: Mask, eligible: Mask) -> bool:
    levels, ranks = feature.among(eligible)
    hit = np.unique(ranks[changed[eligible]])
    if len(hit) != 1 or hit[0] < 0 or literal.threshold not in levels:
        return False
    towards = 1 if literal.at_least else -1  # the stricter side
    steps = (ranks - levels.index(literal.threshold)) * towards
    step = (int(hit[0]) - levels.index(literal.threshold)) * towards
    in_group, beyond = ranks == hit[0], (steps > step) & (ranks >= 0)
    inside = chosen[eligible]
    cut_through = np.any(inside & in_group) and np.any(~inside & in_group)
    return step in (0, -1) and bool(cut_through and np.any(inside & beyond))


def _without_one(node: Node) -> Iterator[tuple[Node, Literal]]:
    """The tree with each of its literals left out in turn; a tree of one literal has no such tree."""
    if not isinstance(node, (All, AnyOf)):
        return
    for place, part in enumerate(node.parts):
        rest = node.parts[:place] + node.parts[place + 1 :]
        own = literals_of(part)
        if len(own) == 1 and rest:
            yield (rest[0] if len(rest) == 1 else type(node)(rest)), own[0]
        for smaller, literal in _without_one(part):
            yield type(node)((*node.parts[:place], smaller, *node.parts[place + 1 :])), literal
