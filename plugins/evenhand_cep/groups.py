"""Groups of a decision: exact sums, ISP, claiming share - and the order their labels have."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.shapes import OUTSIDE

if TYPE_CHECKING:
    from evenhand_cep.problem import CepProblem

Ints = npt.NDArray[np.int64]


@frozen(eq=False)
class Groups:
    """The non-empty groups of one decision, ordered by district, then as their labels run.

    Attributes
    ----------
    of_row : (kept schools,) position of each school's group, -1 outside.
    label : 1.. inside each district: claiming share falling, then reimbursement falling, then first row.
    district : position of the district; rows : the kept rows of each group.
    enrolled, identified : exact sums. isp : exact. carried_isp : after the rounding policy. share : claiming share.
    meals_value, reimbursement : USD.
    """

    of_row: Ints
    label: tuple[int, ...]
    district: tuple[int, ...]
    rows: tuple[Ints, ...]
    enrolled: tuple[Fraction, ...]
    identified: tuple[Fraction, ...]
    carried_isp: tuple[Fraction, ...]
    share: tuple[Fraction, ...]
    meals_value: tuple[float, ...]
    reimbursement: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.label)

    def isp(self, group: int) -> Fraction:
        return self.identified[group] / self.enrolled[group]

    def labels(self) -> Ints:
        """Label of each kept school, 0 outside."""
        by_group = np.array([*self.label, 0], dtype=np.int64)  # the last entry serves -1
        return by_group[self.of_row]


def groups_of(problem: CepProblem, array: npt.NDArray[np.int64]) -> Groups:
    """Sum up a decision (bin numbers, -1 outside) from the raw tables. Shares are exact."""
    rule = problem.claiming_rule
    key = np.where(array == OUTSIDE, -1, problem.district_of_row * (len(problem.shape.bins) + 1) + array)
    inside = np.flatnonzero(key >= 0)
    keys, position = np.unique(key[inside], return_inverse=True)
    order = np.argsort(position, kind="stable")
    rows = np.split(inside[order], np.cumsum(np.bincount(position, minlength=len(keys)))[:-1]) if len(keys) else []
    found = []
    for members in rows:
        enrolled = problem.exact_sum(problem.exact_enrolled, members)
        identified = problem.exact_sum(problem.exact_identified, members)
        carried = rule.rounded_isp(identified, enrolled)
        share = min(Fraction(1), rule.multiplier * carried)
        meals = math.fsum(problem.meals_value[members].tolist())
        found.append((int(problem.district_of_row[members[0]]), members, enrolled, identified, carried, share, meals,
                      float(share) * meals))
    found.sort(key=lambda g: (g[0], -g[5], -g[7], int(g[1][0])))
    of_row = np.full(len(array), -1, dtype=np.int64)
    labels: list[int] = []
    for number, group in enumerate(found):
        of_row[group[1]] = number
        same = number > 0 and found[number - 1][0] == group[0]
        labels.append(labels[-1] + 1 if same else 1)
    columns = list(zip(*found, strict=True)) if found else [()] * 8
    return Groups(of_row, tuple(labels), *(tuple(column) for column in columns))
