"""A tree of conditions as English text."""

from __future__ import annotations

from fractions import Fraction

from evenhand_tiebreaker.literals.numbers import told_number
from evenhand_tiebreaker.literals.tree import All, AnyOf, Compare, Holds, Node, Not

SHARE = "share:"


def words(node: Node) -> str:
    """Say the tree in English, thresholds exact: ``housing or share of n_both at least 0.35 (7/20)``.

    Parts that are themselves joined by "and" or "or" stand in parentheses, so the text has one reading.
    """
    match node:
        case Holds(name):
            return told_feature(name)
        case Compare():
            return f"{told_feature(node.feature)} {_limits(node)}"
        case Not(part):
            return f"not {_inner(part)}"
        case All(parts):
            return " and ".join(_inner(part) if len(parts) > 1 else words(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_inner(part) if len(parts) > 1 else words(part) for part in parts)


def told_feature(name: str) -> str:
    """``share:n_both`` is said "share of n_both"; a name with blanks is quoted."""
    column = name.removeprefix(SHARE)
    said = f'"{column}"' if any(letter.isspace() for letter in column) else column
    return f"share of {said}" if name.startswith(SHARE) else said


def _limits(node: Compare) -> str:
    share = node.feature.startswith(SHARE)

    def told(number: Fraction) -> str:
        return told_number(number, share=share)

    if node.equals is not None:
        return f"equal to {told(node.equals)}"
    if node.at_least is not None and node.at_most is not None:
        return f"from {told(node.at_least)} to {told(node.at_most)}, both included"
    if node.at_least is not None:
        return f"at least {told(node.at_least)}"
    assert node.at_most is not None
    return f"at most {told(node.at_most)}"


def _inner(node: Node) -> str:
    while isinstance(node, (All, AnyOf)) and len(node.parts) == 1:
        node = node.parts[0]
    # The comma of an interval would otherwise read on into the next part.
    interval = isinstance(node, Compare) and node.at_least is not None and node.at_most is not None
    return f"({words(node)})" if isinstance(node, (All, AnyOf)) or interval else words(node)
