"""What reading the table changed, in words, with ids: nothing is dropped or clipped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand_cep.outputs import renamed_headings
from evenhand_cep.programme import option_notices
from evenhand_cep.rates import rates_notice
from evenhand_cep.tables import over_enrolled

if TYPE_CHECKING:
    from evenhand_cep.problem import CepProblem

# A list of thousands of ids helps nobody; the count always stands before it.
LISTED = 40


def _listing(ids: list[str]) -> str:
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return ", ".join(ids[:LISTED]) + more


def _schools(count: int) -> str:
    return f"{count} {'school' if count == 1 else 'schools'}"


def reading_notices(problem: CepProblem) -> list[str]:
    schools = problem.tables["schools"]
    texts = schools.texts("school")
    found = []
    dropped = np.flatnonzero(problem.position < 0)
    if dropped.size:
        lunches = schools.floats("lunches")[dropped].sum()
        breakfasts = schools.floats("breakfasts")[dropped].sum()
        are, their = ("is", "its") if dropped.size == 1 else ("are", "their")
        found.append(f"{_schools(dropped.size)} without enrolment {are} in no group; {their} {lunches:,.0f} lunches "
                     f"and {breakfasts:,.0f} breakfasts are in neither base nor value: "
                     f"{_listing([texts[row] for row in dropped.tolist()])}.")
    if problem.options.clip_identified:
        over = over_enrolled(schools)
        if over.size:
            found.append(f"identified was cut down to enrolled in {_schools(over.size)}: "
                         f"{_listing([texts[row] for row in over.tolist()])}.")
    moved = {old: new for old, new in renamed_headings(schools.raw.frame.columns).items() if new != "group_today"}
    if moved:
        found.append("The table has columns of names that the answer gives; they come back renamed: "
                     f"{', '.join(f'{old} as {new}' for old, new in moved.items())}.")
    rates = problem.options.rates
    if isinstance(rates, str):
        notice = rates_notice(rates)
        found += [notice] if notice else []
        found += option_notices(rates.split("/")[0], min_isp=problem.options.min_isp,
                                multiplier=problem.options.multiplier)
    return found
