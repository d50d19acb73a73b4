"""The parametric problem: targets, weights and bounds of the groups, and the same at one number of units."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric import measure
from evenhand_apportionment.parametric.lanes import COPIES, MOST_GROUPS, Lanes
from evenhand_apportionment.parametric.shares import Shares, powers, shares_of, whole_numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.intp]

UNBOUNDED = 2**62
"""An upper bound that never binds."""

MAX_UNITS = 2**52
_BLOCK = 1 << 15
"""Groups treated at a time, so that what one step leaves behind still lies in the processor's cache."""


@frozen(eq=False)
class ParametricProblem:
    """n groups that share out units with the least error; make it with :meth:`build`.

    Attributes
    ----------
    population : float64 array of shape (n,)
        Positive and finite.
    kappa, gamma, beta, sigma : float
        Which target, whose error counts, how sharply, in which direction.
    lower, upper : int64 arrays of shape (n,)
        Bounds on a group's units, ``1 <= lower <= upper``; :data:`UNBOUNDED` where there is none.
    goals : Shares
        The ideal of k units is ``k s / S``.
    weights : float64 array of shape (n,)
        Sum 1.
    reach : (int, int)
        Fewest and most units the bounds allow.
    """

    population: Floats
    kappa: float
    gamma: float
    beta: float
    sigma: float
    lower: Ints
    upper: Ints
    goals: Shares
    weights: Floats
    reach: tuple[int, int]
    _float_lower: Floats = field(repr=False)
    _float_upper: Floats = field(repr=False)
    _over: Floats = field(repr=False)
    _under: Floats = field(repr=False)     # the same array as _over where both sides count alike

    @classmethod
    def build(cls, population: ArrayLike, *, kappa: float = 1.0, gamma: float = 1.0, beta: float = 2.0,
              sigma: float = 0.5, lower: ArrayLike = 1, upper: ArrayLike | None = None) -> ParametricProblem:
        """Check and complete.

        Parameters
        ----------
        population : shape (n,)
            Whole numbers and fractions of any size are taken exactly, and so are doubles that are the nearest ones to
            decimals of up to 9 places; only then is an exact division (error 0) sure to be recognised.

        Raises
        ------
        ValueError
            If there is no group, a population is not positive and finite, a parameter lies outside its range
            (kappa, gamma >= 0, beta > 0, 0 <= sigma <= 1), or bounds are below 1 or cross.
        OverflowError
            If kappa or gamma sends a group's target or weight beneath the smallest double.
        """
        people = np.array(population, dtype=np.float64)
        if people.ndim != 1 or not len(people):
            raise ValueError("at least one group is needed, in one dimension")
        if not (np.isfinite(people).all() and (people > 0.0).all()):
            raise ValueError("populations must be positive and finite")
        for name, value, fits in (("kappa", kappa, kappa >= 0.0), ("gamma", gamma, gamma >= 0.0),
                                  ("beta", beta, beta > 0.0), ("sigma", sigma, 0.0 <= sigma <= 1.0)):
            if not (math.isfinite(value) and fits):
                raise ValueError(f"{name} = {value} lies outside its range")
        lows, highs = _whole(lower, len(people)), _whole(UNBOUNDED if upper is None else upper, len(people))
        if (lows < 1).any():
            raise ValueError("every group needs a minimum of at least 1: without a unit its error is infinite")
        if (lows > highs).any():
            raise ValueError("a minimum exceeds its maximum")
        goals = shares_of(people, whole_numbers(population, people), float(kappa))
        weights = powers(people, gamma, "gamma")
        weights = weights / math.fsum(weights.tolist())
        over = 2.0 * sigma * weights
        under = over if sigma == 0.5 else 2.0 * (1.0 - sigma) * weights
        highs = np.minimum(highs, UNBOUNDED)
        most = UNBOUNDED if (highs >= UNBOUNDED).any() else _total(highs)
        return cls(people, float(kappa), float(gamma), float(beta), float(sigma), lows, highs, goals,
                   weights, (_total(lows), most), lows.astype(np.float64), highs.astype(np.float64), over, under)

    @property
    def size(self) -> int:
        """Number of groups."""
        return len(self.population)

    @cached_property
    def lanes(self) -> Lanes | None:
        """What :mod:`~evenhand_apportionment.parametric.few` asks of few groups, None where there are many."""
        return Lanes.of(self.goals.values, self._over, self._under) if self.size <= MOST_GROUPS else None

    @cached_property
    def capped(self) -> bool:
        """Whether any group has an upper bound."""
        return bool((self.upper < UNBOUNDED).any())

    @cached_property
    def calm(self) -> bool:
        """Whether no error of any number of units can overflow: ``((2^52 + 2) / min(c, 1))^beta`` is beyond none."""
        least = float(self.goals.values.min()) / self.goals.total
        return self.beta * (53.0 - min(0.0, math.log2(least))) < 1000.0 if least > 0.0 else False

    @property
    def targets(self) -> Floats:
        """Shares of the whole aimed at; sum 1."""
        return self.goals.values / self.goals.total

    @cached_property
    def last_exact(self) -> int:
        """The largest number of units whose ideals are exact; beyond, they are rounded."""
        return self.goals.last_exact

    def aims(self, units: int) -> tuple[Floats, float]:
        """The ideals times ``unit``, as often as the lanes have them (once without lanes), and ``unit``.

        With unit S they are the whole numbers k s, exactly; where those leave the doubles, unit is 1.
        """
        lanes = self.lanes
        if units <= self.last_exact:
            return (self.goals.values if lanes is None else lanes.shares) * float(units), self.goals.total
        ideals = self.goals.ideals(np.array([units]))[0]
        return ideals if lanes is None else np.tile(ideals, COPIES), 1.0

    def aims_of(self, sizes: Ints) -> tuple[Floats, float]:
        """:meth:`aims` of several sizes, shape (sizes, n): all of them up to :attr:`last_exact`, or all beyond."""
        if int(sizes[-1]) <= self.last_exact:
            return self.goals.values * sizes.astype(np.float64)[:, np.newaxis], self.goals.total
        return self.goals.ideals(sizes), 1.0

    def at(self, units: int) -> AtSize:
        """The problem of sharing out ``units`` units.

        Raises
        ------
        ValueError
            If the bounds do not allow that many, or it is not a whole number below 2^52.
        """
        if units != int(units) or not 0 < units <= MAX_UNITS:
            raise ValueError(f"{units} is not a usable number of units")
        units = int(units)
        fewest, most = self.reach
        if not fewest <= units <= most:
            raise ValueError(f"{units} units lie outside what the bounds allow, {fewest} to {most}")
        upper = self._float_lower + float(units - fewest)
        if self.capped:
            np.minimum(upper, self._float_upper, out=upper)
        aims, unit = self.aims(units)
        aim = aims[:len(upper)]
        return AtSize(self, units, aim if unit == 1.0 else aim / unit, self._over, self._under, self.beta,
                      self._float_lower, upper, unit, aim, aims)


@define(eq=False)
class AtSize:
    """A :class:`ParametricProblem` at one number of units.

    Attributes
    ----------
    problem : ParametricProblem
    units : int
        k.
    ideal : float64 array of shape (n,)
        c = k T.
    over, under : float64 arrays of shape (n,)
        2 sigma W and 2 (1 - sigma) W.
    lower, upper : float64 arrays of shape (n,)
        Whole numbers; ``upper`` is cut to what the minimums of the others leave of k.
    unit, aim : float, float64 array of shape (n,)
        Every ``aim`` is ``unit`` times the ideal; with ``a * unit`` it gives ``a - c`` without rounding.
    aims : float64 array of shape (5 n,) or (n,)
        The same as often as ``problem.lanes`` has them, once where it has none.
    """

    problem: ParametricProblem
    units: int
    ideal: Floats
    over: Floats
    under: Floats
    beta: float
    lower: Floats
    upper: Floats
    unit: float
    aim: Floats = field(repr=False)
    aims: Floats = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.ideal)

    def terms(self, a: NDArray[Any], rows: Rows | None = None) -> Floats:
        """f_i(a_i), for all groups or for those of ``rows`` (one entry of ``a`` each)."""
        return self._mapped(measure.values, a, rows)

    def steps(self, a: NDArray[Any], rows: Rows | None = None) -> Floats:
        """D_i(a_i) = f_i(a_i + 1) - f_i(a_i), whatever the bounds say."""
        return self._mapped(partial(measure.steps, unit=self.unit), a, rows)

    def marginals(self, a: NDArray[Any]) -> Floats:
        """D_i(a_i), +inf where the upper bound is reached."""
        step = self.steps(a)
        step[a >= self.upper] = np.inf
        return step

    def cuts(self, a: Floats, rows: Rows | None = None) -> tuple[Floats, Floats]:
        """D_i(a_i - 1), -inf at the lower bound, and D_i(a_i), +inf at the upper one."""
        aim, over, under = self._parts(rows)
        lower, upper = (self.lower, self.upper) if rows is None else (self.lower[rows], self.upper[rows])
        with np.errstate(over="ignore", invalid="ignore"):
            if len(a) <= 2 * _BLOCK:
                return measure.cuts(a, aim, over, under, self.beta, lower, upper, self.unit)
            low, high = np.empty(len(a)), np.empty(len(a))
            for start in range(0, len(a), _BLOCK):
                block = slice(start, start + _BLOCK)
                low[block], high[block] = measure.cuts(a[block], aim[block], over[block], under[block], self.beta,
                                                       lower[block], upper[block], self.unit)
            return low, high

    def error(self, a: NDArray[Any]) -> float:
        """E(a), summed without rounding in between.

        Raises
        ------
        OverflowError
            If it is no finite double.
        """
        return self.total(self.terms(a))

    def total(self, terms: Floats) -> float:
        """E from all f_i, summed without rounding in between.

        Raises
        ------
        OverflowError
            If it is no finite double.
        """
        total = math.fsum(terms.tolist())
        if not math.isfinite(total):
            raise OverflowError("the error of this allocation is beyond the largest double: lower beta, or look for a "
                                "group that is tiny beside the others")
        return total

    def whole(self, a: Floats) -> Ints:
        return a.astype(np.int64)

    def _parts(self, rows: Rows | None) -> tuple[Floats, Floats, Floats]:
        if rows is None:
            return self.aim, self.over, self.under
        over = self.over[rows]
        return self.aim[rows], over, over if self.over is self.under else self.under[rows]

    def _mapped(self, function: Callable[..., Floats], a: NDArray[Any], rows: Rows | None) -> Floats:
        amounts = np.asarray(a, dtype=np.float64)
        if self.unit != 1.0:
            amounts = amounts * self.unit
        parts = self._parts(rows)
        with np.errstate(over="ignore", invalid="ignore"):
            if len(amounts) <= 2 * _BLOCK:
                return function(amounts, *parts, self.beta)
            out = np.empty(len(amounts))
            for start in range(0, len(amounts), _BLOCK):
                block = slice(start, start + _BLOCK)
                out[block] = function(amounts[block], *(part[block] for part in parts), self.beta)
            return out


def _whole(given: ArrayLike, size: int) -> Ints:
    numbers = np.asarray(given)
    if not np.issubdtype(numbers.dtype, np.integer):
        rounded = numbers.astype(np.int64)
        if not (rounded == numbers).all():
            raise ValueError("bounds must be whole numbers")
        numbers = rounded
    if numbers.ndim not in (0, 1) or (numbers.ndim == 1 and len(numbers) != size):
        raise ValueError(f"bounds have shape {numbers.shape}, expected ({size},)")
    return np.broadcast_to(numbers.astype(np.int64), (size,)).copy()


def _total(numbers: Ints) -> int:
    """The sum, in halves that cannot overflow 64 bits."""
    return (int((numbers >> 31).sum()) << 31) + int((numbers & (2**31 - 1)).sum())

