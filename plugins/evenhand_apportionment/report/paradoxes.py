"""The paradoxes around a division, or that there are none where they were looked for."""

from __future__ import annotations

from typing import Any

from evenhand.model import Sheet
from evenhand_apportionment.facts import own_answer
from evenhand_apportionment.paradoxes import MOST_NEWCOMERS, has_past, looked_for, sizes_searched
from evenhand_apportionment.report.facts import Facts
from evenhand_apportionment.wording import counted

MOST_ROWS = 80
WORDS = {"alabama": "Alabama: one unit more, and a group has fewer",
         "new state": "new state: a group joins with its fair share, and others change",
         "population": "population: a group grows faster, and loses to a slower one"}


def paradoxes(facts: Facts) -> Sheet | None:
    """One row for each; None where none can be, or nothing was given to look with."""
    problem = facts.problem
    if not looked_for(problem) or not facts.keeps_rules or not own_answer(problem, facts.allocation):
        return None
    found = problem.paradoxes
    if not found:
        return Sheet("Paradoxes", ["Looked for", "Result"], [[words, "none"] for words in _searches(facts)])
    rows: list[list[Any]] = [[WORDS[item.kind].partition(":")[0], item.units, item.group, item.before, item.after,
                              item.other] for item in found[:MOST_ROWS]]
    headings = ["Paradox", "Units", "Group", "Had", "Has", "Other group"]
    if not any(item.other for item in found):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    caption = (f"Looked for: {'; '.join(_searches(facts))}. Found: {len(found):,}. Units: how many there are when the "
               "group has what stands under Has. This is no error: it is what the method does.")
    if len(found) > len(rows):
        caption += f" Shown are the first {len(rows)}; paradoxes.csv has all."
    return Sheet("Paradoxes", headings, rows, dict.fromkeys(("Units", "Had", "Has"), "count"), caption)


def _searches(facts: Facts) -> list[str]:
    problem, said = facts.problem, []
    if problem.open_size or facts.family in ("quota", "balinski_young"):
        least, most = sizes_searched(problem)
        said.append(f"{WORDS['alabama']} ({least:,} to {most:,} units)")
    if facts.family in ("quota", "balinski_young") and len(problem.rows) <= MOST_NEWCOMERS:
        said.append(f"{WORDS['new state']} ({counted(len(problem.rows), 'group')} left out in turn)")
    if has_past(problem):
        said.append(f"{WORDS['population']} (against earlier_population)")
    return said
