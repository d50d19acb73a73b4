"""Exact allocation of few groups by single exchanges; for beta >= 1.

With some dozens of groups arithmetic is free and calls are dear. So the errors of the two units to either side of every
start are computed at once, in arrays of five groups' lengths, and an exchange only looks them up. The numbers are
those of :mod:`~evenhand_apportionment.parametric.measure`, to the last bit: it does not matter which route found an
answer.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from evenhand_apportionment.parametric import measure
from evenhand_apportionment.parametric.exchange import Position, exceeds
from evenhand_apportionment.parametric.lanes import REACH
from evenhand_apportionment.parametric.problem import AtSize

Floats = NDArray[np.float64]

_EXCHANGES = 40


@define(eq=False)
class Neighbourhood:
    """A position that changes by single units, with the errors around where it began.

    ``terms`` holds f at a - 2, ..., a + 2 one after the other (5 n), ``steps`` D at a - 2, ..., a + 1 (4 n); ``here``
    is f of the position, ``moved`` the groups that left a and by how much.
    """

    at: AtSize
    now: Position
    terms: Floats = field(repr=False)
    steps: Floats = field(repr=False)
    here: Floats = field(repr=False)
    moved: dict[int, int]

    @classmethod
    def of(cls, at: AtSize, a: Floats, missing: int) -> Neighbourhood:
        """Evaluate around whole ``a`` within the bounds, whose sum falls short of k by ``missing``."""
        if at.problem.calm:
            return cls._of(at, a, missing)
        with np.errstate(over="ignore", invalid="ignore"):
            return cls._of(at, a, missing)

    @classmethod
    def _of(cls, at: AtSize, a: Floats, missing: int) -> Neighbourhood:
        n, c, unit, lanes = at.size, at.aims, at.unit, at.problem.lanes
        assert lanes is not None
        units = (lanes.offsets + a).ravel()
        np.maximum(units, lanes.ones, out=units)    # below 1 stands what no group can have: the value is not used
        if unit != 1.0:
            units *= unit
        before, last = units[:-n], 4 * n
        terms = measure.values(units, c, lanes.over, lanes.under, at.beta)
        if at.beta == 1.0:
            steps = measure.linear_steps(before, c[:last], lanes.over[:last], lanes.under[:last], unit)
        else:
            steps = terms[n:] - terms[:last]
            measure.mend_far(steps, before, c[:last], terms[:last], at.beta, unit)
        low, high = steps[n:2 * n].copy(), steps[2 * n:3 * n].copy()
        low[a <= at.lower] = -math.inf
        if a.item(int(a.argmax())) >= at.upper.item(int(at.upper.argmin())):
            high[a >= at.upper] = math.inf
        return cls(at, Position(a, missing, low, high), terms, steps, terms[2 * n:3 * n].copy(), {})

    def improve(self) -> bool:
        """Hand out what is missing and exchange single units, a limited number of times; whether that was enough."""
        now = self.now
        low, high, missing = now.low, now.high, now.missing
        for _ in range(_EXCHANGES):
            giver, taker = int(low.argmax()), int(high.argmin())
            if not missing and not exceeds(low.item(giver), high.item(taker)):
                now.missing = 0
                return True
            if missing <= 0:
                self._shift(giver, -1)
            if missing >= 0:
                self._shift(taker, 1)
            missing -= (missing > 0) - (missing < 0)
        now.missing = missing
        return now.is_optimal

    def _shift(self, row: int, by: int) -> None:
        """One unit more or less for a group; what is missing is the caller's to count."""
        at, now = self.at, self.now
        offset = self.moved[row] = self.moved.get(row, 0) + by
        units = now.a[row] = now.a.item(row) + by
        if -REACH < offset < REACH:
            n, steps = len(self.here), self.steps
            place = (REACH + offset) * n + row
            self.here[row] = self.terms.item(place)
            now.low[row] = steps.item(place - n) if units > at.lower.item(row) else -math.inf
            now.high[row] = steps.item(place) if units < at.upper.item(row) else math.inf
        else:
            rows = np.array([row])
            now.low[rows], now.high[rows] = at.cuts(now.a[rows], rows)
            self.here[rows] = at.terms(now.a[rows], rows)
