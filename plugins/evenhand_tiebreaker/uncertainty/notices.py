"""The estimates in plain words: what was claimed, what to expect, and what the estimate leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.report.format import number, share
from evenhand_tiebreaker.options import SHARE
from evenhand_tiebreaker.uncertainty.choosers import exact_again
from evenhand_tiebreaker.uncertainty.estimates import (
    SHRINKABLE,
    Method,
    Uncertainty,
    divisible,
    uncertainty_of,
)
from evenhand_tiebreaker.words import listing, number_of

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem
    from evenhand_tiebreaker.resampling.scores import Interval

HALF_SAMPLES = ("A choice made from a part of the students is made from smaller counts than the one at hand, so this "
                "estimate exaggerates the error, most of all where the counts are averages over several years.")
MANY_YEARS = 12
"""Averages over more years than this are more likely numbers that were rounded to decimals."""


def uncertainty_notices(problem: TiebreakerProblem, allocation: Allocation) -> list[str]:
    """Notices of one answer; nothing without ``[uncertainty]``."""
    section = problem.sections.get("uncertainty")
    if section is None:
        return []
    if not divisible(problem):
        return ["The counts are too large to be divided at random: nothing is said about other students."]
    found = uncertainty_of(problem, allocation)
    assert found is not None
    return [*_expected(problem, found), *_shrunk(problem, found), *_noise(found), *_limits_of(problem, found)]


def _expected(problem: TiebreakerProblem, found: Uncertainty) -> list[str]:
    section, plain = found.section, found.plain
    unseen = plain.estimate.unseen
    how = ("chose the blocks and the others tested them" if found.chosen_anew
           else "were set apart, and the same blocks were scored on the others")
    said = (f"{number_of(section.splits, 'time', 'times')}, {share(float(section.share), 0)} of the students, drawn "
            f"at random, {how}. There the choice reaches {_range(unseen.tpr, ' in nine of ten')} of the focal "
            f"students, and {_range(unseen.fpr)} of the non-focal students receive too"
            f"{_over_budget(problem, unseen.fpr)}.")
    return [f"{said} {HALF_SAMPLES}" if found.chosen_anew else said, *_warnings(problem, plain)]


def _warnings(problem: TiebreakerProblem, method: Method) -> list[str]:
    """Where the interval does not hold what the table at hand claims."""
    unseen, claimed, found = method.estimate.unseen, method.claimed, []
    if _excludes(unseen.tpr, claimed.tpr):
        assert claimed.tpr is not None and unseen.tpr.mean is not None
        less = unseen.tpr.mean < claimed.tpr
        found.append(f"Warning: the table says that {share(claimed.tpr)} of the focal students are reached. On "
                     f"students the choice was not made with it is {_range(unseen.tpr)}"
                     + (": blocks that look best in small counts are partly lucky ones, and luck does not repeat."
                        if less else "."))
    if _excludes(unseen.fpr, claimed.fpr):
        found.append(f"Warning: the table says that {share(claimed.fpr)} of the non-focal students receive too. On "
                     f"students the choice was not made with it is "
                     f"{_range(unseen.fpr)}{_over_budget(problem, unseen.fpr)}.")
    return found


def _over_budget(problem: TiebreakerProblem, interval: Interval) -> str:
    budget = min((limit.given for limit in problem.limits if limit.name == "fpr"), default=None)
    over = budget is not None and interval.mean is not None and interval.mean > budget
    return f", more than the budget of {share(float(budget))}" if over and budget is not None else ""


def _excludes(interval: Interval, claim: float | None) -> bool:
    if claim is None or interval.low is None or interval.high is None:
        return False
    return not interval.low <= claim <= interval.high


def _shrunk(problem: TiebreakerProblem, found: Uncertainty) -> list[str]:
    section = found.section
    if section.shrink == 0:
        return []
    if found.shrinkage is None:
        return [f'Shares are not shrunk: selection = "{problem.options.selection}" does not take blocks by their share '
                f"(only {' and '.join(SHRINKABLE)} do)."]
    method = next(method for method in found.methods if method.name == "shrunk")
    unseen = method.estimate.unseen
    picked = (" (the one of several that predicts students set apart best, picked by other divisions than these)"
              if section.shrink == "auto" else "")
    blank = sum(not str(cell).strip() for cell in problem.tables["blocks"].raw.frame[section.toward].tolist())
    apart = (f" {number_of(blank, 'block has', 'blocks have')} no {section.toward} and count as one together."
             if blank else "")
    return [f"With every block's share drawn towards that of its {section.toward} with the weight of "
            f"{number(found.shrinkage.students)} students{picked}, the blocks with the highest shares reach "
            f"{_range(unseen.tpr)} of the focal students they were not chosen with, and {_range(unseen.fpr)} of the "
            f"non-focal ones. shrunk.csv names these blocks; they are not the answer.{apart}"]


def _noise(found: Uncertainty) -> list[str]:
    section = found.section
    if section.noise == "none":
        return []
    method = next(method for method in found.methods if method.name == "noise")
    unseen, fitted = method.estimate.unseen, method.estimate.fitted
    assert section.noise_scale is not None
    return [f"Warning: the counts carry declared {section.noise} noise of scale {number(float(section.noise_scale))}, "
            "so the optimum that the table claims cannot be attained for certain. Chosen from counts with such noise, "
            f"blocks that claim {share(fitted.tpr.mean)} of the focal students and {share(fitted.fpr.mean)} of the "
            f"non-focal ones truly reach {_range(unseen.tpr)} and {_range(unseen.fpr)}, if the table at hand were the "
            "truth."]


def _limits_of(problem: TiebreakerProblem, found: Uncertainty) -> list[str]:
    """What the estimate does not take into account."""
    return [*_left_out(problem, found), *_rules(problem, found), *_averages(problem)]


def _left_out(problem: TiebreakerProblem, found: Uncertainty) -> list[str]:
    from evenhand_tiebreaker.rules import Budget
    from evenhand_tiebreaker.statement import focal_weight

    said = []
    sides = list(dict.fromkeys(rule.name for rule in problem.constraints if not isinstance(rule, Budget)))
    if sides and found.chosen_anew:
        said.append(f"The estimate on other students chooses within the budgets alone; it leaves out {listing(sides)}.")
    if focal_weight(problem) is None and found.chosen_anew:
        said.append("The estimate on other students chooses for the most focal students, not for the objective.")
    if problem.options.selection == "exact" and not exact_again(problem):
        why = "several budgets" if len({limit.counted for limit in problem.limits}) > 1 else "so many students"
        said.append(f"With {why} the estimate on other students takes blocks in order of their share while they fit, "
                    "which is close to the optimum but not the same.")
    return said


def _rules(problem: TiebreakerProblem, found: Uncertainty) -> list[str]:
    if problem.options.selection != "rule":
        return []
    if not found.chosen_anew:
        return ["The rule was not searched again in every division, as that would take too long: what the search "
                "gained by luck is not in the estimate."]
    own = SHARE + problem.options.focal
    others = [name for name in problem.features if name != own and not problem.features[name].boolean]
    return [f"In every division the features {listing(others)} are those of the whole table, so the estimate is kinder "
            "than the truth."] if others else []


def _averages(problem: TiebreakerProblem) -> list[str]:
    factor = problem.blocks.factor
    if factor == 1:
        return []
    rounded = (" So many years are unlikely: if the averages were rounded to decimals, the true uncertainty is much "
               "larger than stated." if factor > MANY_YEARS else "")
    return [f"The counts are averages; for the estimate on other students they are taken as sums over {factor:,} years "
            f"of different students.{rounded}"]


def _range(interval: Interval, what: str = "") -> str:
    """``41.0% (38.1% to 44.0%)``: mean and 5-95 % range, and ``what`` that is; in how many draws it was undefined."""
    if interval.mean is None:
        return "an undefined share"
    gone = interval.draws - interval.defined
    missing = f", undefined in {gone:,} of {interval.draws:,}" if gone else ""
    return f"{share(interval.mean)} ({share(interval.low)} to {share(interval.high)}{what}{missing})"
