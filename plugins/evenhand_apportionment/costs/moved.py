"""``moved_units``: units that groups gain against today."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.costs.base import Additive, Floats, Ints


class MovedCost(Additive):
    """``F_i(a) = max(0, a - current_i)``."""

    def __init__(self, current: Ints, units: int, lower: Ints, upper: Ints) -> None:
        self.current = current
        self.units = units
        self.lower, self.upper = lower, upper

    def contributions(self, a: Ints) -> Floats:
        return np.maximum(a - self.current, 0).astype(np.float64)

    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        current = self.current if rows is None else self.current[rows]
        return (a >= current).astype(np.float64)
