"""Metrics and tables of a grouping."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.tables.csv_out import to_cents
from evenhand_cep.today import OUT

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.shapes import Allocation
    from evenhand_cep.groups import Groups
    from evenhand_cep.problem import CepProblem

# Columns that the answer adds to the rows of the input.
ADDED = ("group", "group_isp", "claiming_share", "reimbursement")


def metrics(problem: CepProblem, allocation: Allocation) -> dict[str, Any]:
    """Base, total, overall ISP, what one group and today's grouping are worth, and counts."""
    groups = problem.groups(allocation)
    reimbursement = reimbursement_of(problem, groups)
    base = math.fsum(problem.base.tolist())
    enrolled, identified = problem.exact_enrolled.sum_exact(), problem.exact_identified.sum_exact()
    found: dict[str, Any] = {
        "base_reimbursement": base,
        "total_reimbursement": base + reimbursement,
        "overall_isp": float(identified / enrolled),
        "one_group_reimbursement": one_group(problem),
        "groups": len(groups),
        "schools_in_groups": int((groups.of_row >= 0).sum()),
        "schools_outside": int((groups.of_row < 0).sum()),
        "students_enrolled": float(enrolled),
    }
    if problem.today is not None:
        today = today_groups(problem)
        found["today_reimbursement"] = None if today is None else reimbursement_of(problem, today)
        found["today_groups"] = int(problem.today.max()) + 1
    return found


def reimbursement_of(problem: CepProblem, groups: Groups) -> float:
    """USD above the base."""
    return math.fsum([*groups.reimbursement, *problem.outside_worth[groups.of_row < 0].tolist()])


def one_group(problem: CepProblem) -> float | None:
    """USD above the base with all schools in one group a district; None if a district may not form it."""
    return _legal_value(problem, np.zeros(len(problem.kept), dtype=np.int64))


def _legal_value(problem: CepProblem, array: np.ndarray[Any, np.dtype[np.int64]]) -> float | None:
    from evenhand_cep.groups import groups_of

    groups = groups_of(problem, array)
    if any(isp < problem.options.min_isp for isp in groups.carried_isp):
        return None
    return reimbursement_of(problem, groups)


def today_groups(problem: CepProblem) -> Groups | None:
    """Today's grouping under this year's numbers; new schools are outside. None if a group misses the minimum."""
    from evenhand_cep.groups import groups_of

    today = problem.today
    if today is None:
        return None
    groups = groups_of(problem, np.where(today >= 0, today, OUT))
    return None if any(isp < problem.options.min_isp for isp in groups.carried_isp) else groups


def school_reimbursement(problem: CepProblem, groups: Groups) -> np.ndarray[Any, np.dtype[np.float64]]:
    """USD above the base that each kept school adds."""
    share = np.array([*(float(s) for s in groups.share), 0.0])[groups.of_row]
    return np.where(groups.of_row >= 0, share * problem.meals_value, problem.outside_worth)


def renamed_headings(headings: Iterable[str]) -> dict[str, str]:
    """Input column -> its name in the allocation table, for those whose own name the answer needs."""
    given = list(headings)
    found = {"group": "group_today"} if "group" in given else {}
    needed = {*ADDED, *found.values()}
    taken = {*given, *needed}
    for name in given:
        if name in needed and name not in found:
            new = f"{name}_before"
            while new in taken:
                new += "_before"
            taken.add(new)
            found[name] = new
    return found


def allocation_table(problem: CepProblem, allocation: Allocation) -> pd.DataFrame:
    """The input rows in their order, plus group (1.., 0 = out, empty = dropped), ISP, share and money.

    An input column that has the name of one of these comes back under another (see :func:`renamed_headings`).
    """
    schools = problem.tables["schools"]
    groups = problem.groups(allocation)
    labels, money = groups.labels(), school_reimbursement(problem, groups)
    frame = schools.input_rows(rename=renamed_headings(schools.raw.frame.columns))
    cells: dict[str, list[str]] = {name: [""] * len(schools) for name in ADDED}
    # The texts of each group once: bringing its fractions to floats for every school took longer than all the rest.
    isps = [*(repr(float(isp)) for isp in groups.carried_isp), ""]  # the last entry serves -1
    shares = [*(repr(float(share)) for share in groups.share), ""]
    kept = zip(problem.kept.tolist(), groups.of_row.tolist(), labels.tolist(), money.tolist(), strict=True)
    for row, group, label, amount in kept:
        cells["group"][row] = str(label)
        cells["reimbursement"][row] = to_cents(amount)
        cells["group_isp"][row] = isps[group]
        cells["claiming_share"][row] = shares[group]
    return frame.assign(**cells)


def groups_table(problem: CepProblem, allocation: Allocation) -> pd.DataFrame:
    """One row per group, and a row 0 for the schools that stay out, in each district."""
    import pandas as pd

    groups = problem.groups(allocation)
    several = "district" in problem.tables["schools"]
    # Sorted by district once: with two thousand of them, a look at all groups and rows for each takes seconds.
    of_district: list[list[int]] = [[] for _ in problem.districts]
    for g, district in enumerate(groups.district):
        of_district[district].append(g)
    left = np.flatnonzero(groups.of_row < 0)
    left = left[np.argsort(problem.district_of_row[left], kind="stable")]
    ends = np.cumsum(np.bincount(problem.district_of_row[left], minlength=len(problem.districts)))
    rows = []
    for name, inside, out in zip(problem.districts, of_district, np.split(left, ends[:-1]), strict=True):
        for g in inside:
            rows.append([name, str(groups.label[g]), str(len(groups.rows[g])), _plain(groups.enrolled[g]),
                         _plain(groups.identified[g]), repr(float(groups.carried_isp[g])),
                         repr(float(groups.share[g])), to_cents(groups.meals_value[g]),
                         to_cents(groups.reimbursement[g])])
        if out.size:
            enrolled = problem.exact_sum(problem.exact_enrolled, out)
            identified = problem.exact_sum(problem.exact_identified, out)
            rows.append([name, "0", str(out.size), _plain(enrolled), _plain(identified),
                         repr(float(identified / enrolled)), "",
                         to_cents(math.fsum(problem.meals_value[out].tolist())),
                         to_cents(math.fsum(problem.outside_worth[out].tolist()))])
    headings = ["district", "group", "schools", "enrolled", "identified", "isp", "claiming_share", "meals_value",
                "reimbursement"]
    frame = pd.DataFrame(rows, columns=headings, dtype=object)
    return frame if several else frame.drop(columns="district")


def _plain(value: Any) -> str:
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
