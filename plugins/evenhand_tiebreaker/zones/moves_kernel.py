"""Compiled moves on a choice of blocks. Import it only where it is used: it loads numba.

Arrays shared by the functions (n open blocks, m budgets):

``chosen``    (n,) bool, changed in place
``movable``   (n,) bool: not pinned
``weights``   (m, n) int64, ``limits`` (m,) int64
``indptr``, ``indices``   neighbour lists
``mark``      (n,) int64, all -1 between calls; ``queue`` (n,) int64, scratch
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(shift) for shift in (30, 27, 31, 11))


@njit(cache=True, nogil=True)
def uniform(state: NDArray[np.uint64]) -> float:
    """Next number in [0, 1) of splitmix64 (Steele, Lea, Flood 2014); advances ``state``, shape (1,)."""
    state[0] += _GOLDEN
    mixed = state[0]
    mixed = (mixed ^ (mixed >> _S30)) * _MIX_1
    mixed = (mixed ^ (mixed >> _S27)) * _MIX_2
    return float((mixed ^ (mixed >> _S31)) >> _S11) / 9007199254740992.0


@njit(cache=True, nogil=True)
def groups_around(block: int, chosen: Bools, indptr: Ints, indices: Ints, mark: Ints, queue: Ints) -> int:
    """In how many components of ``chosen`` without ``block`` its chosen neighbours lie.

    Adding the block changes the number of components by 1 - groups, removing it by groups - 1. The search starts from
    all neighbours at once and ends when their parts have met, which in compact zones is after a few steps.
    """
    leader = np.empty(indptr[block + 1] - indptr[block], np.int64)
    groups = 0
    tail = 0
    for place in range(indptr[block], indptr[block + 1]):
        other = indices[place]
        if chosen[other]:
            mark[other] = groups
            leader[groups] = groups
            groups += 1
            queue[tail] = other
            tail += 1
    head = 0
    while head < tail and groups > 1:
        current = queue[head]
        head += 1
        mine = mark[current]
        while leader[mine] != mine:
            mine = leader[mine]
        for place in range(indptr[current], indptr[current + 1]):
            other = indices[place]
            if other == block or not chosen[other]:
                continue
            if mark[other] < 0:
                mark[other] = mine
                queue[tail] = other
                tail += 1
            else:
                theirs = mark[other]
                while leader[theirs] != theirs:
                    theirs = leader[theirs]
                if theirs != mine:
                    leader[theirs] = mine
                    groups -= 1
    for place in range(tail):
        mark[queue[place]] = -1
    return groups


@njit(cache=True, nogil=True)
def label_zones(chosen: Bools, indptr: Ints, indices: Ints, labels: Ints, queue: Ints) -> int:
    """Number the components of ``chosen`` into ``labels`` (-1 elsewhere); returns how many there are."""
    for block in range(len(chosen)):
        labels[block] = -1
    zones = 0
    for root in range(len(chosen)):
        if not chosen[root] or labels[root] >= 0:
            continue
        labels[root] = zones
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            current = queue[head]
            head += 1
            for place in range(indptr[current], indptr[current + 1]):
                other = indices[place]
                if chosen[other] and labels[other] < 0:
                    labels[other] = zones
                    queue[tail] = other
                    tail += 1
        zones += 1
    return zones


@njit(cache=True, nogil=True)
def take(room: Ints, weights: Ints, block: int, times: int) -> bool:
    """Take a block's weights off ``room`` so many times; whether all of it is still >= 0."""
    fits = True
    for budget in range(len(room)):
        room[budget] -= times * weights[budget, block]
        fits = fits and room[budget] >= 0
    return fits


@njit(cache=True, nogil=True)
def room_left(chosen: Bools, weights: Ints, limits: Ints) -> Ints:
    """What a choice leaves of each budget; negative where it breaks one."""
    room = np.empty(len(limits), np.int64)
    for budget in range(len(limits)):
        room[budget] = limits[budget]
        for block in range(len(chosen)):
            if chosen[block]:
                room[budget] -= weights[budget, block]
    return room


@njit(cache=True, nogil=True)
def drop_poorest_zones(chosen: Bools, movable: Bools, worth: Floats, zones: int, indptr: Ints, indices: Ints,
                       queue: Ints) -> int:
    """Remove whole zones without pinned blocks, least total worth first, down to ``zones``; returns how many remain."""
    labels = np.empty(len(chosen), np.int64)
    count = label_zones(chosen, indptr, indices, labels, queue)
    if count <= zones:
        return count
    totals = np.zeros(count)
    for block in range(len(chosen)):
        if chosen[block]:
            totals[labels[block]] += worth[block] if movable[block] else np.inf
    remaining = count
    while remaining > zones:
        poorest = 0
        for zone in range(1, count):
            if totals[zone] < totals[poorest]:
                poorest = zone
        if totals[poorest] == np.inf:
            break
        totals[poorest] = np.inf
        remaining -= 1
        for block in range(len(chosen)):
            if labels[block] == poorest:
                chosen[block] = False
    return remaining


@njit(cache=True, nogil=True)
def peel_down(chosen: Bools, movable: Bools, order: Ints, weights: Ints, limits: Ints, zones: int, split: bool,
              indptr: Ints, indices: Ints, mark: Ints, queue: Ints) -> bool:
    """Remove the first removable block of ``order``, again and again, until the budgets hold; False when they cannot.

    A block is removable when the number of zones does not grow (it is no articulation point); with ``split`` also when
    it grows to at most ``zones``. An articulation point stays one until a neighbour of it goes, so it is looked at
    again only then.
    """
    labels = np.empty(len(chosen), np.int64)
    count = label_zones(chosen, indptr, indices, labels, queue)
    room = room_left(chosen, weights, limits)
    fits = True
    for budget in range(len(limits)):
        fits = fits and room[budget] >= 0
    rank = np.empty(len(chosen), np.int64)
    for place in range(len(order)):
        rank[order[place]] = place
    blocked = np.zeros(len(chosen), np.bool_)
    at = 0
    while at < len(order) and not fits:
        block = order[at]
        at += 1
        if not chosen[block] or not movable[block] or blocked[block]:
            continue
        groups = groups_around(block, chosen, indptr, indices, mark, queue)
        if groups > 1 and not (split and count + groups - 1 <= zones):
            blocked[block] = True
            continue
        chosen[block] = False
        count += groups - 1
        fits = take(room, weights, block, -1)
        for place in range(indptr[block], indptr[block + 1]):
            other = indices[place]
            if chosen[other]:
                blocked[other] = False
                at = min(at, rank[other])
    return fits


@njit(cache=True, nogil=True)
def refill(chosen: Bools, movable: Bools, order: Ints, focal: Ints, weights: Ints, limits: Ints, zones: int,
           indptr: Ints, indices: Ints, mark: Ints, queue: Ints) -> None:
    """Add blocks in ``order`` that fit the budgets, beside a zone or as a new one while there may be more.

    Blocks without focal students are added where they are free: they may lead to others.
    """
    labels = np.empty(len(chosen), np.int64)
    count = label_zones(chosen, indptr, indices, labels, queue)
    room = room_left(chosen, weights, limits)
    changed = True
    while changed:
        changed = False
        for block in order:
            if chosen[block] or not movable[block]:
                continue
            free = True
            for budget in range(len(limits)):
                free = free and weights[budget, block] == 0
            if focal[block] == 0 and not free:
                continue
            groups = groups_around(block, chosen, indptr, indices, mark, queue)
            alone = groups == 0 and (count >= zones or focal[block] == 0)
            if not take(room, weights, block, 1) or alone:
                take(room, weights, block, -1)
                continue
            chosen[block] = True
            count += 1 - groups
            changed = True


@njit(cache=True, nogil=True)
def tidy(chosen: Bools, movable: Bools, focal: Ints, weights: Ints, zones: int, indptr: Ints, indices: Ints, mark: Ints,
         queue: Ints) -> None:
    """Remove blocks without focal students that connect nothing, or that take of a budget for a tie not needed."""
    labels = np.empty(len(chosen), np.int64)
    count = label_zones(chosen, indptr, indices, labels, queue)
    changed = True
    while changed:
        changed = False
        for block in range(len(chosen)):
            if not chosen[block] or not movable[block] or focal[block] > 0:
                continue
            free = True
            for budget in range(len(weights)):
                free = free and weights[budget, block] == 0
            groups = groups_around(block, chosen, indptr, indices, mark, queue)
            if groups <= 1 or (not free and count + groups - 1 <= zones):
                chosen[block] = False
                count += groups - 1
                changed = True


@njit(cache=True, nogil=True)
def walk(chosen: Bools, candidates: Ints, focal: Ints, weights: Ints, limits: Ints, zones: int, indptr: Ints,
         indices: Ints, mark: Ints, queue: Ints, steps: int, hot: float, cold: float, prices: Floats,
         zone_price: float, best: int, best_chosen: Bools, state: NDArray[np.uint64]) -> tuple[int, int]:
    """Flip random blocks, taking worse choices with the Metropolis probability, while it cools from hot to cold.

    Worth = focal students - ``prices`` per unit over a budget - ``zone_price`` per zone too many. Returns the best
    focal count of a choice that holds every condition (``best`` when none beats it; then in ``best_chosen``) and the
    number of zones at the end.
    """
    labels = np.empty(len(chosen), np.int64)
    count = label_zones(chosen, indptr, indices, labels, queue)
    room = room_left(chosen, weights, limits)
    reached = 0
    for block in range(len(chosen)):
        if chosen[block]:
            reached += focal[block]
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot
    for _ in range(steps):
        heat *= cooling
        block = candidates[int(uniform(state) * len(candidates))]
        sign = -1 if chosen[block] else 1
        gain = float(sign * focal[block])
        for budget in range(len(limits)):
            after = room[budget] - sign * weights[budget, block]
            gain -= prices[budget] * (max(0, -after) - max(0, -room[budget]))
        # Joining zones can earn at most one zone less per further neighbour: most bad flips end here, unsearched.
        over = max(0, count - zones)
        threshold = heat * np.log(1.0 - uniform(state))
        if gain + zone_price * min(over, indptr[block + 1] - indptr[block]) < threshold:
            continue
        groups = groups_around(block, chosen, indptr, indices, mark, queue)
        grown = sign * (1 - groups)
        if gain - zone_price * (max(0, count + grown - zones) - over) < threshold:
            continue
        chosen[block] = sign > 0
        reached += sign * focal[block]
        count += grown
        if take(room, weights, block, sign) and count <= zones and reached > best:
            best = reached
            for place in range(len(chosen)):
                best_chosen[place] = chosen[place]
    return best, count
