"""What a choice of blocks looks like on the graph: its zones, its lonely blocks, its border."""

from __future__ import annotations

import numpy as np

from evenhand_tiebreaker.zones.graph import BlockGraph, BoolArray, IntArray


def count_zones(graph: BlockGraph, chosen: BoolArray) -> int:
    """Number of connected components of the receiving blocks."""
    return int(graph.components(chosen).max(initial=-1)) + 1


def isolated_blocks(graph: BlockGraph, chosen: BoolArray) -> IntArray:
    """Receiving blocks without a receiving neighbour; a block without any neighbour is one too."""
    return np.flatnonzero(chosen & (graph.receiving_neighbours(chosen) == 0))


def cut_edges(graph: BlockGraph, chosen: BoolArray) -> int:
    """Neighbouring pairs of which exactly one block receives."""
    ends = np.asarray(chosen, dtype=np.bool_)[graph.pairs]
    return int(np.count_nonzero(ends[:, 0] != ends[:, 1]))
