"""Where the rule the parametric method began with (``greedy-floor``) loses against the least error."""

from __future__ import annotations

import numpy as np

from evenhand.model import Sheet
from evenhand.report.format import number
from evenhand_apportionment.report.facts import COMPARED_GROUPS, Facts
from evenhand_apportionment.wording import counted


def compare(facts: Facts) -> Sheet | None:
    """Both answers side by side for the groups in which they differ; None where the comparison has no meaning."""
    from evenhand_apportionment.parametric.greedy import greedy_floor
    from evenhand_apportionment.parametric.solve import solve

    problem = facts.problem
    if facts.family != "parametric" or facts.options.beta < 1 or problem.size > COMPARED_GROUPS:
        return None
    parametric, given = problem.parametric, facts.k - problem.instance.given
    try:
        best, original = solve(parametric, given).units, greedy_floor(parametric, given)
    except (ValueError, OverflowError):  # bounds the original rule never knew, or errors beyond the range of floats
        return None
    at = parametric.at(given)
    least, reached = at.error(best), at.error(original)
    title = "The original rule beside the least error"
    caption = (f"The rule rounds the ideals down and then gives unit by unit (solver greedy-floor). Its error is "
               f"{number(reached)}, the least is {number(least)}")
    differs = np.flatnonzero(best != original)
    if not len(differs):
        return Sheet(title, ["Groups", "Difference"], [[f"{problem.size:,}", "none: the rule finds the least error"]],
                     caption=caption + ".")
    if least > 0:
        caption += f": {number(100 * (reached / least - 1))} percent more"
    ours, theirs = at.terms(best), at.terms(original)
    rows = problem.instance.rows
    cells = [[facts.ids[rows[i]], float(at.ideal[i]), int(best[i]), int(original[i]), float(ours[i]), float(theirs[i])]
             for i in differs.tolist()]
    headings = ["Group", "Ideal", "Least error", "Original rule", "Its part of the least error",
                "Its part under the original rule"]
    return Sheet(title, headings, cells, {"Ideal": "number", "Least error": "count", "Original rule": "count",
                                          headings[4]: "number", headings[5]: "number"},
                 f"{caption}. Shown: {counted(len(differs), 'group')} that get another number.")
