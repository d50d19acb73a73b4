"""The exact allocation for every number of units of a range, many sizes at a time; for beta >= 1.

Ideals move with k, so the optimum may take a unit away from a group when k grows: no size is built from the one
before. All sizes of a block are rounded together and then exchange units in step, one exchange per size and round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_apportionment.parametric import measure
from evenhand_apportionment.parametric.exchange import TIE_TOLERANCE, Position
from evenhand_apportionment.parametric.problem import MAX_UNITS, ParametricProblem
from evenhand_apportionment.parametric.solve import Answer, settle, solve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK_ENTRIES = 1 << 16
_BLOCK_SIZES = 1 << 12
"""Solved between two questions whether to stop: ties are settled size by size."""
_CACHED_ENTRIES = 1 << 13
"""Evaluated at a time: small enough for the processor's cache, and for memory that need not be asked for anew."""
_ROUNDS = 60
MANY_GROUPS = 600
"""Above this, one size alone is enough work for whole-array steps."""
_KEPT_ENTRIES = 50_000_000


@frozen(eq=False)
class Sweep:
    """Optimal allocations of K consecutive sizes.

    Attributes
    ----------
    problem : ParametricProblem
    sizes : int64 array of shape (K,)
    errors : float64 array of shape (K,)
        E(k), added up pairwise (a few units in the last place); exactly 0 where the division is exact.
    multiplier, cut_low, cut_high : float64 arrays of shape (K,)
        The cut that proves each size (cuts may be infinite).
    tied : bool array of shape (K,)
        Whether groups are tied at the cut; ties are settled by input order.
    kept : int32 array of shape (K, n), or None
        The allocations, unless they would take too much memory.

    There may be fewer sizes than were asked for, if there was no time for the others.
    """

    problem: ParametricProblem = field(repr=False)
    sizes: Ints = field(repr=False)
    errors: Floats = field(repr=False)
    multiplier: Floats = field(repr=False)
    cut_low: Floats = field(repr=False)
    cut_high: Floats = field(repr=False)
    tied: NDArray[np.bool_] = field(repr=False)
    kept: NDArray[np.int32] | None = field(repr=False)
    _losses: tuple[tuple[int, int, int, int], ...] = field(repr=False)     # where nothing is kept

    def allocation(self, k: int) -> Ints:
        """Units per group at one size of the range; solved again if it was not kept."""
        place = k - int(self.sizes[0])
        if not 0 <= place < len(self.sizes):
            raise ValueError(f"{k} lies outside the range {self.sizes[0]} to {self.sizes[-1]}")
        return solve(self.problem, k).units if self.kept is None else self.kept[place].astype(np.int64)

    def losses(self) -> list[tuple[int, int, int, int]]:
        """Alabama paradoxes: (k + 1, row, units at k, units at k + 1) whenever a group loses by a larger k."""
        if self.kept is None:
            return list(self._losses)
        return [loss for start in range(0, len(self.kept), _BLOCK_ENTRIES)
                for loss in _falls(self.sizes[start:], self.kept[start:start + _BLOCK_ENTRIES + 1])]


def blocks(problem: ParametricProblem, first: int, count: int) -> Iterator[tuple[int, int]]:
    """Pieces of ``count`` sizes from ``first`` on, as places from 0; in each all ideals are exact, or all rounded."""
    rows = max(1, min(_BLOCK_SIZES, _BLOCK_ENTRIES // problem.size))
    switch, start = problem.last_exact + 1 - first, 0
    while start < count:
        end = min(count, start + rows)
        if start < switch < end:
            end = switch
        yield start, end
        start = end


def sweep(problem: ParametricProblem, k_min: int, k_max: int, *, keep: bool | None = None,
          stop: Callable[[], bool] = lambda: False) -> Sweep:
    """Solve every k from ``k_min`` to ``k_max``, both included, or as many of the first as there is time for.

    Parameters
    ----------
    keep : bool, optional
        Whether to keep all allocations; by default if they have at most 50 million entries.
    stop : callable
        Asked between blocks of sizes; when it says True no further ones are solved.

    Raises
    ------
    ValueError
        If the range is empty or leaves what the bounds allow, or beta < 1.
    OverflowError
        If the error of an answer is no finite double.
    """
    if problem.beta < 1.0:
        raise ValueError("for beta < 1 the error is not convex and exchanges prove nothing")
    fewest, most = problem.reach
    if not fewest <= k_min <= k_max <= min(most, MAX_UNITS):
        raise ValueError(f"the sizes {k_min} to {k_max} must ascend and lie in {fewest} to {most}")
    count = k_max - k_min + 1
    if keep is None:
        keep = count * problem.size <= _KEPT_ENTRIES and k_max < 2**31
    run = _Run(problem, np.arange(k_min, k_max + 1, dtype=np.int64), keep)
    done = 0
    for start, end in blocks(problem, k_min, count):
        if start and stop():
            break
        run.open(start, end)
        if problem.size > MANY_GROUPS:
            done = run.one_by_one(np.arange(start, end), stop)
        else:
            run.block(np.arange(start, end))
            done = end
        run.close(done)
        if done < end:
            break
    return run.result(done)


class _Run:
    """The tables of one sweep while they are filled; of allocations that are not kept only one block's."""

    def __init__(self, problem: ParametricProblem, sizes: Ints, keep: bool) -> None:
        self.problem, self.sizes = problem, sizes
        self.errors, self.multiplier = np.empty(len(sizes)), np.empty(len(sizes))
        self.cut_low, self.cut_high = np.empty(len(sizes)), np.empty(len(sizes))
        self.tied = np.zeros(len(sizes), dtype=np.bool_)
        self.kept = np.empty((len(sizes), problem.size), dtype=np.int32) if keep else None
        self.units: NDArray[Any] = np.empty((0, problem.size), dtype=np.int64)
        self.first = 0
        self.before: NDArray[Any] | None = None
        self.losses: list[tuple[int, int, int, int]] = []

    def open(self, start: int, end: int) -> None:
        """Make room for the allocations of a block."""
        self.first = start
        self.units = (np.empty((end - start, self.problem.size), dtype=np.int64) if self.kept is None
                      else self.kept[start:end])

    def close(self, end: int) -> None:
        """Note who lost a unit from one size to the next, where that cannot be seen later."""
        if self.kept is not None:
            return
        units, start = self.units[:end - self.first], self.first
        if self.before is not None:
            units, start = np.concatenate((self.before, units)), start - 1
        self.losses += _falls(self.sizes[start:], units)
        self.before = units[-1:].copy()

    def result(self, count: int) -> Sweep:
        kept = None if self.kept is None else self.kept[:count]
        return Sweep(self.problem, self.sizes[:count], self.errors[:count], self.multiplier[:count],
                     self.cut_low[:count], self.cut_high[:count], self.tied[:count], kept, tuple(self.losses))

    def one_by_one(self, places: Ints, stop: Callable[[], bool] = lambda: False) -> int:
        """Returns the first place that was not solved; the very first one always is."""
        for place in places.tolist():
            if place and stop():
                return int(place)
            self._write(place, solve(self.problem, int(self.sizes[place])))
        return int(places[-1]) + 1 if len(places) else self.first

    def block(self, places: Ints) -> None:
        """Round all ideals, then one exchange per size and round; only touched entries are evaluated again."""
        block = _Block(self.problem, self.sizes[places])
        unsettled = block.run(_ROUNDS)
        each = np.arange(len(places))   # numpy finds the place of a short row's maximum far sooner than the maximum
        cut_low, cut_high = block.low[each, block.low.argmax(axis=1)], block.high[each, block.high.argmin(axis=1)]
        errors = block.errors()
        if not np.isfinite(errors).all():
            unsettled = np.union1d(unsettled, np.flatnonzero(~np.isfinite(errors)))
        self.errors[places], self.cut_low[places], self.cut_high[places] = errors, cut_low, cut_high
        self.multiplier[places] = _middles(cut_low, cut_high)
        self.units[:] = block.a
        scale = np.maximum(np.abs(cut_low), np.abs(cut_high))
        with np.errstate(invalid="ignore"):
            ties = np.isfinite(scale) & (cut_high - cut_low <= TIE_TOLERANCE * scale)
        ties[unsettled] = False
        for row in np.flatnonzero(ties).tolist():
            at = self.problem.at(int(self.sizes[places[row]]))
            now = Position(block.a[row].copy(), 0, block.low[row], block.high[row])
            self._write(int(places[row]), settle(at, now, "exchange"))
        self.one_by_one(places[unsettled])

    def _write(self, place: int, answer: Answer) -> None:
        self.errors[place], self.multiplier[place] = answer.error, answer.multiplier
        self.cut_low[place], self.cut_high[place] = answer.cut_low, answer.cut_high
        self.tied[place] = answer.ties is not None
        self.units[place - self.first] = answer.units


class _Block:
    """A few sizes side by side: arrays of shape (sizes, n)."""

    def __init__(self, problem: ParametricProblem, sizes: Ints) -> None:
        at = problem.at(int(sizes[-1]))
        shape = (len(sizes), problem.size)
        self.over, self.under, self.beta, self.lower = at.over, at.under, at.beta, at.lower
        self.limit = problem.upper.astype(np.float64)
        self.left = sizes.astype(np.float64) - float(problem.reach[0])
        # One piece of memory for all: what is asked for and given back in many pieces has to be mapped again each time.
        self.aim, self.a, self.low, self.high = np.empty((4, *shape))
        self.unit = at.unit
        k = sizes.astype(np.float64)[:, np.newaxis]
        for part in self._parts():
            aim, a = self.aim[part], self.a[part]
            upper = self._upper(self.left[part, np.newaxis], slice(None))
            if self.unit == 1.0:
                aim[:], _ = problem.aims_of(sizes[part])
                a[:] = aim
            else:
                np.multiply(problem.goals.values, k[part], out=aim)
                np.divide(aim, self.unit, out=a)
            np.rint(a, out=a)
            np.maximum(a, self.lower, out=a)
            np.minimum(a, upper, out=a)
            with np.errstate(over="ignore", invalid="ignore"):
                self.low[part], self.high[part] = measure.cuts(a, aim, self.over, self.under, self.beta, self.lower,
                                                               upper, self.unit)
        self.missing = sizes - self.a.sum(axis=1).astype(np.int64)

    def _parts(self) -> Iterator[slice]:
        """A few rows at a time."""
        count, width = self.a.shape
        rows = max(1, _CACHED_ENTRIES // width)
        return (slice(start, start + rows) for start in range(0, count, rows))

    def _upper(self, left: Floats, columns: Ints | slice) -> Floats:
        """Upper bounds of some groups where ``left`` units remain after all minimums."""
        upper: Floats = self.lower[columns] + left
        return np.minimum(upper, self.limit[columns], out=upper)

    def run(self, rounds: int) -> Ints:
        """Exchange until every size is optimal; returns the rows that are not after so many rounds."""
        self._hand_out(np.flatnonzero(self.missing > 1), self.high, 1)
        self._hand_out(np.flatnonzero(self.missing < -1), self.low, -1)
        active = np.arange(len(self.a))
        for _ in range(rounds):
            whole = len(active) == len(self.a)
            low, high = (self.low, self.high) if whole else (self.low[active], self.high[active])
            giver, taker = low.argmax(axis=1), high.argmin(axis=1)
            each = np.arange(len(active))
            dearest, cheapest = low[each, giver], high[each, taker]
            missing = self.missing[active]
            # One minimal exchange is never worth less than a tie; with infinite cuts there is nothing to exchange.
            improves = dearest > cheapest
            improves &= dearest - cheapest > TIE_TOLERANCE * np.maximum(np.abs(dearest), np.abs(cheapest))
            improves &= missing == 0
            # A group that would give to itself is out of order for rounding: it stays, and is not settled here.
            moves = improves & (giver != taker)
            gives, takes = moves | (missing < 0), moves | (missing > 0)
            rows = np.concatenate((active[gives], active[takes]))
            by = np.ones(len(rows))
            by[:np.count_nonzero(gives)] = -1.0
            self._shift(rows, np.concatenate((giver[gives], taker[takes])), by)
            self.missing[active] += gives
            self.missing[active] -= takes
            active = active[improves | (missing != 0)]
            if not len(active):
                break
        return active

    def _hand_out(self, rows: Ints, price: Floats, by: int) -> None:
        """One unit more (or less) for as many groups as are missing, the best first; with equals perhaps for more."""
        if not len(rows):
            return
        price = price[rows] if by > 0 else -price[rows]
        count = np.minimum(np.abs(self.missing[rows]), price.shape[1])
        last = np.sort(price, axis=1)[np.arange(len(rows)), count - 1]
        chosen = price <= np.minimum(last, np.finfo(np.float64).max)[:, np.newaxis]
        where, columns = chosen.nonzero()
        self._shift(rows[where], columns, np.full(len(where), float(by)))
        self.missing[rows] -= by * chosen.sum(axis=1)

    def _shift(self, rows: Ints, columns: Ints, by: Floats) -> None:
        """Change these entries, each named once."""
        if not len(rows):
            return
        spot = (rows, columns)
        a = self.a[spot]
        a += by
        self.a[spot] = a
        over = self.over[columns]
        under = over if self.over is self.under else self.under[columns]
        with np.errstate(over="ignore", invalid="ignore"):
            self.low[spot], self.high[spot] = measure.cuts(
                a, self.aim[spot], over, under, self.beta, self.lower[columns],
                self._upper(self.left[rows], columns), self.unit)

    def errors(self) -> Floats:
        total = np.empty(len(self.a))
        with np.errstate(over="ignore", invalid="ignore"):
            for part in self._parts():
                held = self.a[part] if self.unit == 1.0 else self.a[part] * self.unit
                terms = measure.values(held, self.aim[part], self.over, self.under, self.beta)
                terms.sum(axis=1, out=total[part])
        return total


def _falls(sizes: Ints, units: NDArray[Any]) -> list[tuple[int, int, int, int]]:
    """:meth:`Sweep.losses` among the first sizes, of which these are the allocations."""
    where, rows = np.nonzero(units[1:] < units[:-1])
    return list(zip(sizes[where + 1].tolist(), rows.tolist(), units[where, rows].tolist(),
                    units[where + 1, rows].tolist(), strict=True))


def _middles(cut_low: Floats, cut_high: Floats) -> Floats:
    """As :func:`~evenhand_apportionment.parametric.ties.middle`, for arrays."""
    out = np.where(np.isfinite(cut_low), cut_low, np.where(np.isfinite(cut_high), cut_high, 0.0))
    both = np.isfinite(cut_low) & np.isfinite(cut_high)
    out[both] = cut_low[both] / 2.0 + cut_high[both] / 2.0
    return out


def scores(alpha: float, sizes: ArrayLike, errors: ArrayLike) -> Floats:
    """S(k) = -(alpha ln k + ln E(k)); +inf where E(k) = 0: an exact division is a class of its own."""
    k, error = np.asarray(sizes, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    exact = error == 0.0
    return np.where(exact, np.inf, -(alpha * np.log(k) + np.log(np.where(exact, 1.0, error))))


def best_size(sizes: ArrayLike, scored: ArrayLike) -> int:
    """The size with the largest score, the smallest one among equals.

    Raises
    ------
    ValueError
        If there is no size.
    """
    k, score = np.asarray(sizes), np.asarray(scored)
    if not len(k):
        raise ValueError("no size to choose from")
    return int(k[score == score.max()].min())
