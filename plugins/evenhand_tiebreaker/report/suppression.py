"""Small counts kept out of what is published: hidden cells, and further ones that would give them away.

A count of 1 to ``below`` - 1 students is hidden. A 0 is shown: mostly it says that no block is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, frozen

from evenhand_tiebreaker.words import count_words

WITHHELD = "*"
"""A cell that is not small itself but would give a small one away."""


@frozen
class SmallCells:
    """From which count on students may be told; 0 hides nothing. Counts are students times ``factor``."""

    least: int
    factor: int = 1

    @property
    def on(self) -> bool:
        return self.least > 1

    @property
    def below(self) -> int:
        """The smallest count that is shown, in the unit of the counts."""
        return self.least * self.factor

    @property
    def mark(self) -> str:
        return f"<{self.least}"

    def hides(self, count: int) -> bool:
        return self.on and 0 < count < self.below

    def text(self, count: int) -> str:
        return self.mark if self.hides(count) else count_words(count, self.factor)

    def tells(self, *counts: int) -> bool:
        """Whether none of the counts is hidden."""
        return not any(self.hides(count) for count in counts)

    def note(self, file: str) -> str:
        """What the marks mean, for a caption; empty where nothing is hidden."""
        if not self.on:
            return ""
        return (f"{self.mark}: fewer than {self.least} students; {WITHHELD}: withheld because it would give such a "
                f"count away. Every number is in {file}, which is not meant for publication.")


@define
class Cell:
    """A count that may come to be hidden: ``small`` by itself, or ``withheld`` for the sake of others."""

    count: int
    small: bool = False
    withheld: bool = False

    @property
    def hidden(self) -> bool:
        return self.small or self.withheld


def nested_cells(counts: Sequence[int], cells: SmallCells, order: Sequence[int] = ()) -> list[Cell]:
    """Cells of a row whose counts contain one another: no shown count and no difference of two shown ones is small.

    ``order`` : which cells are wanted most, by place; the first to last if left out.
    """
    found = [Cell(count, cells.hides(count)) for count in counts]
    shown: list[int] = []
    for place in order or range(len(found)):
        cell = found[place]
        if cells.tells(*(abs(cell.count - count) for count in shown)):
            if not cell.small:
                shown.append(cell.count)
        elif not cell.small:
            cell.withheld = True
    return found


def protect_sum(column: Sequence[Cell], cells: SmallCells) -> None:
    """Withhold further cells of a column whose sum is known, until no hidden one follows from the others.

    The smallest shown counts go first. Cells of 0 stay, as they protect nothing.
    """
    while _determined(column, cells):
        shown = [cell for cell in column if not cell.hidden and cell.count]
        if not shown:
            return
        min(shown, key=lambda cell: cell.count).withheld = True


def _determined(column: Sequence[Cell], cells: SmallCells) -> bool:
    """Whether the sum of the hidden cells leaves one of them a single value; withheld ones are not small."""
    hidden = [cell for cell in column if cell.hidden]
    known = sum(cell.count for cell in hidden)
    least = [1 if cell.small else cells.below for cell in hidden]
    most = [cells.below - 1 if cell.small else known for cell in hidden]
    low, high = sum(least), sum(most)
    return any(max(a, known - (high - b)) >= min(b, known - (low - a)) for a, b in zip(least, most, strict=True))
