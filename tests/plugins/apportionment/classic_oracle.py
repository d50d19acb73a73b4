"""Slow, obvious versions of the classic methods: every division is looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

POWER = {"huntington_hill": 2}
SIGNPOSTS = {
    "adams": lambda a: Fraction(a),
    "danish": lambda a: a + Fraction(1, 3),
    "dean": lambda a: Fraction(2 * a * (a + 1), 2 * a + 1),
    "huntington_hill": lambda a: Fraction(a * (a + 1)),
    "webster": lambda a: a + Fraction(1, 2),
    "condorcet": lambda a: a + Fraction(2, 5),
    "modified_sainte_lague": lambda a: a + Fraction(1, 2) if a else Fraction(7, 10),
    "jefferson": lambda a: Fraction(a + 1),
    "imperiali": lambda a: Fraction(a + 2, 2),
}


def divisions(k: int, lower: Sequence[int], upper: Sequence[int]) -> Iterator[tuple[int, ...]]:
    ranges = [range(low, min(high, k) + 1) for low, high in zip(lower, upper, strict=True)]
    return (a for a in itertools.product(*ranges) if sum(a) == k)


def claim(method: str, population: int | Fraction, a: int) -> tuple[int, Fraction]:
    d = SIGNPOSTS[method](a)
    return (0, Fraction(population) ** POWER.get(method, 1) / d) if d else (1, Fraction(population))


def best_by_divisor(method: str, populations: Sequence[int], k: int, lower: Sequence[int],
                    upper: Sequence[int]) -> list[tuple[int, ...]]:
    """All divisions in which no unit could move to a stronger claim."""
    upper = [high if population else low for population, low, high in zip(populations, lower, upper, strict=True)]
    found = []
    for a in divisions(k, lower, upper):
        met = [claim(method, p, x - 1) for p, x, low in zip(populations, a, lower, strict=True) if x > low]
        unmet = [claim(method, p, x) for p, x, high in zip(populations, a, upper, strict=True) if x < high and p]
        if not met or not unmet or min(met) >= max(unmet):
            found.append(a)
    return found


def quota_of(method: str, total: Fraction, k: int) -> Fraction:
    return {"hamilton": total / k, "hagenbach_bischoff": total / (k + 1),
            "droop": Fraction(total // (k + 1) + 1)}[method]


def best_by_quota(method: str, populations: Sequence[int], k: int, lower: Sequence[int],
                  upper: Sequence[int]) -> list[tuple[int, ...]]:
    """All divisions with the least sum of squared distances from the quotas."""
    q = quota_of(method, Fraction(sum(populations)), k)
    upper = [high if population else low for population, low, high in zip(populations, lower, upper, strict=True)]
    valued = [(sum((x - p / q) ** 2 for x, p in zip(a, populations, strict=True)), a)
              for a in divisions(k, lower, upper)]
    least = min(value for value, _ in valued)
    return [a for value, a in valued if value == least]


def varying(answers: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Groups that do not have the same units in all of these."""
    return tuple(group for group, units in enumerate(zip(*answers, strict=True)) if len(set(units)) > 1)
