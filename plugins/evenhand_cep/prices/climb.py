"""Local search on a legal grouping: steepest moves, best swaps per pair of groups, merges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.prices.curve import PriceCurve
from evenhand_cep.prices.grouping import Grouping
from evenhand_cep.prices.start import reduced_values

Floats = NDArray[np.float64]
Stop = Callable[[], bool]

_BULK_FROM = 3000


def climb(grouping: Grouping, curve: PriceCurve, stop: Stop, swap_side: int = 200) -> float:
    """Moves, merges and swaps until none gains; returns the gain. The grouping must be legal."""
    grouping.keep_gains()
    total = bulk_moves(grouping, stop) if len(grouping.rows) >= _BULK_FROM else 0.0
    while not stop():
        gained = steepest_moves(grouping, stop)
        gained += best_merges(grouping, stop)
        if not stop():
            gained += best_swaps(grouping, curve, stop, swap_side)
        total += gained
        if gained <= 10 * grouping.features.noise:
            break
    return total


def bulk_moves(grouping: Grouping, stop: Stop) -> float:
    """Many good moves at a time while together they gain: single steps cost O(n) each, too much for many schools."""
    total, batch = 0.0, len(grouping.rows) // 100
    value = grouping.value()
    while batch >= 8 and not stop():
        gains = grouping.move_gains()
        target = np.argmax(gains, axis=0)
        gain = gains[target, grouping.rows]
        better = np.flatnonzero(gain > grouping.features.noise)
        chosen = better[np.argsort(-gain[better], kind="stable")][:batch]
        if not len(chosen):
            break
        # Moves interfere: keep them only when most of what they promised came true.
        promised = value + 0.5 * float(gain[chosen].sum())
        if grouping.move_all_if(zip(chosen.tolist(), target[chosen].tolist(), strict=True), promised):
            total, value = total + grouping.value() - value, grouping.value()
        else:
            batch = min(batch, len(chosen)) // 3
    return total


def steepest_moves(grouping: Grouping, stop: Stop, most: int = 1_000_000) -> float:
    """Repeat the best single move while it gains more than noise."""
    total, noise = 0.0, grouping.features.noise
    for _ in range(most):
        if stop():
            break
        gain, school, group = grouping.best_move()
        if not gain > noise:
            break
        grouping.move(school, group)
        total += gain
    return total


def best_merges(grouping: Grouping, stop: Stop) -> float:
    """Merge pairs of groups while a merger gains (equal shares, or groups ordered the wrong way round)."""
    total, features = 0.0, grouping.features
    while not stop():
        opened = grouping.open
        worths = grouping.group_worths()
        first, second = np.triu_indices(len(opened), 1)
        if not len(first):
            break
        first, second = opened[first], opened[second]
        merged = features.worth(grouping.sums[:, first] + grouping.sums[:, second])
        gains = merged - worths[first] - worths[second]
        if grouping.conflicts is not None:
            clash = [bool(np.any(grouping.conflicts[a][grouping.labels == b]))
                     for a, b in zip(first, second, strict=True)]
            gains[clash] = -np.inf
        best = int(np.argmax(gains))
        # Equal merged worth is taken too: it frees a label at no loss.
        if not gains[best] >= -features.noise * 1e-3:
            break
        grouping.merge(int(first[best]), int(second[best]))
        total += float(gains[best])
    return total


def best_swaps(grouping: Grouping, curve: PriceCurve, stop: Stop, side: int) -> float:
    """For each pair of groups (outside included) repeat the best exchange of two schools while it gains.

    Only the ``side`` schools of each group nearest to indifference under the prices are looked at.
    """
    total = 0.0
    opened = grouping.open.tolist()
    free_out = grouping.counts[0] > 0 and bool(np.any(grouping.features.instance.may_stay_out))
    labels = ([0] if free_out else []) + opened
    values = _reduced(grouping, curve, labels)
    for i, one in enumerate(labels):
        for j in range(i + 1, len(labels)):
            if stop():
                return total
            total += _swap_pair(grouping, one, labels[j], values[i], values[j], side, stop)
    return total


def _reduced(grouping: Grouping, curve: PriceCurve, labels: list[int]) -> Floats:
    instance = grouping.features.instance
    shares = grouping.shares()[labels]
    values = reduced_values(instance, curve, np.maximum(shares, 1e-300))
    if labels and labels[0] == 0:
        values[0] = instance.outside
    return values


def _swap_pair(grouping: Grouping, one: int, two: int, value_one: Floats, value_two: Floats, side: int,
               stop: Stop) -> float:
    total, noise = 0.0, grouping.features.noise
    for _ in range(64):
        if stop():
            break
        left = _nearest(grouping, one, two, value_two - value_one, side)
        right = _nearest(grouping, two, one, value_one - value_two, side)
        if not len(left) or not len(right):
            break
        gains = swap_gains(grouping, one, two, left, right)
        at = int(np.argmax(gains))
        row, column = divmod(at, len(right))
        if not gains[row, column] > noise:
            break
        grouping.move_all([(int(left[row]), two), (int(right[column]), one)])
        total += float(gains[row, column])
    return total


def _nearest(grouping: Grouping, source: int, target: int, preference: Floats, side: int) -> NDArray[np.int64]:
    instance = grouping.features.instance
    can = instance.may_stay_out if target == 0 else instance.may_join
    members = np.flatnonzero((grouping.labels == source) & can)
    if len(members) <= side:
        return members
    return members[np.argpartition(-preference[members], side)[:side]]


def swap_gains(grouping: Grouping, one: int, two: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> Floats:
    """Gain of exchanging each of ``left`` (in one) with each of ``right`` (in two), shape (len(left), len(right))."""
    features = grouping.features
    table, instance = features.table, features.instance
    change = table[:, right][:, None, :] - table[:, left][:, :, None]
    gains = np.zeros(change.shape[1:])
    worths = grouping.group_worths()
    for group, sign in ((one, 1.0), (two, -1.0)):
        if group == 0:
            gains += sign * (instance.outside[right][None, :] - instance.outside[left][:, None])
        else:
            gains += features.worth(grouping.sums[:, group][:, None, None] + sign * change) - worths[group]
    if grouping.conflicts is not None:
        for row, school in enumerate(left):
            for column, other in enumerate(right):
                if not _apart(grouping, int(school), int(other), one, two):
                    gains[row, column] = -np.inf
    return gains


def _apart(grouping: Grouping, school: int, other: int, one: int, two: int) -> bool:
    assert grouping.conflicts is not None
    partners = grouping.features.partners
    tied = int(partners.get(school, []).count(other))
    into_two = int(grouping.conflicts[two, school]) - (tied if two else 0) if two else 0
    into_one = int(grouping.conflicts[one, other]) - (tied if one else 0) if one else 0
    return into_two == 0 and into_one == 0
