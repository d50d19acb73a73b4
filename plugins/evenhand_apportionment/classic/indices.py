"""Indices of disproportionality between shares of population and shares of units (Gallagher 1991 and others)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evenhand_apportionment.classic.populations import Counts, Ints, Populations, read

INDICES = ("gallagher", "loosemore_hanby", "sainte_lague", "rae", "dhondt", "gini")


def indices(populations: Counts | Populations, units: Sequence[int] | Ints) -> dict[str, float | None]:
    """All six as fractions of 1 (D'Hondt: the largest ratio of shares, 1 when exact), each rounded once or twice.

    With v the population share and s the unit share of a group: Gallagher ``sqrt(sum (s-v)**2 / 2)``, Loosemore-Hanby
    ``sum|s-v| / 2``, Rae ``mean|s-v|``, Sainte-Lague ``sum (s-v)**2 / v``, D'Hondt ``max s/v``, Gini the
    population-weighted Gini coefficient of s/v. A group with units and no population makes the last three infinite:
    they are None. Without any unit there are no shares: all are None.
    """
    people = read(populations)
    have = np.asarray(units, dtype=np.int64).tolist()
    whole = people.whole.tolist()
    if len(have) != len(whole):
        raise ValueError(f"{len(have)} units for {len(whole)} groups")
    everybody, k = sum(whole), sum(have)
    if k <= 0:
        return dict.fromkeys(INDICES)
    # s - v over the common denominator k S.
    apart = [a * everybody - population * k for population, a in zip(whole, have, strict=True)]
    common = k * everybody
    absolute = sum(map(abs, apart))
    found: dict[str, float | None] = {
        "gallagher": math.sqrt(sum(gap * gap for gap in apart) / (2 * common * common)),
        "loosemore_hanby": absolute / (2 * common),
        "sainte_lague": None,
        "rae": absolute / (common * len(whole)),
        "dhondt": None,
        "gini": None,
    }
    if any(a and not population for population, a in zip(whole, have, strict=True)):
        return found
    pairs = [(population, a, gap) for population, a, gap in zip(whole, have, apart, strict=True) if population]
    found["sainte_lague"] = math.fsum(gap * gap / (population * k * common) for population, _, gap in pairs)
    found["dhondt"] = max(a * everybody / (population * k) for population, a, _ in pairs)
    found["gini"] = _gini([(a / population, population, a) for population, a, _ in pairs], common)
    return found


def _gini(groups: list[tuple[float, int, int]], common: int) -> float:
    """One less twice the area under the Lorenz curve of units against population, groups by units per person."""
    reached = area = 0
    for _, population, a in sorted(groups):
        area += population * (2 * reached + a)
        reached += a
    return max(0, common - area) / common
