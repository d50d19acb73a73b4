"""The quota method of Balinski and Young (1975): Jefferson's order, never above the upper quota at any house size."""

from __future__ import annotations

import heapq

import numpy as np

from evenhand_apportionment.classic.answer import Answer, MidwayTie
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.populations import Ints, Populations, total

METHOD = "quota_balinski_young"


def divide(people: Populations, k: int, lower: Ints, upper: Ints, rank: Ints) -> Answer:
    """Units in award order: the lower limits first, then one by one up to house size k.

    At house size h the unit goes to the largest ``P/(a + 1)`` among groups with ``a S < P h``. Eligibility only grows
    with h, and a winner's next claim is weaker, so until all tied groups have their unit only two kinds of others can
    come between them: those with a stronger claim, who come in any order, and those who become eligible with the
    same claim. The latter join the tie, for they may be served at the expense of anybody in it. Once all are served
    it no longer matters who was first.

    Raises
    ------
    NoApportionmentError
        When upper limits leave no group that may take the next unit within its quota.
    """
    whole, ranks, most = people.whole.tolist(), rank.tolist(), upper.tolist()
    everybody = total(people.whole)
    # Floors of P 2**shift / (a + 1) are in the order of the fractions, and equal only where they are.
    shift = 2 * (k + 1).bit_length()
    units = lower.tolist()
    start = sum(units)
    waiting = [(units[i] * everybody // whole[i] + 1, i) for i in range(len(whole)) if units[i] < most[i]]
    heapq.heapify(waiting)
    eligible: list[tuple[int, int, int]] = []
    awards: list[int] = []
    ties: list[MidwayTie] = []
    open_ties: dict[int, tuple[int, set[int], set[int]]] = {}  # claim: met at, groups, those without their unit
    for size in range(start + 1, k + 1):
        while waiting and waiting[0][0] <= size:
            i = heapq.heappop(waiting)[1]
            heapq.heappush(eligible, (-((whole[i] << shift) // (units[i] + 1)), ranks[i], i))
        if not eligible:
            raise NoApportionmentError(
                f"At {size} units every group is at its maximum or at its upper quota, so the quota method of Balinski "
                f"and Young cannot go on to {k}.", conflict=("maximum", "upper quota"),
                relief=(f"at most {size - 1} units, larger maximums, or another method",))
        claim, _, i = heapq.heappop(eligible)
        if eligible and eligible[0][0] == claim:
            _, groups, unserved = open_ties.setdefault(claim, (size, set(), set()))
            level = {i, *_level(eligible, claim)}
            groups |= level
            unserved |= level
        units[i] += 1
        awards.append(i)
        if claim in open_ties:
            met, groups, unserved = open_ties[claim]
            unserved.discard(i)
            if not unserved:
                ties.append(MidwayTie(met, tuple(sorted(groups)), size))
                del open_ties[claim]
        if units[i] < most[i]:
            heapq.heappush(waiting, (units[i] * everybody // whole[i] + 1, i))
    unsettled = [MidwayTie(met, tuple(sorted(groups)), None) for met, groups, _ in open_ties.values()]
    tied = sorted({group for tie in unsettled for group in tie.groups})
    shared = sum(len(groups) - len(unserved) for _, groups, unserved in open_ties.values())
    found = np.array(units, dtype=np.int64)
    order = np.array(awards, dtype=np.int64)
    found.flags.writeable = order.flags.writeable = False
    return Answer(METHOD, None, found, tuple(tied), shared,
                  midway=tuple(sorted([*ties, *unsettled], key=lambda tie: (tie.unit, tie.groups))), awards=order)


def _level(heap: list[tuple[int, int, int]], claim: int) -> list[int]:
    """Groups in the heap with exactly this claim: a heap keeps them together at its top."""
    found, places = [], [0]
    while places:
        place = places.pop()
        if place < len(heap) and heap[place][0] == claim:
            found.append(heap[place][2])
            places += [2 * place + 1, 2 * place + 2]
    return found
