"""The heuristic for few zones: peel the richest parts, refill, split, then walk at random from the best choices.

Peeling removes the worst block that is no articulation point until the budgets hold. That alone cannot give up a zone
or join two, so its choices are starts for a simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) over single flips,
in which budgets and the number of zones have prices that follow how often they are broken. Every round ends in a choice
that is repaired, refilled and compared exactly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.zones.counting import count_zones
from evenhand_tiebreaker.zones.graph import BoolArray, FloatArray, IntArray
from evenhand_tiebreaker.zones.problem import ZoneProblem

Stop = Callable[[], bool]
Progress = Callable[[int], None]

FIRST_ROUND, LONGEST_ROUND = 100_000, 3_200_000
# A round is walked in so many chunks at least, of so many steps at most; between them the search may be stopped.
CHUNKS, LONGEST_CHUNK = 50, 25_000
DEFAULT_STEPS = 1_500_000
# Shares of the marginal price at which whole parts of the city are compared, and peeled.
PRICE_STEPS = (1.0, 0.0, 0.5, 1.5)
# Heat at the start and end of a round and the price of a zone too many, in mean focal students of a block.
HOT, COLD, ZONE_PRICE = 0.6, 0.04, 1.1
# Part of the heat with which a round from the best choice starts: enough to move, too little to forget it.
WARM = 0.5
# Part of a round after which prices follow what is broken; earlier that only freezes the walk.
SETTLED = 0.7


@frozen(eq=False)
class Peeled:
    """What the search found.

    ``chosen``   (n,) bool in table order; None when no choice was found that holds every condition
    ``focal``    its focal students; None with it
    ``spent``    what it takes of each budget of the problem; empty with it
    ``zones``    its connected components
    ``steps``    flips tried by the walk
    """

    chosen: BoolArray | None
    focal: int | None
    spent: tuple[int, ...]
    zones: int
    steps: int
    seconds: float


def peel(problem: ZoneProblem, *, seed: int = 0, steps: int | None = None, seconds: float | None = None,
         starts: Sequence[BoolArray] = (), target: int | None = None, stop: Stop | None = None,
         progress: Progress | None = None) -> Peeled:
    """Search for many focal students in few zones.

    Parameters
    ----------
    seed
        Of the walk; with ``steps`` and without ``seconds`` the result depends on it alone.
    steps
        Flips of the walk in all; 0 ends after peeling. Without ``seconds`` the default is 1 500 000.
    seconds
        End after this time.
    starts
        Further choices (n,) to repair and compare, say a rounded solution of the relaxation; the best is walked from.
    target
        End when this many focal students are reached: a bound, for example.
    stop
        Asked every few hundredths of a second; True ends the search with what it has.
    progress
        Called with every better count of focal students.

    Raises
    ------
    ValueError
        When the pinned blocks alone break a condition (:attr:`ZoneProblem.contradiction`).
    """
    if problem.contradiction is not None:
        raise ValueError(str(problem.contradiction))
    begun = time.monotonic()
    if steps is None and seconds is None:
        steps = DEFAULT_STEPS
    search = _Search(problem, seed, progress)

    def ended() -> bool:
        late = seconds is not None and time.monotonic() - begun >= seconds
        return late or (target is not None and search.best >= target) or (stop is not None and stop())

    tried = 0
    if search.blocks.size:
        for start in search.peeling_starts(starts):
            if search.best >= 0 and ended():
                break
            for split in (False, True):
                search.offer(start, split=split)
        tried = _walk_rounds(search, steps, seconds, begun, ended)
    chosen = search.result()
    if chosen is None:
        return Peeled(None, None, (), 0, tried, time.monotonic() - begun)
    return Peeled(chosen, int(problem.focal[chosen].sum()), problem.spent(chosen), count_zones(problem.graph, chosen),
                  tried, time.monotonic() - begun)


def _walk_rounds(search: _Search, steps: int | None, seconds: float | None, begun: float,
                 ended: Callable[[], bool]) -> int:
    """Rounds of doubling length until steps or time are used up; returns the flips tried."""
    tried, length, number, pace = 0, FIRST_ROUND, 0, 0.0
    while not ended():
        planned = length if steps is None else min(length, steps - tried)
        # What would be left is too short for the next round: stretch this one to the end instead.
        if steps is not None and steps - tried < planned + length // 2:
            planned = steps - tried
        if seconds is not None and pace > 0.0:
            planned = max(CHUNKS, min(planned, int((seconds - (time.monotonic() - begun)) / pace)))
        if planned <= 0 or not search.walkers.size:
            break
        watch = time.monotonic()
        done = search.round(number, planned, ended)
        pace = (time.monotonic() - watch) / max(1, done)
        tried += done
        number += 1
        length = min(2 * length, LONGEST_ROUND)
    return tried


class _Search:
    """The problem on its open blocks only, and the best choice so far."""

    def __init__(self, problem: ZoneProblem, seed: int, progress: Progress | None) -> None:
        from evenhand_tiebreaker.zones import moves_kernel

        self.problem, self.progress, self.best = problem, progress, -1
        self.kernel: Any = moves_kernel
        self.blocks: IntArray = np.flatnonzero(problem.open_blocks)
        graph = problem.graph.part(self.blocks)
        count = self.blocks.size
        self.links = (np.array(graph.indptr), np.array(graph.indices))
        self.scratch = (np.full(count, -1, dtype=np.int64), np.empty(count, dtype=np.int64))
        self.labels = graph.components(np.ones(count, dtype=np.bool_))
        self.focal: IntArray = problem.focal[self.blocks]
        # A budget that always holds stands in where none is given: the kernels then need no special case.
        none = problem.weights.shape[0] == 0
        self.weights: IntArray = np.zeros((1, count), np.int64) if none else problem.weights[:, self.blocks].copy()
        self.limits: IntArray = np.zeros(1, np.int64) if none else problem.limits.copy()
        self.movable: BoolArray = ~problem.pinned[self.blocks]
        self.walkers: IntArray = np.flatnonzero(self.movable)
        self.scale = float(self.focal[self.focal > 0].mean()) if self.focal.any() else 1.0
        self.prices = _marginal_prices(self.focal, self.weights, self.limits)
        cost = self.prices @ self.weights
        self.worth = self.focal - cost
        # Worst first: blocks without focal students, then by focal students per unit of cost; free ones last.
        share = np.divide(self.focal, cost, out=np.full(count, np.inf), where=cost > 0.0)
        share[self.focal == 0] = -1.0
        self.worst_first = np.lexsort((self.focal, share))
        self.best_first = self.worst_first[::-1].copy()
        self.best_chosen: BoolArray = np.zeros(count, dtype=np.bool_)
        self.state = np.random.default_rng(seed).integers(0, 2**64, size=1, dtype=np.uint64)

    def result(self) -> BoolArray | None:
        if not self.blocks.size:
            return np.zeros(self.problem.graph.blocks, dtype=np.bool_)
        if self.best < 0:
            return None
        local = self.best_chosen.copy()
        self.kernel.tidy(local, self.movable, self.focal, self.weights, self.problem.zones, *self.links, *self.scratch)
        chosen = np.zeros(self.problem.graph.blocks, dtype=np.bool_)
        chosen[self.blocks[local]] = True
        if not self.problem.holds(chosen):
            raise RuntimeError("the search returned a choice that breaks a condition")
        return chosen

    def peeling_starts(self, given: Sequence[BoolArray]) -> list[BoolArray]:
        """Whole parts of the open blocks: those with pinned blocks and the richest at each of several prices."""
        parts = int(self.labels.max()) + 1
        held = np.zeros(parts, dtype=np.bool_)
        held[self.labels[~self.movable]] = True
        found = []
        for step in PRICE_STEPS:
            gain = np.maximum(0.0, self.focal - step * (self.focal - self.worth))
            rich = np.lexsort((-np.bincount(self.labels, gain, parts), ~held))[:self.problem.zones]
            found.append(np.isin(self.labels, rich))
        return [*found, *(np.asarray(start, dtype=np.bool_)[self.blocks] | ~self.movable for start in given)]

    def offer(self, choice: BoolArray, *, split: bool = False) -> bool:
        """Repair a choice, fill it up, and keep it if it is the best; False when it cannot be repaired."""
        local = choice.copy()
        zones = self.problem.zones
        count = self.kernel.drop_poorest_zones(local, self.movable, self.worth + 1e-9, zones, *self.links,
                                               self.scratch[1])
        fits = self.kernel.peel_down(local, self.movable, self.worst_first, self.weights, self.limits, zones, split,
                                     *self.links, *self.scratch)
        if count > zones or not fits:
            return False
        self.kernel.refill(local, self.movable, self.best_first, self.focal, self.weights, self.limits, zones,
                           *self.links, *self.scratch)
        self.keep(int(self.focal[local].sum()), local)
        return True

    def keep(self, reached: int, local: BoolArray) -> None:
        if reached > self.best:
            self.best = reached
            self.best_chosen = local.copy()
            if self.progress is not None:
                self.progress(reached)

    def round(self, number: int, steps: int, ended: Callable[[], bool]) -> int:
        """One cooling, from the blocks worth their price (even rounds) or from the best choice (odd); flips tried."""
        fresh = number % 2 == 0 or self.best < 0
        current = (self.worth > 0.0) | ~self.movable if fresh else self.best_chosen.copy()
        hot = self.scale * (HOT if fresh else HOT * WARM)
        chunks = max(CHUNKS, -(-steps // LONGEST_CHUNK))
        cooling = (self.scale * COLD / hot) ** (1.0 / chunks)
        # Price changes are per fiftieth of a round, however many chunks that is.
        dearer, cheaper, fewer = (change ** (CHUNKS / chunks) for change in (1.1, 0.98, 1.15))
        prices, zone_price = 1.5 * self.prices, ZONE_PRICE * self.scale
        record = self.best_chosen.copy()
        done = 0
        for chunk in range(chunks):
            if done and ended():
                break
            length = steps * (chunk + 1) // chunks - done
            heat = hot * cooling**chunk
            reached, count = self.kernel.walk(
                current, self.walkers, self.focal, self.weights, self.limits, self.problem.zones, *self.links,
                *self.scratch, length, heat, heat * cooling, prices, zone_price, self.best, record, self.state)
            done += length
            self.keep(int(reached), record)
            self.offer(current)
            if chunk < SETTLED * chunks:
                continue
            over = self.weights[:, current].sum(axis=1) > self.limits
            prices = np.where(over, dearer * prices, np.maximum(cheaper * prices, 1.1 * self.prices))
            crowded = count > self.problem.zones
            zone_price = fewer * zone_price if crowded else max(cheaper * zone_price, self.scale)
        return done


def _marginal_prices(focal: IntArray, weights: IntArray, limits: IntArray) -> FloatArray:
    """Focal students that one unit more of each budget would bring without zones, each budget taken alone.

    The multiplier of Dantzig's (1957) relaxation of the knapsack; never 0, so that every budget has a price.
    """
    prices = np.empty(len(limits))
    for budget, (weight, limit) in enumerate(zip(weights, limits.tolist(), strict=True)):
        used = (focal > 0) & (weight > 0)
        share = focal[used] / weight[used]
        order = np.argsort(-share)
        within = int(np.searchsorted(np.cumsum(weight[used][order]), limit, side="right"))
        mean = float(share.mean()) if share.size else 1.0
        prices[budget] = max(0.05 * mean, share[order[within]] if within < share.size else 0.0)
    # Together they would charge a block several times over.
    return prices / len(limits)
