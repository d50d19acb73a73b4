"""Tables of a division: how it was made, every group, the indices, ties, quota violations, paradoxes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evenhand.model import Sheet
from evenhand.report.format import MINUS, UNDEFINED, number, share
from evenhand_apportionment.facts import common_divisors, contributions, next_priority
from evenhand_apportionment.report.facts import COMPARED_GROUPS, Facts, Ints
from evenhand_apportionment.report.ladder import three_decimals, written
from evenhand_apportionment.report.methods import solved
from evenhand_apportionment.report.words import method_words, proof_words, tie_words
from evenhand_apportionment.wording import counted, listed

ALL_GROUPS = 200
SAMPLED = 60
MOST_ROWS = 80


def decided(facts: Facts) -> Sheet:
    """Method, bounds, ties, proof: what somebody needs to repeat it."""
    options, problem = facts.options, facts.problem
    rows: list[list[str]] = [["Method", method_words(facts)]]
    if facts.parametric:
        rows.append(["Standing", "a fairness error of your own: not a statutory method of apportionment, and not "
                                 "Huntington-Hill or any other classic method"])
        rows.append(["Parameters", ", ".join(f"{name} = {getattr(options, name):g}" for name in
                                             ("kappa", "gamma", "beta", "sigma", *(["alpha"] if problem.open_size
                                                                                  else [])))])
    chosen = f"{facts.k:,}"
    if problem.open_size:
        low, high = problem.sizes
        chosen += f", chosen among {low:,} to {high:,} by the score"
    rows.append(["Units", chosen])
    rows += _bounds(facts)
    rows.append(["Ties", tie_words(facts)])
    violations = facts.quota_violations
    if facts.family != "biproportional":
        rows.append(["Quota", "every group has its exact share rounded down or up" if not violations else
                     f"{counted(len(violations), 'group')} a whole unit or more from the exact share"])
    rows += _common_divisors(facts) + _one_more(facts)
    rows.append(["Proof", proof_words(facts)])
    return Sheet("How it was decided", ["", "What holds"], rows)


def _bounds(facts: Facts) -> list[list[str]]:
    if facts.family == "biproportional":
        return []
    options, problem, groups = facts.options, facts.problem, facts.problem.tables["groups"]
    rows = [["Minimum", _bound(options.minimum, groups, "minimum")]]
    if options.upper is not None or "maximum" in groups:
        rows.append(["Maximum", _bound(options.upper, groups, "maximum")])
    if options.base_units:
        rows.append(["Base", f"{counted(options.base_units, 'unit')} to every group first; the method divides the "
                             f"other {facts.k - problem.instance.given:,}"])
    if options.threshold:
        rows.append(["Threshold", f"{100 * float(options.threshold):g}% of the whole: "
                                  f"{counted(facts.kept_by_threshold, 'group')} under it"])
    at_low = int((problem.eligible & (facts.units == problem.lower) & (facts.units > facts.ideal)).sum())
    if at_low:
        rows.append(["Held up by the minimum", f"{counted(at_low, 'group')} with more than the ideal"])
    return rows


def _bound(option: int | None, groups: Any, column: str) -> str:
    everybody = "none" if option is None else f"{option:,}"
    return everybody if column not in groups else f"{everybody}, where the column {column} has no other"


def _common_divisors(facts: Facts) -> list[list[str]]:
    """Which numbers of people per unit give these units."""
    if facts.family != "divisor":
        return []
    found = common_divisors(facts.problem, facts.allocation)
    if found is None:
        return []
    low, high = _inside(*found)
    if found[0] is not None and found[0] == found[1]:
        said = f"{low}, where claims are tied"
    elif low is None or high is None:
        said = f"any above {low}" if high is None and low is not None else f"any below {high}" if high else "any"
    else:
        said = f"any between {low} and {high}"
    beyond = " beyond the base" if facts.problem.base else ""
    return [["People per unit", f"{said}: a population divided by it and rounded as the method does gives the "
                                f"units{beyond}, within the minimum and maximum"]]


def _inside(low: float | None, high: float | None) -> tuple[str | None, str | None]:
    """Both ends in few digits, rounded so that they still lie between what they were."""
    for places in range(3, 16):
        scale = 10.0**places
        least, most = (None if low is None else math.ceil(low * scale) / scale,
                       None if high is None else math.floor(high * scale) / scale)
        if least is None or most is None or least < most:
            break
    return tuple(None if end is None else f"{end:,.{places}f}" for end in (least, most))  # type: ignore[return-value]


def _one_more(facts: Facts) -> list[list[str]]:
    """Whether one unit more would cost somebody a unit: quota methods may."""
    if facts.family not in ("quota", "balinski_young") or facts.problem.size > COMPARED_GROUPS:
        return []
    found = solved(facts, facts.options.method, more=1)
    if found is None:
        return []
    lose = [facts.ids[row] for row in np.flatnonzero(found[0] < facts.units).tolist()]
    gain = [facts.ids[row] for row in np.flatnonzero(found[0] > facts.units).tolist()]
    words = f"{listed(gain)} would gain"
    words += f", and {listed(lose)} would lose: the Alabama paradox" if lose else ", and nobody would lose"
    return [["With one unit more", words]]


def groups(facts: Facts) -> Sheet:
    """Every group, or the largest and the smallest of very many."""
    current, problem = facts.problem.current, facts.problem
    order = facts.by_size
    many = len(order) > ALL_GROUPS
    rows_shown = np.concatenate([order[:SAMPLED], order[-SAMPLED:]]) if many else np.arange(len(order))
    heading, last, words = _own_column(facts, rows_shown)
    headings = ["Group", "Population", "Ideal", "Units", "Units/ideal", *(["Today", "Change"] if current is not None
                                                                         else []), heading]
    rows: list[list[Any]] = []
    for row, own in zip(rows_shown.tolist(), last, strict=True):
        cells: list[Any] = [facts.ids[row], float(facts.population[row]), f"{facts.ideal[row]:,.3f}",
                            int(facts.units[row]), UNDEFINED if np.isnan(facts.ratio[row]) else
                            f"{facts.ratio[row]:.4f}"]
        if current is not None:
            change = int(facts.units[row] - current[row])
            cells += [int(current[row]), "" if not change else f"{'+' if change > 0 else MINUS}{abs(change):,}"]
        rows.append([*cells, own])
    formats = dict.fromkeys(headings[1:], "number") | dict.fromkeys(("Units", "Today", "Change"), "count")
    caption = (f"Ideal: {'k times the target share' if facts.parametric else 'the exact share of all units'}"
               f"{', base included' if problem.base else ''}. {words}")
    if many:
        caption = (f"The {SAMPLED} largest and the {SAMPLED} smallest of {len(order):,} groups; allocation.csv holds "
                   f"all. {caption}")
    return Sheet("The groups", headings, rows, {name: formats[name] for name in headings if name in formats}, caption)


def _own_column(facts: Facts, rows: Ints) -> tuple[str, list[Any], str]:
    """The column that belongs to the method: heading, a value for each of the rows, what it means."""
    problem, allocation = facts.problem, facts.allocation
    if facts.family == "divisor":
        claims = next_priority(problem, allocation)
        finite = np.abs(claims[np.isfinite(claims)])
        fixed = three_decimals(finite.min(keepdims=True, initial=math.inf).tolist())  # the smallest decides for all
        return "Next claim", [UNDEFINED if math.isnan(claim) else written(claim, fixed)
                              for claim in claims[rows].tolist()], (
            "Next claim: population / d(units), by which one unit more would be awarded.")
    parts = contributions(problem, allocation)
    if facts.parametric:
        whole = math.fsum(parts.tolist())
        return "Of the error", [share(part / whole, 2) if whole else UNDEFINED for part in parts[rows].tolist()], (
            "Of the error: the group's part of E.")
    return "Deviation", [float(f"{part:.4g}") for part in parts[rows].tolist()], (
        "Deviation: the square of units less quota; its sum is what the method makes small.")


INDICES = (
    ("gallagher", "Gallagher", "share", "root of half the summed squared differences of the two shares"),
    ("loosemore_hanby", "Loosemore-Hanby", "share", "share of the units that would have to move for exact shares"),
    ("rae", "Rae", "share", "mean difference of a group's two shares"),
    ("sainte_lague", "Sainte-Laguë", "number", "squared differences over the population share: Webster's aim"),
    ("dhondt", "D'Hondt", "number", "units per head of the best represented group, 1 is average: Jefferson's aim"),
    ("gini", "Gini", "share", "inequality of units per head"),
)


def indices(facts: Facts) -> Sheet:
    """The six indices in words."""
    rows = []
    for key, name, kind, words in INDICES:
        value = facts.solution.metrics.get(key)
        shown = UNDEFINED if value is None else f"{100 * value:.3f}%" if kind == "share" else number(
            float(f"{value:.5g}"))
        rows.append([name, shown, words])
    return Sheet("How proportional it is", ["Index", "Value", "What it measures"], rows, {"Value": "number"},
                 "Over all groups of the table. 0 is exact (D'Hondt: 1); each index has its own idea of distance.")


WHY_OUTSIDE = {
    "divisor": "Divisor methods may leave it, the price of never showing a paradox; minimums and maximums push, too.",
    "parametric": "The parametric error may leave it, above all where kappa is not 1.",
    "quota": "A quota other than Hare's may leave it; minimums and maximums push, too.",
    "balinski_young": "Minimums and maximums pushed these groups out of it.",
}


def quota_violations(facts: Facts) -> Sheet | None:
    """Groups a whole unit or more from their exact share."""
    found = facts.quota_violations
    if not found:
        return None
    problem, shown = facts.problem, {group for group, _ in found[:MOST_ROWS]}
    row_of = {group: row for row, group in enumerate(facts.ids) if group in shown}
    per_person = (facts.k - problem.instance.given) / math.fsum(facts.population[problem.rows].tolist())
    rows: list[list[Any]] = []
    for group, side in found[:MOST_ROWS]:
        row = row_of[group]
        quota = problem.base + facts.population[row] * per_person
        rows.append([group, float(facts.population[row]), float(f"{quota:.6g}"), int(facts.units[row]),
                     "too few" if side == "lower" else "too many"])
    headings = ["Group", "Population", "Exact share", "Units", "Side"]
    caption = "The exact share: in proportion to the population, among the groups that take part and after the base. "
    caption += WHY_OUTSIDE[facts.family]
    if len(found) > len(rows):
        caption += f" Shown are {len(rows)} of {len(found):,}; result.json lists all."
    return Sheet("Outside the quota", headings, rows, {"Population": "number", "Exact share": "number",
                                                       "Units": "count"}, caption)


def ties(facts: Facts) -> Sheet | None:
    """Groups with equal claims to the last units, and who got them."""
    tie = facts.tie
    if tie is None or not len(tie.rows):
        return None
    rows = [[facts.ids[row], float(facts.population[row]), int(base), int(facts.units[row]),
             "yes" if facts.units[row] > base else "no"]
            for row, base in zip(tie.rows.tolist(), tie.base.tolist(), strict=True)]
    caption = f"Claims are {'equal to 12 digits' if facts.parametric else 'exactly equal'}: {tie_words(facts)}."
    if len(rows) > MOST_ROWS:
        caption += f" Shown are {MOST_ROWS} of them; result.json lists all."
    return Sheet("Ties", ["Group", "Population", "Units without", "Units", "Got a tied unit"], rows[:MOST_ROWS],
                 {"Population": "number", "Units without": "count", "Units": "count"}, caption)
