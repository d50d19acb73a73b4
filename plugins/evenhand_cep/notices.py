"""What reading the table changed, in words, with ids: nothing is dropped or clipped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand_cep.programme import option_notices
from evenhand_cep.rates import rates_notice

if TYPE_CHECKING:
    from evenhand_cep.problem import CepProblem

# A list of thousands of ids helps nobody; the count always stands before it.
LISTED = 40


def _listing(ids: list[str]) -> str:
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return ", ".join(ids[:LISTED]) + more


def reading_notices(problem: CepProblem) -> list[str]:
    schools = problem.tables["schools"]
    texts = schools.texts("school")
    found = []
    dropped = np.flatnonzero(problem.position < 0)
    if dropped.size:
        lunches = schools.floats("lunches")[dropped].sum()
        breakfasts = schools.floats("breakfasts")[dropped].sum()
        found.append(f"{dropped.size} schools without enrolment are in no group; their {lunches:,.0f} lunches and "
                     f"{breakfasts:,.0f} breakfasts are in neither base nor value: "
                     f"{_listing([texts[row] for row in dropped.tolist()])}.")
    if problem.options.clip_identified:
        over = np.flatnonzero(schools.floats("identified") > schools.floats("enrolled"))
        if over.size:
            found.append(f"identified was cut down to enrolled in {over.size} schools: "
                         f"{_listing([texts[row] for row in over.tolist()])}.")
    rates = problem.options.rates
    if isinstance(rates, str):
        notice = rates_notice(rates)
        found += [notice] if notice else []
        found += option_notices(rates.split("/")[0], min_isp=problem.options.min_isp,
                                multiplier=problem.options.multiplier)
    return found
