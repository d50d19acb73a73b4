"""The graph of neighbouring blocks, frozen, with its components inside any part of it."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def _read_only(array: ArrayLike) -> IntArray:
    copied = np.array(array, dtype=np.int64)
    copied.setflags(write=False)
    return copied


@frozen(eq=False)
class BlockGraph:
    """Neighbour lists in compressed form: those of block v are ``indices[indptr[v]:indptr[v + 1]]``, ascending.

    Make it with :func:`graph_from_pairs`; it is undirected, without loops and without double edges.
    """

    indptr: IntArray = field(converter=_read_only)
    indices: IntArray = field(converter=_read_only)

    @property
    def blocks(self) -> int:
        return len(self.indptr) - 1

    @property
    def edges(self) -> int:
        return len(self.indices) // 2

    @property
    def degrees(self) -> IntArray:
        return np.diff(self.indptr)

    @property
    def pairs(self) -> IntArray:
        """Shape (edges, 2): every edge once, smaller block first, in ascending order."""
        first = np.repeat(np.arange(self.blocks), self.degrees)
        once = first < self.indices
        return np.column_stack([first[once], self.indices[once]])

    def neighbours(self, block: int) -> IntArray:
        return self.indices[self.indptr[block]:self.indptr[block + 1]]

    def receiving_neighbours(self, mask: BoolArray) -> IntArray:
        """Shape (blocks,): how many neighbours of each block lie in ``mask``."""
        before = np.concatenate([[0], np.cumsum(self._checked(mask)[self.indices])])
        return np.asarray(before[self.indptr[1:]] - before[self.indptr[:-1]], dtype=np.int64)

    def components(self, mask: BoolArray) -> IntArray:
        """Component of each block inside ``mask``, numbered from 0 in table order of the first member; -1 outside."""
        inside = np.flatnonzero(self._checked(mask))
        labels = np.full(self.blocks, -1, dtype=np.int64)
        if inside.size:
            import scipy.sparse as sp
            from scipy.sparse.csgraph import connected_components

            part = self.part(inside)
            ones = np.ones(len(part.indices), dtype=np.int8)
            matrix = sp.csr_array((ones, part.indices, part.indptr), shape=(inside.size, inside.size))
            _, found = connected_components(matrix, directed=False)
            _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
            labels[inside] = np.argsort(np.argsort(first))[inverse]
        return labels

    def part(self, members: IntArray) -> BlockGraph:
        """The graph among ``members`` (ascending), renumbered 0.. in their order."""
        place = np.full(self.blocks, -1, dtype=np.int64)
        place[members] = np.arange(len(members))
        owner = np.repeat(np.arange(self.blocks), self.degrees)
        kept = (place[owner] >= 0) & (place[self.indices] >= 0)
        degrees = np.bincount(place[owner[kept]], minlength=len(members))
        return BlockGraph(np.concatenate([[0], np.cumsum(degrees)]), place[self.indices[kept]])

    def _checked(self, mask: BoolArray) -> BoolArray:
        array = np.asarray(mask)
        if array.shape != (self.blocks,) or array.dtype != np.bool_:
            raise ValueError(f"the mask has shape {array.shape} and type {array.dtype}; "
                             f"expected ({self.blocks},) and bool")
        return array


def graph_from_pairs(blocks: int, pairs: ArrayLike) -> BlockGraph:
    """Graph of ``blocks`` blocks from neighbouring pairs.

    Parameters
    ----------
    blocks
        Number of blocks of the table.
    pairs
        Shape (any, 2), positions in the table; a pair given twice or in both directions is one edge.

    Raises
    ------
    ValueError
        For a position outside the table or a block paired with itself.
    """
    array = np.asarray(pairs)
    if array.size == 0:
        return BlockGraph(np.zeros(blocks + 1), np.zeros(0))
    if array.ndim != 2 or array.shape[1] != 2 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"pairs have shape {array.shape} and type {array.dtype}; expected integers, shape (any, 2)")
    if array.min() < 0 or array.max() >= blocks:
        raise ValueError(f"a pair names a block outside 0..{blocks - 1}")
    if (array[:, 0] == array[:, 1]).any():
        raise ValueError("a block is paired with itself")
    both = np.concatenate([array, array[:, ::-1]]).astype(np.int64)
    keys = np.unique(both[:, 0] * blocks + both[:, 1])
    first, second = np.divmod(keys, blocks)
    return BlockGraph(np.concatenate([[0], np.cumsum(np.bincount(first, minlength=blocks))]), second)
