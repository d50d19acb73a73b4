"""How high a requirement each school can be carried to: tightens the bounds of small districts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.instance import Instance

Floats = NDArray[np.float64]


def reach_caps(instance: Instance, tops: Floats | None = None, joiners: NDArray[np.bool_] | None = None,
               steps: int = 44) -> Floats:
    """Largest need r of a group that school s can be in, for every s; rounded up.

    A group of need r has sum(a - r N) >= 0, so s can sit in it only if r N_s - a_s <= sum over the schools of ratio
    above r of (a - r N): its lack can be filled from nowhere else. Both sides move one way in r: bisection.

    Parameters
    ----------
    tops : array of shape (n,), optional
        Largest need each school is allowed at: beyond it, it fills nobody's lack.
    joiners : boolean array of shape (n,), optional
        Who may join; by default the instance's.
    """
    joiners = instance.may_join if joiners is None else joiners
    attributed, enrolled = instance.attributed, instance.enrolled
    ratio = attributed / enrolled
    limit = ratio if tops is None else np.minimum(ratio, tops)
    order = np.argsort(-limit[joiners], kind="stable")
    falling = limit[joiners][order] * (1 + 1e-12)
    sums_a = np.concatenate([[0.0], np.cumsum(attributed[joiners][order])])
    sums_n = np.concatenate([[0.0], np.cumsum(enrolled[joiners][order])])
    slip = 1e-11 * (sums_a[-1] + sums_n[-1])
    top = float(falling[0]) if len(falling) else 0.0
    low = limit.copy()
    high = np.maximum(top, limit) * (1 + 1e-12)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        above = np.searchsorted(-falling, -middle, side="right")
        spare = sums_a[above] - middle * sums_n[above]
        ok = spare + np.where(ratio >= middle, 0.0, attributed - middle * enrolled) >= -slip
        low, high = np.where(ok, middle, low), np.where(ok, high, middle)
    caps = high * (1 + 1e-12) + 1e-15
    return caps if tops is None else np.minimum(caps, tops)
