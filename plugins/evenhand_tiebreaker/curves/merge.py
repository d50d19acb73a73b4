"""The frontier once more, by merging Pareto lists: a second opinion that shares nothing with the sweep.

The list holds every undominated pair (weight, focal) of the blocks met so far. Each block adds a shifted copy; merged
and cleared of dominated pairs it is the next list (Nemhauser and Ullmann 1969).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evenhand_tiebreaker.curves.counts import Counts, Ints, block_counts, floor_of


def pareto_points(focal: Counts, weight: Counts, eligible: npt.ArrayLike,
                  capacity: int | None = None) -> tuple[Ints, Ints]:
    """Breakpoints of the frontier, weights and focal counts, both strictly increasing from weight 0 on.

    Parameters
    ----------
    focal, weight : shape (n,); the weight is non-focal students or all students
    eligible : shape (n,), boolean
    capacity : the largest weight wanted; default: all of it

    Raises
    ------
    TypeError, ValueError : counts that are not whole or negative, a negative capacity
    OverflowError : a pair does not fit into 62 bits
    """
    p, w, mask = block_counts(focal, weight, eligible)
    useful = np.flatnonzero(mask & (p > 0))
    useful = useful[np.argsort(w[useful], kind="stable")]
    total, heaviest = int(p[useful].sum()), int(w[useful].sum())
    most = heaviest if capacity is None else min(heaviest, floor_of(capacity))
    if most < 0:
        raise ValueError(f"capacity must not be negative: {capacity}")
    # A pair is one number: the weight above, what is missing to all focal students below. Sorting these numbers puts
    # the larger focal count first among equal weights, and adding a block is adding one number.
    below = total.bit_length() + 1
    if heaviest.bit_length() + below > 62:
        raise OverflowError("weights and focal counts together need more than 62 bits")
    low, limit = (1 << below) - 1, (most + 1) << below
    pairs = np.array([total], dtype=np.int64)
    for gain, load in zip(p[useful].tolist(), w[useful].tolist(), strict=True):
        merged = np.concatenate([pairs, pairs + ((load << below) - gain)])
        merged.sort(kind="stable")
        merged = merged[: int(np.searchsorted(merged, limit))]
        short = merged & low
        least_before = np.minimum.accumulate(short)[:-1]
        undominated = np.ones(len(merged), dtype=np.bool_)
        undominated[1:] = short[1:] < least_before
        pairs = merged[undominated]
    return pairs >> below, total - (pairs & low)
