"""Trees of conditions on features: what a spec writes as nested ``any``, ``all``, ``not`` and comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import frozen

from evenhand_tiebreaker.literals.numbers import plain_number, read_number

Trouble: TypeAlias = tuple[str, str, str]
"""Path in the spec, what is wrong there, how to cure it."""

LIMITS = ("at_least", "at_most", "equals")
_DEEPEST = 50
_FORMS = "write a feature name, {any=[…]}, {all=[…]}, {not=…} or {feature=…, at_least=…}"


@frozen
class Holds:
    """A boolean feature, named alone."""

    feature: str


@frozen
class Compare:
    """A feature against exact numbers; ``at_least`` and ``at_most`` together are an interval with both ends."""

    feature: str
    at_least: Fraction | None = None
    at_most: Fraction | None = None
    equals: Fraction | None = None


@frozen
class Not:
    """The contrary of one tree."""

    part: Node


@frozen
class All:
    """Every part holds."""

    parts: tuple[Node, ...]


@frozen
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node: TypeAlias = Holds | Compare | Not | All | AnyOf


def parse(value: object, path: str = "eligibility") -> tuple[Node | None, list[Trouble]]:
    """Read a tree from the nested mappings of a spec.

    Parameters
    ----------
    value
        A feature name (boolean), ``{any=[…]}``, ``{all=[…]}``, ``{not=…}``, or ``{feature=…}`` with ``at_least``,
        ``at_most`` or ``equals``: numbers, or text such as ``"7/20"``. Floats are read as the decimal written.
    path
        Where the tree stands in the spec, for the faults.

    Returns
    -------
    node, troubles
        The tree and every fault found in it; with faults the tree is None.
    """
    troubles: list[Trouble] = []
    node = _read(value, path, troubles, 0)
    return (None if troubles else node), troubles


def _read(value: object, path: str, troubles: list[Trouble], depth: int) -> Node | None:
    if depth > _DEEPEST:
        troubles.append((path, f"conditions are nested more than {_DEEPEST} deep", "write a flatter tree"))
    elif isinstance(value, str):
        if value.strip():
            return Holds(value.strip())
        troubles.append((path, "a feature without a name", _FORMS))
    elif not isinstance(value, Mapping):
        troubles.append((path, f"{value!r} is not a condition", _FORMS))
    elif "feature" in value:
        return _read_comparison(value, path, troubles)
    elif len(value) != 1 or next(iter(value)) not in ("any", "all", "not"):
        keys = ", ".join(map(str, value)) or "nothing"
        troubles.append((path, f"a condition has one of any, all, not, feature; here: {keys}", _FORMS))
    elif "not" in value:
        part = _read(value["not"], f"{path}.not", troubles, depth + 1)
        return None if part is None else Not(part)
    else:
        return _read_parts(value, path, troubles, depth)
    return None


def _read_parts(value: Mapping[str, Any], path: str, troubles: list[Trouble], depth: int) -> Node | None:
    key = next(iter(value))
    parts = value[key]
    if not isinstance(parts, (list, tuple)) or not parts:
        troubles.append((f"{path}.{key}", f"{key} takes a list of at least one condition", f'{key} = ["housing"]'))
        return None
    read = [_read(part, f"{path}.{key}[{place}]", troubles, depth + 1) for place, part in enumerate(parts)]
    nodes = tuple(node for node in read if node is not None)
    if len(nodes) < len(read):
        return None
    return AnyOf(nodes) if key == "any" else All(nodes)


def _read_comparison(value: Mapping[str, Any], path: str, troubles: list[Trouble]) -> Node | None:
    before = len(troubles)
    name = value["feature"]
    if not isinstance(name, str) or not name.strip():
        troubles.append((f"{path}.feature", f"{name!r} is not the name of a feature", 'feature = "n_frl"'))
    for key in value:
        if key not in ("feature", *LIMITS):
            troubles.append((f"{path}.{key}", f"unknown key {key!r}", "a comparison has at_least, at_most or equals"))
    limits = {key: _read_limit(value[key], f"{path}.{key}", troubles) for key in LIMITS if key in value}
    if not limits:
        troubles.append((path, "a feature is compared with nothing", "give at_least, at_most or equals"))
    if "equals" in limits and len(limits) > 1:
        troubles.append((path, "equals stands beside another limit", "keep equals, or at_least and at_most"))
    low, high = limits.get("at_least"), limits.get("at_most")
    if low is not None and high is not None and low > high:
        troubles.append((path, "at_least is larger than at_most: no block can satisfy both", "swap the two"))
    return Compare(name.strip(), **limits) if len(troubles) == before else None


def _read_limit(value: object, path: str, troubles: list[Trouble]) -> Fraction | None:
    if isinstance(value, bool) and path.endswith(".equals"):
        return Fraction(int(value))
    try:
        return read_number(value)
    except ValueError as wrong:
        troubles.append((path, str(wrong), 'write a number, or an exact fraction as text: "7/20"'))
        return None


def form(node: Node) -> str | dict[str, Any]:
    """The tree as a spec writes it; :func:`parse` reads exactly the same tree back."""
    match node:
        case Holds(feature):
            return feature
        case Compare():
            limits = ((key, getattr(node, key)) for key in LIMITS)
            return {"feature": node.feature} | {key: plain_number(n) for key, n in limits if n is not None}
        case Not(part):
            return {"not": form(part)}
        case All(parts):
            return {"all": [form(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [form(part) for part in parts]}


def leaves(node: Node) -> Iterator[Holds | Compare]:
    """The features and comparisons of the tree, in the order written."""
    match node:
        case Holds() | Compare():
            yield node
        case Not(part):
            yield from leaves(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)


def names(node: Node) -> tuple[str, ...]:
    """Every feature of the tree, once, in the order written."""
    return tuple(dict.fromkeys(leaf.feature for leaf in leaves(node)))


def bare_names(node: Node) -> tuple[str, ...]:
    """The features named alone, which must be boolean and present in every block."""
    return tuple(dict.fromkeys(leaf.feature for leaf in leaves(node) if isinstance(leaf, Holds)))
