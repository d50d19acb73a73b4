"""Every rule of one, two or three literals, over all thresholds, from tables of sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from attrs import define

from evenhand_tiebreaker.literals.feature import Ints
from evenhand_tiebreaker.literals.search.axes import Axis, Weights, Window
from evenhand_tiebreaker.literals.search.candidates import Best, Pool
from evenhand_tiebreaker.literals.search.cells import TABLE_CELLS, Cells, sums_over_ands
from evenhand_tiebreaker.literals.search.shapes import Family, Kind


class StopError(Exception):
    """The caller asked the search to stop."""


@define
class Scan:
    """Looks at all rules with a given number of literals and hands the good ones to a collector.

    Sums over every AND of literals are entries of a table with one dimension for each axis (0: no condition), and the
    sums over every other and/or tree follow by inclusion and exclusion. Every shape used here is, for fixed literal of
    the first axis, ``±table[j, k] + row[j] + column[k] + constant``. Three axes need one two-dimensional table at a
    time: the literals of the first axis are taken from the strictest down, each adding its own blocks to the table. So
    memory is bounded by ``cells``, whatever the number of thresholds.
    """

    axes: Sequence[Axis]
    weights: Weights
    collector: Best | Pool
    stop: Callable[[], bool]
    cells: int = TABLE_CELLS
    order: int = 0
    looked_at: int = 0

    def run(self, literals: int) -> None:
        """Look at all rules with exactly ``literals`` (1, 2 or 3) literals.

        Raises
        ------
        StopError
            The caller asked to stop.
        """
        stack = self.weights.stack
        self.order = literals << 40  # fewer literals come first
        if literals == 1:
            for a in range(len(self.axes)):
                self._one(stack, a)
        elif literals == 2:
            for a, b in combinations(range(len(self.axes)), 2):
                self._two(stack, a, b)
        else:
            for axes in combinations(range(len(self.axes)), 3):
                self._three(stack, axes)
            for a in range(len(self.axes)):
                for b in range(len(self.axes)):
                    if a != b:
                        self._twice(stack, a, b)

    def _family(self, kind: Kind, axes: tuple[int, ...], head: int = 0) -> Family:
        self.order += 1
        return Family(kind, axes, self.order, head)

    def _pause(self) -> None:
        if self.stop():
            raise StopError

    def _one(self, stack: Ints, a: int) -> None:
        self._pause()
        axis = self.axes[a]
        table = sums_over_ands(stack, axis.coordinates, np.zeros_like(axis.coordinates), (len(axis.thresholds) + 1, 1))
        if hits := self._hits(table[:, 1:, :], True, None, None, None):
            keys, j, _ = hits
            self.collector.offer(self._family("one", (a,)), keys, [j + 1])
        self.collector.close()

    def _two(self, stack: Ints, a: int, b: int) -> None:
        first, second = self.axes[a], self.axes[b]
        columns = len(second.thresholds) + 1
        both, either = self._family("all", (a, b)), self._family("any", (a, b))
        for window in first.windows(columns, self.cells):
            self._pause()
            table = sums_over_ands(stack, window.coordinates, second.coordinates, (window.size + 1, columns))
            inner = table[:, 1:, 1:]
            if hits := self._hits(inner, True, None, None, None):
                keys, j, k = hits
                self.collector.offer(both, keys, [j + 1 + window.start, k + 1])
            if hits := self._hits(inner, False, table[:, 1:, 0], table[:, 0, 1:], None):
                keys, j, k = hits
                self.collector.offer(either, keys, [j + 1 + window.start, k + 1])
        self.collector.close()

    def _twice(self, stack: Ints, a: int, b: int) -> None:
        """ "a or (a looser and b)": the only shape in which two literals of one axis are not idle."""
        first, second = self.axes[a], self.axes[b]
        rows = len(first.thresholds) + 1
        family = self._family("any_all", (a, a, b))
        for window in second.windows(rows, self.cells):
            table = sums_over_ands(stack, first.coordinates, window.coordinates, (rows, window.size + 1))
            for low in range(1, len(first.thresholds)):
                self._pause()
                above = slice(low + 1, None)
                if hits := self._hits(table[:, above, 1:], False, table[:, above, 0], table[:, low, 1:], None):
                    keys, j, k = hits
                    self.collector.offer(family, keys, [j + low + 1, np.full_like(j, low), k + 1 + window.start])
        self.collector.close()

    def _three(self, stack: Ints, axes: tuple[int, int, int]) -> None:
        # The first dimension is walked, so it is the shortest axis; the order of equally good rules is that of `axes`.
        sizes = [len(self.axes[a].thresholds) for a in axes]
        if min(sizes) == 0:
            return
        x, y, z = sorted(range(3), key=lambda place: (sizes[place], place))
        families = {("all", 0): self._family("all", axes), ("any", 0): self._family("any", axes)}
        for head in range(3):
            families["all_any", head] = self._family("all_any", axes, head)
            families["any_all", head] = self._family("any_all", axes, head)
        walked, second, third = (self.axes[axes[place]] for place in (x, y, z))
        for window in second.windows(sizes[z] + 1, self.cells):
            self._walk(stack, walked, window, third, (x, y, z), families)
        self.collector.close()

    def _walk(
        self,
        stack: Ints,
        walked: Axis,
        window: Window,
        third: Axis,
        places: tuple[int, int, int],
        families: dict[tuple[str, int], Family],
    ) -> None:
        x, y, z = places
        shape = (window.size + 1, len(third.thresholds) + 1)
        everything = sums_over_ands(stack, window.coordinates, third.coordinates, shape)
        within = np.zeros_like(everything)
        for number in range(len(walked.thresholds), 0, -1):
            self._pause()
            new = walked.coordinates == number
            within += sums_over_ands(stack[:, new], window.coordinates[new], third.coordinates[new], shape)
            without = everything - within
            fixed = within[:, 0, 0]
            a, d = within[:, 1:, 1:], without[:, 1:, 1:]
            a_row, a_column = within[:, 1:, 0], within[:, 0, 1:]
            d_row, d_column = without[:, 1:, 0], without[:, 0, 1:]
            b_row, b_column = everything[:, 1:, 0], everything[:, 0, 1:]
            shapes: list[tuple[tuple[str, int], Ints, bool, Ints | None, Ints | None, Ints | None]] = [
                (("all", 0), a, True, None, None, None),
                (("any", 0), d, False, d_row, d_column, fixed),
                (("all_any", x), a, False, a_row, a_column, None),
                (("any_all", x), d, True, None, None, fixed),
                (("all_any", y), d, True, a_row, None, None),
                (("any_all", y), a, False, b_row, a_column, None),
                (("all_any", z), d, True, None, a_column, None),
                (("any_all", z), a, False, a_row, b_column, None),
            ]
            for name, table, plus, row, column, constant in shapes:
                if hits := self._hits(table, plus, row, column, constant):
                    keys, j, k = hits
                    numbers = [j, j, j]
                    numbers[x], numbers[y], numbers[z] = np.full_like(j, number), j + 1 + window.start, k + 1
                    self.collector.offer(families[name], keys, numbers)

    def _hits(
        self, table: Ints, plus: bool, row: Ints | None, column: Ints | None, constant: Ints | None
    ) -> tuple[Ints, Ints, Ints] | None:
        self.looked_at += table.shape[1] * table.shape[2]
        cells = Cells(table, plus, row, column, constant)
        return cells.within(self.collector.floor, self.weights.limits, distinct=self.collector.distinct)
