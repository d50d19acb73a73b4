"""What the tiebreaker changes: the same lotteries with and without it, compared pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.matching.acceptance import accepted_requests, places_on_lists
from evenhand_tiebreaker.matching.lotteries import Lotteries, Ranks
from evenhand_tiebreaker.matching.market import Ints, Market
from evenhand_tiebreaker.matching.seats import ReserveOrder, offers_of

MEASURES = ("top1", "top3", "assigned", "mean_rank")
MOVES = ("displaced", "newly_assigned", "worse_off", "better_off")
LOW, HIGH = 0.05, 0.95
MEAN_RANK_NOTE = "mean_rank counts an unassigned applicant as the length of the list + 1"

# Cells of applicants: 2 * focal + receives. A group is a union of cells.
GROUPS: Mapping[str, tuple[int, ...]] = MappingProxyType({
    "all": (0, 1, 2, 3), "focal": (2, 3), "non_focal": (0, 1), "focal_receiving": (3,), "focal_not_receiving": (2,)})
_CELLS = 4


@frozen(eq=False)
class Comparison:
    """Paired outcomes of every lottery, as whole numbers.

    Attributes
    ----------
    lotteries : how many
    members : (4,) int64; applicants of each cell, 2 * focal + receives
    counts : (lotteries, 2, 4, 4) int64; without and with, by cell: first choice, first three, assigned, sum of ranks
    moves : (lotteries, 4, 4) int64; by cell: lost the seat, gained a seat, worse off, better off
    first_without, first_with : (n,) int32; the first lottery's places on the lists, -1 unassigned
    """

    lotteries: int
    members: Ints
    counts: Ints
    moves: Ints
    first_without: Ranks
    first_with: Ranks

    def size(self, group: str) -> int:
        """How many applicants the group has."""
        return int(self.members[list(GROUPS[group])].sum())


@frozen
class Effect:
    """One measure of one group: shares of the group (``mean_rank``: a rank), averaged over the lotteries.

    ``difference`` is with minus without; ``low`` and ``high`` are the 5 % and 95 % points (linear between order
    statistics) of that difference over the lotteries, None with a single lottery. Everything is None for a group
    without members.
    """

    measure: str
    group: str
    without: float | None
    with_: float | None
    difference: float | None
    low: float | None
    high: float | None


@frozen
class Move:
    """How many of a group the tiebreaker moves: applicants a lottery on average, and their share of the group.

    ``move`` is ``displaced`` (assigned without, unassigned with the tiebreaker), ``newly_assigned`` (the reverse),
    ``worse_off`` or ``better_off`` (any lower or higher place on the own list; losing the seat is worse than any
    place). ``low`` and ``high`` are the 5 % and 95 % points of the number over the lotteries.
    """

    move: str
    group: str
    members: int
    applicants: float
    share: float | None
    low: float | None
    high: float | None


def compare(market: Market, lotteries: Lotteries, *, reserve: Fraction | int = 0,
            reserve_order: ReserveOrder = "open_first", block: int | None = None) -> Comparison:
    """Assign under every lottery with and without the tiebreaker.

    ``block`` is how many lotteries are held in memory at once; it changes no number. The reserve matters only with
    the tiebreaker: without it all seats rank alike.

    Raises
    ------
    ValueError
        When the lotteries are for another number of applicants; what
        :func:`evenhand_tiebreaker.matching.acceptance.assign` raises.
    """
    from evenhand_tiebreaker.matching.kernel import tally

    if lotteries.applicants != market.applicants:
        raise ValueError("the lotteries are for another number of applicants")
    cells = 2 * market.focal.astype(np.int64) + market.receives
    counts = np.zeros((lotteries.count, 2, _CELLS, len(MEASURES)), dtype=np.int64)
    moves = np.zeros((lotteries.count, _CELLS, len(MOVES)), dtype=np.int64)
    both = (offers_of(market, tiebreaker=False),
            offers_of(market, tiebreaker=True, reserve=reserve, reserve_order=reserve_order))
    firsts: tuple[Ranks, Ranks] | None = None
    start = 0
    for numbers in lotteries.blocks(block):
        without, with_ = (places_on_lists(offers, accepted_requests(offers, numbers)) for offers in both)
        stop = start + len(numbers)
        tally(without, with_, market.lengths, cells, counts[start:stop], moves[start:stop])
        firsts = firsts or (without[0].copy(), with_[0].copy())
        start = stop
    if firsts is None:
        raise ValueError("at least one lottery is needed")
    return Comparison(lotteries.count, np.bincount(cells, minlength=_CELLS).astype(np.int64), counts, moves, *firsts)


def effects(comparison: Comparison) -> tuple[Effect, ...]:
    """Every measure of every group, measures in the order of :data:`MEASURES`, groups in that of :data:`GROUPS`."""
    return tuple(_effect(comparison, k, group) for k in range(len(MEASURES)) for group in GROUPS)


def moves(comparison: Comparison) -> tuple[Move, ...]:
    """Every kind of move of every group."""
    return tuple(_move(comparison, k, group) for k in range(len(MOVES)) for group in GROUPS)


def unassigned(comparison: Comparison) -> dict[str, tuple[float | None, float | None]]:
    """Share of each group without a seat, without and with the tiebreaker, averaged over the lotteries."""
    found: dict[str, tuple[float | None, float | None]] = {}
    for group in GROUPS:
        whole = comparison.size(group) * comparison.lotteries
        before, after = (int(side.sum()) for side in _sides(comparison, MEASURES.index("assigned"), group))
        found[group] = ((whole - before) / whole, (whole - after) / whole) if whole else (None, None)
    return found


def _sides(comparison: Comparison, measure: int, group: str) -> tuple[Ints, Ints]:
    sums = comparison.counts[:, :, list(GROUPS[group]), measure].sum(axis=2)
    return sums[:, 0], sums[:, 1]


def _effect(comparison: Comparison, measure: int, group: str) -> Effect:
    size = comparison.size(group)
    if not size:
        return Effect(MEASURES[measure], group, None, None, None, None, None)
    before, after = _sides(comparison, measure, group)
    # Whole numbers up to the one division, so that no order of summing shows.
    whole = size * comparison.lotteries
    low, high = _interval(after - before, size)
    return Effect(MEASURES[measure], group, int(before.sum()) / whole, int(after.sum()) / whole,
                  int((after - before).sum()) / whole, low, high)


def _move(comparison: Comparison, kind: int, group: str) -> Move:
    size = comparison.size(group)
    numbers = comparison.moves[:, list(GROUPS[group]), kind].sum(axis=1)
    total = int(numbers.sum())
    low, high = _interval(numbers, 1) if size else (None, None)
    return Move(MOVES[kind], group, size, total / comparison.lotteries,
                total / (size * comparison.lotteries) if size else None, low, high)


def _interval(numbers: Ints, divisor: int) -> tuple[float | None, float | None]:
    """5 % and 95 % points over the lotteries; a single lottery has no interval."""
    if len(numbers) < 2:
        return None, None
    low, high = np.quantile(numbers, (LOW, HIGH))
    return float(low) / divisor, float(high) / divisor
