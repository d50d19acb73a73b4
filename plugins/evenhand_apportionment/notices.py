"""What the reader must know: what was set aside while reading, and how ties and special cases were settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand_apportionment.facts import LAST_AWARDS, MOST_AWARDS
from evenhand_apportionment.facts import tie as tie_of
from evenhand_apportionment.settlement import settled_words, tied_words
from evenhand_apportionment.wording import counted, listed

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_apportionment.problem import ApportionmentProblem

# A list of thousands of ids helps nobody; the count always stands before it.
LISTED = 40
CLOSE = 1e-9


def reading_notices(problem: ApportionmentProblem) -> list[str]:
    """What the tables and options mean beyond their letter."""
    options, found = problem.options, []
    if options.method == "imperiali":
        found.append("Imperiali strongly favours large groups: it is not a proportional method.")
    if options.biproportional:
        return found
    instance = problem.instance
    out = np.flatnonzero(~instance.eligible).tolist()
    if out:
        found.append(f"{counted(len(out), 'group is', 'groups are')} below the threshold, get no unit and leave the "
                     f"sum that quotas are taken from: {listed([problem.ids[row] for row in out], LISTED)}.")
    empty = np.flatnonzero(instance.eligible & (instance.population.values == 0)).tolist()
    if empty:
        found.append(f"{counted(len(empty), 'group has', 'groups have')} no population and no more than the minimum: "
                     f"{listed([problem.ids[row] for row in empty], LISTED)}.")
    if options.family == "parametric" and "earlier_population" in problem.tables["groups"]:
        found.append("The column earlier_population is for classic methods: population paradoxes are not looked for "
                     "under the parametric error.")
    if options.family == "parametric" and instance.base:
        found.append("The parametric error is infinite where the base is all a group has: everybody gets at least one "
                     "unit more.")
    if options.units_range is not None:
        found += _range_notices(problem)
    return found


def _range_notices(problem: ApportionmentProblem) -> list[str]:
    options, found = problem.options, []
    assert options.units_range is not None
    (least, most), sizes = options.units_range, problem.sizes
    if sizes != (least, most) and sizes[0] <= sizes[1]:
        found.append(f"Of the range {least} to {most} the bounds of the groups allow {sizes[0]} to {sizes[1]} units.")
    if abs(options.alpha - options.beta) <= CLOSE * options.beta:
        found.append("alpha equals beta: the error of the best division falls like k^-beta, so at this value no size "
                     "is favoured and the chosen one is an accident of the numbers. Look at the whole curve.")
    else:
        where, which = ("below", "largest") if options.alpha < options.beta else ("above", "smallest")
        found.append(f"alpha is {where} beta: the score draws the choice to the {which} sizes of the range.")
    return found


def remarks(problem: ApportionmentProblem, allocation: Allocation) -> list[str]:
    """Notices about this answer."""
    found = [*_ties(problem, allocation), *_tie_scope(problem), *_infinite(problem, allocation)]
    if problem.options.biproportional:
        return found
    if problem.open_size:
        curve = problem.curve
        assert curve is not None
        exact = curve.sizes[curve.errors == 0.0].tolist()
        if exact:
            of = "of the range" if curve.complete else "of those examined"
            found.append(f"The error is exactly 0 at {counted(len(exact), 'size')} {of} "
                         f"({listed([str(size) for size in exact], LISTED)}): the score is infinite there, and the "
                         "smallest of them wins.")
        return found
    if problem.options.family == "divisor":
        found += _divisor_remarks(problem, allocation)
    if problem.options.family == "balinski_young":
        found += _midway(problem, allocation)
    return found


def _ties(problem: ApportionmentProblem, allocation: Allocation) -> list[str]:
    tie = tie_of(problem, allocation)
    if tie is None:
        return []
    ids = listed([problem.ids[row] for row in tie.rows.tolist()], LISTED)
    return [f"{tied_words(problem, tie, 'are ')}: {ids}. The tie was {settled_words(problem, allocation)} "
            f"(ties = \"{problem.options.ties}\")."]


def _tie_scope(problem: ApportionmentProblem) -> list[str]:
    """Which ties are looked for, where it is not all of them."""
    if problem.options.family != "parametric" or problem.options.beta >= 1:
        return []
    from evenhand_apportionment.parametric.swaps import SCOPE

    return [SCOPE]


def _infinite(problem: ApportionmentProblem, allocation: Allocation) -> list[str]:
    if problem.options.biproportional:
        return []
    empty = problem.instance.population.values == 0
    if not (allocation.array[empty] > 0).any():
        return []
    return ["A group without population has units: the indices that divide by population are infinite and left out."]


def _divisor_remarks(problem: ApportionmentProblem, allocation: Allocation) -> list[str]:
    from evenhand_apportionment.costs.divisor import DivisorCost
    from evenhand_apportionment.rules import first_units

    cost, found = problem.cost, []
    assert isinstance(cost, DivisorCost)
    if first_units(problem) is not None:
        found.append("There are fewer units than groups, and the method rates a first unit above any second: the "
                     "largest populations got one each.")
    if not cost.post.exact:
        found.append("The signposts of this exponent are irrational: claims closer than 2^-140 people per unit "
                     "count as tied.")
    awarded = int((problem.inner(allocation) - cost.lower).sum())
    if awarded > MOST_AWARDS:
        found.append(f"priorities.csv holds the last {LAST_AWARDS:,} of {awarded:,} units awarded, and the next in "
                     "line.")
    return found


def _midway(problem: ApportionmentProblem, allocation: Allocation) -> list[str]:
    answer = problem.answer
    if not np.array_equal(answer.units, problem.inner(allocation)):
        return []
    found = []
    for tie in answer.midway[:LISTED]:
        names = listed([problem.ids[int(problem.rows[group])] for group in tie.groups], LISTED)
        end = ("some of them went without" if tie.settled_at is None
               else f"all had theirs by unit {tie.settled_at}, so it does not matter who was first")
        found.append(f"From unit {tie.unit} on {names} had equal claims to a unit; {end}.")
    if len(answer.midway) > LISTED:
        found.append(f"and {len(answer.midway) - LISTED} more ties on the way.")
    return found
