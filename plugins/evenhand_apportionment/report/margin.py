"""By how few people the last unit was won, in whole numbers."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from evenhand_apportionment.report.facts import EXACT_GROUPS, Facts


@frozen
class Margin:
    """Rows of the group that got the last unit and of the one next in line.

    ``more``: people with whom the next would have beaten the last. ``fewer``: people without whom the last would
    have lost to the next. None where no number would do, or none is known.
    """

    last: int
    next: int
    more: int | None = None
    fewer: int | None = None


def margin(facts: Facts) -> Margin | None:
    """The margin of the last unit; None where claims are tied, or one side of the cut is empty.

    For quota methods people more count in the quota too. For the parametric error a population moves every ideal at
    once, so only the two groups are named.
    """
    if facts.tied or not facts.keeps_rules or not facts.plain or facts.solution.gap is None:
        return None
    if facts.family in ("divisor", "quota"):
        return _classic(facts)
    if facts.parametric and facts.options.beta >= 1 and facts.solution.status == "optimal":
        found = facts.rungs
        if found is None or not (found[0] and found[1]) or found[0][-1].claim < found[1][0].claim:
            return None
        last, following = found[0][-1].row, found[1][0].row
        return None if last == following else Margin(last, following)
    return None


def _classic(facts: Facts) -> Margin | None:
    from evenhand_apportionment.classic.margins import margin as people_more

    problem = facts.problem
    if problem.size > EXACT_GROUPS:
        return None
    answer = problem.answer
    if not np.array_equal(answer.units, problem.inner(facts.allocation)):
        return None
    known = people_more(problem.people, answer)
    if known is None:
        return None
    rows = problem.rows
    return Margin(int(rows[known.last.group]), int(rows[known.next.group]), known.people, known.fewer)
