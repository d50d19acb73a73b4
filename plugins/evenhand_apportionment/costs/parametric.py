"""``representation_error``: the parametric error at one number of units."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.costs.base import Cost, Cuts, Floats, Ints, Tie, cut_upper
from evenhand_apportionment.parametric import exchange, measure
from evenhand_apportionment.parametric.certificate import CutFault, check_cut
from evenhand_apportionment.parametric.lagrange import lower_bound, rounding
from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from evenhand_apportionment.parametric.swaps import SCOPE, find_swaps, settle_swaps
from evenhand_apportionment.parametric.ties import find_ties

SHOWN = 5


class ParametricCost(Cost):
    """E(a) with ideals ``k T``; its error and steps are defined also where the bounds allow no k units."""

    def __init__(self, problem: ParametricProblem, units: int) -> None:
        self.problem = problem
        self.units = units
        self.lower = problem.lower
        self.limit = problem.upper
        self.upper = cut_upper(problem.lower, problem.upper, units)
        self.convex = problem.beta >= 1.0
        self.slack = 2.0 * rounding(problem.beta)

    @cached_property
    def _aims(self) -> tuple[Floats, float]:
        aims, unit = self.problem.aims(self.units)
        return aims[:self.problem.size], unit

    @cached_property
    def ideal(self) -> Floats:
        aims, unit = self._aims
        return aims if unit == 1.0 else aims / unit

    @cached_property
    def _factors(self) -> tuple[Floats, Floats]:
        problem = self.problem
        return 2.0 * problem.sigma * problem.weights, 2.0 * (1.0 - problem.sigma) * problem.weights

    @cached_property
    def at(self) -> AtSize:
        """The engine's form. Raises ``ValueError`` where the bounds do not allow that many units."""
        return self.problem.at(self.units)

    def contributions(self, a: Ints) -> Floats:
        return self._mapped(measure.values, a, None)

    def steps(self, a: npt.NDArray[Any], rows: Ints | None = None) -> Floats:
        return self._mapped(partial(measure.steps, unit=self._aims[1]), a, rows)

    def _mapped(self, function: Any, a: npt.NDArray[Any], rows: Ints | None) -> Floats:
        (aims, unit), (over, under) = self._aims, self._factors
        parts = (aims, over, under)
        if rows is not None:
            parts = (aims[rows], over[rows], under[rows])
        with np.errstate(over="ignore", invalid="ignore"):
            found: Floats = function(np.asarray(a, dtype=np.float64) * unit, *parts, self.problem.beta)
        return found

    def held_and_next(self, a: Ints) -> tuple[Floats, Floats]:
        return self.at.cuts(a.astype(np.float64))

    def solve(self) -> Ints:
        return solve(self.problem, self.units).units

    def faults(self, a: Ints, multiplier: float) -> list[str]:
        if not self.convex:
            return ["for beta < 1 no comparison of single units proves anything"]
        check = check_cut(self.problem, self.units, a, multiplier)
        if check.holds:
            return []
        return [_words(fault) for fault in check.faults[:SHOWN]] or ["the multiplier is not a finite number"]

    def bound(self, multiplier: float, near: Ints | None = None) -> tuple[float, float]:
        found = lower_bound(self.problem, self.units, multiplier, near)
        return found.value, found.allowance

    @property
    def tie_scope(self) -> str | None:
        """Which ties are looked for, in words, where it is not all of them."""
        return None if self.convex else SCOPE

    def settled(self, a: Ints, order: Ints) -> Ints:
        if self.convex:
            return super().settled(a, order)
        return settle_swaps(self.at, a.astype(np.float64), order).astype(np.int64)

    def tie(self, a: Ints) -> Tie | None:
        if not self.convex:
            found = find_swaps(self.at, a.astype(np.float64))
            return None if found is None else Tie(found.rows.astype(np.int64), found.base, found.top, found.shared)
        now = exchange.position(self.at, a.astype(np.float64))
        if not now.is_optimal:
            return None
        found = find_ties(self.at, now)
        return None if found is None else Tie(found.rows.astype(np.int64), found.base, found.top, found.shared)

    def cuts(self, a: Ints) -> Cuts:
        found = super().cuts(a)
        tie = self.tie(a) if self.convex else None
        if tie is None:
            return found
        return Cuts(found.low, found.high, tie.rows, tie.rows)  # equal but for rounding: they stand on both


def _words(fault: CutFault) -> str:
    group = f"group {fault.row}"
    said = {
        "sum": f"the units add up to {fault.found:g}, not to {fault.limit:g}",
        "lower": f"{group} has {fault.found:g} units, fewer than its minimum {fault.limit:g}",
        "upper": f"{group} has {fault.found:g} units, more than its maximum {fault.limit:g}",
        "low": f"{group} pays {fault.found!r} for its last unit, more than the multiplier {fault.limit!r}",
        "high": f"{group} would pay less for one more unit than the multiplier {fault.found!r}: {fault.limit!r}",
    }
    return said[fault.side]
