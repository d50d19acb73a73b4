"""Tables of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from evenhand_apportionment.facts import (
    common_divisors,
    contributions,
    ideal,
    next_priority,
    own_answer,
    priorities_of,
    sides,
)

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.shapes import Allocation
    from evenhand.solution import Solution
    from evenhand.tables import Table
    from evenhand_apportionment.costs.base import Floats
    from evenhand_apportionment.problem import ApportionmentProblem

GROUP_COLUMNS = ("group", "population", "ideal", "units", "ratio", "side", "contribution", "next_priority")
CELL_COLUMNS = ("row", "column", "votes", "ideal", "units")
MANY = 5_000
"""Beyond so many numbers equal ones are written once."""


def number_cells(values: Floats) -> list[str]:
    """Doubles as their shortest texts; NaN as an empty cell."""
    if len(values) <= MANY:
        return _written(values)
    import pandas as pd

    # Groups of one size have one ideal: a text is made once for each double, told by its bits (0.0 is not -0.0).
    places, found = pd.factorize(np.ascontiguousarray(values).view(np.int64))
    texts = np.array(_written(found.view(np.float64)), dtype=object)
    cells: list[str] = texts[places].tolist()
    return cells


def _written(values: Floats) -> list[str]:
    return ["" if value != value else repr(value) for value in values.tolist()]


def renamed_headings(headings: Iterable[str], ours: Iterable[str], kept: Iterable[str]) -> dict[str, str]:
    """Input column -> its name in the answer, for those that have the name of a column the answer adds."""
    given, needed = list(headings), set(ours)
    taken, found = {*given, *needed}, {}
    for name in given:
        if name in needed and name not in set(kept):
            new = f"{name}_before"
            while new in taken:
                new += "_before"
            taken.add(new)
            found[name] = new
    return found


def allocation_table(problem: ApportionmentProblem, allocation: Allocation) -> pd.DataFrame:
    """The columns of the answer in the order of the input rows, then the user's other columns."""
    units = list(map(str, allocation.array.tolist()))
    ideals = ideal(problem, allocation)
    if problem.options.biproportional:
        table = problem.tables["votes"]
        return _joined(table, CELL_COLUMNS, ("row", "column", "votes"), {"ideal": number_cells(ideals), "units": units})
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(ideals > 0, allocation.array / ideals, np.nan)
    return _joined(problem.tables["groups"], GROUP_COLUMNS, ("group", "population"), {
        "ideal": number_cells(ideals), "units": units, "ratio": number_cells(ratio),
        "side": sides(problem, allocation, ideals),
        "contribution": number_cells(contributions(problem, allocation)),
        "next_priority": number_cells(next_priority(problem, allocation))})


def _joined(table: Table, headings: tuple[str, ...], own: tuple[str, ...], cells: dict[str, list[str]]) -> pd.DataFrame:
    from evenhand.tables.raw import text_frame

    raw = table.raw.frame
    renamed = renamed_headings(raw.columns, headings, own)
    columns = {name: raw[name].tolist() if name in own else cells[name] for name in headings}
    columns |= {renamed.get(name, name): raw[name].tolist() for name in raw.columns if name not in own}
    return text_frame(columns, columns.values())


def output_tables(problem: ApportionmentProblem, solution: Solution) -> dict[str, pd.DataFrame]:
    """``curve.csv``, ``priorities.csv``, ``divisors.csv`` and ``paradoxes.csv``, as the method has them."""
    if solution.allocation is None:
        return {}
    made = {"curve.csv": curve_table(problem), "priorities.csv": priorities_table(problem, solution.allocation),
            "divisors.csv": divisors_table(problem, solution.allocation),
            "paradoxes.csv": paradoxes_table(problem, solution.allocation)}
    return {name: frame for name, frame in made.items() if frame is not None}


def curve_table(problem: ApportionmentProblem) -> pd.DataFrame | None:
    """k, error and score of every size; None without a range."""
    import pandas as pd

    curve = problem.curve
    if curve is None:
        return None
    return pd.DataFrame({"k": [str(size) for size in curve.sizes.tolist()], "error": number_cells(curve.errors),
                         "score": number_cells(curve.scores)}, dtype=object)


def priorities_table(problem: ApportionmentProblem, allocation: Allocation) -> pd.DataFrame | None:
    """The units in the order of their claims and the next ten; None but for divisor methods."""
    import pandas as pd

    found = priorities_of(problem, allocation)
    if found is None:
        return None
    return pd.DataFrame({
        "unit": [str(unit) for unit in found.unit.tolist()],
        "group": [problem.ids[row] for row in found.group.tolist()],
        "group_unit": [str(unit) for unit in found.group_unit.tolist()], "priority": number_cells(found.priority),
    }, dtype=object)


def divisors_table(problem: ApportionmentProblem, allocation: Allocation) -> pd.DataFrame | None:
    """Divisor of every row and column of a biproportional table, or the range of common divisors of a divisor method.

    None where the units have none.
    """
    import pandas as pd

    if not problem.options.biproportional:
        common = common_divisors(problem, allocation)
        if common is None:
            return None
        ends = ["" if end is None else repr(end) for end in common]
        return pd.DataFrame({"side": ["all", "all"], "name": ["least", "most"], "divisor": ends}, dtype=object)
    found = problem.matrix.divisors(allocation.array)
    if found is None:
        return None
    matrix = problem.matrix
    sides_ = ["row"] * len(matrix.row_names) + ["column"] * len(matrix.column_names)
    cells = [cell for side in found for cell in number_cells(side)]
    return pd.DataFrame({"side": sides_, "name": [*matrix.row_names, *matrix.column_names], "divisor": cells},
                        dtype=object)


def paradoxes_table(problem: ApportionmentProblem, allocation: Allocation) -> pd.DataFrame | None:
    """Every paradox that was found; None where none can be, or the answer is not the method's own."""
    import pandas as pd

    from evenhand_apportionment.paradoxes import looked_for

    if not looked_for(problem) or problem.violations(allocation) or not own_answer(problem, allocation):
        return None
    found = problem.paradoxes
    return pd.DataFrame({"paradox": [item.kind for item in found], "units": [str(item.units) for item in found],
                         "group": [item.group for item in found], "from": [str(item.before) for item in found],
                         "to": [str(item.after) for item in found], "other": [item.other for item in found]},
                        dtype=object)
