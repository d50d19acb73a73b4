"""Small problems of connected zones, and their answers by looking at every set of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from evenhand_tiebreaker.zones.graph import BlockGraph, graph_from_pairs
from evenhand_tiebreaker.zones.problem import ZoneProblem, make_zone_problem


def pieces(pairs: list[tuple[int, int]], members: set[int]) -> int:
    """Connected components by spreading labels until nothing changes."""
    label = {block: block for block in members}
    inside = [(a, b) for a, b in pairs if a in members and b in members]
    changed = True
    while changed:
        changed = False
        for a, b in inside:
            least = min(label[a], label[b])
            if label[a] != least or label[b] != least:
                label[a] = label[b] = least
                changed = True
    return len(set(label.values()))


def feasible_choices(problem: ZoneProblem) -> list[np.ndarray]:
    """Every choice that holds, written out from the definition."""
    count = problem.graph.blocks
    pairs = [(int(a), int(b)) for a, b in problem.graph.pairs]
    held = set(np.flatnonzero(problem.pinned).tolist())
    free = [block for block in range(count) if problem.open_blocks[block] and block not in held]
    found = []
    for size in range(len(free) + 1):
        for more in combinations(free, size):
            members = held | set(more)
            spent = [sum(int(weights[block]) for block in members) for weights in problem.weights]
            if any(used > limit for used, limit in zip(spent, problem.limits.tolist(), strict=True)):
                continue
            if pieces(pairs, members) <= problem.zones:
                found.append(np.isin(np.arange(count), sorted(members)))
    return found


def exact_best(problem: ZoneProblem) -> int | None:
    """Most focal students of a choice that holds; None when none does."""
    return max((int(problem.focal[choice].sum()) for choice in feasible_choices(problem)), default=None)


def lattice(rows: int, columns: int) -> BlockGraph:
    """Rook neighbours on a board, numbered row by row."""
    pairs = [(row * columns + column, row * columns + column + 1) for row in range(rows) for column in range(columns - 1)]
    pairs += [(row * columns + column, row * columns + column + columns) for row in range(rows - 1) for column in range(columns)]
    return graph_from_pairs(rows * columns, pairs)


def chain(count: int) -> BlockGraph:
    return graph_from_pairs(count, [(block, block + 1) for block in range(count - 1)])


def polygons(texts: Sequence[str]) -> np.ndarray:
    """Shapes from well-known text; None for what is none."""
    import shapely

    return shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")


@st.composite
def small_graphs(draw: st.DrawFn, largest: int = 9) -> tuple[int, list[tuple[int, int]]]:
    """A number of blocks and pairs in any direction, with repeats."""
    count = draw(st.integers(1, largest))
    block = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(block, block).filter(lambda pair: pair[0] != pair[1]), max_size=2 * count))
    return count, pairs


@st.composite
def small_problems(draw: st.DrawFn, *, with_pins: bool = True) -> ZoneProblem:
    """Boards and random graphs with zero blocks, budgets of every kind, pins; some have no choice that holds."""
    if draw(st.booleans()):
        graph = lattice(draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    else:
        graph = graph_from_pairs(*draw(small_graphs()))
    count = graph.blocks

    def numbers(most: int) -> list[int]:
        return draw(st.lists(st.sampled_from([0, 0, *range(most + 1)]), min_size=count, max_size=count))

    def mask(parts: tuple[bool, ...]) -> np.ndarray:
        return np.array(draw(st.lists(st.sampled_from(parts), min_size=count, max_size=count)), dtype=np.bool_)

    focal, other = numbers(9), numbers(6)
    open_blocks = mask((True, True, True, False))
    pinned = open_blocks & mask((False,) * 7 + (True,)) if with_pins else np.zeros(count, dtype=np.bool_)
    budget = st.none() | st.integers(0, 12)
    return make_zone_problem(graph, focal, other, open_blocks, draw(st.integers(1, 3)), other_limit=draw(budget),
                             students_limit=draw(budget), blocks_limit=draw(st.none() | st.integers(0, 6)),
                             pinned=pinned)
