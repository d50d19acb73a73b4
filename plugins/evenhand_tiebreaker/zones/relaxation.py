"""Rows of the relaxation that bounds every choice in few zones, with separators, all in whole numbers.

Columns, each in [0, 1]: x_b the block is chosen, r_b it is the root of its zone, y_c the component c of the open blocks
holds a zone. The root of a zone is its block of least rank (pinned first, then most focal students, then table
order), which every choice determines, so the rows below hold for every choice:

==============================  =======================================================================================
``weights x <= limit``          each budget
``sum r <= zones``              one root in each zone
``x_b <= y_c``                  b in component c
``y_c <= r(c)``                 a zone in c has its root there
``r_b <= x_b``                  a root is chosen
``r_b + x_a <= 1``              a, b neighbours, a of lower rank: b is not the least of its zone
``x_b <= x(N(b)) + r_b``        N(b) the neighbours of b; the first of the cuts that follow
``x_b <= x(D) + r(A)``          cut (b, D): A = blocks of rank <= b in the component of b once the blocks D are taken
                                out. If b is chosen, its zone either stays inside that component, and so does its root,
                                or leaves it through D.
==============================  =======================================================================================

With one zone allowed and the root known the last row is the node-separator inequality (Álvarez-Miranda, Ljubić, Mutzel
2013, The maximum weight connected subgraph problem).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from evenhand_tiebreaker.zones.graph import BlockGraph, BoolArray, IntArray
from evenhand_tiebreaker.zones.problem import ZoneProblem

if TYPE_CHECKING:
    import scipy.sparse as sp


def _as_tuple(values: object) -> tuple[int, ...]:
    return tuple(int(value) for value in values)  # type: ignore[attr-defined]


@frozen
class SeparatorCut:
    """The row x_target <= x(separator) + r(roots behind it); blocks by table position."""

    target: int
    separator: tuple[int, ...] = field(converter=_as_tuple)


@frozen(eq=False)
class Relaxation:
    """``matrix @ (x, r, y) <= upper`` over columns within [lower, 1], maximise ``gain @ x``; all whole numbers.

    ``blocks`` (open,) table positions of the x columns, in order; r follows in the same order, then y by component.
    """

    blocks: IntArray
    graph: BlockGraph
    rank: IntArray
    components: IntArray
    gain: IntArray
    matrix: sp.csr_array
    upper: IntArray
    lower: IntArray

    @property
    def open_count(self) -> int:
        return len(self.blocks)


def base_relaxation(problem: ZoneProblem) -> Relaxation:
    """Every row but the cuts."""
    import scipy.sparse as sp

    blocks = np.flatnonzero(problem.open_blocks)
    count = len(blocks)
    graph = problem.graph.part(blocks)
    component = graph.components(np.ones(count, dtype=np.bool_))
    parts = int(component.max(initial=-1)) + 1
    pinned, focal = problem.pinned[blocks], problem.focal[blocks]
    rank = np.empty(count, dtype=np.int64)
    rank[np.lexsort((np.arange(count), -focal, ~pinned))] = np.arange(count)
    pairs = graph.pairs
    # The end of higher rank first: it is not the root when the other is chosen.
    pairs = np.where((rank[pairs[:, 0]] > rank[pairs[:, 1]])[:, None], pairs, pairs[:, ::-1])
    every = np.arange(count)
    same, member = sp.eye_array(count, dtype=np.int64), _entries(every, component, count, parts)
    near = sp.csr_array((np.ones(2 * graph.edges, dtype=np.int64), graph.indices, graph.indptr), shape=(count, count))
    weights = sp.csr_array(problem.weights[:, blocks])
    rows = [
        _stack(weights, None, None, count, parts),
        _stack(None, sp.csr_array(np.ones((1, count), dtype=np.int64)), None, count, parts),
        _stack(same, None, -member, count, parts),
        _stack(None, -member.T, sp.eye_array(parts, dtype=np.int64), count, parts),
        _stack(-same, same, None, count, parts),
        _stack(_entries(np.arange(len(pairs)), pairs[:, 1], len(pairs), count),
               _entries(np.arange(len(pairs)), pairs[:, 0], len(pairs), count), None, count, parts),
        _stack(same - near, -same, None, count, parts),
    ]
    upper = [problem.limits, np.array([problem.zones]), np.zeros(2 * count + parts), np.ones(len(pairs)),
             np.zeros(count)]
    lower = np.concatenate([pinned.astype(np.int64), np.zeros(count + parts, dtype=np.int64)])
    gain = np.concatenate([focal, np.zeros(count + parts, dtype=np.int64)])
    return Relaxation(blocks, graph, rank, component, gain, sp.csr_array(sp.vstack(rows)),
                      np.concatenate(upper).astype(np.int64), lower)


def cut_rows(relaxation: Relaxation, cuts: list[SeparatorCut]) -> sp.csr_array:
    """Rows of the cuts, upper limit 0, in the columns of the relaxation.

    Raises
    ------
    ValueError
        For a target that is not open or lies in its own separator, which would not be valid.
    """
    import scipy.sparse as sp

    count = relaxation.open_count
    place = {block: position for position, block in enumerate(relaxation.blocks.tolist())}
    row_of: list[IntArray] = []
    column_of: list[IntArray] = []
    values: list[IntArray] = []
    for row, cut in enumerate(cuts):
        if cut.target not in place or cut.target in cut.separator:
            raise ValueError(f"cut {row}: the target {cut.target} is not open, or lies in its separator")
        target = place[cut.target]
        # A block that is not open is never chosen: leaving it out changes nothing.
        separator = np.array([place[block] for block in sorted(set(cut.separator)) if block in place], dtype=np.int64)
        side = side_of(relaxation.graph, target, separator)
        roots = np.flatnonzero(side & (relaxation.rank <= relaxation.rank[target]))
        columns = np.concatenate([[target], separator, count + roots])
        column_of.append(columns)
        row_of.append(np.full(len(columns), row))
        values.append(np.where(np.arange(len(columns)) == 0, 1, -1))
    shape = (len(cuts), relaxation.matrix.shape[1])
    if not cuts:
        return sp.csr_array(shape, dtype=np.int64)
    places = (np.concatenate(row_of), np.concatenate(column_of))
    return sp.csr_array((np.concatenate(values).astype(np.int64), places), shape=shape)


def side_of(graph: BlockGraph, target: int, separator: IntArray) -> BoolArray:
    """Component of ``target`` once the blocks of ``separator`` are taken out."""
    indptr, indices = graph.indptr.tolist(), graph.indices.tolist()
    seen = bytearray(graph.blocks)
    for block in separator.tolist():
        seen[block] = 1
    seen[target] = 1
    members = [target]
    for block in members:
        for other in indices[indptr[block]:indptr[block + 1]]:
            if not seen[other]:
                seen[other] = 1
                members.append(other)
    inside = np.zeros(graph.blocks, dtype=np.bool_)
    inside[members] = True
    return inside


def _entries(rows: IntArray, columns: IntArray, height: int, width: int) -> sp.csr_array:
    import scipy.sparse as sp

    return sp.csr_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=(height, width))


def _stack(x: object, r: object, y: object, count: int, parts: int) -> sp.csr_array:
    """Rows from their blocks of columns x, r, y; None is all zeros."""
    import scipy.sparse as sp

    given = next(block for block in (x, r, y) if block is not None)
    height: int = given.shape[0]  # type: ignore[attr-defined]
    blocks = [sp.csr_array((height, width), dtype=np.int64) if block is None else block
              for block, width in ((x, count), (r, count), (y, parts))]
    return sp.csr_array(sp.hstack(blocks))
