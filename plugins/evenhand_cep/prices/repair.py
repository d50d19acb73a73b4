"""From any labels to a legal grouping: rules that must hold are mended step by step, by a graded shortfall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.prices.grouping import MINIMUM, Features, Grouping

Floats = NDArray[np.float64]


def repair(features: Features, grouping: Grouping, stop: Callable[[], bool], most: int = 100_000) -> bool:
    """Lower clashes, then the total shortfall under the minimum, until both are nil; False if stuck.

    Each step takes the move that costs the least worth per unit of shortfall removed. When no single move helps, the
    group that lacks most is merged with another or, if its schools may all stay out, dissolved.
    """
    if features.partners and not _part_clashes(features, grouping):
        return False
    for _ in range(most):
        if stop():
            return False
        lacking = grouping.illegal()
        if not len(lacking):
            return True
        if not _best_step(features, grouping) and not _merge_or_dissolve(features, grouping, lacking):
            return False
    return False


def _slope_worth(features: Features, grouping: Grouping) -> Floats:
    """Worth of groups by share alone, as if every one were allowed: ranks steps, never valued as an answer."""
    opened = grouping.open
    worths = np.zeros(grouping.groups + 1)
    worths[opened] = grouping.sums[0, opened] * features.share(grouping.sums[:, opened])
    return worths


def _best_step(features: Features, grouping: Grouping) -> bool:
    instance, table = features.instance, features.table
    slack, labels = table[MINIMUM], grouping.labels
    opened = grouping.open
    lack = np.zeros(grouping.groups + 1)
    lack[opened] = np.maximum(0.0, features.minimum_guard - grouping.sums[MINIMUM, opened])
    sums = grouping.sums[MINIMUM]
    left = np.maximum(0.0, features.minimum_guard - (sums[labels] - slack))
    left[(labels == 0) | (grouping.counts[labels] == 1)] = 0.0
    relief_leaving = lack[labels] - left
    relief_leaving[labels == 0] = 0.0
    shares = grouping.shares()
    best: tuple[float, int, int] | None = None
    for group in [0, *opened.tolist()]:
        if group == 0:
            able = instance.may_stay_out & (labels != 0)
            relief = relief_leaving
            cost = shares[labels] * table[0] + table[1] - instance.outside
        else:
            able = instance.may_join & (labels != group)
            if grouping.conflicts is not None:
                able = able & (grouping.conflicts[group] == 0)
            after = np.maximum(0.0, features.minimum_guard - (sums[group] + slack))
            relief = relief_leaving + lack[group] - after
            cost = (np.where(labels == 0, instance.outside, shares[labels] * table[0])
                    - shares[group] * table[0])
        useful = able & (relief > 1e-9 * float(lack.sum()))
        if not useful.any():
            continue
        rows = np.flatnonzero(useful)
        score = np.maximum(cost[rows], 0.0) / relief[rows]
        at = int(np.argmin(score))
        if best is None or score[at] < best[0]:
            best = (float(score[at]), int(rows[at]), group)
    if best is None:
        return False
    grouping.move(best[1], best[2])
    return True


def _merge_or_dissolve(features: Features, grouping: Grouping, lacking: NDArray[np.int64]) -> bool:
    worst = int(lacking[np.argmin(grouping.sums[MINIMUM, lacking])])
    members = np.flatnonzero(grouping.labels == worst)
    if bool(features.instance.may_stay_out[members].all()):
        grouping.merge(0, worst)
        return True
    others = [group for group in grouping.open.tolist() if group != worst]
    if grouping.conflicts is not None:
        conflicts = grouping.conflicts
        others = [group for group in others if not np.any(conflicts[group][members])]
    if others:
        richest = max(others, key=lambda group: grouping.sums[MINIMUM, group])
        grouping.merge(richest, worst)
        return True
    # What may leave leaves, poorest first: only schools that must join remain.
    leaving = members[features.instance.may_stay_out[members]
                      & (features.table[MINIMUM, members] < 0)]
    grouping.move_all([(int(row), 0) for row in leaving])
    return bool(len(leaving))


def _part_clashes(features: Features, grouping: Grouping) -> bool:
    """Move clashing schools to groups (or out) where nobody must be apart from them; False if one fits nowhere."""
    assert grouping.conflicts is not None
    instance = features.instance
    for school in sorted(features.partners, key=lambda row: -len(features.partners[row])):
        label = int(grouping.labels[school])
        if label == 0 or grouping.conflicts[label, school] == 0:
            continue
        room = np.flatnonzero(grouping.conflicts[1:, school] == 0) + 1
        if len(room):
            # The slack of the host decides: an empty group stands at zero.
            host = int(room[np.argmax(grouping.sums[MINIMUM, room])])
            grouping.move(school, host)
        elif instance.may_stay_out[school]:
            grouping.move(school, 0)
        else:
            return False
    return grouping.clashes() == 0
