"""Tables of a report: groups, districts, schools."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evenhand.model import Sheet
from evenhand.report.format import MINUS
from evenhand_cep.outputs import school_reimbursement
from evenhand_cep.report.facts import Facts, percent
from evenhand_cep.report.words import counted

MOST_GROUPS = 60
MOST_DISTRICTS = 60
MOST_SCHOOLS = 50
FEW_SCHOOLS = 100
ALL_ELSEWHERE = "allocation.csv holds all of them."


def groups(facts: Facts) -> Sheet:
    """One row per group, those outside, and all together."""
    problem, found = facts.problem, facts.groups
    headings = ["Group", "Schools", "Students", "Identified", "ISP", "Share", "Meals value",
                "Above the paid rate", "Claimed"]
    order = list(range(len(found)))
    if len(found) > MOST_GROUPS:
        order = sorted(sorted(order, key=lambda g: -found.reimbursement[g])[:MOST_GROUPS])
    rows: list[list[Any]] = []
    for g in order:
        base = math.fsum(problem.base[found.rows[g]].tolist())
        rows.append([str(found.label[g]), len(found.rows[g]), _students(found.enrolled[g]),
                     _students(found.identified[g]), percent(found.carried_isp[g]), percent(found.share[g]),
                     found.meals_value[g], found.reimbursement[g], found.reimbursement[g] + base])
    out = np.flatnonzero(facts.outside)
    if out.size:
        enrolled, identified = problem.enrolled[out].sum(), problem.identified[out].sum()
        worth = math.fsum(problem.outside_worth[out].tolist())
        rows.append(["outside", int(out.size), _students(enrolled), _students(identified),
                     percent(identified / enrolled), "–", math.fsum(problem.meals_value[out].tolist()), worth,
                     worth + math.fsum(problem.base[out].tolist())])
    if len(rows) > 1:
        enrolled, identified = problem.exact_enrolled.sum_exact(), problem.exact_identified.sum_exact()
        rows.append(["all", len(problem.kept), _students(enrolled), _students(identified),
                     percent(identified / enrolled), "–", math.fsum(problem.meals_value.tolist()), facts.above,
                     facts.total])
    formats = dict(zip(headings, ("text", "count", "count", "count", "share", "share", "dollars", "dollars", "dollars"),
                       strict=True))
    multiplier = float(problem.options.multiplier)
    caption = (f"ISP: identified students among the enrolled. Share: {multiplier:g} times the ISP, at most 100%; so "
               "much of the group's meals is paid at the free rate, the rest at the paid rate. Meals value: what "
               "claiming all meals free, rather than paid, would bring.")
    if len(found) > MOST_GROUPS:
        caption += f" Shown are the {MOST_GROUPS} groups that claim most of {len(found):,}; groups.csv holds all."
    if out.size:
        caption += " A school outside claims its own outside value, and nothing above it."
    return Sheet("The groups", headings, rows, formats, caption)


def districts(facts: Facts) -> Sheet:
    """The districts that claim most."""
    problem, found = facts.problem, facts.groups
    count = len(problem.districts)
    schools = np.bincount(problem.district_of_row, minlength=count)
    outside = np.bincount(problem.district_of_row[facts.outside], minlength=count)
    groups_in = np.bincount(np.array(found.district, dtype=np.int64), minlength=count)
    base = np.bincount(problem.district_of_row, problem.base, minlength=count)
    enrolled = np.bincount(problem.district_of_row, problem.enrolled, minlength=count)
    identified = np.bincount(problem.district_of_row, problem.identified, minlength=count)
    total = facts.district_money(found) + base
    gains = facts.district_gains
    order = sorted(range(count), key=lambda d: (-total[d], d))[:MOST_DISTRICTS]
    headings = ["District", "Schools", "Outside", "Groups", "ISP", "Claimed", "More than one group"]
    rows: list[list[Any]] = [[problem.districts[d], int(schools[d]), int(outside[d]), int(groups_in[d]),
                              percent(float(identified[d] / enrolled[d])), float(total[d]), gains[d]] for d in order]
    if not outside.any():
        headings.remove("Outside")
        rows = [[*row[:2], *row[3:]] for row in rows]
    kinds = {"Schools": "count", "Outside": "count", "Groups": "count", "ISP": "share", "Claimed": "dollars",
             "More than one group": "dollars"}
    caption = "Each district is grouped by itself; the money is that of one year."
    if count > len(order):
        caption = f"The {len(order)} of {count:,} districts that claim most; groups.csv holds all. {caption}"
    if any(gains[d] is None for d in order):
        caption += " A dash: one group of all schools would miss the minimum there."
    return Sheet("The districts", headings, rows, {name: kinds[name] for name in headings if name in kinds}, caption)


def schools(facts: Facts) -> Sheet:
    """Money per school: all of a few, else those that gain most."""
    problem = facts.problem
    claimed = facts.money + problem.base
    against = {name: school_reimbursement(problem, groups) for name, groups in
               (("Against today", facts.today), ("Against one group", facts.one_group)) if groups is not None}
    changes = {name: facts.money - other for name, other in against.items()}
    rows_shown = np.arange(len(problem.kept))
    few = len(rows_shown) <= FEW_SCHOOLS
    first = next(iter(changes), None)
    if not few:
        key = changes[first] if first else claimed
        rows_shown = np.argsort(-np.round(key, 2), kind="stable")[:MOST_SCHOOLS]
    table = problem.tables["schools"]
    names = table.texts("name") if table.given("name") else None
    labels = facts.groups.labels()
    headings = ["School", *(["Name"] if names else []), *(["District"] if facts.several else []), "Group", "ISP",
                "Share", "Claimed", *changes]
    rows = []
    for row in rows_shown.tolist():
        cells: list[Any] = [problem.ids[row]]
        cells += [names[problem.kept[row]]] if names else []
        cells += [problem.districts[problem.district_of_row[row]]] if facts.several else []
        group = int(facts.groups.of_row[row])
        cells += [str(labels[row]) if group >= 0 else "outside", percent(float(facts.isp[row]), 1),
                  percent(facts.groups.share[group], 1) if group >= 0 else "–", float(claimed[row])]
        rows.append(cells + [_signed(float(change[row])) for change in changes.values()])
    kinds = {"ISP": "share", "Share": "share", "Claimed": "dollars", **dict.fromkeys(changes, "dollars")}
    return Sheet("Money of each school" if few else "The schools that gain most", headings, rows, kinds,
                 _schools_caption(facts, few, first, changes))


def _schools_caption(facts: Facts, few: bool, first: str | None,
                     changes: dict[str, np.ndarray[Any, np.dtype[np.float64]]]) -> str:
    said = []
    if not few:
        by = {"Against today": "against today's grouping", "Against one group": "against one group"}
        said.append(f"The {MOST_SCHOOLS} of {len(facts.problem.kept):,} schools "
                    f"{f'that gain most {by[first]}' if first else 'that claim most'}; {ALL_ELSEWHERE}")
    if first:
        more, less = int((changes[first] > 0.005).sum()), int((changes[first] < -0.005).sum())
        said.append(f"{first}, {counted(more, 'school')} {'claims' if more == 1 else 'claim'} more and "
                    f"{counted(less, 'school')} less: a low share there is what pays for a high share elsewhere.")
    return " ".join(said)


def _signed(value: float) -> str:
    """Whole dollars with their sign."""
    whole = round(value)
    return f"+${whole:,}" if whole > 0 else f"{MINUS}${-whole:,}" if whole < 0 else "$0"


def _students(number: Any) -> int:
    return round(float(number))
