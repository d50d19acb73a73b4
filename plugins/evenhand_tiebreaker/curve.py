"""The threshold curve of the blocks, also for counts too large for the arrays of the engine."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from evenhand_tiebreaker.counts import Bools, Ints
from evenhand_tiebreaker.curves.counts import LARGEST_SUM
from evenhand_tiebreaker.curves.vertices import ThresholdCurve, threshold_curve

if TYPE_CHECKING:
    from evenhand_tiebreaker.instance import Blocks


def fits_engine(*counts: Ints) -> bool:
    """Whether the sum of all counts stays where the engines of the curves work."""
    return sum(sum(column.tolist()) for column in counts) < LARGEST_SUM


def curve_of(blocks: Blocks) -> ThresholdCurve:
    """Every choice that a cut-off on the share of focal students can make, over the eligible blocks."""
    if fits_engine(blocks.students):
        return threshold_curve(blocks.focal, blocks.other, blocks.eligible)
    return _unbounded(blocks.ranked, blocks.focal, blocks.other, blocks.eligible)


def _unbounded(ranked: tuple[Ints, tuple[Fraction, ...]], focal: Ints, other: Ints, eligible: Bools) -> ThresholdCurve:
    """The same in Python's integers: shares as they are ranked among all blocks, cut down to the eligible ones."""
    place, shares = ranked
    inside = np.unique(place[eligible & (place >= 0)])
    group = np.full(len(place), -1, dtype=np.int64)
    rows = np.flatnonzero(eligible & (place >= 0))
    group[rows] = np.searchsorted(inside, place[rows])
    kept = [shares[number] for number in inside.tolist()]
    sums = np.zeros((3, len(kept)), dtype=object)
    for row in rows.tolist():
        sums[:, group[row]] += (int(focal[row]), int(other[row]), 1)
    running = np.cumsum(sums, axis=1)
    numerators = np.array([share.numerator for share in kept], dtype=object)
    denominators = np.array([share.denominator for share in kept], dtype=object)
    return ThresholdCurve(numerators, denominators, running[0], running[1], running[2].astype(np.int64), group)
