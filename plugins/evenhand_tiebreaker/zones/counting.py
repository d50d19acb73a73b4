"""What a choice of blocks looks like on the graph: its zones, its lonely blocks, its border."""

from __future__ import annotations

import numpy as np

from evenhand_tiebreaker.zones.graph import BlockGraph, BoolArray, IntArray


def count_zones(graph: BlockGraph, chosen: BoolArray) -> int:
    """Number of connected components of the receiving blocks."""
    return int(graph.components(chosen).max(initial=-1)) + 1


def list_zones(graph: BlockGraph, chosen: BoolArray) -> tuple[IntArray, ...]:
    """Members of every zone, ascending; zones in table order of their first member."""
    labels = graph.components(chosen)
    inside = np.flatnonzero(labels >= 0)
    ordered = inside[np.argsort(labels[inside], kind="stable")]
    ends = np.cumsum(np.bincount(labels[inside]))
    return tuple(np.split(ordered, ends[:-1])) if inside.size else ()


def isolated_blocks(graph: BlockGraph, chosen: BoolArray) -> IntArray:
    """Receiving blocks without a receiving neighbour; a block without any neighbour is one too."""
    return np.flatnonzero(chosen & (graph.receiving_neighbours(chosen) == 0))


def cut_edges(graph: BlockGraph, chosen: BoolArray) -> int:
    """Neighbouring pairs of which exactly one block receives."""
    return int(np.count_nonzero(_cut(graph, chosen)))


def list_cut_edges(graph: BlockGraph, chosen: BoolArray) -> IntArray:
    """The pairs behind :func:`cut_edges`, shape (cut edges, 2), smaller block first."""
    return graph.pairs[_cut(graph, chosen)]


def _cut(graph: BlockGraph, chosen: BoolArray) -> BoolArray:
    ends = np.asarray(chosen, dtype=np.bool_)[graph.pairs]
    return np.asarray(ends[:, 0] != ends[:, 1])
