"""What the search works on: literals as whole coordinates of the eligible blocks, weights as whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_tiebreaker.literals.feature import Feature, Ints, Mask
from evenhand_tiebreaker.literals.rule import Literal

BUDGETS = ("other", "students", "blocks")
LARGEST = 2**60
"""No sum of weights reaches this, so that a few of them together never wrap around in int64."""


@frozen(eq=False)
class Axis:
    """One feature with one sense of comparison.

    Literal number i (1, 2, …; larger is stricter) holds in the blocks whose coordinate is at least i. Coordinate 0
    means that no literal of the axis holds there, so also that the value is missing.

    Attributes
    ----------
    thresholds
        ``thresholds[i - 1]`` is the threshold of literal i.
    coordinates
        Shape (m,): for the eligible blocks.
    size
        Number of thresholds of the class, those the search may skip by proof included.
    """

    name: str
    at_least: bool
    boolean: bool
    thresholds: tuple[Fraction, ...]
    coordinates: Ints
    size: int

    def windows(self, beside: int, cells: int) -> Iterator[Window]:
        """Cut the literals into windows small enough for a table of ``cells`` cells with ``beside`` columns."""
        width = max(1, cells // beside - 1)
        for start in range(0, len(self.thresholds), width):
            size = min(width, len(self.thresholds) - start)
            yield Window(start, size, np.clip(self.coordinates - start, 0, size))

    def literal(self, number: int) -> Literal:
        """Literal ``number`` of the axis, from 1."""
        return Literal(self.name, self.thresholds[number - 1], self.at_least, self.boolean)


@frozen(eq=False)
class Window:
    """Literals ``start + 1`` to ``start + size`` of an axis, as an axis of its own: numbers 1 to ``size``.

    A block that satisfies stricter literals than these satisfies all of these; no sum changes.
    """

    start: int
    size: int
    coordinates: Ints


def make_axes(features: Sequence[Feature], directions: str, eligible: Mask, useful: Mask | None) -> list[Axis]:
    """The axes of the search, in the order of the features; "at least" first where both senses are allowed.

    Parameters
    ----------
    useful
        Shape (m,), eligible blocks with a positive value; None keeps every threshold. In an and/or tree a threshold
        at which no such block stands is never needed: the next stricter one loses only blocks without value, so it
        reaches as much and no more non-focal students.
    """
    axes = []
    for feature in features:
        levels, ranks = feature.among(eligible)
        kept = np.unique(ranks[(ranks >= 0) & (True if useful is None else useful)])
        for at_least in (True,) if directions == "at_least" else (True, False):
            if at_least:
                numbers, order = np.searchsorted(kept, ranks, side="right"), kept
            else:
                numbers, order = len(kept) - np.searchsorted(kept, ranks, side="left"), kept[::-1]
            numbers[ranks < 0] = 0
            thresholds = tuple(levels[rank] for rank in order.tolist())
            axes.append(
                Axis(feature.name, at_least, feature.boolean, thresholds, numbers.astype(np.int64), len(levels))
            )
    return axes


@frozen(eq=False)
class Weights:
    """What a choice is worth and what it takes, for the m eligible blocks.

    Attributes
    ----------
    keys
        Shape (m,): ``value * scale - other``. Sums of keys order choices by value, then by fewest non-focal students.
    scale
        One more than all non-focal students of the eligible blocks.
    loads
        Shape (budgets, m): one row for each budget that can bind.
    limits
        One limit for each row of ``loads``.
    """

    keys: Ints
    scale: int
    loads: Ints
    limits: tuple[int, ...]

    @property
    def stack(self) -> Ints:
        """Shape (1 + budgets + 1, m): keys, loads, and ones to count the blocks."""
        return np.vstack([self.keys[None, :], self.loads, np.ones_like(self.keys)[None, :]])

    def value(self, key: int) -> int:
        """The value of a choice from its key: ``other`` is between 0 and ``scale - 1``."""
        return -(-key // self.scale)


def make_weights(values: Ints, focal: Ints, other: Ints, budgets: Mapping[str, int]) -> Weights:
    """Weights of the eligible blocks.

    Raises
    ------
    ValueError
        An unknown or negative budget.
    OverflowError
        Sums that int64 cannot hold exactly.
    """
    measures = {"other": other, "students": None, "blocks": np.ones_like(other)}
    if unknown := sorted(budgets.keys() - measures.keys()):
        raise ValueError(f"unknown budgets {unknown}; known are {', '.join(BUDGETS)}")
    if any(limit < 0 for limit in budgets.values()):
        raise ValueError("a budget is at least 0")
    scale = exact_sum(other) + 1
    if exact_sum(np.abs(values)) * scale + scale >= LARGEST or exact_sum(focal) + scale >= LARGEST:
        raise OverflowError("the counts are too large to be summed exactly in 64 bits")
    measures["students"] = focal + other
    loads, limits = [], []
    for name in BUDGETS:
        load = cast("Ints", measures[name])
        if name in budgets and budgets[name] < exact_sum(load):
            loads.append(load)
            limits.append(int(budgets[name]))
    return Weights(
        keys=values * scale - other,
        scale=scale,
        loads=np.array(loads, dtype=np.int64).reshape(len(loads), len(values)),
        limits=tuple(limits),
    )


def exact_sum(numbers: Ints) -> int:
    """Sum in Python integers if int64 might wrap."""
    if numbers.size and int(np.abs(numbers).max()) > (LARGEST // numbers.size):
        return sum(numbers.tolist())
    return int(numbers.sum())


def whole_column(name: str, values: npt.ArrayLike, blocks: int | None, *, signed: bool = False) -> Ints:
    """A column of counts as int64.

    Raises
    ------
    ValueError
        Another length, numbers that are not whole, or a negative count.
    OverflowError
        A number beyond int64.
    """
    array = np.asarray(values)
    if array.ndim != 1 or (blocks is not None and len(array) != blocks):
        raise ValueError(f"{name}: one column with a number for every block is wanted")
    if array.dtype == object and all(isinstance(number, int) for number in array):
        if any(abs(number) >= LARGEST for number in array):
            raise OverflowError(f"{name}: the counts are too large to be summed exactly in 64 bits")
    elif array.size and array.dtype.kind not in "iu":
        raise ValueError(f"{name}: whole numbers are wanted")
    if array.size and (int(array.max()) >= LARGEST or int(array.min()) <= -LARGEST):
        raise OverflowError(f"{name}: the counts are too large to be summed exactly in 64 bits")
    whole = array.astype(np.int64)
    if not signed and np.any(whole < 0):
        raise ValueError(f"{name}: a negative count")
    return whole
