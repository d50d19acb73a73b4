"""The historical paradoxes of a division: sizes at which somebody loses, newcomers, and growth that is punished."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic import paradoxes as classic
from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.populations import exact_counts, read

if TYPE_CHECKING:
    from evenhand_apportionment.costs.base import Ints
    from evenhand_apportionment.problem import ApportionmentProblem

WORK = 300_000
"""Groups times sizes that are solved to look for Alabama paradoxes: a second, roughly."""
MOST_NEWCOMERS = 300
"""Up to so many groups each is left out once."""
EARLIER = "earlier_population"


@frozen
class Paradox:
    """``group`` has ``after`` units in a division of ``units``, and had ``before`` in the one it is compared with.

    ``kind``: "alabama" (there was one unit fewer), "new state" (``other`` was not there, nor its units) or
    "population" (by ``earlier_population``; ``group`` grew faster than ``other``, lost, and ``other`` gained).
    """

    kind: str
    units: int
    group: str
    before: int
    after: int
    other: str = ""


def looked_for(problem: ApportionmentProblem) -> bool:
    """Whether there is anything to look for: divisor methods avoid them all, and without a past nobody grew."""
    if problem.options.family == "parametric":
        return problem.open_size
    return problem.options.family in ("quota", "balinski_young") or has_past(problem)


def has_past(problem: ApportionmentProblem) -> bool:
    """Whether a classic division can be compared with that of earlier populations."""
    return problem.options.family not in ("parametric", "biproportional") and EARLIER in problem.tables["groups"]


def sizes_searched(problem: ApportionmentProblem) -> tuple[int, int]:
    """The sizes between which Alabama paradoxes are looked for: up to twice the units, as far as that is quick."""
    if problem.open_size:
        return problem.sizes
    units, instance = problem.sizes[0], problem.instance
    reach = max(1, WORK // problem.size // 2)
    top = 2 * units if instance.most_total is None else min(2 * units, instance.most_total)
    return max(instance.least_total, instance.given + 1, units - reach), max(units, min(top, units + reach))


def paradoxes_of(problem: ApportionmentProblem) -> list[Paradox]:
    """Every paradox around the method's own answer that was looked for; Alabama paradoxes first, by size."""
    if problem.open_size:
        curve = problem.curve
        assert curve is not None
        return [Paradox("alabama", loss["units"], loss["group"], loss["from"], loss["to"]) for loss in curve.losses]
    found: list[Paradox] = []
    if problem.options.family in ("quota", "balinski_young"):
        found += [*_alabama(problem), *_newcomers(problem)]
    if has_past(problem):
        found += _growth(problem)
    return found


def _alabama(problem: ApportionmentProblem) -> Iterator[Paradox]:
    instance = problem.instance
    least, most = (size - instance.given for size in sizes_searched(problem))
    for loss in classic.alabama_paradoxes(problem.people, least, most, problem.options.method, lower=instance.lower,
                                          upper=instance.upper, preference=problem.preference):
        yield Paradox("alabama", loss.units + instance.given, _name(problem, loss.group), loss.before + instance.base,
                      loss.after + instance.base)


def _newcomers(problem: ApportionmentProblem) -> Iterator[Paradox]:
    """Each group in turn as if it had joined last, where what it has is its fair share."""
    instance, units = problem.instance, problem.answer.units
    if not 1 < len(units) <= MOST_NEWCOMERS:
        return
    people = exact_counts(instance.participants)
    counts = [people[row] for row in range(len(units))]
    for joined in range(len(units)):
        others = np.delete(np.arange(len(units)), joined)
        rest, left = [counts[row] for row in others], problem.cost.units - int(units[joined])
        if left < 1 or not any(rest) or units[joined] != classic.fair_share(counts[joined], sum(rest), left):
            continue
        order = np.argsort(np.argsort(problem.preference[others]))
        before = _units(problem, rest, left, instance.lower[others], instance.upper[others], order)
        if before is None:
            continue
        after = np.append(units[others], units[joined])
        for group, had, has in classic.new_state_paradox(before, after):
            yield Paradox("new state", problem.sizes[0], _name(problem, int(others[group])), had + instance.base,
                          has + instance.base, _name(problem, joined))


def _growth(problem: ApportionmentProblem) -> Iterator[Paradox]:
    """Both divisions are of as many units, within the same bounds, among the groups that take part today."""
    instance, units = problem.instance, problem.answer.units
    earlier = problem.tables["groups"].exact(EARLIER).take(instance.rows)
    counts = exact_counts(earlier)
    before = _units(problem, counts, problem.cost.units, instance.lower, instance.upper, problem.preference)
    if before is None:
        return
    for loser, gainer in classic.population_paradoxes(read(counts), before, problem.people, units):
        yield Paradox("population", problem.sizes[0], _name(problem, loser), int(before[loser]) + instance.base,
                      int(units[loser]) + instance.base, _name(problem, gainer))


def _units(problem: ApportionmentProblem, counts: object, k: int, lower: Ints, upper: Ints,
           rank: Ints) -> Ints | None:
    options = problem.options
    try:
        return apportion(counts, k, options.method, options.parameter, lower=lower,  # type: ignore[arg-type]
                         upper=upper, preference=rank).units
    except NoApportionmentError:
        return None


def _name(problem: ApportionmentProblem, row: int) -> str:
    return problem.ids[int(problem.rows[row])]
