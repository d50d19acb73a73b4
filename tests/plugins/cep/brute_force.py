"""Every grouping of a few schools, by restricted growth strings: slow, plain, exact. Shares no code with the search."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from evenhand_cep.instance import Instance


def growth_strings(size: int, groups: int) -> Iterator[tuple[int, ...]]:
    """Labels 0 = out, 1..groups, each new group taking the next number."""

    def extend(prefix: tuple[int, ...], used: int) -> Iterator[tuple[int, ...]]:
        if len(prefix) == size:
            yield prefix
            return
        for label in range(0, min(used + 1, groups) + 1):
            yield from extend((*prefix, label), max(used, label))

    yield from extend((), 0)


def isp(identified: Fraction, enrolled: Fraction, rounding: str) -> Fraction:
    exact = identified / enrolled
    if rounding == "half_up_4":
        return Fraction(floor(exact * 10_000 + Fraction(1, 2)), 10_000)
    if rounding == "floor_4":
        return Fraction(floor(exact * 10_000), 10_000)
    return exact


def exact_value(instance: Instance, labels: tuple[int, ...]) -> Fraction | None:
    """Worth of the labels in fractions; None when a rule is broken."""
    rule = instance.rule
    total = Fraction(0)
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels):
        if label == 0 and instance.must_join[row]:
            return None
        if label > 0 and instance.must_stay_out[row]:
            return None
        if label == 0:
            total += Fraction(float(instance.outside[row]))
        else:
            groups.setdefault(label, []).append(row)
    if len(groups) > instance.max_groups:
        return None
    for rows in groups.values():
        for apart in instance.different_group:
            if len(set(apart) & set(rows)) > 1:
                return None
        identified = sum((Fraction(int(instance.exact_identified[row]), instance.scale) for row in rows), Fraction(0))
        enrolled = sum((Fraction(int(instance.exact_enrolled[row]), instance.scale) for row in rows), Fraction(0))
        level = isp(identified, enrolled, rule.rounding)
        if level < rule.min_isp:
            return None
        share = min(Fraction(1), rule.multiplier * level)
        for row in rows:
            total += share * Fraction(float(instance.slope[row])) + Fraction(float(instance.constant[row]))
            if share == 1:
                total += Fraction(float(instance.full[row]))
    return total


def best(instance: Instance) -> tuple[Fraction, tuple[int, ...]] | None:
    """The best value and a grouping that has it; None when no grouping is legal."""
    found: tuple[Fraction, tuple[int, ...]] | None = None
    for labels in growth_strings(instance.size, min(instance.max_groups, instance.size)):
        value = exact_value(instance, labels)
        if value is not None and (found is None or value > found[0]):
            found = (value, labels)
    return found
