"""The sentence that is read out, the few numbers beside it, and the rule as a policy could print it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from evenhand.report.format import share
from evenhand_tiebreaker.features import eligibility_tree
from evenhand_tiebreaker.literals import tree
from evenhand_tiebreaker.literals.wording import words as tree_words
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.words import fraction_text, listing, number_of

if TYPE_CHECKING:
    from evenhand.solution import Solution

MOST_NAMED = 12
"""Up to so many blocks are named in the sentence of a choice that follows no rule."""
SHORT = 6
"""Decimal places that a cut-off may have to be printed as a decimal."""


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
    said = (f"{among} {goes} priority: {share(facts.focal / blocks.total_focal)} of all focal students live there"
            f"{_others(facts)}")
    return f"{said}{_spare(facts)}"


def _others(facts: Facts) -> str:
    if not facts.blocks.total_other:
        return ""
    return f", and {share(facts.other / facts.blocks.total_other)} of the others"


def _spare(facts: Facts) -> str:
    if not facts.keeps_rules:
        return ". Shown for comparison only: it breaks rules."
    if facts.spare is None:
        return "."
    if facts.spare == 0:
        return "; no set of blocks within the budget reaches more."
    further = f"{facts.count(facts.spare)} further focal student{'' if facts.spare == facts.blocks.factor else 's'}"
    return f"; no set of blocks within the budget reaches more than {further}."


def highlights(facts: Facts) -> list[tuple[str, str]]:
    """The few numbers of the top row."""
    blocks, found = facts.blocks, []
    if blocks.total_focal:
        found.append(("Focal students reached", f"{facts.count(facts.focal)} of {facts.count(blocks.total_focal)}"))
    if blocks.total_other:
        found.append(("Other students who go first",
                      f"{facts.count(facts.other)} of {facts.count(blocks.total_other)}"))
    if facts.threshold is not None:
        printed = cutoff(facts)
        found.append(("Cut-off", fraction_text(facts.threshold) if printed is None else _percent(printed)))
    if facts.spare is not None:
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
    told = exact if printed is None else f"{_percent(printed)}"
    beside = "" if printed is None or printed != facts.threshold or "/" not in exact else f" ({exact})"
    return f"at least {told}{beside} of the students are counted in {focal}"


def cutoff(facts: Facts) -> Fraction | None:
    """The shortest decimal that names the same blocks as the cut-off; None where six places do not suffice.

    A cut-off that the user gave stays as it is.
    """
    threshold = facts.threshold
    if threshold is None:
        return None
    if facts.options.threshold is not None:
        return threshold if _places(threshold) is not None else None
    curve = facts.problem.curve
    refused = curve.group[~facts.chosen]
    refused = refused[refused >= 0]
    return shortest_decimal(curve.threshold(int(refused.min())) if refused.size else Fraction(0), threshold)


def shortest_decimal(above: Fraction, upto: Fraction) -> Fraction | None:
    """The decimal with the fewest places that is larger than ``above`` and at most ``upto``, the largest of its length.

    Above 0 there is always one, but six places are the most a policy should print: None beyond that.
    """
    for places in range(2, SHORT + 1):
        scale = 10**places
        found = Fraction((upto * scale).__floor__(), scale)
        if found > above:
            return found
    return None


def _places(number: Fraction) -> int | None:
    return next((places for places in range(SHORT + 1) if (number * 10**places).denominator == 1), None)


def _percent(number: Fraction) -> str:
    """An exact decimal of at most six places as percent."""
    hundred = number * 100
    return f"{float(hundred):.4f}".rstrip("0").rstrip(".") + "%"


def cutoff_words(facts: Facts) -> str:
    """The cut-off as decimal and fraction, and what else names the same blocks."""
    threshold = facts.threshold
    if threshold is None:
        return ""
    exact, printed = fraction_text(threshold), cutoff(facts)
    if printed is None:
        return f"{exact}, about {float(threshold):.6f}; no short decimal names the same blocks"
    if printed == threshold:
        return f"{_percent(printed)} ({exact})"
    return (f"{_percent(printed)}. The block with the smallest share that receives has {exact} "
            f"({float(threshold):.6f}); {_percent(printed)} names the same blocks and is shorter to print")


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
