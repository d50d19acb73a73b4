"""A biproportional division: the heat table with its margins, the divisors, and every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.model import Figure, Sheet
from evenhand.report import charts
from evenhand_apportionment.report.facts import Facts, clipped
from evenhand_apportionment.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WRITTEN = 1_200
"""Up to so many cells have their number written in them."""
ALL_CELLS = 200
MOST_LINES = 60


def heat(facts: Facts) -> Figure:
    """Units of every cell, coloured by their share of the row, with the totals of rows and columns."""
    matrix = facts.problem.matrix
    units, votes = matrix.grid(facts.units), matrix.votes
    rows, columns = matrix.shape
    written = rows * columns <= WRITTEN

    def draw(axes: Axes) -> None:
        shares = np.divide(units, units.max(), out=np.zeros(units.shape), where=units.max() > 0)
        axes.imshow(np.where(votes > 0, shares, np.nan), cmap="Blues", vmin=0.0, vmax=1.15, aspect="auto")
        if written:
            for row, column in np.ndindex(rows, columns):
                text = f"{units[row, column]:,}" if votes[row, column] > 0 else "–"
                axes.text(column, row, text, ha="center", va="center", fontsize=9,
                          color="white" if shares[row, column] > 0.6 else charts.INK)
        size = 9 if max(rows, columns) <= 30 else 7
        for row, total in enumerate(matrix.row_units):
            axes.text(columns - 0.35, row, f"{total:,}", ha="left", va="center", fontsize=size, fontweight="bold")
        for column, total in enumerate(matrix.column_units):
            axes.text(column, rows - 0.3, f"{total:,}", ha="center", va="top", fontsize=size, fontweight="bold")
        axes.set_yticks(range(rows), [clipped(name, 22) for name in matrix.row_names], fontsize=size)
        axes.set_xticks(range(columns), [clipped(name, 16) for name in matrix.column_names], fontsize=size,
                        rotation=0 if columns <= 8 else 90)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.grid(False)
        for side in axes.spines.values():
            side.set_visible(False)

    caption = "Units of every row in every column; in bold the totals that were given."
    if (votes == 0).any():
        caption += " A dash: no votes, and so no unit." if written else " White: no votes, and so no unit."
    return Figure("Units of every row in every column", draw, caption,
                  height=float(np.clip(1.2 + 0.34 * rows, 2.4, 11)))


def totals(facts: Facts, side: str) -> Sheet:
    """Rows (or columns): votes, units, what the votes of all would give, and the divisor."""
    matrix = facts.problem.matrix
    by_row = side == "row"
    names = matrix.row_names if by_row else matrix.column_names
    given = matrix.row_units if by_row else matrix.column_units
    votes = matrix.votes.sum(axis=1 if by_row else 0)
    divisors = matrix.divisors(facts.units)
    own = None if divisors is None else divisors[0 if by_row else 1]
    exact = facts.k * votes / votes.sum() if votes.sum() else np.zeros(len(votes))
    order = np.argsort(-votes, kind="stable")[:MOST_LINES] if len(names) > MOST_LINES else range(len(names))
    rows: list[list[Any]] = [
        [names[at], float(votes[at]), float(f"{exact[at]:.5g}"), int(given[at]),
         None if own is None or np.isnan(own[at]) else float(f"{own[at]:.7g}")] for at in order]
    caption = (f"Divide a cell's votes by the divisor of its row and by that of its column and round as Webster does: "
               f"that is the cell's number of units. The exact share is by the votes of all; the units of every {side} "
               "were given.")
    if len(names) > len(rows):
        caption += f" Shown are the {len(rows)} with the most votes of {len(names):,}; divisors.csv holds all."
    headings = ["Row" if by_row else "Column", "Votes", "Exact share", "Units", "Divisor"]
    return Sheet("The rows" if by_row else "The columns", headings, rows,
                 dict.fromkeys(headings[1:], "number") | {"Units": "count"}, caption)


def cells(facts: Facts) -> Sheet:
    """Every cell, or those with the most votes."""
    matrix = facts.problem.matrix
    votes = matrix.votes[matrix.cell_row, matrix.cell_column]
    products = matrix.products(facts.units)
    many = len(votes) > ALL_CELLS
    order = np.argsort(-votes, kind="stable")[:ALL_CELLS] if many else np.arange(len(votes))
    rows = [[matrix.row_names[matrix.cell_row[at]], matrix.column_names[matrix.cell_column[at]], float(votes[at]),
             None if products is None else float(f"{products[at]:.5g}"), int(facts.units[at])] for at in order.tolist()]
    caption = "Before rounding: votes divided by both divisors."
    if many:
        caption = (f"The {ALL_CELLS} cells with the most votes of {counted(len(votes), 'cell')}; allocation.csv holds "
                   f"all. {caption}")
    return Sheet("The cells", ["Row", "Column", "Votes", "Before rounding", "Units"], rows,
                 {"Votes": "number", "Before rounding": "number", "Units": "count"}, caption)
