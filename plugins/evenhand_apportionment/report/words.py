"""The sentence that is read out, and the few numbers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.report.format import count, gap_words, name_words, number, share
from evenhand_apportionment.report.facts import Facts
from evenhand_apportionment.report.margin import Margin
from evenhand_apportionment.settlement import rule_words, settled_words, tied_words
from evenhand_apportionment.wording import counted, listed

if TYPE_CHECKING:
    from evenhand.solution import Solution
    from evenhand_apportionment.problem import ApportionmentProblem

LONG = {
    "parametric": "the parametric error", "adams": "Adams (smallest divisors)", "dean": "Dean (harmonic mean)",
    "huntington_hill": "Huntington-Hill (equal proportions)", "webster": "Webster (Sainte-Laguë)",
    "jefferson": "Jefferson (D'Hondt)", "danish": "the Danish method", "condorcet": "Condorcet's method",
    "imperiali": "Imperiali (not proportional: it strongly favours large groups)",
    "modified_sainte_lague": "modified Sainte-Laguë (first divisor 1.4)", "power_mean": "the power-mean divisor method",
    "stationary": "the stationary divisor method", "hamilton": "Hamilton (largest remainders)",
    "droop": "largest remainders with the Droop quota", "hagenbach_bischoff": "Hagenbach-Bischoff",
    "quota_balinski_young": "the quota method of Balinski and Young", "biproportional": "biproportional apportionment",
}
NOT_STATUTORY = "The parametric method is not a statutory one."


def method_words(facts: Facts) -> str:
    """The method's names, with its parameter."""
    parameter = facts.options.parameter
    return LONG[facts.options.method] + ("" if parameter is None else f", parameter {parameter:g}")


def tie_words(facts: Facts) -> str:
    """Whether claims were tied, and how that was settled."""
    if facts.tie is None:
        none = "none found" if facts.parametric and facts.problem.options.beta < 1 else "none"
        return f"{none} (one would have been settled {rule_words(facts.problem)})"
    return (f"{tied_words(facts.problem, facts.tie)}, {settled_words(facts.problem, facts.allocation)}: "
            f"{listed(facts.tied, 6)}")


def proof_words(facts: Facts) -> str:
    """What is proven, in a line; nothing that the certificate does not say."""
    solution, certificate = facts.solution, facts.solution.certificate
    if facts.family == "balinski_young":
        return "the method is a rule, not a sum: its certificate is the order in which the units were awarded"
    if solution.gap is None:
        return "nothing is proven about how good it is"
    if certificate is None or solution.verified_bound is None:
        return f"by the solver's word, which nobody can recheck, within {gap_words(solution.gap)} of the best"
    if solution.status == "optimal" and getattr(certificate, "proves", "") == "optimal":
        return "at one price no group gains by a unit more or less, so no other division is better (marginals)"
    multiplied = facts.family == "biproportional" and facts.problem.matrix.divisors(facts.units) is not None
    if solution.status == "optimal" and multiplied:
        return f"every cell is its votes times a multiplier of its row and of its column, rounded ({certificate.kind})"
    if solution.status == "optimal" and hasattr(certificate, "choice_proven"):
        choice = "no other size scores higher" if certificate.choice_proven else "the choice of the size is not proven"
        return f"a bound on the error of every size of the range; {choice} ({certificate.kind})"
    close = f"within {gap_words(solution.gap)} of the best" if solution.gap else "the best there is"
    return f"{'' if solution.status == 'optimal' else 'not proven best; '}proven to be {close} ({certificate.kind})"


def without_answer(problem: ApportionmentProblem, solution: Solution) -> str:
    """The sentence when there is nothing to show."""
    if solution.infeasible is not None:
        return f"No such division exists: {solution.infeasible}"
    return "No division that keeps all the rules was found; that does not prove that there is none."


def sentence(facts: Facts, last: Margin | None) -> str:
    """Who divides what by which method, how the last unit fell, and what the method is not."""
    if facts.family == "biproportional":
        matrix = facts.problem.matrix
        lines = f"{counted(len(matrix.row_names), 'row')} and {counted(len(matrix.column_names), 'column')}"
        return (f"{counted(facts.k, 'unit')} in {lines}, each with its own total, by biproportional apportionment"
                f"{_cut(facts, last)}")
    among = f"{counted(facts.k, 'unit')} among {counted(len(facts.ids), 'group')}"
    if facts.problem.open_size:
        low, high = facts.problem.sizes
        among = f"Of {low:,} to {high:,} units, {facts.k:,} score best among {counted(len(facts.ids), 'group')}"
    how = f" by {method_words(facts)}"
    if not facts.plain:
        how = f", weighing {listed([name_words(part.term.name) for part in facts.problem.objective.parts])}"
    if facts.parametric and facts.plain:
        how = f" by the parametric error, E = {_error(facts)}"
    if not facts.keeps_rules:
        how += ", shown for comparison only, since it breaks rules"
    elif facts.solution.status != "optimal" and facts.family != "balinski_young":
        how += f", not proven best ({facts.solution.run.used or facts.solution.run.name})"
    end = f" {NOT_STATUTORY}" if facts.parametric else ""
    return f"{among}{how}{_cut(facts, last)}{end}"


def _error(facts: Facts) -> str:
    value = facts.solution.value
    return "0: every group has exactly its ideal" if value == 0 else number(value)


def _cut(facts: Facts, last: Margin | None) -> str:
    if facts.tied and facts.keeps_rules:
        exactly = "" if facts.parametric else "exactly "
        return f"; {listed(facts.tied)} are {exactly}tied, {settled_words(facts.problem, facts.allocation)}."
    if last is None:
        return "."
    said = f": the last unit went to {facts.ids[last.last]}, "
    if facts.parametric:
        return (f"; at this size {facts.ids[last.next]} is nearest to one unit more and {facts.ids[last.last]} to one "
                "fewer.")
    if last.more is None:
        return f"{said}{facts.ids[last.next]} is next in line."
    return f"{said}{facts.ids[last.next]} would have needed {_people(last.more, more=True)}."


def _people(number_of: int, *, more: bool = False) -> str:
    noun = "person" if number_of == 1 else "people"
    return f"{number_of:,} more {noun}" if more else f"{number_of:,} {noun}"


def highlights(facts: Facts, last: Margin | None) -> list[tuple[str, str]]:
    """The few numbers of the top row."""
    found = [("Units", count(facts.k))]
    if facts.family == "biproportional":
        return [*found, ("Rows and columns", " × ".join(f"{size:,}" for size in facts.problem.matrix.shape))]
    if last is not None:
        held = "" if last.fewer is None else f", by {_people(last.fewer)}"
        short = "" if last.more is None else f", {_people(last.more)} short"
        # The parametric error hands out no unit before another: at another size everything may move.
        names = ("Nearest to one fewer", "Nearest to one more") if facts.parametric else ("Last unit", "Next in line")
        found += [(names[0], f"{facts.ids[last.last]}{held}"), (names[1], f"{facts.ids[last.next]}{short}")]
    elif facts.tied:
        found.append(("Tied", listed(facts.tied, 3)))
    if facts.counted.any():
        ratios = facts.ratio[facts.counted]
        found.append(("Units per ideal unit", f"{np.min(ratios):.3f} to {np.max(ratios):.3f}"))
    gallagher = facts.solution.metrics.get("gallagher")
    if gallagher is not None and len(found) + (facts.gained is not None) < 5:
        found.append(("Gallagher index", share(gallagher, 2 if gallagher >= 5e-5 or not gallagher else 6)))
    if facts.gained is not None:
        found.append(("Change hands against today", counted(facts.gained, "unit")))
    return found


