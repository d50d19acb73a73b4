"""Bound A on a tree of cases: what remains of the gap of a small district is indivisible schools.

Each fork asks of one school s and one need r: is s outside or in a group of need at most r (``low``), or in a group of
need at least r (``high``)? Every grouping falls into one leaf at least. In a leaf bound A holds with the limits of
its path, for any non-negative prices of its own; the largest leaf bounds all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_any import bound_any
from evenhand_cep.prices.curve import PriceCurve, ShareRange, share_range
from evenhand_cep.prices.reach import reach_caps

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@frozen(eq=False)
class Case:
    """Limits on a path: needs within [floors, tops] where a school joins, and who may still stay out."""

    floors: Floats
    tops: Floats
    may_stay_out: Bools

    def low(self, school: int, need: float) -> Case:
        tops = self.tops.copy()
        tops[school] = min(tops[school], need)
        return evolve(self, tops=tops)

    def high(self, school: int, need: float) -> Case:
        floors, leaving = self.floors.copy(), self.may_stay_out.copy()
        floors[school] = max(floors[school], need)
        leaving[school] = False
        return evolve(self, floors=floors, may_stay_out=leaving)


@frozen(eq=False)
class Fork:
    """A case split on one school at one need; ``low`` and ``high`` are places in the list of nodes."""

    school: int
    need: float
    low: int
    high: int


def whole(instance: Instance) -> Case:
    """No limits beyond the instance's own."""
    return Case(np.full(instance.size, -np.inf), np.full(instance.size, np.inf), instance.may_stay_out)


def case_caps(instance: Instance, case: Case, lowest: float) -> Floats | None:
    """Largest needs within the case, tightened by reach; None when the case holds no grouping.

    ``lowest`` is the least need of any group. Groups of need r and more hold every school whose floor is at least r,
    and together sum(a - r N) >= 0: what the schools bound to be there lack, the others must be able to spare.
    """
    joiners = instance.may_join
    attributed, enrolled = instance.attributed, instance.enrolled
    slip = 1e-11 * float(attributed.sum() + enrolled.sum())
    caps = reach_caps(instance, np.minimum(case.tops, 1e300), joiners)
    bound_in = joiners & ~case.may_stay_out
    floors = np.where(bound_in, np.maximum(case.floors, lowest), -np.inf)
    for need in np.unique(floors[bound_in]):
        there = bound_in & (floors >= need)
        slack = attributed - need * enrolled
        spare = np.where(joiners & (case.tops >= need), np.maximum(0.0, slack), 0.0)
        left = float(slack[there].sum() + spare[~there].sum())
        if left < -slip:
            return None
        excluded = ~there & (left + np.minimum(0.0, slack) < -slip)
        caps[excluded] = np.minimum(caps[excluded], np.nextafter(need, 0.0))
    if np.any(bound_in & (caps < floors)):
        return None
    return caps


def leaf_bound(instance: Instance, case: Case, curve: PriceCurve, reach: ShareRange) -> float:
    """Bound A within a case; -inf when it holds no grouping."""
    if reach.empty:
        return bound_any(instance, curve, None, reach, may_stay_out=case.may_stay_out)
    caps = case_caps(instance, case, float(reach.needs[0]))
    return -np.inf if caps is None else capped_bound(instance, case, curve, caps, reach)


def capped_bound(instance: Instance, case: Case, curve: PriceCurve, caps: Floats, reach: ShareRange) -> float:
    """Bound A within a case whose caps are known."""
    return bound_any(instance, curve, caps, reach, floors=case.floors, may_stay_out=case.may_stay_out)


def tree_bound(instance: Instance, nodes: Sequence[Fork | PriceCurve]) -> float:
    """Largest leaf bound of a tree whose root is ``nodes[0]``.

    Raises
    ------
    ValueError
        If a fork names a school or node that is not there, a node is its own ancestor or is used twice, or the need is
        not finite.
    """
    reach = share_range(instance)
    largest = -np.inf
    seen: set[int] = set()
    stack = [(0, whole(instance))]
    while stack:
        place, case = stack.pop()
        if not 0 <= place < len(nodes) or place in seen:
            raise ValueError(f"node {place} is missing or used twice")
        seen.add(place)
        node = nodes[place]
        if isinstance(node, PriceCurve):
            largest = max(largest, leaf_bound(instance, case, node, reach))
            continue
        if not 0 <= node.school < instance.size or not np.isfinite(node.need):
            raise ValueError(f"fork {place} names school {node.school} and need {node.need}")
        stack.append((node.low, case.low(node.school, node.need)))
        stack.append((node.high, case.high(node.school, node.need)))
    return largest
