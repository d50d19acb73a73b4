"""``quota_deviation``: squared distance from the quotas, which largest remainders minimize."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.answer import Answer
from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.classic.bounds import quota_bound
from evenhand_apportionment.classic.check import check_quota
from evenhand_apportionment.classic.populations import Populations
from evenhand_apportionment.classic.quotas import QUOTA_METHODS, Remainders, quota
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
        """P/Q, rounded once or twice in the last place."""
        if self.units < 1:
            return np.zeros(len(self.people))
        size: Fraction = quota(self.measured_by, self.people.total, self.units)
        return self.people.floats * (float(size.denominator) / float(size.numerator))

    def contributions(self, a: Ints) -> Floats:
        return np.square(a - self.quotas)

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
        return check_quota(cast(Any, self.people), a.tolist(), self.units, self.measured_by, lower=self.lower.tolist(),
                           upper=self.upper.tolist())

    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        return quota_bound(self.people, self.units, multiplier, self.measured_by, lower=self.lower, upper=self.upper)

    def tie(self, a: Ints) -> Tie | None:
        if self.units < 1:
            return None
        after = Remainders(self.people, self.units, self.measured_by, int(a.max(initial=0)) + 1)
        given, open_ = np.flatnonzero(a > self.lower), np.flatnonzero(a < self.upper)
        if not len(given) or not len(open_):
            return None
        met, unmet = after.after(a - 1)[given], after.after(a)[open_]
        weakest, strongest = met.min(), unmet.max()
        if weakest != strongest:
            return None
        givers, takers = given[met == weakest], open_[unmet == strongest]
        held = np.zeros(len(a), dtype=np.int64)
        held[givers] = 1
        rows = np.union1d(givers, takers).astype(np.int64)
        base = (a - held)[rows]
        return Tie(rows, base, base + 1, len(givers))
