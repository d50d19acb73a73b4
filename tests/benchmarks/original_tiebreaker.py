"""The two selectors of the original tiebreaker project that are compared with ours, as yardsticks of speed ratios.

Written anew from their behaviour, which is kept. The knapsack: a table of blocks by counts of focal students, one cell
after the other, filled with the fewest non-focal students that reach at least that count; totals and weights are looked
up in a frame for every cell. The curve of a rule: the rule is put into text with two decimals, the text evaluated on
the frame, and the confusion matrix made by grouping a marked copy, for each of a hundred thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from attrs import define, field
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class ValueTable:
    """The knapsack over counts of focal students.

    Parameters
    ----------
    focal, other : whole numbers >= 0, shape (n,)
        Focal and non-focal students of each block.
    """

    def __init__(self, focal: NDArray[np.int64], other: NDArray[np.int64]) -> None:
        blocks = pd.DataFrame({"focal": focal, "other": other}).sort_values("focal")
        self.blocks = blocks
        self.frame = blocks[["focal"]].assign(total=blocks["focal"].cumsum())
        self.weights = blocks["other"]
        self.cells: Floats = np.full((len(blocks), int(self.frame["total"].iloc[-1]) + 1), np.nan)

    def fill(self) -> None:
        """Every cell."""
        cells = self.cells
        cells[:, 0] = 0.0
        for row in range(len(self.blocks)):
            weight, gain = self.weights.iloc[row], self.frame["focal"].iloc[row]
            for reached in np.arange(1, self.frame["total"].iloc[row] + 1):
                if row == 0:
                    cells[row, reached] = weight
                elif reached > self.frame["total"].iloc[row - 1]:
                    cells[row, reached] = weight + self.at(row - 1, reached - gain)
                else:
                    without = self.at(row - 1, reached)
                    cells[row, reached] = min(without, weight + self.at(row - 1, max(0, reached - gain)))

    def at(self, row: int, reached: int) -> float:
        """A cell; what was never filled, or lies before the first row or column, counts as nothing."""
        if row < 0:
            return 0.0
        cell = self.cells[row, reached]
        return cell if np.isfinite(cell) else 0.0

    def points(self) -> tuple[list[int], list[int]]:
        """Numbers of non-focal students that are needed for something, ascending, and the most focal ones at each."""
        found = pd.DataFrame({"other": self.cells[-1], "focal": np.arange(self.cells.shape[1])})
        best = found.groupby("other")["focal"].max()
        return [int(weight) for weight in best.index], [int(reached) for reached in best]

    def choice(self, most_other: float) -> list[int]:
        """Blocks that reach the most focal students within so many non-focal ones, by position in the given arrays."""
        reached = int(np.argwhere(self.cells[-1] <= most_other).max())
        taken, row = [], len(self.blocks) - 1
        while reached > 0:
            gain = self.frame["focal"].iloc[row]
            if self.at(row, reached) == self.weights.iloc[row] + self.at(row - 1, reached - gain):
                taken.append(int(self.blocks.index[row]))
                reached -= gain
            row -= 1
        return taken


def plain_points(focal: Iterable[int], other: Iterable[int]) -> tuple[list[int], list[int]]:
    """The same recursion as a few lines of Python on lists: what the original's way costs without its frames."""
    least = [0]
    for gain, weight in sorted(zip(focal, other, strict=True)):
        least += [least[-1] + weight] * gain
        top = len(least) - 1
        # Downwards, so that every cell still reads the row before; beyond the old end only the new block gets there.
        for reached in range(top, 0, -1):
            with_it = weight + least[max(0, reached - gain)]
            if reached > top - gain or with_it < least[reached]:
                least[reached] = with_it
    best = {weight: reached for reached, weight in enumerate(least)}
    return list(best), list(best.values())


@define
class RuleText:
    """The curve of the rule "share of focal students at least t".

    Parameters
    ----------
    data : frame with a row per block that has students: ``focal``, ``other``, ``pct`` (the share, a float)
    """

    data: pd.DataFrame
    chosen: dict[float, pd.Index] = field(factory=dict)
    matrices: dict[float, pd.DataFrame] = field(factory=dict)

    def blocks(self, threshold: float) -> pd.Index:
        """Blocks that receive, by evaluating the rule's text."""
        if threshold not in self.chosen:
            self.chosen[threshold] = self.data.index[self.data.eval(f"pct >= {threshold:.2f}")]
        return self.chosen[threshold]

    def matrix(self, threshold: float) -> pd.DataFrame:
        """Confusion matrix: rows focal and other, columns 1 (receives) and 0."""
        if threshold not in self.matrices:
            marked = self.data.copy()[["focal", "other"]]
            marked["marked"] = 0
            marked.loc[self.blocks(threshold), "marked"] = 1
            sums = marked.groupby("marked").sum().transpose()
            for side in (0, 1):
                if side not in sums.columns:
                    sums[side] = 0
            self.matrices[threshold] = sums[[1, 0]]
        return self.matrices[threshold]

    def rate(self, threshold: float, row: int) -> float:
        """TPR (row 0) or FPR (row 1)."""
        received, refused = self.matrix(threshold).to_numpy()[row]
        return float(received / (received + refused))

    def curve(self, thresholds: Iterable[float]) -> pd.DataFrame:
        """A row (tpr, fpr) per threshold."""
        rates = [(self.rate(threshold, 0), self.rate(threshold, 1)) for threshold in thresholds]
        return pd.DataFrame(rates, columns=["tpr", "fpr"])
