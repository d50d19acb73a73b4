"""Compiled inner loops of the subset dynamic programme. Import it only where it is used: it loads numba."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def split_range(first: Floats, second: Floats, best: Floats, start: int, stop: int) -> None:
    """best[S] = max over T in S, T holding S's highest member, of first[T] + second[S - T], for start <= S < stop.

    Sets are bit masks; ``second`` may be ``best`` itself, as only smaller sets are read. ``start`` is at least 1.
    """
    top = 1
    for whole in range(start, stop):
        while 2 * top <= whole:
            top *= 2
        rest = whole ^ top
        highest = -np.inf
        part = rest
        while True:
            highest = max(highest, first[part | top] + second[rest ^ part])
            if part == 0:
                break
            part = (part - 1) & rest
        best[whole] = highest


@njit(cache=True, nogil=True)
def best_split(first: Floats, second: Floats, whole: int) -> int:
    """The first T (largest mask first) that attains the maximum of :func:`split_range` for one set."""
    top = 1
    while 2 * top <= whole:
        top *= 2
    rest = whole ^ top
    highest = -np.inf
    found = 0
    part = rest
    while True:
        value = first[part | top] + second[rest ^ part]
        if value > highest:
            highest = value
            found = part | top
        if part == 0:
            break
        part = (part - 1) & rest
    return found
