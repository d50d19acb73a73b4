"""Compiled loops of deferred acceptance and of its tallies. Import it only where it is used: it loads numba."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ranks = NDArray[np.int32]
Flags = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def sift(keys: Ints, start: int, size: int, hole: int) -> None:
    """Restore the order below ``hole`` of the heap ``keys[start : start + size]``, smallest key on top."""
    key = keys[start + hole]
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and keys[start + child + 1] < keys[start + child]:
            child += 1
        if keys[start + child] >= key:
            break
        keys[start + hole] = keys[start + child]
        hole = child
    keys[start + hole] = key


@njit(cache=True, nogil=True)
def accept(starts: Ints, bins: Ints, levels: Ints, heaps: Ints, classes: Ints, class_starts: Ints, lotteries: Ranks,
           places: Ranks) -> int:
    """Student-proposing deferred acceptance, one lottery after the other.

    An applicant's key at a bin is ``level * n + lottery``: points first, then the lottery, never equal. Every bin
    keeps the keys it holds; once it is full they are a heap with the worst on top, and the applicant is read off the
    key. With strict orders the outcome does not depend on who proposes when (McVitie and Wilson 1971).

    Parameters
    ----------
    heaps : (bins + 1,) where each bin's keys begin; the differences are the seats
    classes, class_starts : order of first proposals, see :func:`evenhand_tiebreaker.matching.seats.first_by_points`
    lotteries : (runs, n)
    places : (runs, n), written: place of the accepted request on the applicant's list, -1 when unassigned

    Returns
    -------
    -1, or the first row of ``lotteries`` that is no permutation of 0..n-1.
    """
    runs, n = lotteries.shape
    count = len(heaps) - 1
    keys = np.empty(heaps[count], dtype=np.int64)
    filled = np.empty(count, dtype=np.int64)
    holder = np.empty(n, dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    cursor = np.empty(len(class_starts), dtype=np.int64)
    for run in range(runs):
        lottery, place = lotteries[run], places[run]
        filled[:] = 0
        holder[:] = -1
        place[:] = 0
        cursor[:] = class_starts
        for applicant in range(n):
            number = lottery[applicant]
            if number < 0 or number >= n or holder[number] >= 0:
                return run
            holder[number] = applicant
        for number in range(n - 1, -1, -1):
            applicant = holder[number]
            order[cursor[classes[applicant]]] = applicant
            cursor[classes[applicant]] += 1
        for turn in range(n):
            proposer = order[turn]
            while True:
                request = starts[proposer] + place[proposer]
                if request == starts[proposer + 1]:
                    place[proposer] = -1
                    break
                asked = bins[request]
                top = heaps[asked]
                seats = heaps[asked + 1] - top
                key = levels[request] * n + lottery[proposer]
                if filled[asked] < seats:
                    keys[top + filled[asked]] = key
                    filled[asked] += 1
                    if filled[asked] == seats:
                        for hole in range(seats // 2 - 1, -1, -1):
                            sift(keys, top, seats, hole)
                    break
                if seats > 0 and key > keys[top]:
                    proposer = holder[keys[top] % n]
                    keys[top] = key
                    sift(keys, top, seats, 0)
                place[proposer] += 1
    return -1


@njit(cache=True, nogil=True)
def tally(without: Ranks, with_: Ranks, lengths: Ints, cells: Ints, counts: Ints, moves: Ints) -> None:
    """Count outcomes of paired assignments by lottery and cell of applicants.

    Parameters
    ----------
    without, with_ : (runs, n) places on the lists, 0 the first choice, -1 unassigned
    counts : (runs, 2, cells, 4), added to: first choice, first three, assigned, sum of ranks
    moves : (runs, cells, 4), added to: lost the seat, gained a seat, worse off, better off
    """
    runs, n = without.shape
    for run in range(runs):
        for applicant in range(n):
            cell = cells[applicant]
            least = np.int64(lengths[applicant])
            before, after = np.int64(without[run, applicant]), np.int64(with_[run, applicant])
            for side in range(2):
                place = before if side == 0 else after
                if place < 0:
                    counts[run, side, cell, 3] += least + 1
                else:
                    counts[run, side, cell, 0] += place == 0
                    counts[run, side, cell, 1] += place < 3
                    counts[run, side, cell, 2] += 1
                    counts[run, side, cell, 3] += place + 1
            if before != after:
                lost, gained = after < 0, before < 0
                worse = lost or (not gained and after > before)
                moves[run, cell, 0] += lost
                moves[run, cell, 1] += gained
                moves[run, cell, 2] += worse
                moves[run, cell, 3] += not worse
