"""The strongest claims under a divisor method: floats narrow the search, whole numbers decide what is near the cut."""

from __future__ import annotations

import numpy as np

from evenhand_apportionment.classic.keys import Keys, first_by_claim
from evenhand_apportionment.classic.populations import Floats, Ints, Populations
from evenhand_apportionment.classic.signposts import Signpost

_MARGIN = 1e-9
_STEPS = 400


def select(people: Populations, signpost: Signpost, keys: Keys, lower: Ints, upper: Ints, k: int,
           rank: Ints) -> tuple[Ints, bool]:
    """Units per group after the ``k`` strongest claims above ``lower``; equal claims go by ``rank``.

    Every float priority is within a relative ``signpost.slack`` of the truth, so a unit whose float stands further
    than that above (below) the float at the cut is truly above (below) it; only the rest is compared exactly.

    Returns
    -------
    tuple
        The units, and whether fewer units than groups had to go to the largest groups (d(0) = 0).
    """
    if signpost.starts_at_zero:
        unserved = np.flatnonzero((lower == 0) & (upper > 0))
        left = k - int(lower.sum())
        lower = lower.copy()
        if left < len(unserved):
            chosen = first_by_claim(keys, unserved, np.zeros_like(unserved), rank, left)
            lower[unserved[chosen]] = 1
            return lower, True
        lower[unserved] = 1
    sure, possible = _bracket(people.floats, signpost, lower, upper, k)
    wanted, offered = k - int(sure.sum()), possible - sure
    if wanted == 0:
        return sure, False
    if wanted == int(offered.sum()):
        return possible, False
    return _fill(people.floats, signpost, keys, sure, offered, wanted, rank), False


def _bracket(p: Floats, signpost: Signpost, lower: Ints, upper: Ints, k: int) -> tuple[Ints, Ints]:
    """Units that are certainly awarded, and units beyond which none is, at two multipliers close around the cut."""

    def at(z: float) -> Ints:
        return np.clip(signpost.count(p * z), lower, upper).astype(np.int64)

    close = max(64, len(p) // 16)
    below, few = 0.0, int(lower.sum())
    above, factor = k / float(p.sum()), 2.0
    while (many := int(at(above).sum())) < k:
        below, few = above, many
        above, factor = above * factor, min(factor * factor, 1e30)
    aim = k
    for step in range(_STEPS):
        if many - few <= close or above <= below * (1.0 + _MARGIN):
            break
        if step % 3 == 2:
            z = (below * above)**0.5 if below else above / 4.0
        else:
            z = below + (above - below) * min(max((aim - few) / (many - few), 0.001), 0.999)
        total = int(at(z).sum())
        if total < k:
            below, few, aim = z, total, k + close // 4
        else:
            above, many, aim = z, total, k - close // 4
    # The counts above are float: step back far enough for both ends to hold truly.
    return at(below * (1.0 - _MARGIN)) if below else lower.copy(), at(above * (1.0 + _MARGIN))


def _fill(p: Floats, signpost: Signpost, keys: Keys, units: Ints, offered: Ints, wanted: int, rank: Ints) -> Ints:
    groups = np.repeat(np.arange(len(p)), offered)
    t = units[groups] + np.arange(len(groups)) - np.repeat(np.cumsum(offered) - offered, offered)
    claims = p[groups] / signpost.values(t)
    place = len(claims) - wanted
    cut = np.partition(claims, place)[place]
    sure = claims > cut * (1.0 + signpost.slack)
    doubtful = np.flatnonzero(~sure & (claims >= cut * (1.0 - signpost.slack)))
    missing = wanted - int(sure.sum())
    if missing < len(doubtful):
        doubtful = doubtful[first_by_claim(keys, groups[doubtful], t[doubtful], rank, missing)]
    found = units + np.bincount(groups[sure], minlength=len(p))
    return np.asarray(found + np.bincount(groups[doubtful], minlength=len(p)), dtype=np.int64)
