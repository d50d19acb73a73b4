"""Cells of the sweep that can still lead to an optimum, by Lagrangian bounds.

Let H be the concave hull of the threshold vertices, the optimum of the linear relaxation. Dropping bundle i at cell w
while every bundle before it is kept gives at most H(w + weight[i]) - focal[i], and bringing the weight down from w to
c by dropping bundles before i costs at least H(b) - H(b - w + c), with b the weight before i. What is missing to H(c)
in the end only grows with w. So where an optimum at c is known to lie at most g(c) under H(c), bisection finds the
highest w from which c is still worth reaching.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Ints
from evenhand_tiebreaker.curves.items import Pieces

#: The hull is kept as whole multiples of 2**-20, rounded down: each value is too low by less than one.
_SHIFT = 20
#: More than the rounding of the six hull values that one comparison meets.
_SLACK = 8
_STRETCHES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 1.0)


@frozen(eq=False)
class Hull:
    """Optimum of the linear relaxation at every weight.

    Attributes
    ----------
    height : shape (total weight + 1,), multiples of 2**-20, rounded down
    prefix : shape (total weight + 1,), focal students of the bundles that fit in the order of preference, uncut
    """

    height: Ints
    prefix: Ints


def hull_of(pieces: Pieces) -> Hull | None:
    """The hull, or None where numbers are too large to compute it in int64."""
    if pieces.total_focal >= 2**42 or float(pieces.focal.max()) * float(pieces.weight.max()) >= 2.0**42:
        return None
    weights = pieces.weight
    upto = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(pieces.focal)])
    within = np.arange(pieces.total_weight, dtype=np.int64) - np.repeat(pieces.before[:-1], weights)
    whole = np.repeat(upto[:-1], weights)
    inner = (whole << _SHIFT) + ((within * np.repeat(pieces.focal, weights)) << _SHIFT) // np.repeat(weights, weights)
    return Hull(np.append(inner, upto[-1] << _SHIFT), np.append(whole, upto[-1]))


def missing(hull: Hull, attained: npt.NDArray[np.integer]) -> Ints:
    """How far attained values lie under the hull at the weights 0, 1, ..., in multiples of 2**-20."""
    gaps: Ints = hull.height[: len(attained)] - (attained.astype(np.int64) << _SHIFT)
    return gaps


def stretches(most: int) -> list[int]:
    """Last weight of each stretch of 0..most over which one bound on what is missing holds; finer near 0."""
    return sorted({int(most * part) for part in _STRETCHES})


def greatest_missing(gaps: Ints, ends: list[int]) -> list[int]:
    """The greatest value of each stretch."""
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [int(gaps[start : end + 1].max()) for start, end in zip(starts, ends, strict=True)]


def guessed_missing(students: int) -> int:
    """So many focal students, in the multiples of the hull."""
    return students << _SHIFT


def highest_cells(pieces: Pieces, hull: Hull, ends: list[int], allowed: list[int]) -> Ints:
    """The highest cell at which dropping each bundle can lead to a value missing no more than ``allowed``.

    Parameters
    ----------
    ends, allowed : last weight of each stretch of final weights, and the most that may be missing there

    Returns
    -------
    shape (k,) : never below the weight before the bundle, where nothing is lost yet
    """
    height, before, weight = hull.height, pieces.before[:-1], pieces.weight
    focal = pieces.focal << _SHIFT
    highest = before.copy()
    for end, most in sorted(zip(ends, allowed, strict=True), reverse=True):
        top = np.minimum(pieces.total_weight - weight, before + end)
        low, high = np.minimum(highest, top), top
        while np.any(low < high):
            cell = (low + high + 1) >> 1
            down = np.maximum(cell - end, 0)
            lost = (focal - height[cell + weight] + height[cell - down]) + (height[before] - height[before - down])
            worth = lost <= most + _SLACK
            low, high = np.where(worth, cell, low), np.where(worth, high, cell - 1)
        highest = np.maximum(highest, low)
    return highest
