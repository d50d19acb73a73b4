"""The area under the threshold curve, and pairs of blocks a choice treats against their shares."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Mask
from evenhand_tiebreaker.curves.vertices import ThresholdCurve


@frozen(eq=False)
class Inversions:
    """Pairs of a receiving and a refused eligible block in which the refused one has the larger share.

    Attributes
    ----------
    count : number of pairs
    receiving, refused : shape (n,), the blocks that are in at least one pair
    """

    count: int
    receiving: Mask
    refused: Mask


@frozen(eq=False)
class SplitTies:
    """Shares at which some eligible blocks receive and others do not.

    Attributes
    ----------
    shares : these shares, highest first
    blocks : shape (n,), every eligible block with one of them
    """

    shares: tuple[Fraction, ...]
    blocks: Mask

    @property
    def count(self) -> int:
        """Number of distinct shares that are split."""
        return len(self.shares)


def auc(curve: ThresholdCurve, total_focal: int, total_other: int) -> Fraction | None:
    """Area under the polyline through (0, 0) and the vertices, flat from the last one to a false positive rate of 1.

    Its inner points are no choices that could be made. With all blocks eligible it is the rank statistic: the chance
    that a random focal student's block has a larger share than a random other student's, ties counting half.

    Returns
    -------
    None where there is no focal or no other student
    """
    if total_focal == 0 or total_other == 0:
        return None
    focal, other = [0, *curve.focal.tolist()], [0, *curve.other.tolist()]
    doubled = sum((other[i + 1] - other[i]) * (focal[i] + focal[i + 1]) for i in range(len(curve)))
    doubled += 2 * (total_other - other[-1]) * focal[-1]
    return Fraction(doubled, 2 * total_focal * total_other)


def inversions(curve: ThresholdCurve, choice: Mask) -> Inversions:
    """Count pairs by the exact ranks of the shares, O(n); blocks without students are in no pair."""
    received, refused = _by_share(curve, choice)
    refused_above = np.cumsum(refused) - refused
    received_upto = np.cumsum(received)
    received_below = int(received.sum()) - received_upto
    group, ranked = curve.group, curve.group >= 0
    one_above, one_below = np.zeros(len(group), dtype=np.bool_), np.zeros(len(group), dtype=np.bool_)
    one_above[ranked] = refused_above[group[ranked]] > 0
    one_below[ranked] = received_below[group[ranked]] > 0
    return Inversions(int(received @ refused_above), choice & one_above, ~choice & one_below)


def split_ties(curve: ThresholdCurve, choice: Mask) -> SplitTies:
    """Shares whose blocks the choice divides."""
    received, refused = _by_share(curve, choice)
    split = (received > 0) & (refused > 0)
    blocks = np.zeros(len(curve.group), dtype=np.bool_)
    ranked = curve.group >= 0
    blocks[ranked] = split[curve.group[ranked]]
    return SplitTies(tuple(curve.threshold(vertex) for vertex in np.flatnonzero(split).tolist()), blocks)


def _by_share(curve: ThresholdCurve, choice: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Blocks of each share that receive and that do not."""
    ranked = curve.group >= 0
    size = len(curve)
    received = np.bincount(curve.group[ranked & choice], minlength=size).astype(np.int64)
    refused = np.bincount(curve.group[ranked & ~choice], minlength=size).astype(np.int64)
    return received, refused
