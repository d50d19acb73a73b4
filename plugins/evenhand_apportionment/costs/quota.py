"""``quota_deviation``: squared distance from the quotas, which largest remainders minimize."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.answer import Answer
from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.classic.bounds import quota_bound
from evenhand_apportionment.classic.check import check_quota
from evenhand_apportionment.classic.populations import Populations
from evenhand_apportionment.classic.quotas import QUOTA_METHODS, Remainders, at_cut
from evenhand_apportionment.costs.base import Cost, Floats, Ints, Tie, cut_upper


class QuotaCost(Cost):
    """``F_i(a) = (a - P_i/Q)^2``; Q is the method's quota, Hare's for a method that has none."""

    exact = True

    def __init__(self, people: Populations, method: str, units: int, lower: Ints, upper: Ints,
                 preference: Ints) -> None:
        self.people = people
        self.method = method
        self.measured_by = method if method in QUOTA_METHODS else "hamilton"
        self.units = units
        self.lower = lower
        self.limit = upper  # whole quotas are taken before anything is cut to what the others leave
        self.upper = cut_upper(lower, upper, units)
        self.preference = preference

    @cached_property
    def quotas(self) -> Floats:
        """P/Q, each rounded once."""
        claims, unit = self._left(np.zeros(len(self.people), dtype=np.int64))
        return np.array([claim / unit for claim in claims])

    def _left(self, a: Ints) -> tuple[list[int], int]:
        """``P/Q - a`` of every group as whole numbers over one denominator, exactly."""
        if self.units < 1:
            return (-a).tolist(), 1
        remainders = Remainders(self.people, self.units, self.measured_by, int(a.max(initial=0)) + 1)
        return remainders.after(a).tolist(), remainders.unit

    def contributions(self, a: Ints) -> Floats:
        left, unit = self._left(a)
        return np.array([apart * apart / (unit * unit) for apart in left])

    def value(self, a: Ints) -> float:
        """Summed exactly and rounded once: a division that meets every quota is worth 0, not some rounding."""
        left, unit = self._left(a)
        return sum(apart * apart for apart in left) / (unit * unit)

    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        quotas = self.quotas if rows is None else self.quotas[rows]
        return 2.0 * (a - quotas) + 1.0

    def magnitude(self, a: Ints) -> float:
        return float(np.square(a + self.quotas + 1.0).sum())

    @cached_property
    def answer(self) -> Answer:
        """The method's answer. Raises :class:`~.classic.failures.NoApportionmentError`."""
        return apportion(self.people, self.units, self.method, lower=self.lower, upper=self.limit,
                         preference=self.preference)

    def solve(self) -> Ints:
        return self.answer.units

    def faults(self, a: Ints, multiplier: float) -> list[str]:
        noise = 2.0**-48 * (1.0 + float(a.max(initial=0)) + float(self.quotas.max(initial=0.0)))
        return self.exact_faults(a) or self.cuts(a).misplaced(multiplier, noise)

    def exact_faults(self, a: Ints) -> list[str]:
        return check_quota(cast(Any, self.people), a.tolist(), self.units, self.measured_by, lower=self.lower.tolist(),
                           upper=self.upper.tolist())

    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        return quota_bound(self.people, self.units, multiplier, self.measured_by, lower=self.lower, upper=self.upper)

    def tie(self, a: Ints) -> Tie | None:
        if self.units < 1:
            return None
        remainders = Remainders(self.people, self.units, self.measured_by, int(a.max(initial=0)) + 1)
        met, unmet = at_cut(remainders, a, self.lower, self.upper)
        if met is None or unmet is None or met[0] != unmet[0]:
            return None
        return Tie.of_single_units(a, met[1], unmet[1])
