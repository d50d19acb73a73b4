"""What is proven about an answer, in sentences that promise nothing more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from evenhand.report.format import gap_words, limit, limit_beside, objective_unit, quantity
from evenhand.solution import relative_gap

if TYPE_CHECKING:
    from evenhand.solution import Solution

LABELS = {
    "optimal": "Optimal",
    "feasible": "Keeps every rule",
    "violates": "Breaks rules",
    "infeasible": "Impossible",
    "no_solution": "Nothing found",
}

_KINDS = {
    "dual": "multipliers, one per row of a linear model: weak duality turns them into a bound, whatever they are",
    "claimed": "the word of the solver: nobody can recheck it",
}


@frozen
class Proof:
    """``label`` and ``status`` for the head of a report, ``sentences`` and ``facts`` for the box."""

    label: str
    status: str
    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def proof_of(solution: Solution) -> Proof:
    """Status, bounds and gap of a solution in words."""
    return Proof(LABELS[solution.status], status_sentence(solution), tuple(_sentences(solution)),
                 tuple(_facts(solution)))


def status_sentence(solution: Solution) -> str:
    """One sentence about the status."""
    unit = objective_unit(solution.problem)
    if solution.status in ("optimal", "feasible"):
        if solution.gap is None:
            return "The answer keeps every rule. How far it is from the best is not known."
        asked = f"{gap_words(solution.run.gap, unit)} was asked for."
        near = "the best there is"
        if solution.gap > 0:
            near = f"within {gap_words(solution.gap, unit)} of {near}"
        if solution.bound != solution.verified_bound:
            return (f"By the solver's own bound, which nobody can recheck, the answer is {near}; {asked}")
        return f"The answer keeps every rule and is proven to be {near}{'.' if solution.gap == 0 else f'; {asked}'}"
    if solution.status == "violates":
        broken = len(solution.violations)
        times = "once" if broken == 1 else f"{broken:,} times"
        return f"This answer, kept for comparison, breaks rules {times}. It is no solution."
    if solution.infeasible is not None:
        if solution.problem.recheck_infeasible(solution.infeasible.proof):
            return "No allocation keeps all the rules. Anyone can recompute that from the data."
        return "The solver says that no allocation keeps all the rules. This is its word; nobody can recheck it."
    return "No allocation that keeps the rules was found. That proves nothing: there may be one."


def _sentences(solution: Solution) -> list[str]:
    unit = objective_unit(solution.problem)
    bound, verified, claimed = solution.bound, solution.verified_bound, solution.claimed_bound
    upper = solution.sense == "maximize"
    subject = f"No allocation that keeps the rules can {'be worth more than' if upper else 'come below'} {{}}"
    said: list[str] = []
    if verified is not None:
        said.append(f"{subject.format(limit(verified, unit, upper=upper))}. Anyone can recompute this limit from the "
                    "data; no solver has to be trusted.")
        said += _distance(solution, verified, unit)
    if claimed is not None and (verified is None or (claimed != verified and bound == claimed)):
        word = "claims a closer limit" if verified is not None else "claims a limit"
        said.append(f"The solver {word}: {_lower_first(subject.format(limit(claimed, unit, upper=upper)))}. "
                    "This is its word; nobody can recheck it.")
        said += _distance(solution, claimed, unit)
    if bound is None and solution.status in ("optimal", "feasible"):
        said.append("No limit is known: nothing is proven about how much better another allocation could be.")
    if solution.certificate is not None and bound is None and solution.certificate.verified:
        said.append("The certificate shows that the answer follows its method.")
    return said


def _distance(solution: Solution, bound: float, unit: str) -> list[str]:
    if solution.status not in ("optimal", "feasible"):
        return []
    gap = relative_gap(solution.value, bound)
    if gap == 0:
        return ["The answer reaches it: there is no better one."]
    return [f"The answer falls short of it by {gap_words(gap, unit)}."]


def _facts(solution: Solution) -> list[tuple[str, str]]:
    unit, upper = objective_unit(solution.problem), solution.sense == "maximize"
    facts: list[tuple[str, str]] = []
    if solution.value is not None:
        facts.append(("Value", quantity(solution.value, unit)))
    if solution.bound is not None:
        facts.append(("Bound", limit_beside(solution.bound, solution.value, unit, upper=upper)))
    if solution.bound is not None or solution.value is not None:
        facts.append(("Verified bound", "none" if solution.verified_bound is None
                      else limit_beside(solution.verified_bound, solution.value, unit, upper=upper)))
    if solution.claimed_bound is not None:
        facts.append(("Claimed bound", limit_beside(solution.claimed_bound, solution.value, unit, upper=upper)))
    if solution.gap is not None:
        facts.append(("Gap", f"{gap_words(solution.gap, unit)} ({solution.gap:.2g})"))
    if solution.certificate is not None:
        facts.append(("Certificate", f"{solution.certificate.kind} – {kind_words(solution)}"))
    return facts


def kind_words(solution: Solution) -> str:
    """What a certificate of this kind is: our words for the core's kinds, the class's first line for a domain's."""
    certificate = solution.certificate
    if certificate is None:
        return ""
    words = _KINDS.get(certificate.kind)
    if words is None:
        first = (type(certificate).__doc__ or "").strip().split("\n\n")[0]
        words = re.sub(r":\w+:|`", "", " ".join(first.split())).rstrip(".")
    return _lower_first(words)


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words
