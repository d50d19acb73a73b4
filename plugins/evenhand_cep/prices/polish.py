"""Restarts near the best grouping: a few schools that hardly mind are moved, then the search climbs again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.instance import Ints
from evenhand_cep.prices.climb import climb
from evenhand_cep.prices.curve import PriceCurve
from evenhand_cep.prices.grouping import Features, Grouping
from evenhand_cep.prices.repair import repair
from evenhand_cep.prices.start import reduced_values

Floats = NDArray[np.float64]

_CANDIDATES = 60


def kicked(features: Features, labels: Ints, groups: int, curve: PriceCurve, random: np.random.Generator,
           stop: Callable[[], bool], strength: int, swap_side: int) -> Grouping | None:
    """A climbed grouping started ``strength`` moves away from ``labels``; None if it could not be mended."""
    instance = features.instance
    grouping = Grouping(features, labels, groups)
    opened = grouping.open
    targets = np.concatenate([[0], opened])
    if len(opened) < groups and random.random() < 0.5:
        targets = np.append(targets, int(np.setdiff1d(np.arange(1, groups + 1), opened)[0]))
    shares = grouping.shares()[targets]
    shares[shares == 0] = random.uniform(float(instance.rule.lowest_share), 1.0)
    values = reduced_values(instance, curve, shares)
    values[0] = np.where(instance.may_stay_out, instance.outside, -np.inf)
    values[1:, instance.must_stay_out] = -np.inf
    place = np.searchsorted(np.sort(targets), labels)
    place = np.argsort(targets, kind="stable")[place]
    here = values[place, grouping.rows]
    values[place, grouping.rows] = -np.inf
    other = np.argmax(values, axis=0)
    regret = here - values[other, grouping.rows]
    movable = np.flatnonzero(np.isfinite(regret))
    if not len(movable):
        return None
    order = movable[np.argsort(regret[movable], kind="stable")]
    chosen = random.choice(min(len(order), _CANDIDATES), size=min(strength, len(order), _CANDIDATES), replace=False)
    for school in order[chosen]:
        if random.random() < 0.75:
            target = int(targets[other[school]])
        else:
            able = np.flatnonzero(np.isfinite(values[:, school]))
            target = int(targets[random.choice(able)])
        grouping.move(int(school), target)
    if not repair(features, grouping, stop):
        return None
    climb(grouping, curve, stop, swap_side)
    return grouping
