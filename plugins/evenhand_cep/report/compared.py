"""Tables that compare the answer with today's grouping, and with staying outside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evenhand.model import Sheet
from evenhand.report.format import MINUS, UNDEFINED, count, dollars
from evenhand_cep.groups import Groups
from evenhand_cep.outputs import reimbursement_of, today_groups
from evenhand_cep.report.facts import Facts, percent
from evenhand_cep.report.words import counted
from evenhand_cep.today import NEW, OUT, moved_rows

MOST_TODAY, MOST_GROUPS = 15, 12
MOST_ROWS = 60
MOST_PAIRS = 4_000_000
"""Pairs of a group of today and a new one, up to which they are matched."""


def with_today(facts: Facts) -> Sheet | None:
    """Money, groups and schools of today's grouping and of this one."""
    problem, today = facts.problem, facts.problem.today
    if today is None:
        return None
    former, groups = today_groups(problem), facts.groups
    known = former is not None
    before = {
        "inside": int((today >= 0).sum()), "outside": int((today == OUT).sum()), "new": int((today == NEW).sum()),
        "groups": int(today.max()) + 1 if (today >= 0).any() else 0,
    }
    rows: list[list[str]] = []

    def add(name: str, was: float | None, now: float, written: Any) -> None:
        change = None if was is None else now - was
        sign = "" if change is None or round(change) == 0 else "+" if change > 0 else MINUS
        rows.append([name, written(was), written(now),
                     UNDEFINED if change is None else f"{sign}{written(abs(change))}"])

    money = reimbursement_of(problem, former) if former is not None else None
    add("Claimed in a year", None if money is None else facts.base + money, facts.total, dollars)
    add("Above the paid rate", money, facts.above, dollars)
    add("Groups", before["groups"], len(groups), count)
    add("Schools in groups", before["inside"], int((~facts.outside).sum()), count)
    add("Schools outside", before["outside"] + before["new"], int(facts.outside.sum()), count)
    if former is not None and len(former) and len(groups):
        rows.append(["Claiming shares", _range(former), _range(groups), ""])
    caption = "Today's grouping is valued with the same students, meals and rates."
    if before["groups"] * len(groups) <= MOST_PAIRS:
        moved = int(moved_rows(problem, groups).sum())
        rows.append(["Schools that change their group", "", f"{moved:,} of {int((today != NEW).sum()):,}", ""])
        caption += (" A school changes its group when it is left outside the best matching of today's groups to the "
                    "new ones; numbers of groups mean nothing.")
    else:
        caption += " There are too many groups to match today's to the new ones, school by school."
    if not known:
        caption += " Today's grouping has a group under the minimum and could not be claimed: no money is shown for it."
    if before["new"]:
        caption += f" Without a group today, and so counted as outside: {counted(before['new'], 'school')}."
    headings = ["Compared", "Today", "Proposed", "Change"]
    return Sheet("Today and proposed", headings, rows, dict.fromkeys(headings[1:], "number"), caption)


def _range(groups: Groups) -> str:
    least, most = percent(min(groups.share), 1), percent(max(groups.share), 1)
    return least if least == most else f"{least} to {most}"


def where_schools_go(facts: Facts) -> Sheet | None:
    """Counts of schools: today's groups down, new groups across."""
    problem, today, groups = facts.problem, facts.problem.today, facts.groups
    if today is None or facts.several or len(groups) > MOST_GROUPS or int(today.max()) + 1 > MOST_TODAY:
        return None
    texts = problem.tables["schools"].texts("group")
    first = {int(number): texts[problem.kept[row]].strip() for row, number in reversed(list(enumerate(today.tolist())))}
    names = sorted(((number, text) for number, text in first.items() if number >= 0),
                   key=lambda entry: _natural(entry[1]))
    names += [(OUT, "outside")] if (today == OUT).any() else []
    names += [(NEW, "none yet")] if (today == NEW).any() else []
    columns = [*range(len(groups)), *([-1] if facts.outside.any() else [])]
    rows: list[list[Any]] = []
    for number, name in names:
        chosen = groups.of_row[today == number]
        rows.append([name, *(int((chosen == g).sum()) for g in columns)])
    headings = ["Today's group", *("outside" if g < 0 else f"group {groups.label[g]}" for g in columns)]
    return Sheet("Where the schools of today's groups go", headings, rows, dict.fromkeys(headings[1:], "count"),
                 "Number of schools of each of today's groups (rows) in each proposed group (columns).")


def _natural(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isascii() and text.isdigit() and len(text) < 10 else (1, 0, text)


def break_even(facts: Facts) -> Sheet | None:
    """How many more lunches make a group claim what its schools would claim outside."""
    problem, groups = facts.problem, facts.groups
    if not problem.tables["schools"].given("outside_value") or not len(groups):
        return None
    outside, rates = problem.column("outside_value"), problem.rates
    rows: list[tuple[float, list[Any]]] = []
    for g in range(len(groups)):
        members = groups.rows[g]
        inside = groups.reimbursement[g] + math.fsum(problem.base[members].tolist())
        apart = math.fsum(outside[members].tolist())
        share = groups.share[g]
        earns = float(share * rates.lunch_free + (1 - share) * rates.lunch_paid)
        lunches = float(problem.column("lunches")[members].sum())
        lacking = apart - inside
        more: Any = "none" if lacking <= 0 else math.ceil(lacking / earns) if earns > 0 else None
        part = percent(more / lunches, 1) if isinstance(more, int) and lunches > 0 else UNDEFINED
        name = f"{problem.districts[groups.district[g]]} · {groups.label[g]}" if facts.several else str(groups.label[g])
        rows.append((lacking, [name, inside, apart, inside - apart, earns, more, part]))
    shown = rows
    if len(rows) > MOST_ROWS:
        order = np.argsort([-lacking for lacking, _ in rows], kind="stable")[:MOST_ROWS]
        shown = [rows[place] for place in order.tolist()]
    headings = ["Group", "Claimed in the group", "Claimed outside", "Difference", "One more lunch earns",
                "More lunches to break even", "of its lunches"]
    kinds = ("text", "dollars", "dollars", "dollars", "money", "count", "share")
    caption = ("Outside: the sum of the schools' outside_value. More lunches to break even: the shortfall divided "
               "by what one more lunch earns at the group's share, before the cost of the food.")
    if len(rows) > MOST_ROWS:
        caption += f" The {MOST_ROWS} of {len(rows):,} groups that lack most."
    return Sheet("Break-even of each group", headings, [cells for _, cells in shown],
                 dict(zip(headings, kinds, strict=True)), caption)
