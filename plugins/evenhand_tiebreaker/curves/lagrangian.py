"""The dual bound of a budget: what no set of eligible blocks can pass, in exact integers.

For every lambda >= 0 and every S of weight at most W: p(S) <= lambda W + sum of max(0, p - lambda w) over the eligible
blocks. A cut-off t on the share p / (p + w) is the multiplier lambda = t / (1 - t), so the best multiplier of a budget
is read off the threshold curve, whose points are the corners of the hull.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from evenhand_tiebreaker.curves.counts import Counts, Ints, block_counts, exact_array, floor_of, whole_counts
from evenhand_tiebreaker.curves.vertices import threshold_curve


def lagrangian_bound(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacity: int | Fraction,
                     multiplier: Fraction) -> Fraction:
    """``multiplier * capacity + sum of max(0, p - multiplier * w)``, valid for any multiplier of 0 or more.

    Raises
    ------
    ValueError : a negative multiplier, which bounds nothing
    """
    p, w, mask = block_counts(focal, weight, eligible)
    if multiplier < 0:
        raise ValueError(f"a multiplier must not be negative: {multiplier}")
    numerator, denominator = multiplier.numerator, multiplier.denominator
    factor = max(numerator, denominator)
    gains = exact_array(p[mask], factor) * denominator - exact_array(w[mask], factor) * numerator
    # Python's sum: a sum of a million gains may pass int64 where no single one does.
    return multiplier * capacity + Fraction(sum(gains[gains > 0].tolist()), denominator)


def best_multiplier(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacity: int | Fraction) -> Fraction:
    """The multiplier with the lowest bound: p / w of the blocks the capacity cuts, 0 where it cuts none."""
    curve = threshold_curve(focal, weight, eligible)
    cut = int(np.count_nonzero(curve.other <= floor_of(capacity)))
    if cut == len(curve):
        return Fraction(0)
    part, whole = int(curve.numerators[cut]), int(curve.denominators[cut])
    return Fraction(part, whole - part)


def hull_bounds(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacities: Counts) -> Ints:
    """The lowest bound over all multipliers at each capacity, rounded down; shape (number of capacities,).

    It is the hull of the threshold curve: full groups of equal share, then part of the next one.
    """
    asked = whole_counts(capacities, "capacities")
    curve = threshold_curve(focal, weight, eligible)
    zero = np.zeros(1, dtype=np.int64)
    focal_upto, weight_upto = np.concatenate([zero, curve.focal]), np.concatenate([zero, curve.other])
    whole_groups = np.searchsorted(curve.other, asked, side="right")
    bounds = focal_upto[whole_groups].copy()
    cut = np.flatnonzero(whole_groups < len(curve))
    group = whole_groups[cut]
    part = curve.numerators[group]
    left = asked[cut] - weight_upto[group]
    partial = exact_array(left, int(part.max(initial=1))) * part // (curve.denominators[group] - part)
    bounds[cut] += partial.astype(np.int64)
    return bounds
