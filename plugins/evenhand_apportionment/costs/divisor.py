"""``divisor_cost``: what the divisor methods minimize, ``sum d(t)/P`` over the units above the lower bounds."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.answer import Answer
from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.classic.bounds import divisor_bound
from evenhand_apportionment.classic.check import check_divisors
from evenhand_apportionment.classic.divisor import at_cut
from evenhand_apportionment.classic.keys import Keys
from evenhand_apportionment.classic.populations import Populations
from evenhand_apportionment.classic.signposts import Signpost
from evenhand_apportionment.costs.base import Cost, Floats, Ints, Tie, cut_upper


class DivisorCost(Cost):
    """``F_i(a) = sum_{lower <= t < a} d(t)/P_i``; comparisons that decide anything are made in whole numbers."""

    exact = True

    def __init__(self, people: Populations, post: Signpost, units: int, lower: Ints, upper: Ints,
                 preference: Ints) -> None:
        self.people, self.post = people, post
        self.units = units
        self.lower = lower
        self.limit = upper
        self.upper = cut_upper(lower, upper, units)
        self.preference = preference
        self.slack = 2.0 * post.slack

    def contributions(self, a: Ints) -> Floats:
        p = self.people.floats
        paid = self.post.totals(a) - self.post.totals(self.lower)
        return np.divide(paid, p, out=np.zeros(len(p)), where=(p > 0) & (a != self.lower))

    def magnitude(self, a: Ints) -> float:
        p = self.people.floats
        paid = self.post.totals(a) + self.post.totals(self.lower)
        # At its lower bound a group has paid nothing, exactly.
        return float(np.divide(paid, p, out=np.zeros(len(p)), where=(p > 0) & (a != self.lower)).sum())

    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        p = self.people.floats if rows is None else self.people.floats[rows]
        return np.divide(self.post.values(np.asarray(a, dtype=np.int64)), p, out=np.full(len(p), np.inf), where=p > 0)

    @cached_property
    def answer(self) -> Answer:
        """The method's answer. Raises :class:`~.classic.failures.NoApportionmentError`."""
        return apportion(self.people, self.units, self.post.method, self.post.parameter, lower=self.lower,
                         upper=self.upper, preference=self.preference)

    def solve(self) -> Ints:
        return self.answer.units

    def settled(self, a: Ints, order: Ints) -> Ints:
        # Fewer units than groups and d(0) = 0: any choice of groups costs 0; the method means the largest.
        return self.answer.units if self.answer.first_units else super().settled(a, order)

    def faults(self, a: Ints, multiplier: float) -> list[str]:
        return self.exact_faults(a) or self.cuts(a).misplaced(multiplier)

    def exact_faults(self, a: Ints) -> list[str]:
        # Sequences of Python ints: the check is arithmetic on whole numbers of any size.
        return check_divisors(cast(Any, self.people), a.tolist(), self.units, self.post.method, self.post.parameter,
                              lower=self.lower.tolist(), upper=self.upper.tolist())

    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        return divisor_bound(self.people, self.units, multiplier, self.post.method, self.post.parameter,
                             lower=self.lower, upper=self.upper)

    def tie(self, a: Ints) -> Tie | None:
        keys = Keys(self.people, self.post, self.units + 2)
        met, unmet = at_cut(self.people, self.post, keys, a, self.lower, self.upper)
        if met is None or unmet is None or met[0] != unmet[0]:
            return None
        return Tie.of_single_units(a, met[1], unmet[1])
