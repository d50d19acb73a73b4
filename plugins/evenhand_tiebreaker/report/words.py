"""The sentence that is read out, the few numbers beside it, and the rule as a policy could print it."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from evenhand.report.format import share
from evenhand_tiebreaker.features import eligibility_tree
from evenhand_tiebreaker.literals import tree
from evenhand_tiebreaker.literals.wording import words as tree_words
from evenhand_tiebreaker.report.district import DISTRICT, FOCAL, OTHER, REACHED
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.words import fraction_text, listing, number_of, threshold_words

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand.solution import Solution
    from evenhand_tiebreaker.problem import TiebreakerProblem

MOST_NAMED = 12
"""Up to so many blocks are named in the sentence of a choice that follows no rule."""
SHORT = 6
"""Decimal places that a cut-off may have to be printed as a decimal."""
LONGEST = 40
"""The same where its fraction would tell how many students the last block has."""


def without_answer(solution: Solution) -> str:
    """The sentence when there is nothing to show."""
    if solution.infeasible is not None:
        return f"No such choice of blocks exists: {solution.infeasible}"
    return "No choice of blocks that keeps all the rules was found; that does not prove that there is none."


def sentence(facts: Facts) -> str:
    """Who goes first, whom that reaches, what it costs, and what any other choice could add."""
    blocks = facts.blocks
    if not blocks.total_focal:
        return (f"{number_of(facts.size, 'block receives', 'blocks receive')} priority, but the table has no focal "
                f"student ({facts.options.focal}): nothing can be said about whom they reach.")
    among = f"{facts.size:,} of {number_of(facts.eligible, 'eligible block', 'eligible blocks')}"
    goes = "receives" if facts.size == 1 else "receive"
    focal = _part(facts, FOCAL, "of all focal students", "focal student")
    others = f", and {_part(facts, OTHER, 'of the others', 'other')}" if blocks.total_other else ""
    return f"{among} {goes} priority: {focal} live there{others}{_spare(facts)}"


def _part(facts: Facts, group: str, of_all: str, one: str) -> str:
    """``12.3% of the others``, or that they are fewer than can be told."""
    district = facts.district
    if district[group, REACHED].cell.small:
        return f"fewer than {number_of(facts.cells.least, one, one + 's')}"
    if not district.told((group, REACHED), (group, DISTRICT)):
        return f"a number of {one}s that is withheld"
    return f"{district.rate((group, REACHED), (group, DISTRICT))} {of_all}"


def _spare(facts: Facts) -> str:
    if not facts.keeps_rules:
        return ". Shown for comparison only: it breaks rules."
    if facts.spare is None or not facts.tells_spare:
        return "."
    if facts.spare == 0:
        return "; no set of blocks within the budget reaches more."
    further = f"{facts.count(facts.spare)} further focal student{'' if facts.spare == facts.blocks.factor else 's'}"
    return f"; no set of blocks within the budget reaches more than {further}."


def proof_sentence(facts: Facts) -> str:
    """What to say of the proof where the choice was given: among one, the best is no praise. Else nothing."""
    options = facts.options
    if facts.solution.status != "optimal" or (options.selection != "column" and options.threshold is None):
        return ""
    what = "column" if options.selection == "column" else "cut-off"
    others = (" What any other set of blocks within the budget could add is said above and below."
              if facts.spare is not None else "")
    return f"The answer keeps every rule. The {what} was given, so there was nothing to choose.{others}"


def highlights(facts: Facts) -> list[tuple[str, str]]:
    """The few numbers of the top row."""
    blocks, found, text = facts.blocks, [], facts.district.text
    if blocks.total_focal:
        found.append(("Focal students reached", f"{text((FOCAL, REACHED))} of {text((FOCAL, DISTRICT))}"))
    if blocks.total_other:
        found.append(("Other students who go first", f"{text((OTHER, REACHED))} of {text((OTHER, DISTRICT))}"))
    if facts.threshold is not None:
        printed = cutoff(facts)
        found.append(("Cut-off", fraction_text(facts.threshold) if printed is None else percent_text(printed)))
    if facts.spare is not None and facts.tells_spare:
        found.append(("Any set of blocks could add", f"at most {facts.count(facts.spare)}"))
    unseen = facts.metrics.get("tpr_out_of_sample")
    if unseen is not None and unseen["mean"] is not None and len(found) < 5:
        found.append(("Reached, on other students", share(unseen["mean"])))
    return found


# -- the rule ------------------------------------------------------------------------------------------------------


def rule_sentence(facts: Facts) -> str:
    """The whole rule in one sentence."""
    return (f"When a program has fewer seats than applicants, priority goes to children who live in {_where(facts)}.")


def _where(facts: Facts) -> str:
    options, eligible = facts.options, eligibility_words(facts)
    if not facts.size:
        return "no block: under these rules nobody receives it"
    if options.selection == "rule":
        rule = facts.problem.rule_of(facts.allocation)
        if rule is not None:
            return f"a block {_with(eligible)}{'and ' if eligible else ''}for which this holds: {rule.text}"
    if options.selection == "column":
        return f"a block {_with(eligible)}{'and ' if eligible else ''}that the column {options.column} marks"
    if facts.threshold is not None:
        return f"a block {_with(eligible)}{'and ' if eligible else ''}where {_share_words(facts)}"
    ids = [facts.blocks.ids[row] for row in np.flatnonzero(facts.chosen).tolist()]
    if len(ids) <= MOST_NAMED:
        return f"one of these blocks: {listing(ids)}"
    return f"one of the {len(ids):,} blocks that the published list names (allocation.csv, where receives is 1)"


def _with(eligible: str) -> str:
    return f"that is eligible ({eligible}) " if eligible else ""


def _share_words(facts: Facts) -> str:
    assert facts.threshold is not None
    printed, focal = cutoff(facts), facts.options.focal
    if facts.threshold == 0:
        return "any students live"
    exact = fraction_text(facts.threshold)
    told = exact if printed is None else f"{percent_text(printed)}"
    given = facts.options.threshold is not None or not facts.cells.on
    beside = f" ({exact})" if given and printed == facts.threshold and "/" in exact else ""
    return f"at least {told}{beside} of the students are counted in {focal}"


def cutoff(facts: Facts) -> Fraction | None:
    """The shortest decimal that names the same blocks as the cut-off; None where six places do not suffice.

    A cut-off that the user gave stays as it is.
    """
    return None if facts.threshold is None else _printed(facts.problem, facts.allocation, facts.threshold)


def _printed(problem: TiebreakerProblem, allocation: Allocation, threshold: Fraction) -> Fraction | None:
    if problem.options.threshold is not None:
        return threshold if _places(threshold) is not None else None
    refused = problem.curve.group[~allocation.array]
    refused = refused[refused >= 0]
    return shortest_decimal(problem.curve.threshold(int(refused.min())) if refused.size else Fraction(0), threshold,
                            LONGEST if problem.options.suppress_below > 1 else SHORT)


def cutoff_told(problem: TiebreakerProblem, allocation: Allocation, threshold: Fraction) -> str:
    """The cut-off for a notice: exact, or where counts are hidden a decimal that names the same blocks."""
    printed = _printed(problem, allocation, threshold)
    if printed is None or problem.options.threshold is not None or problem.options.suppress_below <= 1:
        return threshold_words(threshold)
    return percent_text(printed)


def shortest_decimal(above: Fraction, upto: Fraction, most: int = SHORT) -> Fraction | None:
    """The decimal with the fewest places that is larger than ``above`` and at most ``upto``, the largest of its length.

    There is always one, but six places are the most a policy should print: None beyond ``most``.
    """
    for places in range(2, most + 1):
        scale = 10**places
        found = Fraction((upto * scale).__floor__(), scale)
        if found > above:
            return found
    return None


def _places(number: Fraction) -> int | None:
    return next((places for places in range(SHORT + 1) if (number * 10**places).denominator == 1), None)


def percent_text(number: Fraction) -> str:
    """An exact decimal as percent."""
    return decimal_text(100 * number) + "%"


def decimal_text(number: Fraction) -> str:
    """An exact decimal in digits, without trailing zeros."""
    with localcontext(prec=LONGEST + 20):
        text = f"{Decimal(number.numerator) / number.denominator:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cutoff_words(facts: Facts) -> str:
    """The cut-off as decimal and fraction, and what else names the same blocks."""
    threshold = facts.threshold
    if threshold is None:
        return ""
    exact, printed = fraction_text(threshold), cutoff(facts)
    if printed is None:
        return f"{exact}, about {float(threshold):.6f}; no short decimal names the same blocks"
    if facts.options.threshold is None and facts.cells.on:
        return (f"{percent_text(printed)}. allocation.csv has the exact share of every block; it would tell how many "
                "students the last one has")
    if printed == threshold:
        return f"{percent_text(printed)} ({exact})"
    return (f"{percent_text(printed)}. The block with the smallest share that receives has {exact} "
            f"({float(threshold):.6f}); {percent_text(printed)} names the same blocks and is shorter to print")


def eligibility_words(facts: Facts) -> str:
    """The tree of eligibility in words; empty where every block is eligible."""
    node, _ = eligibility_tree(facts.options)
    return "" if node is None else tree_words(node)


def rule_tree(facts: Facts) -> str:
    """The rule over features as a tree to copy into a spec; empty for other kinds of selection."""
    if facts.options.selection != "rule" or not facts.size:
        return ""
    rule = facts.problem.rule_of(facts.allocation)
    return "" if rule is None else _inline(tree.form(rule.node))


def _inline(form: object) -> str:
    """A tree as it stands in a spec: ``{any = ["housing", {feature = "n_frl", at_least = 10}]}``."""
    if isinstance(form, dict):
        return "{" + ", ".join(f"{key} = {_inline(value)}" for key, value in form.items()) + "}"
    if isinstance(form, list | tuple):
        return "[" + ", ".join(map(_inline, form)) + "]"
    return json.dumps(form, ensure_ascii=False)
