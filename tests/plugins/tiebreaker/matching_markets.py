"""Markets from plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from evenhand_tiebreaker.matching.market import Market


def market_from_lists(preferences: Iterable[Sequence[int]], capacity: ArrayLike, *,
                      base_points: Iterable[Sequence[int]] | None = None, tiebreaker_points: ArrayLike | None = None,
                      receives: ArrayLike | None = None, focal: ArrayLike | None = None) -> Market:
    """From one list of programs (and of base points, default 0) per applicant.

    ``tiebreaker_points`` default to 1 everywhere, ``receives`` and ``focal`` to nobody.
    """
    lists = [list(listed) for listed in preferences]
    points = [[0] * len(listed) for listed in lists] if base_points is None else base_points
    starts = np.cumsum([0, *(len(listed) for listed in lists)])
    nobody = np.zeros(len(lists), dtype=np.bool_)
    return Market(starts, _flat(lists), capacity, _flat(points),
                  np.ones(np.shape(capacity), dtype=np.int64) if tiebreaker_points is None else tiebreaker_points,
                  nobody if receives is None else receives, nobody if focal is None else focal)


def _flat(lists: Iterable[Sequence[int]]) -> list[int]:
    return [value for listed in lists for value in listed]
