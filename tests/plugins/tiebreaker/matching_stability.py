"""Whether an assignment is stable, checked from its definition and without the code that made it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand_tiebreaker.matching.market import Flags, Ints
from evenhand_tiebreaker.matching.seats import Offers


def overfilled(offers: Offers, places: NDArray[Any]) -> Ints:
    """Bins that hold more applicants than they have seats."""
    return np.flatnonzero(np.bincount(_taken(offers, places), minlength=len(offers.seats)) > offers.seats)


def blocking_requests(offers: Offers, lottery: NDArray[Any], places: NDArray[Any]) -> Ints:
    """Requests that block: the applicant likes them better, and the bin has a free seat or holds somebody worse.

    Parameters
    ----------
    lottery : (n,) distinct whole numbers, the larger goes first
    places : (n,) place of the accepted request on each applicant's list, -1 unassigned

    Returns
    -------
    Positions in ``offers.bins``; empty for a stable assignment.
    """
    applicants = len(offers.starts) - 1
    lengths = np.diff(offers.starts)
    owners = np.repeat(np.arange(applicants, dtype=np.int64), lengths)
    place = np.arange(len(offers.bins), dtype=np.int64) - offers.starts[owners]
    better: Flags = place < np.where(places < 0, lengths, places)[owners]
    # One strict order of all requests: by points, then by lottery.
    rank = np.empty(len(owners), dtype=np.int64)
    rank[np.lexsort((lottery[owners], offers.levels))] = np.arange(len(owners))
    held = _held(offers, places)
    bins = offers.bins[held]
    worst = np.full(len(offers.seats), len(owners), dtype=np.int64)
    np.minimum.at(worst, bins, rank[held])
    free = np.bincount(bins, minlength=len(offers.seats)) < offers.seats
    wanted = free[offers.bins] | (worst[offers.bins] < rank)
    return np.flatnonzero(better & wanted & (offers.seats[offers.bins] > 0))


def _held(offers: Offers, places: NDArray[Any]) -> Ints:
    admitted = np.flatnonzero(places >= 0)
    return np.asarray(offers.starts[:-1][admitted] + places[admitted], dtype=np.int64)


def _taken(offers: Offers, places: NDArray[Any]) -> Ints:
    return np.asarray(offers.bins[_held(offers, places)], dtype=np.int64)
