"""The same question answered by other methods, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from evenhand.model import Sheet
from evenhand.report.format import MINUS, UNDEFINED, number, share
from evenhand_apportionment.report.facts import COMPARED_GROUPS, Facts, Ints
from evenhand_apportionment.wording import counted

METHODS = ("adams", "dean", "huntington_hill", "webster", "jefferson", "hamilton", "quota_balinski_young")
SHORT = {
    "adams": "Adams", "dean": "Dean", "huntington_hill": "Huntington-Hill", "webster": "Webster",
    "jefferson": "Jefferson", "hamilton": "Hamilton", "quota_balinski_young": "Balinski-Young", "danish": "Danish",
    "condorcet": "Condorcet", "imperiali": "Imperiali", "modified_sainte_lague": "Modified Sainte-Laguë",
    "power_mean": "Power mean", "stationary": "Stationary", "droop": "Droop",
    "hagenbach_bischoff": "Hagenbach-Bischoff", "parametric": "Parametric", "biproportional": "Biproportional",
}
MOST_ROWS = 120


@frozen
class Other:
    """Another method's units, in table order, or why it has none."""

    method: str
    units: Ints | None
    tied: int = 0


def others(facts: Facts) -> list[Other]:
    """Every classic method but this one, under the same bounds; each solved by itself."""
    if facts.family == "biproportional" or facts.problem.size > COMPARED_GROUPS:
        return []
    return [_answer(facts, method) for method in METHODS if method != facts.options.method]


def _answer(facts: Facts, method: str) -> Other:
    found = solved(facts, method)
    if found is None:
        return Other(method, None)
    return Other(method, found[0], found[1])


def solved(facts: Facts, method: str, more: int = 0) -> tuple[Ints, int] | None:
    """Units of a classic method with so many units ``more``, and how many groups are tied; None without an answer."""
    from evenhand_apportionment.classic.apportion import apportion
    from evenhand_apportionment.classic.failures import NoApportionmentError

    problem, instance = facts.problem, facts.problem.instance
    own = facts.options.parameter if method == facts.options.method else None
    try:
        answer = apportion(problem.people, facts.k + more - instance.given, method, own, lower=instance.lower,
                           upper=instance.upper, preference=problem.preference)
    except NoApportionmentError:
        return None
    return instance.outer(answer.units), len(answer.tied_groups)


def comparison(facts: Facts, found: list[Other]) -> Sheet | None:
    """Groups x methods: the groups for which a method gives another number than this answer."""
    shown = [other for other in found if other.units is not None]
    if not shown:
        return None
    table = np.array([other.units for other in shown])
    differs = (table != facts.units).any(axis=0)
    rows = facts.by_size[differs[facts.by_size]]
    this = f"This: {SHORT[facts.options.method]}"
    caption = "Every method under the same minimums and maximums; (+1) is one unit more than this answer."
    if not len(rows):
        names = ", ".join(SHORT[other.method] for other in shown)
        return Sheet("Other methods", ["Methods", "Difference"], [[names, "none: every group gets the same"]],
                     caption=caption)
    same = len(facts.units) - len(rows)
    if same:
        caption += f" Not shown: {counted(same, 'group')} that get the same by all of them."
    if len(rows) > MOST_ROWS:
        caption += f" Shown are the {MOST_ROWS} largest of {len(rows):,} groups that differ."
    if any(other.tied for other in shown):
        tied = [SHORT[other.method] for other in shown if other.tied]
        caption += f" Tied, and settled by the same rule as here: {', '.join(tied)}."
    cells: list[list[Any]] = [
        [facts.ids[row], int(facts.units[row]), *(_cell(int(units[row]), int(facts.units[row])) for units in table)]
        for row in rows[:MOST_ROWS].tolist()]
    headings = ["Group", this, *(SHORT[other.method] for other in shown)]
    marked = frozenset((at, 2 + column) for at, row in enumerate(rows[:MOST_ROWS].tolist())
                       for column in np.flatnonzero(table[:, row] != facts.units[row]).tolist())
    return Sheet("Other methods, where they differ", headings, cells, dict.fromkeys(headings[1:], "count"), caption,
                 marked)


def _cell(other: int, own: int) -> str:
    """``8``, ``9 (+1)``, ``7 (−1)``."""
    if other == own:
        return f"{other:,}"
    return f"{other:,} ({'+' if other > own else MINUS}{abs(other - own):,})"


def four(value: float | None) -> str:
    """Four significant digits."""
    return UNDEFINED if value is None else number(float(f"{value:.4g}"))


def in_brief(facts: Facts, found: list[Other]) -> Sheet | None:
    """What each method's answer is by the usual yardsticks."""
    from evenhand_apportionment.classic.audit import quota_violations
    from evenhand_apportionment.classic.indices import indices
    from evenhand_apportionment.classic.populations import exact_counts, read

    if not found:
        return None
    problem = facts.problem
    people = read(exact_counts(problem.exact_population))
    headings = ["Method", "Units elsewhere", "Gallagher", "Loosemore-Hanby", "Sainte-Laguë", "D'Hondt", "Gini",
                "Outside the quota"]
    rows: list[list[Any]] = []
    for name, units in ((f"This: {SHORT[facts.options.method]}", facts.units),
                        *((SHORT[other.method], other.units) for other in found)):
        if units is None:
            rows.append([name, "no answer", *[None] * 6])
            continue
        measured = indices(people, units)
        rows.append([name, int(np.maximum(0, units - facts.units).sum()), share(measured["gallagher"], 3),
                     share(measured["loosemore_hanby"], 3), four(measured["sainte_lague"]), four(measured["dhondt"]),
                     share(measured["gini"], 3), len(quota_violations(problem.people, problem.inner_units(units)))])
    formats = dict.fromkeys(headings[1:], "number") | dict.fromkeys(("Units elsewhere", "Outside the quota"), "count")
    return Sheet("Other methods in brief", headings, rows, formats,
                 "Units elsewhere: units another group has than in this answer. The indices are 0 for exact shares "
                 "(D'Hondt: 1); smaller is more proportional. No method is best by all of them: each minimizes its "
                 "own. Outside the quota: groups a whole unit or more from their exact share.")
