"""How many rules a class holds, and how many cells the tables for three literals have."""

from __future__ import annotations

from collections.abc import Sequence


def count_rules(sizes: Sequence[int], literals: int, *, mixed: bool) -> int:
    """Number of rules with at most ``literals`` literals over all thresholds.

    ``sizes`` holds the number of thresholds of each axis. Counted are single literals; ANDs and ORs of different axes;
    with ``mixed`` the trees "a and (b or c)" and "a or (b and c)" of three axes, and "a or (a looser and b)".
    """
    total = sum(sizes)
    for number in range(2, literals + 1):
        total += 2 * _products(sizes, number)
    if mixed and literals >= 3:
        total += 6 * _products(sizes, 3) + _twice(sizes)
    return total


def count_cells(sizes: Sequence[int]) -> int:
    """Number of cells that the search of all trees of three literals looks at."""
    return 8 * _products(sizes, 3) + _twice(sizes)


def _twice(sizes: Sequence[int]) -> int:
    total = sum(sizes)
    return sum(size * (size - 1) // 2 * (total - size) for size in sizes)


def _products(sizes: Sequence[int], number: int) -> int:
    """Elementary symmetric polynomial, by its recurrence: no list of all combinations."""
    sums = [1] + [0] * number
    for size in sizes:
        for degree in range(number, 0, -1):
            sums[degree] += size * sums[degree - 1]
    return sums[number]
