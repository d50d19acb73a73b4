"""The most focal students at every budget at once, and a choice for each."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.curves.core import core_optimum, trace
from evenhand_tiebreaker.curves.counts import Counts, Ints, Mask, block_counts, floor_of
from evenhand_tiebreaker.curves.items import BlockTypes, Pieces, block_types, pieces_of
from evenhand_tiebreaker.curves.sweep import Sweep, sweep
from evenhand_tiebreaker.curves.windows import (
    greatest_missing,
    guessed_missing,
    highest_cells,
    hull_of,
    missing,
    stretches,
)

MEMORY = 128 * 2**20
#: Below so many cells a plain sweep is faster than finding out which ones matter.
_WORTH_WINDOWS = 30_000_000
_FIRST_GUESS = 1


@frozen(eq=False)
class Frontier:
    """The exact frontier: best focal count at every weight from 0 to ``capacity``.

    Attributes
    ----------
    weights, focal : shape (b,), the breakpoints, both strictly increasing; the first is the choice of weight 0
    capacity : the last weight the frontier is known for
    """

    weights: Ints
    focal: Ints
    capacity: int
    _types: BlockTypes
    _pieces: Pieces
    _sweep: Sweep
    _free: int
    _memory: int

    def points(self) -> tuple[Ints, Ints]:
        """Weights and focal counts of all breakpoints."""
        return self.weights, self.focal

    def value(self, weight: npt.ArrayLike) -> Any:
        """The most focal students within each of the given whole weights."""
        asked = np.asarray(weight)
        self._check(int(asked.min(initial=0)), int(asked.max(initial=0)))
        return self.focal[np.searchsorted(self.weights, asked, side="right") - 1]

    def choice(self, weight: int) -> Mask:
        """The choice with the most focal students within ``weight``, shape (n,).

        Several optima: the least weight; then, with the blocks listed by falling share, falling size and table order,
        the first in that list are kept whenever some optimum keeps them. So the order of the table decides between
        equal blocks only.
        """
        self._check(weight, weight)
        place = int(np.searchsorted(self.weights, weight, side="right")) - 1
        cell = int(self.weights[place]) // self._types.unit
        if self._sweep.traced < len(self._pieces.focal):
            attained = int(self.focal[place]) - self._free
            return self._types.choice(core_optimum(self._types, cell, self._memory, attained).taken)
        kept = trace(self._pieces, self._sweep, cell, self._memory)
        return self._types.choice(self._pieces.taken(kept, len(self._types.count)))

    def _check(self, least: int, most: int) -> None:
        if least < 0 or most > self.capacity:
            raise ValueError(f"the frontier is known from 0 to {self.capacity}, asked for {least} to {most}")


def exact_frontier(focal: Counts, weight: Counts, eligible: npt.ArrayLike, capacity: int | Fraction | None = None, *,
                   memory: int = MEMORY, windows: bool | None = None) -> Frontier:
    """max p(S) over S within the eligible blocks and w(S) <= W, for every whole W at once (Bellman 1957).

    Parameters
    ----------
    focal, weight : shape (n,); the weight is non-focal students or all students
    eligible : shape (n,), boolean
    capacity : the largest W wanted; default: the weight of all eligible blocks
    memory : bytes for cells and bits; where the bits do not fit, `Frontier.choice` solves its point again
    windows : whether to leave out cells that bounds rule out; default: where the sweep is large. It changes no result

    Raises
    ------
    TypeError, ValueError : counts that are not whole or negative, a negative capacity
    OverflowError : the sums are too large, or one row of cells does not fit into the memory
    """
    p, w, mask = block_counts(focal, weight, eligible)
    everything = int(w[mask].sum())
    if capacity is not None and capacity < 0:
        raise ValueError(f"capacity must not be negative: {capacity}")
    most = everything if capacity is None else floor_of(capacity)
    types = block_types(p, w, mask)
    pieces = pieces_of(types.focal, types.weight, types.count, most // types.unit)
    reach = min(most // types.unit, pieces.total_weight)
    left = memory - _row_bytes(pieces)
    if left < 0:
        raise OverflowError(f"a frontier over {pieces.total_weight} weights needs more than {memory} bytes; "
                            "merge Pareto lists instead")
    if windows is None:
        windows = len(pieces.focal) * reach > _WORTH_WINDOWS
    swept = _windowed(pieces, reach, left) if windows else None
    if swept is None:
        swept = sweep(pieces, pieces.before[:-1] + reach, left)
    reached = np.maximum.accumulate(swept.cells[: reach + 1]).astype(np.int64)
    steps = np.flatnonzero(np.diff(reached, prepend=-1) > 0)
    free = int(p[types.free].sum())
    return Frontier(steps * types.unit, reached[steps] + free, most, types, pieces, swept, free, memory)


def _windowed(pieces: Pieces, reach: int, most_bytes: int) -> Sweep | None:
    """A sweep over the cells that matter, or None where the bounds cannot be computed.

    The first sweep assumes how much is missing to the hull at most; what it attains then bounds what is missing
    indeed. Where the assumption was too bold, a second sweep uses this bound, and is exact.
    """
    if not len(pieces.focal):
        return None
    hull = hull_of(pieces)
    if hull is None:
        return None
    ends = stretches(reach)
    prefix = greatest_missing(missing(hull, hull.prefix[: reach + 1]), ends)
    allowed = [min(gap, guessed_missing(_FIRST_GUESS)) for gap in prefix]
    while True:
        last = np.minimum(highest_cells(pieces, hull, ends, allowed), pieces.before[:-1] + reach)
        swept = sweep(pieces, last, most_bytes)
        attained = np.maximum.accumulate(swept.cells[: reach + 1])
        known = greatest_missing(missing(hull, attained), ends)
        if all(gap <= most for gap, most in zip(known, allowed, strict=True)):
            return swept
        allowed = [max(gap, most) for gap, most in zip(known, allowed, strict=True)]


def _row_bytes(pieces: Pieces) -> int:
    """Cells, the moved cells beside them, and a byte for each comparison."""
    width = 4 if 2 * pieces.total_focal + 2 < 2**31 else 8
    return (2 * width + 1) * (pieces.total_weight + 1)
