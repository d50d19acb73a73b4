"""Seats and the order of applicants at them; a reserve splits every program's seats in two categories.

The choice function. With a reserve, a program fills ``floor(share * capacity)`` *open* seats without the tiebreaker
and the rest, the *tiebreaker* seats, with it. From any set of applicants it takes the best for the category that is
filled first, by that category's order, and then the best of the others for the second (slot-specific priorities with
an order of precedence: Kominers and Sönmez, Matching with slot-specific priorities: theory, Theoretical Economics 11,
2016). Seats one category leaves empty are not handed to the other; nobody who wants one is turned away, because
whoever the first category rejects is considered at the second.

Which category goes first matters (Dur, Kominers, Pathak and Sönmez, Reserve design, Journal of Political Economy 126,
2018): with ``open_first`` those who receive priority and win an open seat by lottery leave the tiebreaker seats to
others who receive it; with ``open_last`` they fill the tiebreaker seats first and priority is worth less there.

Deferred acceptance under this choice function is plain deferred acceptance with two categories in place of each
program, every applicant asking at the first category and then at the second: that is what :func:`offers_of` lays out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.matching.market import Flags, Ints, Market

ReserveOrder: TypeAlias = Literal["open_first", "open_last"]
RESERVE_ORDERS: tuple[ReserveOrder, ...] = ("open_first", "open_last")

# Widest range of points that is ranked by counting.
MOST_COUNTED = 2**16


@frozen(eq=False)
class Offers:
    """Whom applicants ask, in order, and how seats rank them; one seat category is one bin.

    Attributes
    ----------
    starts : (n + 1,) int64; cuts the requests into one list per applicant
    bins : (requests,) int64; the category that is asked
    levels : (requests,) int64; dense ranks of the points, 0 the fewest: the larger level goes first, then the lottery
    seats : (bins,) int64; never more than are asked for, which changes nothing
    per_entry : requests made for one entry of a ranked list, 1 or 2
    """

    starts: Ints
    bins: Ints
    levels: Ints
    seats: Ints
    per_entry: int


def open_seats(capacity: Ints, share: Fraction | int) -> Ints:
    """(m,) ``floor(share * capacity)``, exactly. Raises ``ValueError`` outside 0..1, ``TypeError`` for floats."""
    if isinstance(share, bool) or not isinstance(share, Fraction | int):
        raise TypeError("the reserved share is an exact number")
    if not 0 <= share <= 1:
        raise ValueError("the reserved share is between 0 and 1")
    exact = Fraction(share)
    return np.array([seats * exact.numerator // exact.denominator for seats in capacity.tolist()], dtype=np.int64)


def offers_of(market: Market, *, tiebreaker: bool, reserve: Fraction | int = 0,
              reserve_order: ReserveOrder = "open_first") -> Offers:
    """The requests of a market; without the tiebreaker both categories rank alike and the seats stay together."""
    if reserve_order not in RESERVE_ORDERS:
        raise ValueError(f"the order of the reserve is {' or '.join(RESERVE_ORDERS)}, not {reserve_order!r}")
    unreserved = open_seats(market.capacity, reserve)
    if not (tiebreaker and unreserved.any()):
        return _offers(market.starts, market.programs, market.points(tiebreaker=tiebreaker), market.capacity, 1)
    seats = [unreserved, market.capacity - unreserved]
    points = [market.points(tiebreaker=False), market.points(tiebreaker=True)]
    if reserve_order == "open_last":
        seats, points = seats[::-1], points[::-1]
    bins = np.column_stack([2 * market.programs, 2 * market.programs + 1]).ravel()
    return _offers(2 * market.starts, bins, np.column_stack(points).ravel(), np.column_stack(seats).ravel(), 2)


def _offers(starts: Ints, bins: Ints, points: Ints, seats: Ints, per_entry: int) -> Offers:
    asked = np.bincount(bins, minlength=len(seats)).astype(np.int64)
    return Offers(starts, bins, _dense_ranks(points), np.minimum(seats, asked), per_entry)


def first_by_points(offers: Offers) -> tuple[Ints, Ints]:
    """(n,) class of each applicant, those with the most points anywhere first, and where each class starts.

    Only for speed: who proposes early with many points is seldom turned out again.
    """
    applicants = len(offers.starts) - 1
    best = np.full(applicants, -1, dtype=np.int64)
    lengths = np.diff(offers.starts)
    listed: Flags = lengths > 0
    if listed.any():
        best[listed] = np.maximum.reduceat(offers.levels, offers.starts[:-1][listed])
    classes = _dense_ranks(-best)
    sizes = np.bincount(classes, minlength=1)
    return classes, np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def _dense_ranks(numbers: Ints) -> Ints:
    """Place of each number among the distinct ones, the smallest 0."""
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    if high - low > MOST_COUNTED:
        return np.unique(numbers, return_inverse=True)[1].reshape(numbers.shape).astype(np.int64)
    # Points are few and small: counting them is much quicker than sorting every request.
    present = np.bincount(numbers - low) > 0
    return np.asarray((np.cumsum(present) - 1)[numbers - low], dtype=np.int64)
