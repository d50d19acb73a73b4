"""``divisor_cost`` of a biproportional table: ``sum ln((t + 1/2)/V)`` over the units of every cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.costs.base import Additive, Floats, Ints

HALF = 0.5


class MatrixCost(Additive):
    """One entry per listed cell; a cell without votes may have no unit."""

    def __init__(self, votes: Floats, units: int, upper: Ints) -> None:
        self.logs = np.log(np.where(votes > 0, votes, 1.0))
        self.units = units
        self.lower = np.zeros(len(votes), dtype=np.int64)
        self.upper = upper

    def contributions(self, a: Ints) -> Floats:
        from scipy.special import gammaln

        found: Floats = gammaln(a + HALF) - gammaln(HALF) - a * self.logs
        return np.where(a > 0, found, 0.0)

    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        logs = self.logs if rows is None else self.logs[rows]
        found: Floats = np.log(a + HALF) - logs
        return found
