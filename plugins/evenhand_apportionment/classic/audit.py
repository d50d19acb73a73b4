"""Quota violations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from evenhand_apportionment.classic.populations import Counts, Ints, Populations, read, total

Side = Literal["lower", "upper"]


def quota_violations(populations: Counts | Populations, units: Sequence[int] | Ints) -> list[tuple[int, Side]]:
    """Groups a whole unit or more away from their quota ``q = P k / S``.

    Lower: ``a <= q - 1``, tested as ``a S <= P k - S``; upper: ``a >= q + 1``. In whole numbers throughout.
    """
    whole, have = read(populations).whole, np.asarray(units, dtype=np.int64)
    if len(whole) != len(have):
        raise ValueError(f"{len(have)} units for {len(whole)} groups")
    everybody, k = total(whole), sum(have.tolist())
    if 4 * max(1, k) * everybody >= 2**63 or have.min(initial=0) < 0:
        whole, have = whole.astype(object), have.astype(object)  # whole numbers of any size
    apart = have * everybody - whole * k
    sides: dict[bool, Side] = {False: "lower", True: "upper"}
    return [(group, sides[bool(apart[group] > 0)]) for group in np.flatnonzero(abs(apart) >= everybody).tolist()]
