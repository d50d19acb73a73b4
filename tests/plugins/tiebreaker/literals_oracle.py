"""Every rule of the class by plain enumeration, straight from the definition, to hold the search against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations, product

from attrs import frozen

Values = Sequence[Fraction | None]
Chosen = frozenset[int]


@frozen
class Entry:
    value: int
    other: int
    literals: int
    chosen: Chosen


def literal_sets(values: Values, eligible: Sequence[bool], at_least: bool) -> list[Chosen]:
    """The choices of the literals of one axis, from the loosest threshold to the strictest."""
    inside = [block for block, member in enumerate(eligible) if member]
    known = {block: values[block] for block in inside if values[block] is not None}
    thresholds = sorted(set(known.values()), reverse=not at_least)
    return [
        frozenset(block for block, value in known.items() if (value >= t if at_least else value <= t))
        for t in thresholds
    ]


def all_choices(
    features: Sequence[Values], eligible: Sequence[bool], literals: int, directions: str, *, mixed: bool = True
) -> Iterator[tuple[int, Chosen]]:
    """Number of literals and choice of every rule of the class, one for each rule."""
    senses = (True,) if directions == "at_least" else (True, False)
    axes = [literal_sets(values, eligible, sense) for values in features for sense in senses]
    for axis in axes:
        yield from ((1, chosen) for chosen in axis)
    for number in range(2, literals + 1):
        for some in combinations(axes, number):
            for parts in product(*some):
                yield number, frozenset.intersection(*parts)
                yield number, frozenset.union(*parts)
    if literals >= 3 and mixed:
        for some in combinations(axes, 3):
            for a, b, c in product(*some):
                for head, left, right in ((a, b, c), (b, a, c), (c, a, b)):
                    yield 3, head & (left | right)
                    yield 3, head | (left & right)
        for first, second in permutations(axes, 2):
            for loose, strict in combinations(first, 2):
                yield from ((3, strict | (loose & other)) for other in second)


def best_entry(
    choices: Iterator[tuple[int, Chosen]],
    focal: Sequence[int],
    other: Sequence[int],
    values: Sequence[int],
    budgets: dict[str, int],
    feasible: Callable[[Chosen], bool] = lambda chosen: True,
) -> Entry | None:
    """Most value, then fewest non-focal students, then fewest literals; nobody is a rule of no literals."""
    best: Entry | None = None
    for number, chosen in [(0, frozenset[int]()), *choices]:
        taken = {
            "other": sum(other[b] for b in chosen),
            "students": sum(focal[b] + other[b] for b in chosen),
            "blocks": len(chosen),
        }
        if all(taken[name] <= limit for name, limit in budgets.items()) and feasible(chosen):
            entry = Entry(sum(values[b] for b in chosen), taken["other"], number, chosen)
            if best is None or (-entry.value, entry.other, number) < (-best.value, best.other, best.literals):
                best = entry
    return best
