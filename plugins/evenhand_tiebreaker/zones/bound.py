"""A bound on every choice in few zones: the relaxation of ``relaxation.py``, tightened by separators in rounds.

Each round solves the linear program, looks for separators that its solution breaks (maximum flows), adds the best of
them and drops those that have not mattered for some rounds. What proves the bound are the separators, which are
valid by construction, and one multiplier >= 0 per row: :func:`proven_bound` rebuilds the rows and adds up in whole
numbers, without the solver, the flows or the rounds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.zones.graph import FloatArray, IntArray
from evenhand_tiebreaker.zones.problem import ZoneProblem
from evenhand_tiebreaker.zones.relaxation import Relaxation, SeparatorCut, base_relaxation, cut_rows

if TYPE_CHECKING:
    import scipy.sparse as sp

Stop = Callable[[], bool]
Progress = Callable[[float], None]

DENOMINATOR = 2**24
# Fractions of a block become whole capacities of the flows.
UNIT, EXTRA, LEAST_VIOLATION = 2**20, 100, 0.004
CUTS_PER_ROUND, TARGETS_PER_SEPARATOR, OLDEST = 600, 3, 8
TARGETS_PER_CALL, ENOUGH_SEPARATORS = 100, 120
STALLED_ROUNDS, STALLED_PROGRESS = 25, 1e-5


@frozen(eq=False)
class SeparatorBound:
    """No choice reaches more than ``bound`` focal students.

    ``multipliers``  whole numbers >= 0 over ``denominator``: the rows of the base relaxation, then the cuts
    ``cuts``         the separators, by table position
    ``solution``     (n,) chosen parts of each block in the relaxation's last solution: a start for the heuristic
    ``rounds``       of separators; ``complete`` when no separator is broken any more
    """

    bound: Fraction
    multipliers: tuple[int, ...]
    denominator: int
    cuts: tuple[SeparatorCut, ...]
    solution: FloatArray
    rounds: int
    complete: bool
    seconds: float

    @property
    def students(self) -> int:
        """The bound rounded down: focal students are whole."""
        return math.floor(self.bound)


def proven_bound(problem: ZoneProblem, multipliers: tuple[int, ...], denominator: int,
                 cuts: tuple[SeparatorCut, ...]) -> Fraction:
    """The bound that these multipliers and separators prove; exact. Any numbers >= 0 prove one, good or bad.

    Raises
    ------
    ValueError
        For a negative multiplier, another number of them than of rows, or a cut that is not one.
    """
    relaxation = base_relaxation(problem)
    matrix = _stacked(relaxation.matrix, cut_rows(relaxation, list(cuts)))
    if len(multipliers) != matrix.shape[0] or denominator < 1 or min(multipliers, default=0) < 0:
        raise ValueError(f"expected {matrix.shape[0]} multipliers, none negative, over a denominator of at least 1")
    return Fraction(_sum_up(relaxation, matrix, list(multipliers), denominator), denominator)


def separator_bound(problem: ZoneProblem, *, seconds: float | None = None, rounds: int | None = None,
                    target: int | None = None, seed: int = 0, stop: Stop | None = None,
                    progress: Progress | None = None) -> SeparatorBound:
    """Tighten the relaxation until nothing is broken, nothing moves, or time, rounds or patience end.

    Parameters
    ----------
    seconds, rounds
        Limits; None for none. The relaxation without separators is always solved; ``rounds = 0`` ends there.
    target
        End once the bound, rounded down, is this: the value of a known choice, then proven best.
    seed
        Of the order in which blocks are looked at.
    stop
        Asked often; True ends with the bound so far.
    progress
        Called with the bound after each round, rounded up.

    Raises
    ------
    ValueError
        When the pinned blocks alone break a condition (:attr:`ZoneProblem.contradiction`).
    """
    if problem.contradiction is not None:
        raise ValueError(str(problem.contradiction))
    begun = time.monotonic()

    def left() -> float | None:
        return None if seconds is None else seconds - (time.monotonic() - begun)

    def ended() -> bool:
        rest = left()
        return (rest is not None and rest <= 0.0) or (stop is not None and stop())

    rounds_of = _Rounds(problem, seed)
    rounds_of.solve(None, None)
    history = [rounds_of.bound]
    done, complete = 0, False
    while not ended() and (rounds is None or done < rounds) and (target is None or rounds_of.bound >= target + 1):
        if rounds_of.values is None or not rounds_of.blocks.size:
            break
        found, finished = rounds_of.separate(ended)
        if not found:
            complete = finished
            break
        if not rounds_of.solve(left(), stop):
            break
        done += 1
        history.append(rounds_of.bound)
        if progress is not None:
            progress(math.nextafter(float(history[-1]), math.inf))
        if len(history) > STALLED_ROUNDS and history[-STALLED_ROUNDS] - history[-1] < STALLED_PROGRESS * history[-1]:
            break
    return rounds_of.result(done, complete, begun)


class _Rounds:
    """The linear program with its cuts, and the best proof so far."""

    def __init__(self, problem: ZoneProblem, seed: int) -> None:
        from evenhand.kernel import HighsSession, LinearModel

        self.problem = problem
        self.relaxation: Relaxation = base_relaxation(problem)
        base = self.relaxation
        self.blocks = base.blocks
        rows, columns = base.matrix.shape
        model = LinearModel(base.gain[None, :].astype(np.float64), np.zeros(1), base.matrix.astype(np.float64),
                            np.full(rows, -np.inf), base.upper.astype(np.float64), base.lower.astype(np.float64),
                            np.ones(columns), np.zeros(columns, dtype=np.bool_))
        self.session: Any = None
        if columns:
            self.session = HighsSession(model)
            self.session.set_costs(base.gain.astype(np.float64), maximize=True)
        self.cuts: list[tuple[int, IntArray]] = []
        self.matrix: sp.csr_array = base.matrix[:0]
        self.age: IntArray = np.zeros(0, dtype=np.int64)
        self.values: FloatArray | None = None
        self.network: Any = None
        self.shuffle = np.random.default_rng(seed)
        self.multipliers: IntArray = np.zeros(rows, dtype=np.int64)
        self.proof_cuts: list[tuple[int, IntArray]] = []
        self.bound = Fraction(int(base.gain.sum()))

    def solve(self, seconds: float | None, stop: Stop | None) -> bool:
        """Solve, keep the proof when it is the best, and drop cuts that have been idle; False without an optimum."""
        if self.session is None:
            return False
        result = self.session.solve(time_limit=seconds, stop=stop)
        if result.status != "optimal" or result.row_duals is None:
            self.values = None
            return False
        self.values = result.values
        base = self.relaxation
        multipliers = np.rint(np.maximum(result.row_duals, 0.0) * DENOMINATOR).astype(np.int64)
        matrix = _stacked(base.matrix, self.matrix)
        bound = Fraction(_quick_sum_up(base, matrix, multipliers, DENOMINATOR), DENOMINATOR)
        if bound < self.bound:
            self.bound, self.multipliers, self.proof_cuts = bound, multipliers, list(self.cuts)
        first = base.matrix.shape[0]
        self.age = np.where(multipliers[first:] > 0, 0, self.age + 1)
        idle = self.age > OLDEST
        if idle.any():
            self.session.delete_rows(first + np.flatnonzero(idle))
            self.age = self.age[~idle]
            self.matrix = self.matrix[np.flatnonzero(~idle)]
            self.cuts = [cut for cut, dropped in zip(self.cuts, idle.tolist(), strict=True) if not dropped]
        return True

    def separate(self, ended: Stop) -> tuple[int, bool]:
        """Add the best of the broken cuts; returns how many, and whether every block was looked at."""
        from evenhand_tiebreaker.zones import separation_kernel as kernel

        base, count = self.relaxation, self.relaxation.open_count
        indptr, indices = np.array(base.graph.indptr), np.array(base.graph.indices)
        if self.network is None:
            self.network = kernel.build_network(indptr, indices)
        assert self.values is not None
        x, r = np.clip(self.values[:count], 0.0, 1.0), np.clip(self.values[count:2 * count], 0.0, 1.0)
        targets = np.flatnonzero(x > LEAST_VIOLATION)
        # In a new order each time: a round may end before it has looked at all of them.
        targets = self.shuffle.permutation(targets)
        capacities = (np.rint(x * UNIT).astype(np.int64), np.rint(r * UNIT).astype(np.int64))
        offers: list[tuple[float, int, IntArray, IntArray]] = []
        names: set[bytes] = set()
        finished = True
        for start in range(0, len(targets), TARGETS_PER_CALL):
            if (start and ended()) or len(names) >= ENOUGH_SEPARATORS:
                finished = False
                break
            owners, cuts, behind = kernel.find_separators(
                targets[start:start + TARGETS_PER_CALL], base.rank, *capacities, int(LEAST_VIOLATION * UNIT), EXTRA,
                indptr, indices, *self.network)
            roots = behind & (base.rank[None, :] <= base.rank[owners][:, None])
            violation = x[owners] - cuts @ x - roots @ r
            score = violation / np.sqrt(1.0 + cuts.sum(axis=1))
            offers += [(float(score[cut]), int(owners[cut]), np.flatnonzero(cuts[cut]), np.flatnonzero(roots[cut]))
                       for cut in np.flatnonzero(violation > LEAST_VIOLATION / 2.0)]
            names.update(entry[2].tobytes() for entry in offers[-len(owners):])
        return self._add(offers), finished

    def _add(self, offers: list[tuple[float, int, IntArray, IntArray]]) -> int:
        from scipy.sparse import csr_array

        count = self.relaxation.open_count
        offers.sort(key=lambda offer: (-offer[0], offer[1]))
        taken: dict[bytes, int] = {}
        known: set[tuple[int, bytes]] = set()
        kept = []
        for _, target, separator, roots in offers:
            name = separator.tobytes()
            if (target, name) in known or taken.get(name, 0) >= TARGETS_PER_SEPARATOR:
                continue
            known.add((target, name))
            taken[name] = taken.get(name, 0) + 1
            kept.append((target, separator, np.concatenate([[target], separator, count + roots])))
            if len(kept) == CUTS_PER_ROUND:
                break
        if not kept:
            return 0
        columns = [entry[2] for entry in kept]
        signs = np.concatenate([np.where(np.arange(len(row)) == 0, 1, -1) for row in columns])
        starts = np.cumsum([0, *(len(row) for row in columns)])
        rows = csr_array((signs, np.concatenate(columns), starts), shape=(len(kept), self.matrix.shape[1]))
        self.session.add_rows(rows.astype(np.float64), -np.inf, 0.0)
        self.matrix = _stacked(self.matrix, rows)
        self.age = np.concatenate([self.age, np.zeros(len(kept), dtype=np.int64)])
        self.cuts += [(target, separator) for target, separator, _ in kept]
        return len(kept)

    def result(self, done: int, complete: bool, begun: float) -> SeparatorBound:
        first = self.relaxation.matrix.shape[0]
        used = np.flatnonzero(self.multipliers[first:])
        multipliers = (*self.multipliers[:first].tolist(), *self.multipliers[first:][used].tolist())
        cuts = tuple(SeparatorCut(int(self.blocks[target]), self.blocks[separator])
                     for target, separator in (self.proof_cuts[place] for place in used.tolist()))
        solution = np.zeros(self.problem.graph.blocks)
        if self.values is not None:
            solution[self.blocks] = self.values[:len(self.blocks)]
        # Rebuilt from what is handed out, not from what the rounds kept.
        bound = proven_bound(self.problem, multipliers, DENOMINATOR, cuts)
        return SeparatorBound(bound, multipliers, DENOMINATOR, cuts, solution, done, complete, time.monotonic() - begun)


def _stacked(above: sp.csr_array, below: sp.csr_array) -> sp.csr_array:
    import scipy.sparse as sp

    return sp.csr_array(sp.vstack([above, below]))


def _sum_up(base: Relaxation, matrix: sp.csr_array, multipliers: list[int], denominator: int) -> int:
    """``denominator`` times the bound, in Python's whole numbers; the cuts, which come last, have limit 0."""
    total = sum(multiplier * limit for multiplier, limit in zip(multipliers, base.upper.tolist(), strict=False))
    reduced = [denominator * gain for gain in base.gain.tolist()]
    entries = matrix.tocoo()
    for row, column, value in zip(*(axis.tolist() for axis in (*entries.coords, entries.data)), strict=True):
        reduced[column] -= multipliers[row] * value
    # Every column lies between its lower limit, 0 or 1, and 1.
    return total + sum(worth if low else max(0, worth) for worth, low in zip(reduced, base.lower.tolist(), strict=True))


def _quick_sum_up(base: Relaxation, matrix: sp.csr_array, multipliers: IntArray, denominator: int) -> int:
    """The same in machine integers, wherever no sum in between can pass 2**62."""
    sizes = multipliers.astype(np.float64)
    columns = denominator * base.gain.astype(np.float64) + abs(matrix).T.astype(np.float64) @ sizes
    if columns.sum() + sizes[:len(base.upper)] @ base.upper.astype(np.float64) >= 2.0**61:
        return _sum_up(base, matrix, multipliers.tolist(), denominator)
    reduced = denominator * base.gain - matrix.T @ multipliers
    gained = np.where(base.lower > 0, reduced, np.maximum(reduced, 0)).sum()
    return int(multipliers[:len(base.upper)] @ base.upper) + int(gained)
