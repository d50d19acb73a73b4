"""Student-proposing deferred acceptance (Gale and Shapley 1962) under many lotteries at once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand_tiebreaker.matching.lotteries import Ranks
from evenhand_tiebreaker.matching.market import Market
from evenhand_tiebreaker.matching.seats import Offers, ReserveOrder, first_by_points, offers_of


def assign(market: Market, lotteries: NDArray[Any], *, tiebreaker: bool, reserve: Fraction | int = 0,
           reserve_order: ReserveOrder = "open_first") -> Ranks:
    """The student-optimal stable assignment of every lottery.

    Each program ranks applicants by points, then by lottery, the larger number first.

    Parameters
    ----------
    lotteries : (runs, n) integers, each row a permutation of 0..n-1
    tiebreaker : whether living in a receiving block counts
    reserve : share of each program's seats filled without the tiebreaker, rounded down; see
        :mod:`evenhand_tiebreaker.matching.seats` for the choice function
    reserve_order : ``open_first`` or ``open_last``

    Returns
    -------
    (runs, n) int32: place of the admitting program on the applicant's list, 0 the first choice, -1 unassigned.

    Raises
    ------
    ValueError
        A row that is no permutation of 0..n-1, a share outside 0..1, an unknown order.
    """
    offers = offers_of(market, tiebreaker=tiebreaker, reserve=reserve, reserve_order=reserve_order)
    return places_on_lists(offers, accepted_requests(offers, lotteries))


def places_on_lists(offers: Offers, requests: Ranks) -> Ranks:
    """Places on the ranked lists from places among the requests, which a reserve doubles; -1 stays -1."""
    return requests // np.int32(offers.per_entry)


def accepted_requests(offers: Offers, lotteries: NDArray[Any]) -> Ranks:
    """(runs, n) place of the accepted request among each applicant's requests, -1 unassigned; see :func:`assign`."""
    from evenhand_tiebreaker.matching.kernel import accept

    applicants = len(offers.starts) - 1
    if lotteries.ndim != 2 or lotteries.shape[1] != applicants or lotteries.dtype.kind != "i":
        raise ValueError("a lottery has one whole number per applicant")
    numbers = np.ascontiguousarray(lotteries, dtype=np.int32)
    if numbers.dtype != lotteries.dtype and not np.array_equal(numbers, lotteries):
        raise ValueError(f"a lottery is a permutation of 0..{applicants - 1}")
    places = np.empty(numbers.shape, dtype=np.int32)
    heaps = np.concatenate([[0], np.cumsum(offers.seats)]).astype(np.int64)
    classes, class_starts = first_by_points(offers)
    bad = accept(offers.starts, offers.bins, offers.levels, heaps, classes, class_starts, numbers, places)
    if bad >= 0:
        raise ValueError(f"lottery {bad + 1} is no permutation of 0..{applicants - 1}")
    return places
