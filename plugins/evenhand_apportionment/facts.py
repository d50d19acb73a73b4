"""Numbers of an answer, one per group in table order: ideals, sides, contributions, next claims, the tie at the cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from evenhand_apportionment.classic.awards import Priorities, divisor_range, priorities
from evenhand_apportionment.classic.populations import total
from evenhand_apportionment.costs.base import Cost, Floats, Ints, Tie
from evenhand_apportionment.costs.divisor import DivisorCost
from evenhand_apportionment.costs.parametric import ParametricCost
from evenhand_apportionment.costs.quota import QuotaCost

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_apportionment.problem import ApportionmentProblem

MOST_AWARDS = 1_000_000
"""Awarded units up to which all of them are listed; beyond, the last :data:`LAST_AWARDS`."""
LAST_AWARDS = 1_000
LINE = 10


def cost_of(problem: ApportionmentProblem, allocation: Allocation) -> Cost:
    """The method's own cost at the size of this allocation."""
    found = problem.cost_at(int(problem.inner(allocation).sum())) if problem.open_size else problem.cost
    assert isinstance(found, Cost)
    return found


def judged_by(problem: ApportionmentProblem, allocation: Allocation) -> Cost | None:
    """What decides who is better served by a unit: the objective as one cost; None where no single cost stands for it.

    Without a mixture of terms that is the method's own.
    """
    if problem.open_size:
        return cost_of(problem, allocation)
    return None if problem.goal is None else problem.goal.cost


def ideal(problem: ApportionmentProblem, allocation: Allocation) -> Floats:
    """What each group would have if units could be split, ``base_units`` included.

    Parametric: ``base + c_i``; every other method ``base + k' P_i / S`` with k' units left after the base and S the
    population of the groups that take part; 0 for a group below the threshold. Biproportional: the unrounded
    ``V x y``, NaN where no multipliers exist (the units are not optimal).
    """
    if problem.options.biproportional:
        products = problem.matrix.products(allocation.array)
        return np.full(problem.size, np.nan) if products is None else products
    instance = problem.instance
    if problem.options.family == "parametric":
        cost = cost_of(problem, allocation)
        assert isinstance(cost, ParametricCost)
        return instance.spread(cost.ideal + instance.base)
    people, units = problem.people, int(problem.inner(allocation).sum())
    whole = total(people.whole)  # each ideal is rounded once: a whole one comes out whole
    return instance.spread(np.array([(instance.base * whole + units * count) / whole
                                     for count in people.whole.tolist()]))


def sides(problem: ApportionmentProblem, allocation: Allocation, ideals: Floats) -> list[str]:
    """over, under or exact; classic methods decide equality in whole numbers."""
    units = allocation.array
    sign = np.sign(units - ideals).astype(np.int64)
    if problem.options.family != "parametric":
        close = np.flatnonzero(np.abs(units - ideals) <= 1e-9 * np.maximum(1.0, np.abs(ideals)))
        inner, place, whole = problem.inner(allocation), problem.place, problem.people.whole
        held, everybody = int(inner.sum()), total(whole)
        for row in close.tolist():
            group = int(place[row])
            apart = 0 if group < 0 else int(inner[group]) * everybody - held * int(whole[group])
            sign[row] = (apart > 0) - (apart < 0)
    words = np.array(["exact", "over", "under"], dtype=object)
    return words[sign].tolist()  # -1 is the last


def contributions(problem: ApportionmentProblem, allocation: Allocation) -> Floats:
    """Each group's part of the method's own term."""
    inner = problem.inner(allocation)
    if problem.options.biproportional:
        return problem.cost.contributions(inner)
    return problem.instance.spread(cost_of(problem, allocation).contributions(inner))


def next_priority(problem: ApportionmentProblem, allocation: Allocation) -> Floats:
    """How strong each group's claim to one more unit is, larger being sooner; NaN at its maximum.

    Divisor methods ``P/d(a)`` (infinite where d is 0), parametric ``f(a) - f(a + 1)``, quota methods the unrounded
    remainder ``P/Q - a``.
    """
    if problem.options.biproportional:
        return np.full(problem.size, np.nan)
    instance, inner = problem.instance, problem.inner(allocation)
    cost = cost_of(problem, allocation)
    if isinstance(cost, DivisorCost):
        with np.errstate(divide="ignore", invalid="ignore"):
            claims = cost.people.floats / cost.post.values(inner)
    elif isinstance(cost, QuotaCost):
        claims = cost.quotas - inner
    else:
        claims = -cost.steps(inner)
    found = instance.spread(claims, np.nan)
    found[allocation.array >= instance.most] = np.nan
    return found


def tie(problem: ApportionmentProblem, allocation: Allocation) -> Tie | None:
    """Who is tied for the last units, in rows of the table; None without a tie, or where the units are not optimal."""
    if problem.options.biproportional:
        cells, shared = problem.matrix.tied(allocation.array)
        if not len(cells):
            return None
        units = allocation.array[cells]
        return Tie(cells, units, units, shared)
    if problem.options.family == "balinski_young":
        return _unsettled(problem, allocation)
    cost = judged_by(problem, allocation)
    found = None if cost is None else cost.tie(problem.inner(allocation))
    if found is None:
        return None
    base = problem.instance.base
    return Tie(problem.instance.rows[found.rows], found.base + base, found.top + base, found.shared)


def own_answer(problem: ApportionmentProblem, allocation: Allocation) -> bool:
    """Whether these are the units of the classic method itself; a range is its own."""
    return problem.open_size or np.array_equal(problem.answer.units, problem.inner(allocation))


def common_divisors(problem: ApportionmentProblem, allocation: Allocation) -> tuple[float | None, float | None] | None:
    """Least and most people per unit that give these units by the rounding of a divisor method, None for no limit.

    None instead of a range for other methods, for units that are not the method's, and where first units that cost
    nothing ran out.
    """
    if problem.options.family != "divisor" or not own_answer(problem, allocation):
        return None
    return divisor_range(problem.answer)


def _unsettled(problem: ApportionmentProblem, allocation: Allocation) -> Tie | None:
    """Ties of the award order that were still open when the last unit was given."""
    answer = problem.answer
    if not answer.tied_groups or not np.array_equal(answer.units, problem.inner(allocation)):
        return None
    rows = problem.instance.rows[np.array(answer.tied_groups, dtype=np.int64)]
    units = allocation.array[rows]
    return Tie(rows, units, units, answer.tied_units)


def priorities_of(problem: ApportionmentProblem, allocation: Allocation) -> Priorities | None:
    """The units in the order of their claims, then the next ten in line; None but for divisor methods.

    Groups are rows of the table and ``group_unit`` counts final units. Of more than a million awarded units only the
    last thousand are listed.
    """
    if problem.options.family != "divisor":
        return None
    cost, inner = cost_of(problem, allocation), problem.inner(allocation)
    assert isinstance(cost, DivisorCost)
    lower, awarded = cost.lower, int((inner - cost.lower).sum())
    if awarded > MOST_AWARDS:
        lower = _window(cost, inner)
    answer = cost.answer if np.array_equal(cost.answer.units, inner) else attrs.evolve(cost.answer, units=inner)
    instance = problem.instance
    found = priorities(cost.people, answer, lower=lower, upper=instance.upper, preference=cost.preference, line=LINE)
    start = max(0, int((inner - lower).sum()) - LAST_AWARDS) if awarded > MOST_AWARDS else 0
    return Priorities(found.unit[start:] + instance.given, instance.rows[found.group[start:]],
                      found.group_unit[start:] + instance.base, found.priority[start:])


def _window(cost: DivisorCost, inner: Ints) -> Ints:
    """Lower bounds above which the last units awarded lie: only the groups with the weakest last units matter."""
    with np.errstate(divide="ignore"):
        last = np.where(inner > cost.lower, cost.people.floats / cost.post.values(np.maximum(inner - 1, 0)), np.inf)
    lower = inner.copy()
    some = np.argpartition(last, min(LAST_AWARDS, len(last) - 1))[:LAST_AWARDS]
    lower[some] = np.maximum(cost.lower[some], inner[some] - LAST_AWARDS)
    return lower
