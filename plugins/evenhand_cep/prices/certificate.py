"""What lets a stranger recompute the bound from data alone. Knows nothing of how prices were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_any import PAD, bound_any, pad_of
from evenhand_cep.prices.bound_branches import Fork, tree_bound
from evenhand_cep.prices.bound_groups import bound_groups
from evenhand_cep.prices.curve import PriceCurve
from evenhand_cep.prices.reach import reach_caps

Floats = NDArray[np.float64]

ANY_GROUPS, AT_MOST, BRANCHES, SINGLE = "any-groups", "at-most", "branches", "single-grouping"
PAD_RULE = f"{PAD} x (sum of worths + largest price x (sum a + sum N))"


def _texts(values: Floats) -> list[str]:
    return [repr(float(value)) for value in values]


def any_groups_data(instance: Instance, curve: PriceCurve, reach: bool, bound: float) -> dict[str, Any]:
    """Certificate of bound A: prices alone, whatever the number of groups."""
    return {"kind": "prices", "form": ANY_GROUPS, "nodes": _texts(curve.nodes), "lambdas": _texts(curve.prices),
            "reach": reach, "pad": repr(pad_of(instance, curve.largest)), "pad_rule": PAD_RULE, "bound": repr(bound)}


def at_most_data(instance: Instance, curve: PriceCurve, anchors: Floats, tolerance: float,
                 bound: float) -> dict[str, Any]:
    """Certificate of bound C: prices, u per school (in row order), and the number of groups."""
    return {"kind": "prices", "form": AT_MOST, "nodes": _texts(curve.nodes), "lambdas": _texts(curve.prices),
            "u": _texts(anchors), "max_groups": instance.max_groups, "tolerance": repr(tolerance),
            "pad": repr(pad_of(instance, curve.largest)), "pad_rule": PAD_RULE, "bound": repr(bound)}


def branches_data(nodes: Sequence[Fork | PriceCurve], bound: float) -> dict[str, Any]:
    """Certificate of bound A on a tree of cases. All leaves share one list of nodes; a leaf is its list of prices."""
    grids: dict[tuple[float, ...], int] = {}
    tree: list[dict[str, Any]] = []
    for node in nodes:
        if isinstance(node, Fork):
            tree.append({"school": node.school, "need": repr(node.need), "low": node.low, "high": node.high})
        else:
            grid = grids.setdefault(tuple(node.nodes.tolist()), len(grids))
            tree.append({"grid": grid, "lambdas": _texts(node.prices)})
    return {"kind": "prices", "form": BRANCHES, "grids": [_texts(np.array(grid)) for grid in grids], "tree": tree,
            "pad_rule": PAD_RULE, "bound": repr(bound)}


def single_data(bound: float) -> dict[str, Any]:
    """Certificate of an instance with one grouping: nobody is free, and there is one group at most."""
    return {"kind": "prices", "form": SINGLE, "bound": repr(bound)}


def is_forced(instance: Instance) -> bool:
    """Whether one grouping at most (up to labels) keeps the rules: nobody is free, and one group or one school."""
    forced = bool(np.all(instance.must_join | instance.must_stay_out))
    return forced and (instance.max_groups == 1 or int(instance.must_join.sum()) <= 1)


def evaluate_certificate(instance: Instance, data: Mapping[str, Any]) -> float:
    """The upper bound that the certificate proves for this instance, recomputed; ``data["bound"]`` is not read.

    Returns
    -------
    float
        No legal grouping is worth more. The caller compares it with the claimed bound.

    Raises
    ------
    ValueError
        If the form is unknown, a key is missing, numbers are not finite, signs or lengths are wrong, or the form
        does not fit the instance.
    ArithmeticError
        If prices are so large that floats overflow.
    """
    form = data.get("form")
    if data.get("kind") != "prices" or form not in (ANY_GROUPS, AT_MOST, BRANCHES, SINGLE):
        raise ValueError(f"not a prices certificate of a known form: {data.get('kind')!r}, {form!r}")
    if form == SINGLE:
        if not is_forced(instance):
            raise ValueError("the instance has more than one grouping")
        return instance.value(instance.must_join.astype(np.int64)) + pad_of(instance, 0.0)
    if form == BRANCHES:
        return _finite(tree_bound(instance, _tree(data)))
    curve = PriceCurve(_numbers(data, "nodes"), _numbers(data, "lambdas"))
    if np.any(curve.nodes < 0):
        raise ValueError("a node is negative")
    if form == ANY_GROUPS:
        reach = data.get("reach", False)
        if not isinstance(reach, bool):
            raise ValueError(f"reach must be true or false, not {reach!r}")
        bound = bound_any(instance, curve, reach_caps(instance) if reach else None)
    else:
        if data.get("max_groups") != instance.max_groups:
            raise ValueError(f"the certificate is for {data.get('max_groups')!r} groups, "
                             f"the instance has {instance.max_groups}")
        tolerance = _number(data.get("tolerance"), "tolerance")
        if tolerance <= 0:
            raise ValueError("the tolerance must be positive")
        bound = bound_groups(instance, curve, _numbers(data, "u"), tolerance).bound
    return _finite(bound)


def _finite(bound: float) -> float:
    if np.isnan(bound) or bound == np.inf:
        raise ArithmeticError("prices overflow")
    return bound


def _tree(data: Mapping[str, Any]) -> list[Fork | PriceCurve]:
    grids, entries = data.get("grids"), data.get("tree")
    if not isinstance(grids, Sequence) or not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ValueError("grids or tree is missing or not a list")
    shares = [_numbers({"grid": grid}, "grid") for grid in grids]
    nodes: list[Fork | PriceCurve] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise ValueError(f"a node of the tree is {entry!r}")
        if "lambdas" in entry:
            grid = _whole(entry, "grid")
            if not 0 <= grid < len(shares):
                raise ValueError(f"grid {grid} is missing")
            nodes.append(PriceCurve(shares[grid], _numbers(entry, "lambdas")))
        else:
            nodes.append(Fork(_whole(entry, "school"), _number(entry.get("need"), "need"), _whole(entry, "low"),
                              _whole(entry, "high")))
    return nodes


def _whole(entry: Mapping[str, Any], name: str) -> int:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} holds {value!r}, which is not a whole number")
    return value


def _number(text: object, name: str) -> float:
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError(f"{name} holds {text!r}, which is not a number")
    number = float(text)
    if not np.isfinite(number):
        raise ValueError(f"{name} holds {text!r}, which is not finite")
    return number


def _numbers(data: Mapping[str, Any], name: str) -> Floats:
    entries = data.get(name)
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ValueError(f"{name} is missing or not a list")
    return np.array([_number(entry, name) for entry in entries], dtype=np.float64)
