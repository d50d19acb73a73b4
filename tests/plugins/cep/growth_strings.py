"""Every grouping of a handful of schools, in exact fractions: the yardstick of the searches.

Shares are worked out here from the definition, with nothing taken from the claiming rule under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from evenhand_cep.instance import Instance


def partitions(size: int, most_groups: int) -> Iterator[tuple[int, ...]]:
    """Labels of all groupings into at most ``most_groups`` groups, 0 = out, each once (restricted growth)."""

    def grow(labels: tuple[int, ...], used: int) -> Iterator[tuple[int, ...]]:
        if len(labels) == size:
            yield labels
            return
        for label in range(min(used + 1, most_groups) + 1):
            yield from grow((*labels, label), max(used, label))

    return grow((), 0)


def carried_isp(instance: Instance, rows: list[int]) -> Fraction:
    isp = Fraction(sum(int(instance.exact_identified[row]) for row in rows),
                   sum(int(instance.exact_enrolled[row]) for row in rows))
    if instance.rule.rounding == "half_up_4":
        return Fraction(floor(10_000 * isp + Fraction(1, 2)), 10_000)
    if instance.rule.rounding == "floor_4":
        return Fraction(floor(10_000 * isp), 10_000)
    return isp


def group_worth(instance: Instance, rows: list[int]) -> Fraction | None:
    """Worth of the rows as one group; None when they may not be one."""
    isp = carried_isp(instance, rows)
    if isp < instance.rule.min_isp or any(instance.must_stay_out[row] for row in rows):
        return None
    if any(len(set(rows) & set(apart)) > 1 for apart in instance.different_group):
        return None
    share = min(Fraction(1), instance.rule.multiplier * isp)
    return sum((share * Fraction(instance.slope[row]) + Fraction(instance.constant[row])
                + (Fraction(instance.full[row]) if share == 1 else 0) for row in rows), Fraction(0))


def best_grouping(instance: Instance) -> Fraction | None:
    """Exact optimum over all groupings; None when there is none."""
    size = instance.size
    worth = {mask: group_worth(instance, [row for row in range(size) if mask >> row & 1])
             for mask in range(1, 1 << size)}
    outside = [Fraction(value) for value in instance.outside]
    best: Fraction | None = None
    for labels in partitions(size, instance.max_groups):
        if any(label == 0 and instance.must_join[row] for row, label in enumerate(labels)):
            continue
        masks = [sum(1 << row for row in range(size) if labels[row] == group) for group in set(labels) - {0}]
        parts = [worth[mask] for mask in masks]
        if None in parts:
            continue
        total = sum(parts, sum((outside[row] for row in range(size) if labels[row] == 0), Fraction(0)))
        best = total if best is None else max(best, total)
    return best
