"""Whether any choice of a class keeps the rules: told exactly, by looking at every one, before any solver runs."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from evenhand.errors import InfeasibleError
from evenhand.model import Constraint, Violation
from evenhand_tiebreaker.budgets import engine_budgets
from evenhand_tiebreaker.pinned import enough, pinned_apart, pinned_too_much
from evenhand_tiebreaker.rules import Budget
from evenhand_tiebreaker.scan import candidates, choice
from evenhand_tiebreaker.words import threshold_words

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


def proven_infeasible(problem: TiebreakerProblem) -> InfeasibleError | None:
    """None, or what makes it impossible; for thresholds, given columns and rules, whose choices can all be listed."""
    selection = problem.options.selection
    if selection == "rule":
        return _no_rule(problem)
    if selection == "exact":
        return pinned_too_much(problem) or pinned_apart(problem)
    if problem.scan.best is not None:
        return None
    if selection == "threshold" and problem.options.threshold is None:
        return _no_threshold(problem)
    return _given(problem)


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
    if all(isinstance(rule, Budget) for rule in problem.constraints):
        return None  # no block at all keeps every budget
    found = problem.rule_found
    if found is None or found.chosen is not None or not found.exact:
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
    return f"The threshold {threshold_words(threshold)}"


def _lowest_fitting(problem: TiebreakerProblem, message: str, broken: dict[str, list[Violation]]
                    ) -> tuple[str, list[str]]:
    """The lowest share whose choice keeps every budget."""
    found = lowest_within(problem)
    if found is None:
        return f"{message} No threshold keeps the budgets: even the highest share is too much.", []
    said = threshold_words(found)
    if not any(isinstance(problem.rules()[label], Budget) for label in broken):
        return message, []
    return f"{message} The lowest threshold that fits is {said}.", [f"threshold: at least {said}"]


def lowest_within(problem: TiebreakerProblem) -> Fraction | None:
    """The lowest share whose choice keeps all budgets; None when only the empty choice does."""
    from evenhand_tiebreaker.curves.vertices import Budgets

    vertex = problem.curve.lowest_within(Budgets(**engine_budgets(problem.binding)))
    return None if vertex is None else problem.curve.threshold(vertex)


def _enough(problem: TiebreakerProblem, rule: Constraint, allocation: Allocation, found: list[Violation]) -> str:
    if isinstance(rule, Budget):
        return enough(problem, rule, allocation)
    return rule.relief(problem, sum(violation.amount for violation in found))
