"""The graph of blocks: neighbours, components, counts of a choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.zones.counting import count_zones, cut_edges, isolated_blocks
from evenhand_tiebreaker.zones.graph import graph_from_pairs
from tests.plugins.tiebreaker.zones_cases import chain, lattice, pieces, small_graphs

MASKS = st.lists(st.booleans(), min_size=9, max_size=9)


def test_a_pair_given_twice_or_backwards_is_one_edge() -> None:
    graph = graph_from_pairs(4, [(0, 1), (1, 0), (2, 1), (2, 1)])
    assert graph.edges == 2
    assert graph.pairs.tolist() == [[0, 1], [1, 2]]
    assert [graph.neighbours(block).tolist() for block in range(4)] == [[1], [0, 2], [1], []]
    assert graph.degrees.tolist() == [1, 2, 1, 0]


def test_the_graph_is_frozen() -> None:
    graph = chain(3)
    with pytest.raises(ValueError, match="read-only"):
        graph.indices[0] = 2


@pytest.mark.parametrize(("pairs", "said"), [([(0, 3)], "outside"), ([(-1, 0)], "outside"), ([(1, 1)], "itself"),
                                             ([(0.5, 1)], "integers"), ([0, 1], "shape")])
def test_bad_pairs(pairs: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        graph_from_pairs(3, pairs)


def test_a_graph_without_edges_and_one_without_blocks() -> None:
    graph = graph_from_pairs(2, [])
    assert graph.components(np.array([True, True])).tolist() == [0, 1]
    assert graph_from_pairs(0, []).components(np.zeros(0, dtype=np.bool_)).size == 0


def test_a_mask_of_another_size_or_type_is_refused() -> None:
    for mask in (np.ones(2, dtype=np.bool_), np.array([0, 1, 2])):
        with pytest.raises(ValueError, match="mask"):
            chain(3).components(mask)


@settings(deadline=None, max_examples=30)
@given(small_graphs(), MASKS)
def test_components_against_spreading_labels(case: tuple, mask: list[bool]) -> None:
    count, pairs = case
    inside = np.array(mask[:count])
    graph = graph_from_pairs(count, pairs)
    labels = graph.components(inside)
    members = set(np.flatnonzero(inside).tolist())
    assert count_zones(graph, inside) == pieces(pairs, members)
    assert ((labels >= 0) == inside).all()
    assert all(labels[a] == labels[b] for a, b in pairs if inside[a] and inside[b])
    first = [int(np.flatnonzero(labels == label)[0]) for label in range(labels.max(initial=-1) + 1)]
    assert first == sorted(first)


def test_what_a_choice_looks_like_on_a_board() -> None:
    """x x . .
       . . . x     two zones of one and two blocks; the right one is alone."""
    graph = lattice(2, 4)
    chosen = np.array([1, 1, 0, 0, 0, 0, 0, 1], dtype=np.bool_)
    assert count_zones(graph, chosen) == 2
    assert graph.components(chosen).tolist() == [0, 0, -1, -1, -1, -1, -1, 1]
    assert isolated_blocks(graph, chosen).tolist() == [7]
    assert cut_edges(graph, chosen) == 5  # 0-4, 1-2, 1-5, 3-7, 6-7


def test_nothing_chosen() -> None:
    graph, chosen = chain(3), np.zeros(3, dtype=np.bool_)
    assert (count_zones(graph, chosen), cut_edges(graph, chosen)) == (0, 0)
    assert isolated_blocks(graph, chosen).size == 0
