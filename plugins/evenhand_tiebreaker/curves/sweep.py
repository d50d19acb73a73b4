"""Dynamic programming over bundles of blocks: the most focal students at every weight (Bellman 1957).

The sweep begins with everything chosen and considers dropping the bundles one after the other, the last in the order
of preference first. Cell w holds the most focal students of a choice of weight exactly w that takes every bundle not
yet considered; keeping a bundle changes no cell, dropping bundle i moves cell w + weight[i] to cell w. A trace then
meets the most preferred bundle first and keeps it whenever that loses nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Ints, Mask
from evenhand_tiebreaker.curves.items import Pieces

#: Bytes of bits up to which their comparisons, eight times as large, are kept until the end.
_PACKED_AT_ONCE = 2**20


@frozen(eq=False)
class Sweep:
    """Cells after all bundles were considered, and the drops that led there.

    Attributes
    ----------
    cells : shape (total weight + 1,), the narrowest of int16, int32, int64; negative where no choice has this weight
    first, last : shape (k,), the cells at which dropping each bundle was considered (none where last < first)
    bits : one bit per considered cell: whether the bundle was dropped; only of the bundles before ``traced``
    offset : shape (k,), where the bits of each bundle begin, in bytes
    traced : number of bundles, from the front, whose bits were kept
    """

    cells: npt.NDArray[Any]
    first: Ints
    last: Ints
    bits: npt.NDArray[np.uint8]
    offset: Ints
    traced: int

    def kept(self, pieces: Pieces, weight: int) -> tuple[Mask, int]:
        """Bundles kept on the way to cell ``weight``, as far as bits were kept, and the cell the rest must reach.

        Among all choices with this weight and the most focal students, bundles are kept in the order of preference
        whenever one of those choices keeps them.
        """
        keep = np.ones(self.traced, dtype=np.bool_)
        weights, firsts, lasts, offsets = (values[: self.traced].tolist()
                                           for values in (pieces.weight, self.first, self.last, self.offset))
        cell = weight
        for piece in range(self.traced):
            if cell <= lasts[piece]:
                place = cell - firsts[piece]
                if self.bits[offsets[piece] + (place >> 3)] >> (place & 7) & 1:
                    keep[piece] = False
                    cell += weights[piece]
        return keep, cell


def sweep(pieces: Pieces, last: Ints, most_bytes: int) -> Sweep:
    """Consider dropping every bundle at the cells from the weight before it up to ``last``.

    Parameters
    ----------
    pieces : the bundles
    last : shape (k,), the highest cell worth considering for each bundle
    most_bytes : bits are kept for as many bundles, from the front, as fit
    """
    total = pieces.total_weight
    first, last = pieces.before[:-1], np.minimum(last, total - pieces.weight)
    lengths = np.maximum(last - first + 1, 0)
    ends = np.cumsum((lengths + 7) // 8)
    traced = int(np.searchsorted(ends, most_bytes, side="right"))
    offset = ends - (lengths + 7) // 8
    bits = np.empty(int(ends[traced - 1]) if traced else 0, dtype=np.uint8)

    # Cells that no choice reaches start below zero and only fall: at most by all focal students.
    nobody = -pieces.total_focal - 1
    dtype = next(kind for kind in (np.int16, np.int32, np.int64) if -2 * nobody <= np.iinfo(kind).max)
    cells = np.full(total + 1, nobody, dtype=dtype)
    cells[total] = pieces.total_focal
    longest = int(lengths.max(initial=0))
    moved_buffer = np.empty(longest, dtype=dtype)
    # Few comparisons are packed into bits all at once at the end, many one bundle after the other.
    at_once = len(bits) <= min(most_bytes // 9, _PACKED_AT_ONCE)
    better_buffer = np.zeros(8 * len(bits), dtype=np.bool_) if at_once else np.empty(longest, dtype=np.bool_)
    rows = zip(pieces.focal.tolist(), pieces.weight.tolist(), first.tolist(), lengths.tolist(), offset.tolist(),
               strict=True)
    for piece, (focal, weight, start, length, at) in reversed(list(enumerate(rows))):
        if length == 0:
            continue
        here, moved = cells[start : start + length], moved_buffer[:length]
        np.subtract(cells[start + weight : start + weight + length], focal, out=moved)
        if piece < traced:
            begin = 8 * at if at_once else 0
            better = better_buffer[begin : begin + length]
            np.greater(moved, here, out=better)
            if not at_once:
                bits[at : at + (length + 7) // 8] = np.packbits(better, bitorder="little")
        np.maximum(here, moved, out=here)
    if at_once:
        bits = np.packbits(better_buffer, bitorder="little")
    return Sweep(cells, first, last, bits, offset, traced)
