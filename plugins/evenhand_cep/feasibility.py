"""Whether any grouping keeps the rules: the exact test, made before any search, and its words."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.errors import InfeasibleError
from evenhand_cep.prices.feasibility import infeasibility

if TYPE_CHECKING:
    from evenhand_cep.parts import Part
    from evenhand_cep.problem import CepProblem

# A message about a state's table names the first districts only.
NAMED = 5


def proven_infeasible(problem: CepProblem) -> InfeasibleError | None:
    """None, or what makes it impossible: in words, with the rules, the relief and the numbers of the proof."""
    messages: list[str] = []
    conflict: dict[str, None] = {}
    relief: list[str] = []
    proofs: list[dict[str, Any]] = []
    for part in problem.parts:
        where = problem.districts[part.district]
        prefix = f"{where}: " if where else ""
        if part.conflict:
            messages.append(f"{prefix}the rules {', '.join(part.conflict)} contradict each other")
            conflict |= dict.fromkeys(part.conflict)
            proofs.append({"district": where, "reason": "conflict", "rules": list(part.conflict)})
            continue
        assert part.instance is not None
        proof = infeasibility(part.instance)
        if proof is None:
            continue
        message, names, gives = _words(problem, part, proof)
        messages.append(prefix + message)
        conflict |= dict.fromkeys(names)
        relief += [prefix + text for text in gives]
        proofs.append({"district": where, **proof})
    if not messages:
        return None
    shown = messages[:NAMED]
    if len(messages) > NAMED:
        shown.append(f"and {len(messages) - NAMED} more districts")
    return InfeasibleError(". ".join(shown) + ".", conflict=tuple(conflict), relief=tuple(relief[:2 * NAMED]),
                           proof={"kind": "cep", "parts": proofs})


def _words(problem: CepProblem, part: Part, proof: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    if proof["reason"] == "different_group":
        kept = any(rule.name == "current_groups_kept" for rule in problem.constraints)
        name = "current_groups_kept" if kept else "different_group"
        joining = "required" if problem.may_stay_out else "all_participate"
        count, limit = len(proof["rows"]), int(proof["max_groups"])
        over = count - limit
        gives = [f"max_groups: allow {over} more", f"{name}: ask for at most {limit} groups to be apart",
                 f"{joining}: let {over} of them stay out"]
        return (f"{count} schools or groups must be apart, and there are {limit} groups at most",
                [name, "max_groups", joining], gives)
    isp, minimum = float(Fraction(proof["isp"])), float(problem.options.min_isp)
    missing = Fraction(proof["identified_missing"])
    students = f"{float(math.ceil(missing * 100) / 100):,.2f} identified students are missing"
    everybody = not problem.may_stay_out
    who = "all schools together" if everybody else "the required schools with all that can help them"
    rule = "all_participate" if everybody else "required"
    out = _fewest_out(part)
    gives = [f"minimum_isp: {students}, or a minimum of {isp:.6f} at most"]
    if out is not None:
        what = "let" if everybody else "no longer require"
        stay = " stay out" if everybody else ""
        gives.append(f"{rule}: {what} {out} school{'s' if out != 1 else ''}{stay}")
    return f"{who} have the ISP {isp:.6f}, under the minimum {minimum:g}; {students}", ["minimum_isp", rule], gives


def _fewest_out(part: Part) -> int | None:
    """Fewest units that must be let out for the rest to reach the minimum: those that lack most, first."""
    assert part.instance is not None
    instance = part.instance
    slack = instance.minimum_slack
    helping = instance.may_join & ~instance.must_join & (slack > 0)
    total = int(slack[instance.must_join | helping].sum())
    joined = np.flatnonzero(instance.must_join)
    for count, lack in enumerate(sorted(int(slack[row]) for row in joined), start=1):
        total -= lack
        if total >= 0:
            return count
    return None
