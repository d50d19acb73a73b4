"""The dual bound of a budget: what no set of eligible blocks can pass, in exact integers.

For every lambda >= 0 and every S of weight at most W: p(S) <= lambda W + sum of max(0, p - lambda w) over the eligible
blocks. A cut-off t on the share p / (p + w) is the multiplier lambda = t / (1 - t), so the best multiplier of a budget
is read off the threshold curve, whose points are the corners of the hull.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from evenhand_tiebreaker.curves.counts import Counts, Ints, exact_array, floor_of, whole_numbers
from evenhand_tiebreaker.curves.vertices import threshold_curve


def best_multiplier(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacity: int | Fraction) -> Fraction:
    """The multiplier with the lowest bound: p / w of the blocks the capacity cuts, 0 where it cuts none."""
    curve = threshold_curve(focal, weight, eligible)
    cut = int(np.count_nonzero(curve.other <= floor_of(capacity)))
    if cut == len(curve):
        return Fraction(0)
    part, whole = int(curve.numerators[cut]), int(curve.denominators[cut])
    return Fraction(part, whole - part)


def hull_bounds(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacities: npt.ArrayLike) -> Ints:
    """The lowest bound over all multipliers at each capacity, rounded down; shape (number of capacities,).

    It is the hull of the threshold curve: full groups of equal share, then part of the next one.

    Raises
    ------
    TypeError, ValueError : capacities that are not whole or negative
    """
    curve = threshold_curve(focal, weight, eligible)
    zero = np.zeros(1, dtype=np.int64)
    focal_upto, weight_upto = np.concatenate([zero, curve.focal]), np.concatenate([zero, curve.other])
    # Beyond the weight of everything all capacities are the same.
    asked = np.minimum(whole_numbers(capacities, "capacities"), weight_upto[-1]).astype(np.int64)
    whole_groups = np.searchsorted(curve.other, asked, side="right")
    bounds = focal_upto[whole_groups].copy()
    cut = np.flatnonzero(whole_groups < len(curve))
    group = whole_groups[cut]
    part = curve.numerators[group]
    left = asked[cut] - weight_upto[group]
    partial = exact_array(left, int(part.max(initial=1))) * part // (curve.denominators[group] - part)
    bounds[cut] += partial.astype(np.int64)
    return bounds
