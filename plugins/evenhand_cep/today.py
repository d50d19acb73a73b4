"""Today's grouping, as the column ``group`` tells it, and how a new one differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from evenhand_cep.groups import Groups
    from evenhand_cep.problem import CepProblem

Ints = npt.NDArray[np.int64]

NEW, OUT = -2, -1
"""A school without a group today (blank), and one that stays outside today (``0`` or ``out``)."""


def today_of(problem: CepProblem) -> Ints | None:
    """Number of today's group of each kept school (groups of different districts never share one), or None."""
    table = problem.tables["schools"]
    if "group" not in table:
        return None
    texts = [table.texts("group")[row].strip() for row in problem.kept.tolist()]
    number: dict[tuple[int, str], int] = {}
    found = np.full(len(texts), NEW, dtype=np.int64)
    for row, (text, district) in enumerate(zip(texts, problem.district_of_row.tolist(), strict=True)):
        if text.lower() in ("0", "out"):
            found[row] = OUT
        elif text:
            found[row] = number.setdefault((district, text), len(number))
    return found


def moved_rows(problem: CepProblem, groups: Groups) -> npt.NDArray[np.bool_]:
    """(kept schools,) whether a school is left outside the best matching of today's groups to these.

    Outside matches outside; schools without a group today do not count.
    """
    from scipy.optimize import linear_sum_assignment

    today = problem.today
    if today is None:
        return np.zeros(len(problem.kept), dtype=bool)
    stays = (today == OUT) & (groups.of_row < 0)
    inside = (today >= 0) & (groups.of_row >= 0)
    if inside.any():
        counts = np.zeros((int(today.max()) + 1, len(groups)))
        np.add.at(counts, (today[inside], groups.of_row[inside]), 1.0)
        old, new = linear_sum_assignment(counts, maximize=True)
        partner: dict[int, Any] = dict(zip(old.tolist(), new.tolist(), strict=True))
        stays |= inside & (groups.of_row == np.array([partner.get(int(t), -9) for t in today]))
    moved: npt.NDArray[np.bool_] = (today != NEW) & ~stays
    return moved
