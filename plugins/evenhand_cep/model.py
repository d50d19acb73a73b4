"""The level MILP in Pyomo: schools choose a claiming share from a list instead of a numbered group.

Groups have no order, so numbering them would give every answer K! times; a level holds at most one group unless rules
keep groups apart, when each level is offered several times.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.model import Formulation
from evenhand_cep import rules
from evenhand_cep.levels import Levels, Slot
from evenhand_cep.parts import school_worth

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand.shapes.base import FloatArray, ReadVariable
    from evenhand_cep.problem import CepProblem

# Binaries beyond which HiGHS no longer returns anything useful within minutes.
MOST_COLUMNS = 120_000


def formulations(problem: CepProblem) -> tuple[Formulation, ...]:
    """The restriction first (its answers are real groupings), then what bounds, then the exact one if it is finite."""
    found = [RESTRICTION]
    if _more_share_never_hurts(problem):
        found.append(RELAXATION)
    if problem.options.isp_rounding != "none":
        found.append(EXACT)
    return tuple(found)


def _more_share_never_hurts(problem: CepProblem) -> bool:
    """Whether claiming a bin's upper end is worth no less than any share in the bin: else the bins bound nothing."""
    worth = school_worth(problem)
    return worth is not None and not (np.any(worth.slope < 0) or np.any(worth.full < 0))


def _copies(problem: CepProblem) -> int:
    """How often a level is offered: more than once only if rules keep groups of one share apart."""
    apart = any(isinstance(rule, rules.DifferentGroup | rules.CurrentGroupsKept) for rule in problem.constraints)
    return max(1, len(problem.shape.bins)) if apart else 1


def _bounding_copies(problem: CepProblem) -> int:
    """Copies with which no group has to share its level where that costs: `regrouped` matches groups one to one."""
    moves = any(part.term.name == "regrouped" for part in problem.objective.parts)
    return max(1, len(problem.shape.bins)) if moves else _copies(problem)


def _apart_copies(problem: CepProblem) -> int:
    """Copies of the least level that never run out before the rule ``max_groups`` does."""
    instances = [part.instance for part in problem.parts if part.instance is not None]
    longest = max((len(listed) for instance in instances for listed in instance.different_group), default=0)
    return 1 if _copies(problem) == 1 else _copies(problem) + longest


def _steps(problem: CepProblem) -> int:
    """Levels of the restriction: fewer for more schools, so that HiGHS still gets somewhere."""
    return max(6, min(16, 1600 // max(1, len(problem.kept)))) if len(problem.kept) < 400 else 6


def _restriction_levels(problem: CepProblem) -> list[tuple[float, Fraction]]:
    """(claim, required ISP): claim what is required, no more."""
    rule, steps = problem.claiming_rule, _steps(problem)
    levels = rule.levels()
    if levels:
        picks = np.unique(np.linspace(0, len(levels) - 1, steps).round().astype(int))
        return [(float(levels[i].share), levels[i].requirement) for i in picks.tolist()]
    low = rule.lowest_share
    shares = {low + (1 - low) * Fraction(k, steps - 1) for k in range(steps)}
    return [(float(share), _requirement(problem, share)) for share in sorted(shares)]


def _requirement(problem: CepProblem, share: Fraction) -> Fraction:
    rule = problem.claiming_rule
    if share == 1:
        return rule.full_requirement
    return max(rule.minimum_requirement, share / rule.multiplier)


def _relaxation_levels(problem: CepProblem) -> list[tuple[float, Fraction]]:
    """(claim, required ISP): bins that require their lower end and claim their upper one, and the bin {1}."""
    rule, steps = problem.claiming_rule, 2 * _steps(problem)
    low = rule.lowest_share
    ends = [low + (1 - low) * Fraction(k, steps) for k in range(steps + 1)]
    levels = rule.levels()
    found = []
    for left, right in itertools.pairwise(ends):
        required = _requirement(problem, left)
        if levels:  # the least requirement of an attainable share in the bin, rounding counted in
            inside = [level.requirement for level in levels if left <= level.share <= right]
            if not inside:
                continue
            required = min(inside)
        found.append((float(right), required))
    return [*found, (1.0, rule.full_requirement)]


def _exact_levels(problem: CepProblem) -> list[tuple[float, Fraction]]:
    return [(float(level.share), level.requirement) for level in problem.claiming_rule.levels()]


def _least_level(problem: CepProblem) -> list[tuple[float, Fraction]]:
    return [(float(problem.claiming_rule.lowest_share), problem.claiming_rule.minimum_requirement)]


def _with(levels_of: Any, copies_of: Any = _copies) -> Any:
    def build_levels(problem: Any, build: Build) -> None:
        slots = [Slot(district, claim, required)
                 for district in range(len(problem.districts)) for claim, required in levels_of(problem)
                 for _ in range(copies_of(problem))]
        build.extra["levels"] = Levels.on(build.model, problem, slots)

    return build_levels


def _columns(levels_of: Any, copies_of: Any = _copies) -> Any:
    return lambda problem: len(problem.kept) * len(levels_of(problem)) * copies_of(problem)


def _decode(problem: Any, build: Build, read: ReadVariable) -> Allocation:
    """Labels from levels; a group that misses the minimum by a solver's tolerance joins the one with most to spare."""
    slot_of = build.extra["levels"].chosen(read)
    labels = np.zeros(len(slot_of), dtype=np.int64)
    for part in problem.parts:
        slots = slot_of[part.rows]
        inside = np.unique(slots[slots >= 0])
        labels[part.rows] = np.where(slots >= 0, np.searchsorted(inside, slots) + 1, 0)
        if part.instance is None:
            continue
        slack, units = part.instance.minimum_slack, part.gathered(labels[part.rows])
        for _ in range(len(inside)):
            spare = {g: int(slack[rows].sum()) for g, rows in part.instance.members(units).items()}
            worst = min(spare, key=lambda g: spare[g], default=0)
            if not spare or spare[worst] >= 0 or len(spare) == 1:
                break
            units[units == worst] = max(spare, key=lambda g: spare[g])
        _, dense = np.unique(np.append(units, 0), return_inverse=True)
        labels[part.rows] = part.spread(dense[:-1])
    return problem.from_labels(labels)


def _encode(problem: Any, build: Build, allocation: Allocation) -> list[tuple[Any, FloatArray]]:
    """Each school at the highest level its group reaches (groups that share one level are merged by it)."""
    return build.extra["levels"].values_for(problem.groups(allocation))


RESTRICTION = Formulation(
    "levels", "restriction", _with(_restriction_levels), decode=_decode, encode=_encode,
    columns=_columns(_restriction_levels), max_columns=MOST_COLUMNS,
    doc="a level claims what it requires: every answer is a grouping, worth at least what the model says")
RELAXATION = Formulation(
    "bins", "relaxation", _with(_relaxation_levels, _bounding_copies), decode=_decode,
    columns=_columns(_relaxation_levels, _bounding_copies), max_columns=MOST_COLUMNS,
    doc="a bin requires its lower end and claims its upper end: the bound is real, loose by the bin's width")
EXACT = Formulation(
    "rounded-levels", "exact", _with(_exact_levels, _bounding_copies), decode=_decode, encode=_encode,
    columns=_columns(_exact_levels, _bounding_copies), max_columns=MOST_COLUMNS,
    doc="every share a rounded ISP can give")
FEASIBILITY = Formulation(
    "least-level", "exact", _with(_least_level, _apart_copies), decode=_decode,
    columns=_columns(_least_level, _apart_copies), max_columns=MOST_COLUMNS,
    doc="whether any grouping keeps the rules: groups at the minimum, shares left aside")
