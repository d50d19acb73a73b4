"""Compiled steps of the annealing walk on group sums. Import it only where it is used: it loads numba.

Arrays shared by the functions (n schools, groups 1..K; row 0 of the group tables is "out" and stays zero):

``money`` (n, 4)      slope, constant, full, outside
``counts`` (n, 4)     identified, enrolled, slack to the minimum, slack to share 1; whole numbers
``sums`` (K + 1, 5)   slope, constant, full of the group, then its worth and its shortfall
``tallies`` (K + 1, 4)  the counts of the group
``reals``, ``wholes``   the scalars of the walk, at the places named below

The step is written out in one loop: handing a dozen arrays to a function costs more than the step itself.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[np.int32]
Whole = int | np.int64

TOTAL, BEST, NOISE, SHORT_UNIT, MULTIPLIER = range(5)
SHORT_PRICE, CONFLICT_PRICE, LEAST_SHORT_PRICE, LEAST_CONFLICT_PRICE = range(5, 9)
ILLEGAL_GROUPS, CONFLICTS, HAS_BEST, ROUNDING = range(4)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S11 = (np.uint64(shift) for shift in (30, 27, 31, 32, 11))
_LOW = np.uint64(0xFFFFFFFF)
_LOWEST_TEN = np.uint64(1023)


@njit(cache=True, nogil=True)
def mixed(state: np.uint64) -> np.uint64:
    """Output of splitmix64 (Steele, Lea, Flood 2014) for a state that grows by the golden ratio."""
    state = (state ^ (state >> _S30)) * _MIX_1
    state = (state ^ (state >> _S27)) * _MIX_2
    return state ^ (state >> _S31)


@njit(cache=True, nogil=True, error_model="numpy")
def worth_of(slope: float, constant: float, full: float, identified: int, enrolled: int, full_slack: int,
             multiplier: float, rounding: int) -> float:
    """Worth of one group from its sums; a group under the minimum is worth its own share, the shortfall is priced."""
    if enrolled == 0:
        return 0.0
    if full_slack >= 0:
        return slope + constant + full
    if rounding == 0:
        share = multiplier * (identified / enrolled)
    elif rounding == 1:
        share = multiplier * 1e-4 * ((20_000 * identified + enrolled) // (2 * enrolled))
    else:
        share = multiplier * 1e-4 * ((10_000 * identified) // enrolled)
    return min(1.0, share) * slope + constant


@njit(cache=True, nogil=True)
def conflicts_in(school: Whole, group: Whole, but: Whole, labels: Labels, foe_starts: Ints, foes: Ints) -> int:
    """Schools of a group, ``but`` left out, that ``school`` may not meet there."""
    met = 0
    if group > 0:
        for place in range(foe_starts[school], foe_starts[school + 1]):
            foe = foes[place]
            if foe != but and labels[foe] == group:
                met += 1
    return met


@njit(cache=True, nogil=True)
def resum(labels: Labels, money: Floats, counts: Ints, sums: Floats, tallies: Ints, reals: Floats, wholes: Ints,
          foe_starts: Ints, foes: Ints) -> None:
    """All sums, worths and counters anew from the labels, which removes the drift of the floats."""
    for group in range(len(sums)):
        for column in range(5):
            sums[group, column] = 0.0
        for column in range(4):
            tallies[group, column] = 0
    total = 0.0
    conflicts = 0
    for school in range(len(labels)):
        group = labels[school]
        if group == 0:
            total += money[school, 3]
            continue
        for column in range(3):
            sums[group, column] += money[school, column]
        for column in range(4):
            tallies[group, column] += counts[school, column]
        conflicts += conflicts_in(school, group, -1, labels, foe_starts, foes)
    illegal = 0
    for group in range(1, len(sums)):
        worth = worth_of(sums[group, 0], sums[group, 1], sums[group, 2], tallies[group, 0], tallies[group, 1],
                         tallies[group, 3], reals[MULTIPLIER], wholes[ROUNDING])
        sums[group, 3] = worth
        total += worth
        if tallies[group, 2] < 0:
            sums[group, 4] = -tallies[group, 2] * reals[SHORT_UNIT]
            illegal += 1
    reals[TOTAL] = total
    wholes[ILLEGAL_GROUPS] = illegal
    wholes[CONFLICTS] = conflicts // 2


@njit(cache=True, nogil=True, error_model="numpy")
def walk_block(steps: int, temperature: float, swap_below: int, movable: Ints, lowest: Ints, labels: Labels,
               best_labels: Labels, money: Floats, counts: Ints, sums: Floats, tallies: Ints, reals: Floats,
               wholes: Ints, foe_starts: Ints, foes: Ints, random: NDArray[np.uint64]) -> int:
    """Steps at one temperature and fixed prices: move a school to another group, or swap two. How many were accepted.

    Expects sums that agree with the labels (:func:`resum`).
    """
    multiplier, rounding, short_unit = reals[MULTIPLIER], wholes[ROUNDING], reals[SHORT_UNIT]
    short_price, conflict_price, noise = reals[SHORT_PRICE], reals[CONFLICT_PRICE], reals[NOISE]
    total, best, has_best = reals[TOTAL], reals[BEST], wholes[HAS_BEST] == 1
    illegal, conflicts = wholes[ILLEGAL_GROUPS], wholes[CONFLICTS]
    groups, choices = len(sums) - 1, len(movable)
    state = random[0]
    accepted = 0
    fresh = False
    for _ in range(steps):
        state += _GOLDEN
        first = mixed(state)
        state += _GOLDEN
        second = mixed(state)
        upper, lower = np.int64(first >> _S32), np.int64(first & _LOW)
        school = movable[(upper * choices) >> 32]
        source = np.int64(labels[school])
        slope, constant, full, outside = money[school, 0], money[school, 1], money[school, 2], money[school, 3]
        identified, enrolled = counts[school, 0], counts[school, 1]
        slack, full_slack = counts[school, 2], counts[school, 3]
        other = np.int64(-1)
        if np.int64(second & _LOWEST_TEN) < swap_below:
            other = movable[(lower * choices) >> 32]
            target = np.int64(labels[other])
            if target == source or target < lowest[school] or source < lowest[other]:
                continue
            # A swap moves the difference of the two schools.
            slope, constant, full = slope - money[other, 0], constant - money[other, 1], full - money[other, 2]
            outside -= money[other, 3]
            identified, enrolled = identified - counts[other, 0], enrolled - counts[other, 1]
            slack, full_slack = slack - counts[other, 2], full_slack - counts[other, 3]
        else:
            target = lowest[school] + ((lower * (groups - lowest[school])) >> 32)
            if target >= source:
                target += 1

        gain = -sums[source, 3] - sums[target, 3]
        more_short = -sums[source, 4] - sums[target, 4]
        left = left_short = joined = joined_short = 0.0
        if source == 0:
            gain -= outside
        else:
            left = worth_of(sums[source, 0] - slope, sums[source, 1] - constant, sums[source, 2] - full,
                            tallies[source, 0] - identified, tallies[source, 1] - enrolled,
                            tallies[source, 3] - full_slack, multiplier, rounding)
            left_short = max(0.0, (slack - tallies[source, 2]) * short_unit)
        if target == 0:
            gain += outside
        else:
            joined = worth_of(sums[target, 0] + slope, sums[target, 1] + constant, sums[target, 2] + full,
                              tallies[target, 0] + identified, tallies[target, 1] + enrolled,
                              tallies[target, 3] + full_slack, multiplier, rounding)
            joined_short = max(0.0, (-slack - tallies[target, 2]) * short_unit)
        gain += left + joined
        more_short += left_short + joined_short
        more_conflicts = 0
        if len(foes) > 0:
            more_conflicts = (conflicts_in(school, target, other, labels, foe_starts, foes)
                              - conflicts_in(school, source, -1, labels, foe_starts, foes))
            if other >= 0:
                more_conflicts += (conflicts_in(other, source, school, labels, foe_starts, foes)
                                   - conflicts_in(other, target, -1, labels, foe_starts, foes))
        energy = gain - short_price * more_short - conflict_price * more_conflicts
        if energy <= 0.0:
            if energy <= -40.0 * temperature:
                continue
            if np.float64(second >> _S11) * 2.0**-53 >= np.exp(energy / temperature):
                continue

        accepted += 1
        total += gain
        conflicts += more_conflicts
        illegal += (-np.int64(sums[source, 4] > 0.0) - np.int64(sums[target, 4] > 0.0)
                    + np.int64(left_short > 0.0) + np.int64(joined_short > 0.0))
        if illegal == 0 and conflicts == 0 and (not has_best or total > best + noise):
            best, has_best, fresh = total, True, True
        elif fresh:  # copying only when a best state is left spares a copy per improvement
            for row in range(len(labels)):
                best_labels[row] = labels[row]
            fresh = False
        labels[school] = target
        if other >= 0:
            labels[other] = source
        for side in range(2):
            group, sign = (source, -1) if side == 0 else (target, 1)
            if group == 0:
                continue
            sums[group, 0] += sign * slope
            sums[group, 1] += sign * constant
            sums[group, 2] += sign * full
            sums[group, 3] = left if side == 0 else joined
            sums[group, 4] = left_short if side == 0 else joined_short
            tallies[group, 0] += sign * identified
            tallies[group, 1] += sign * enrolled
            tallies[group, 2] += sign * slack
            tallies[group, 3] += sign * full_slack
            if tallies[group, 1] == 0:
                for column in range(5):
                    sums[group, column] = 0.0
    if fresh:
        for row in range(len(labels)):
            best_labels[row] = labels[row]
    random[0] = state
    reals[TOTAL], reals[BEST], wholes[HAS_BEST] = total, best, np.int64(has_best)
    wholes[ILLEGAL_GROUPS], wholes[CONFLICTS] = illegal, conflicts
    return accepted
