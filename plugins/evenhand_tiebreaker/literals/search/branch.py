"""Branch and bound over ANDs and ORs of many literals, with the knapsack relaxation as bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from attrs import define, field, frozen

from evenhand_tiebreaker.literals.feature import Ints, Mask
from evenhand_tiebreaker.literals.search.axes import Axis, Weights
from evenhand_tiebreaker.literals.search.bound import Knapsack, key_bound, knapsacks
from evenhand_tiebreaker.literals.search.candidates import Checker, Found
from evenhand_tiebreaker.literals.search.cells import TABLE_CELLS, Cells, sums_over_ands
from evenhand_tiebreaker.literals.search.scan import StopError
from evenhand_tiebreaker.literals.search.shapes import Family, Kind

Picked: TypeAlias = tuple[tuple[int, int], ...]
"""Axes and numbers of the literals picked so far."""


@define
class Branch:
    """Looks for a rule better than ``incumbent`` among the ANDs and the ORs of a given number of different axes.

    Literals are added in axis order. An AND only loses blocks, so no rule below a node beats the relaxation over the
    blocks left. An OR only gains blocks, so a node over a budget is dead, and what it holds plus the relaxation over
    the rest is a bound. The last two literals are looked up for all thresholds of two axes at once.
    """

    axes: Sequence[Axis]
    weights: Weights
    check: Checker
    stop: Callable[[], bool]
    incumbent: int
    found: Found | None = None
    looked_at: int = 0
    _order: int = 0
    _relaxations: list[Knapsack] = field(init=False)
    _stack: Ints = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._relaxations = knapsacks(self.weights)
        self._stack = self.weights.stack

    def run(self, literals: int) -> Found | None:
        """The best rule of exactly ``literals`` (2 or more) literals that beats the incumbent, None if there is none.

        Raises
        ------
        StopError
            The caller asked to stop; ``found`` is the best rule so far.
        """
        self._order = literals << 40
        blocks = np.ones(len(self.weights.keys), dtype=bool)
        self._narrow(blocks, 0, literals, ())
        self._widen(~blocks, 0, literals, ())
        return self.found

    def _pause(self) -> None:
        if self.stop() or self.check.exhausted:
            raise StopError

    def _narrow(self, left: Mask, start: int, more: int, picked: Picked) -> None:
        """AND: ``left`` are the blocks that satisfy the literals picked so far."""
        self._pause()
        if more == 2:
            self._last_two("all", left, np.zeros_like(left), start, picked)
            return
        for a in range(start, len(self.axes) - more + 1):
            coordinates = self.axes[a].coordinates
            for number in _descending(coordinates[left]):
                kept = left & (coordinates >= number)
                # A literal that removes nothing is a rule with fewer literals, seen already.
                if kept.sum() == left.sum():
                    break
                if key_bound(self.weights, self._relaxations, kept) > self.incumbent:
                    self._narrow(kept, a + 1, more - 1, (*picked, (a, number)))

    def _widen(self, held: Mask, start: int, more: int, picked: Picked) -> None:
        """OR: ``held`` are the blocks that satisfy one of the literals picked so far."""
        self._pause()
        if more == 2:
            self._last_two("any", ~held, held, start, picked)
            return
        for a in range(start, len(self.axes) - more + 1):
            coordinates = self.axes[a].coordinates
            for number in _descending(coordinates[~held]):
                now = held | (coordinates >= number)
                used = self.weights.loads[:, now].sum(axis=1)
                if np.any(used > self.weights.limits):
                    break
                gained = int(self.weights.keys[now].sum())
                if gained + key_bound(self.weights, self._relaxations, ~now, used) > self.incumbent:
                    self._widen(now, a + 1, more - 1, (*picked, (a, number)))

    def _last_two(self, kind: Kind, free: Mask, held: Mask, start: int, picked: Picked) -> None:
        """All thresholds of the last two literals: they choose among ``free``, and ``held`` is chosen anyway."""
        stack, fixed = self._stack[:, free], self._stack[:, held].sum(axis=1)
        ends = [_Axis.of(axis, free) if a >= start else None for a, axis in enumerate(self.axes)]
        for (a, first), (b, second) in combinations([(a, end) for a, end in enumerate(ends) if end is not None], 2):
            columns = len(second.numbers) + 1
            width = max(1, TABLE_CELLS // columns - 1)
            for low in range(0, len(first.numbers), width):
                self._pause()
                size = min(width, len(first.numbers) - low)
                coordinates = np.clip(first.coordinates - low, 0, size)
                table = sums_over_ands(stack, coordinates, second.coordinates, (size + 1, columns))
                cells = Cells(table[:, 1:, 1:], True)
                if kind == "any":
                    cells = Cells(table[:, 1:, 1:], False, table[:, 1:, 0], table[:, 0, 1:], fixed)
                self.looked_at += size * (columns - 1)
                hits = cells.within(self.incumbent + 1, self.weights.limits, distinct=self.check.feasible is not None)
                if hits is not None:
                    keys, j, k = hits
                    numbers = np.column_stack([first.numbers[j + low], second.numbers[k]])
                    self._take(kind, keys, numbers, (a, b), free, held, picked)

    def _take(
        self, kind: Kind, keys: Ints, numbers: Ints, last: tuple[int, int], free: Mask, held: Mask, picked: Picked
    ) -> None:
        """Make the best of these rules that passes the incumbent."""
        for place in np.lexsort((-numbers[:, 1], -numbers[:, 0], -keys)).tolist():
            one, two = (self.axes[a].coordinates >= number for a, number in zip(last, numbers[place], strict=True))
            if not self.check(held | (free & (one & two if kind == "all" else one | two))):
                if self.check.exhausted:
                    raise StopError
                continue
            self._order += 1
            axes, literals = zip(*picked, *zip(last, numbers[place].tolist(), strict=True), strict=True)
            self.incumbent = int(keys[place])
            self.found = Found(self.incumbent, Family(kind, axes, self._order), literals)
            return


@frozen(eq=False)
class _Axis:
    """The literals of an axis that still differ among some blocks, and the coordinates of these blocks in them."""

    numbers: Ints
    coordinates: Ints

    @classmethod
    def of(cls, axis: Axis, blocks: Mask) -> _Axis:
        own = axis.coordinates[blocks]
        numbers = np.unique(own[own > 0])
        return cls(numbers, np.searchsorted(numbers, own, side="right"))


def _descending(coordinates: Ints) -> list[int]:
    """The literals that some of the blocks satisfy, the strictest first."""
    return np.unique(coordinates[coordinates > 0])[::-1].tolist()
