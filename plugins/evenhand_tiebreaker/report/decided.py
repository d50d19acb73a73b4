"""The rule as a policy could print it, how it was decided, and what is proven about it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from evenhand.model import Sheet
from evenhand.report.format import gap_words, share
from evenhand.solution import relative_gap
from evenhand_tiebreaker.lagrange import dual_bound
from evenhand_tiebreaker.report.district import ALL, DISTRICT, ELIGIBLE, FOCAL, OTHER, REACHED, Key
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.words import (
    SHORT,
    cutoff_words,
    decimal_text,
    eligibility_words,
    rule_sentence,
    rule_tree,
)
from evenhand_tiebreaker.words import fraction_text, number_of

if TYPE_CHECKING:
    from evenhand_tiebreaker.budgets import Limit

SELECTIONS = {
    "threshold": "a cut-off on the share of focal students; blocks of equal share are treated alike",
    "exact": "any set of eligible blocks, with no regard to the order of shares",
    "rule": "conditions on features, joined by and / or",
    "column": "the blocks that a column marks",
}
UNITS = {"fpr": "non-focal students of the district", "non_focal": "non-focal students in receiving blocks",
         "students": "students in receiving blocks", "blocks": "receiving blocks"}


def decided(facts: Facts) -> Sheet:
    """What somebody needs to print the rule and to repeat the choice."""
    options = facts.options
    rows: list[list[str]] = [["The rule in one sentence", rule_sentence(facts)]]
    if facts.threshold is not None:
        rows.append(["Cut-off", cutoff_words(facts)])
    if tree := rule_tree(facts):
        rows.append(["The rule as a tree", tree])
    rows += _search(facts)
    rows.append(["Kind of choice", SELECTIONS[options.selection]])
    text = facts.district.text
    rows.append(["Focal students", f"column {options.focal}: {text((FOCAL, DISTRICT))} of {text((ALL, DISTRICT))} "
                                   "students of the district"])
    rows.append(["Eligible", _eligible(facts)])
    rows += [["Budget", _budget(facts, limit)] for limit in facts.problem.limits]
    rows += _proof(facts)
    return Sheet("The rule, and how it was decided", ["", "What holds"], rows)


def _eligible(facts: Facts) -> str:
    said = eligibility_words(facts)
    among = f"{facts.eligible:,} of {number_of(facts.blocks.size, 'block', 'blocks')}"
    return f"{among}: {said}" if said else f"every block ({among})"


def _search(facts: Facts) -> list[list[str]]:
    """How many rules there were, what each further condition adds, and conditions that only part ties."""
    if facts.options.selection != "rule":
        return []
    found = facts.problem.rule_found
    if found is None:  # the objective is none that the search over rules could take
        return []
    answer = found.answer
    rows = [["Rules that were considered", f"{answer.rules:,}, with every threshold that makes a difference"
             if answer.exact else f"a part of {answer.rules:,}: the search was cut short"]]
    if answer.adds_nothing:
        rows.append(["Shorter would do", f"a rule with {len(answer.steps) - 1} of the {len(answer.steps)} conditions "
                                         "allowed is as good"])
    rows += [["Only parts a tie", f"{split.literal.text}: it decides only between blocks with the same value of "
                                  f"{split.tied.feature}"] for split in answer.tie_splits if not split.tied.boolean]
    return rows


def _budget(facts: Facts, limit: Limit) -> str:
    spent = limit.spent(facts.chosen)
    given = f"{100 * float(limit.given):.4g}% of the" if limit.name == "fpr" else _plain(limit.given)
    told = f"at most {given} {UNITS[limit.name]}"
    most = Fraction(limit.most, limit.factor)
    if limit.name == "fpr":
        told += f", which is {facts.count(limit.most)}"
    spends: dict[str, Key] = {"non_focal": (OTHER, REACHED), "students": (ALL, REACHED)}
    key = spends.get(limit.counted)
    part = f" ({share(spent / limit.most)})" if limit.most and (key is None or facts.district.told(key)) else ""
    used = _plain(Fraction(spent, limit.factor)) if key is None else facts.district.text(key)
    return f"{told}; {used} of {_plain(most)} used{part}"


def _plain(number: Fraction) -> str:
    return f"{number.numerator:,}" if number.denominator == 1 else f"{float(number):,.6g}"


def _proof(facts: Facts) -> list[list[str]]:
    blocks = facts.blocks
    rows = []
    if blocks.total_focal:
        district = facts.district
        rows.append(["Ceiling", f"all eligible blocks together hold {district.text((FOCAL, ELIGIBLE))} focal students, "
                                f"{district.rate((FOCAL, ELIGIBLE), (FOCAL, DISTRICT))} of the district's: no choice "
                                "among them reaches more, whatever the budget"])
    if facts.spare is not None:
        rows.append(["Any set of blocks", _any_set(facts)])
    rows.append(["This answer", _class(facts)])
    return rows


def _any_set(facts: Facts) -> str:
    multipliers = facts.problem.multipliers
    assert facts.spare is not None
    most = facts.count(facts.focal + facts.spare if facts.proven is not None else multipliers.floored)
    ends = (f"No set of eligible blocks within the budget reaches more than {most} focal students; this one reaches "
            f"{facts.district.text((FOCAL, REACHED))}.")
    if facts.proven is not None and facts.proven < multipliers.floored:
        return f"{ends} certificate.json proves it; no solver has to be trusted."
    priced = {name: price for name, price in multipliers.prices.items() if price}
    if not priced:
        return f"{ends} That is all there are in eligible blocks."
    (unit, price), = priced.items()
    limit = next(limit for limit in facts.problem.binding if limit.counted == unit)
    each = {"non_focal": " for every non-focal student in it", "students": " for every student in it",
            "blocks": ""}[unit]
    told = _price_words(facts, unit, price)
    if told is None:
        return f"{ends} The price that proves it is not printed: it would tell how many students one block has."
    most = _plain(Fraction(limit.most, limit.factor))
    return (f"{ends} To recheck it: from the focal students of every eligible block take {told}{each}; add up what is "
            f"left where it is above 0; add {told} times the budget of {most}. No set within the budget can come above "
            f"this sum, nor above the sum at any other price than {told}.")


def _price_words(facts: Facts, unit: str, price: Fraction) -> str | None:
    """The price to recheck the limit with; where counts are hidden a short one that gives the same limit, if any does.

    The exact one is the quotient of some block's counts.
    """
    if not facts.cells.on:
        return fraction_text(price)
    problem = facts.problem
    for places in range(SHORT + 1):
        short = round(price * 10**places) / Fraction(10**places)
        if dual_bound(facts.blocks, problem.binding, {unit: short}).__floor__() == problem.multipliers.floored:
            return decimal_text(short)
    return None


def _class(facts: Facts) -> str:
    """What is proven about the answer within its own kind; nothing that the status does not say."""
    solution = facts.solution
    own = {"threshold": "cut-off", "rule": "rule of this form", "column": "choice by this column",
           "exact": "set of blocks"}[facts.options.selection]
    if not facts.keeps_rules:
        return "breaks rules; it is shown for comparison only"
    if facts.options.selection == "column" or facts.options.threshold is not None:
        return "was given, not sought: there is nothing to prove about it but what the limits above say"
    better = f"no {own} that keeps the rules is better"
    if solution.verified_bound is None:
        return f"nothing that can be rechecked says how much better another {own} could be"
    proven = relative_gap(solution.value, solution.verified_bound)
    said = f"{better}{f' by more than {gap_words(proven)}' if proven else ''}"
    if solution.claimed_bound is not None and solution.bound != solution.verified_bound:
        said += ", as anybody can recheck; by the solver's own word it is closer than that to the best"
    return said
