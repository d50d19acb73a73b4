"""Whether any choice of a class keeps the rules: told exactly, by looking at every one, before any solver runs."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from evenhand.errors import InfeasibleError
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.budgets import Limit
from evenhand_tiebreaker.rules import Budget, Forbid, Pin
from evenhand_tiebreaker.scan import candidates, choice
from evenhand_tiebreaker.words import count_words, fraction_text, unit_words
from evenhand_tiebreaker.zone_instance import most_zones

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


def proven_infeasible(problem: TiebreakerProblem) -> InfeasibleError | None:
    """None, or what makes it impossible; for thresholds, given columns and rules, whose choices can all be listed."""
    selection = problem.options.selection
    if selection == "rule":
        return _no_rule(problem)
    if selection == "exact":
        return _pinned_apart(problem)
    if problem.scan.best is not None:
        return None
    if selection == "threshold" and problem.options.threshold is None:
        return _no_threshold(problem)
    return _given(problem)


def _pinned_apart(problem: TiebreakerProblem) -> InfeasibleError | None:
    """Pinned blocks that lie in more parts of the eligible blocks than there may be zones."""
    pins = [row for rule in problem.constraints if isinstance(rule, Pin) for row in rule.rows(problem)]
    allowed = most_zones(problem.constraints)
    if not pins or not allowed:
        return None
    open_ = problem.blocks.eligible.copy()
    for rule in problem.constraints:
        if isinstance(rule, Forbid):
            open_[rule.rows(problem)] = False
    apart = np.unique(problem.graph.components(open_)[pins]).size
    if apart <= allowed:
        return None
    return InfeasibleError(
        f"The pinned blocks lie in {apart:,} parts of the eligible blocks that nothing connects; {allowed:,} zones are "
        "allowed.", conflict=("pin", "zones_at_most"), proof={"kind": "parts"},
        relief=(f"zones_at_most: {apart - allowed:,} more zones", "pin: blocks of fewer parts"))


def _no_threshold(problem: TiebreakerProblem) -> InfeasibleError:
    """The smallest set of rules that leaves no threshold, and what each would have to give if the others stay."""
    label, *_ = problem.rules()
    others = {name: rule for name, rule in problem.rules().items() if name != label}
    amounts = {name: np.array([rule.excess(problem, problem.shape.allocation(choice(problem, vertex)))
                               for vertex in candidates(problem)]) for name, rule in others.items()}
    conflict = next(names for size in range(1, len(others) + 1) for names in combinations(others, size)
                    if (np.max([amounts[name] for name in names], axis=0) > 0).all())
    relief = []
    for name in conflict:
        kept = np.logical_and.reduce([amounts[other] == 0 for other in conflict if other != name] or
                                     [np.ones(problem.scan.choices, dtype=bool)])
        if kept.any():
            relief.append(others[name].relief(problem, float(amounts[name][kept].min())))
    return InfeasibleError(
        f"None of the {problem.scan.choices:,} choices that a threshold can make keeps all the rules.",
        conflict=(label, *conflict), relief=relief, proof={"kind": "choices", "choices": problem.scan.choices})


def _no_rule(problem: TiebreakerProblem) -> InfeasibleError | None:
    """Asked only for a search that ended: a rule of the class is otherwise found, or nothing is known."""
    from evenhand_tiebreaker.rule_answer import worth
    if worth(problem) is None or all(isinstance(rule, Budget) for rule in problem.constraints):
        return None  # no block at all keeps every budget
    found = problem.rule_found
    if found.chosen is not None or not found.exact:
        return None
    names = tuple(dict.fromkeys(rule.name for rule in problem.constraints))
    return InfeasibleError(f"None of the {found.rules:,} rules over these features keeps all the rules.",
                           conflict=("rule", *names), relief=('rule: choose freely, with selection = "exact"',),
                           proof={"kind": "rules", "rules": found.rules})


def _given(problem: TiebreakerProblem) -> InfeasibleError:
    """The one given choice breaks rules: which, and the nearest thing that would not."""
    allocation = problem.shape.allocation(choice(problem, None))
    own, *others = problem.rules().items()
    broken = {label: found for label, rule in others if (found := rule.violations(problem, allocation))}
    first = [found[0].message for found in broken.values()]
    what = _what(problem)
    message = f"{what} breaks {'a rule' if len(broken) == 1 else f'{len(broken)} rules'}: {'; '.join(first)}."
    relief: list[str] = []
    if problem.options.threshold is not None:
        message, relief = _lowest_fitting(problem, message, broken)
    relief += [_enough(problem, rule, allocation, broken[label]) for label, rule in others if label in broken]
    return InfeasibleError(message, conflict=(own[0], *broken), relief=relief,
                           proof={"kind": "choices", "choices": 1})


def _what(problem: TiebreakerProblem) -> str:
    threshold = problem.options.threshold
    if threshold is None:
        return f"The choice of the column {problem.options.column!r}"
    return f"The threshold {fraction_text(threshold)} ({float(threshold):.4g})"


def _lowest_fitting(problem: TiebreakerProblem, message: str, broken: dict[str, list[Violation]]
                    ) -> tuple[str, list[str]]:
    """The lowest share whose choice keeps every budget."""
    found = lowest_within(problem)
    if found is None:
        return f"{message} No threshold keeps the budgets: even the highest share is too much.", []
    said = f"{fraction_text(found)} ({float(found):.6g})"
    if not any(isinstance(problem.rules()[label], Budget) for label in broken):
        return message, []
    return f"{message} The lowest threshold that fits is {said}.", [f"threshold: at least {said}"]


def lowest_within(problem: TiebreakerProblem) -> Fraction | None:
    """The lowest share whose choice keeps all budgets; None when only the empty choice does."""
    from evenhand_tiebreaker.curves.vertices import Budgets

    limits: dict[str, int] = {("other" if limit.counted == "non_focal" else limit.counted): limit.most
                              for limit in problem.binding}
    vertex = problem.curve.lowest_within(Budgets(**limits))
    return None if vertex is None else problem.curve.threshold(vertex)


def _enough(problem: TiebreakerProblem, rule: Constraint, allocation: Allocation, found: list[Violation]) -> str:
    if isinstance(rule, Budget):
        return "budget: " + " and ".join(
            f"at least {count_words(limit.spent(allocation.array), limit.factor)} {unit_words(limit.counted)}"
            for limit in rule.limits(problem) if _over(limit, allocation))
    return rule.relief(problem, sum(violation.amount for violation in found))


def _over(limit: Limit, allocation: Allocation) -> bool:
    return limit.spent(allocation.array) > limit.most
