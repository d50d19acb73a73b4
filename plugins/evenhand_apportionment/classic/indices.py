"""Indices of disproportionality between shares of population and shares of units (Gallagher 1991 and others)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.populations import Counts, Ints, Populations, read, total

INDICES = ("gallagher", "loosemore_hanby", "sainte_lague", "rae", "dhondt", "gini")
MANY = 5_000
"""Beyond so many groups arrays are used."""


def indices(populations: Counts | Populations, units: Sequence[int] | Ints) -> dict[str, float | None]:
    """All six as fractions of 1 (D'Hondt: the largest ratio of shares, 1 when exact), each rounded once or twice.

    Of more than :data:`MANY` groups each term of Sainte-Lague is rounded up to seven times: 1e-15 of it, at most.

    With v the population share and s the unit share of a group: Gallagher ``sqrt(sum (s-v)**2 / 2)``, Loosemore-Hanby
    ``sum|s-v| / 2``, Rae ``mean|s-v|``, Sainte-Lague ``sum (s-v)**2 / v``, D'Hondt ``max s/v``, Gini the
    population-weighted Gini coefficient of s/v. A group with units and no population makes the last three infinite:
    they are None. Without any unit there are no shares: all are None.
    """
    people = read(populations)
    have = np.asarray(units, dtype=np.int64)
    whole = people.whole
    if len(have) != len(whole):
        raise ValueError(f"{len(have)} units for {len(whole)} groups")
    everybody, k = total(whole), total(have)
    if k <= 0:
        return dict.fromkeys(INDICES)
    common = k * everybody
    # Arrays where no product leaves 62 bits and every population is a double; Python's whole numbers elsewhere.
    narrow = whole.dtype == np.int64 and 4 * common < 2**63 and int(whole.max()) <= 2**53 and int(have.min()) >= 0
    of = _of_arrays if narrow and len(whole) > MANY else _of_lists
    return of(whole, have, k, everybody)


def _of_lists(populations: npt.NDArray[Any], units: Ints, k: int, everybody: int) -> dict[str, float | None]:
    whole, have = populations.tolist(), units.tolist()
    # s - v over the common denominator k S.
    apart = [a * everybody - population * k for population, a in zip(whole, have, strict=True)]
    common = k * everybody
    found = _of_gaps(sum(gap * gap for gap in apart), sum(map(abs, apart)), common, len(whole))
    if any(a and not population for population, a in zip(whole, have, strict=True)):
        return found
    pairs = [(population, a, gap) for population, a, gap in zip(whole, have, apart, strict=True) if population]
    found["sainte_lague"] = math.fsum(gap * gap / (population * k * common) for population, _, gap in pairs)
    found["dhondt"] = max(a * everybody / (population * k) for population, a, _ in pairs)
    found["gini"] = _gini([(a / population, population, a) for population, a, _ in pairs], common)
    return found


def _of_arrays(whole: npt.NDArray[Any], have: Ints, k: int, everybody: int) -> dict[str, float | None]:
    """The same in 64 bits, to the last digit but for Sainte-Lague, whose terms are rounded some times more."""
    apart, common = have * everybody - whole * k, k * everybody
    high, low = np.abs(apart) >> 31, np.abs(apart) & (2**31 - 1)
    squares = (_sum(high * high) << 62) + (_sum(high * low) << 32) + _sum(low * low)
    found = _of_gaps(squares, int(np.abs(apart).sum()), common, len(whole))
    if have[whole == 0].any():
        return found
    lived = whole > 0
    p, a, gap = whole[lived], have[lived], apart[lived].astype(np.float64) / common
    found["sainte_lague"] = math.fsum((gap * gap / (p / everybody)).tolist())
    ratio = a / p  # correctly rounded, as both are doubles
    most = ratio >= ratio.max() * (1.0 - 1e-12)
    found["dhondt"] = max(units * everybody / (people * k)
                          for people, units in zip(p[most].tolist(), a[most].tolist(), strict=True))
    order = np.lexsort((a, p, ratio))
    p, a = p[order], a[order]
    found["gini"] = max(0, common - int((p * (2 * np.cumsum(a) - a)).sum())) / common
    return found


def _sum(values: Ints) -> int:
    """Exact, in halves of 32 bits: the whole would leave 64."""
    return (int((values >> 32).sum()) << 32) + int((values & (2**32 - 1)).sum())


def _of_gaps(squares: int, absolute: int, common: int, n: int) -> dict[str, float | None]:
    """The indices that always exist, from the sums of ``(s - v)**2`` and ``|s - v|`` over a common denominator."""
    return {"gallagher": math.sqrt(squares / (2 * common * common)), "loosemore_hanby": absolute / (2 * common),
            "sainte_lague": None, "rae": absolute / (common * n), "dhondt": None, "gini": None}


def _gini(groups: list[tuple[float, int, int]], common: int) -> float:
    """One less twice the area under the Lorenz curve of units against population, groups by units per person."""
    reached = area = 0
    for _, population, a in sorted(groups):
        area += population * (2 * reached + a)
        reached += a
    return max(0, common - area) / common
