"""Blocks as items of a knapsack: what is free, what is out, and equal blocks bundled."""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Ints, Mask
from evenhand_tiebreaker.curves.shares import share_ranks


@frozen(eq=False)
class BlockTypes:
    """Eligible blocks with focal students, equal ones together.

    Types stand in the order of preference: falling share, then falling size.

    Attributes
    ----------
    free : shape (n,), blocks with focal students and no weight, part of every optimum
    focal, weight : shape (t,), of one block of the type; the weight in units
    count : shape (t,), blocks of the type
    unit : greatest common divisor of all weights
    rows : shape (sum of count,), the blocks, type by type, in table order within a type
    start : shape (t + 1,), where each type begins in ``rows``
    """

    free: Mask
    focal: Ints
    weight: Ints
    count: Ints
    unit: int
    rows: Ints
    start: Ints

    def choice(self, taken: Ints) -> Mask:
        """Free blocks and the first ``taken`` blocks of each type, shape (n,)."""
        chosen = self.free.copy()
        place = np.arange(len(self.rows)) - np.repeat(self.start[:-1], self.count)
        chosen[self.rows[place < np.repeat(taken, self.count)]] = True
        return chosen


def block_types(focal: Ints, weight: Ints, eligible: Mask) -> BlockTypes:
    """Types of the eligible blocks that could ever be worth choosing."""
    worth = eligible & (focal > 0)
    rows = np.flatnonzero(worth & (weight > 0))
    p, w = focal[rows], weight[rows]
    ranks, _ = share_ranks(p, p + w)
    order = np.lexsort((rows, -p, ranks))
    rows, p, w, ranks = rows[order], p[order], w[order], ranks[order]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (ranks[1:] != ranks[:-1]) | (p[1:] != p[:-1])
    first = np.flatnonzero(fresh)
    start = np.append(first, len(rows)).astype(np.int64)
    unit = math.gcd(*w[first].tolist()) or 1
    return BlockTypes(worth & (weight == 0), p[first], w[first] // unit, np.diff(start), unit, rows, start)


@frozen(eq=False)
class Pieces:
    """Bundles of equal blocks, each taken or dropped as a whole, in the order of the types.

    Of a type with m blocks come bundles of r, 2**j, ..., 2, 1 blocks with r + 2**(j + 1) - 1 = m and r < 2**(j + 1):
    every number of blocks from 0 to m is a sum of some. Among the numbers that are allowed, taking bundles in this
    order whenever that leaves one within reach ends at the largest.

    Attributes
    ----------
    focal, weight : shape (k,), of the whole bundle
    kind : shape (k,), the type
    size : shape (k,), blocks in the bundle
    before : shape (k + 1,), weight of all bundles that stand before
    """

    focal: Ints
    weight: Ints
    kind: Ints
    size: Ints
    before: Ints

    @property
    def total_focal(self) -> int:
        """Focal students of all bundles."""
        return int(self.focal.sum())

    @property
    def total_weight(self) -> int:
        """Weight of all bundles."""
        return int(self.before[-1])

    def taken(self, kept: Mask, kinds: int) -> Ints:
        """Blocks of each type, shape (kinds,), in the bundles marked by ``kept``."""
        numbers = np.zeros(kinds, dtype=np.int64)
        np.add.at(numbers, self.kind[kept], self.size[kept])
        return numbers


def pieces_of(focal: Ints, weight: Ints, count: Ints, largest: int) -> Pieces:
    """Bundles of the given types; of each type no more blocks than have together a weight of ``largest``."""
    useful = np.minimum(count, largest // weight) if len(weight) else count
    power = 1 << np.arange(62, dtype=np.int64)
    powers = np.searchsorted(power, useful + 1, side="right") - 1          # 1, 2, 4, ..., 2**(powers - 1)
    rest = useful - (power[powers] - 1)
    bundles = powers + (rest > 0)
    kind_of = np.repeat(np.arange(len(useful)), bundles)
    left = np.repeat(np.cumsum(bundles), bundles) - np.arange(len(kind_of)) - 1
    size = np.where(left == powers[kind_of], rest[kind_of], power[left])
    bundle_weight = size * weight[kind_of]
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(bundle_weight)])
    return Pieces(size * focal[kind_of], bundle_weight, kind_of, size, before)
