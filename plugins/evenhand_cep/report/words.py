"""The sentence a school board reads out, and the few numbers beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evenhand.report.format import count, dollars, gap_words, objective_unit
from evenhand.solution import relative_gap

if TYPE_CHECKING:
    from evenhand.solution import Solution
    from evenhand_cep.problem import CepProblem
    from evenhand_cep.report.facts import Facts

CENT = 0.005


def counted(number: int, noun: str) -> str:
    """``1 group``, ``1,453 schools``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def without_answer(problem: CepProblem, solution: Solution) -> str:
    """The sentence when there is no grouping to show."""
    schools = counted(len(problem.kept), "school")
    if solution.infeasible is not None:
        return f"No grouping of the {schools} keeps all the rules: {solution.infeasible}"
    return f"No grouping of the {schools} that keeps all the rules was found; that does not prove that there is none."


def sentence(facts: Facts) -> str:
    """Who claims how much, against one group, and what nobody can exceed."""
    if not facts.keeps_rules:
        return (f"This grouping of {counted(len(facts.problem.kept), 'school')}, shown for comparison, breaks rules "
                f"and cannot be claimed; by its shares it would come to {dollars(facts.total)} a year.")
    return f"{_who(facts)} {dollars(facts.total)} a year{_compared(facts)}{_limit(facts)}"


def _who(facts: Facts) -> str:
    inside, outside = int((~facts.outside).sum()), int(facts.outside.sum())
    districts = f" of {counted(len(facts.problem.districts), 'district')}" if facts.several else ""
    if not inside:
        verb = "claims" if outside == 1 else "claim"
        return f"No school takes part: {counted(outside, 'school')}{districts} outside {verb}"
    groups = "one group" if len(facts.groups) == 1 else counted(len(facts.groups), "group")
    stay = f" and {counted(outside, 'school')} outside" if outside else ""
    verb = "claims" if inside == 1 and not outside else "claim"
    return f"{counted(inside, 'school')}{districts} in {groups}{stay} {verb}"


def _compared(facts: Facts) -> str:
    one = "all schools in one group" if facts.problem.may_stay_out else "one group"
    one += " in each district" if facts.several else ""
    gain = facts.gain_over(facts.one_group)
    if gain is None:
        if not facts.several:
            return " (all schools in one group would miss the minimum)"
        allowed = [gain for gain in facts.district_gains if gain is not None]
        missing = counted(len(facts.district_gains) - len(allowed), "district")
        if not allowed:
            return " (in every district all schools in one group would miss the minimum)"
        gain = math.fsum(allowed)
        return (f", {dollars(abs(gain))} {'more' if gain > -CENT else 'less'} than {one} where that is allowed "
                f"(all but {missing})")
    if abs(gain) < CENT:
        alone = len(facts.groups) == len(facts.problem.districts) and not facts.outside.any()
        return "" if alone else f", as much as {one}"
    return f", {dollars(abs(gain))} {'more' if gain > 0 else 'less'} than {one}"


def _limit(facts: Facts) -> str:
    solution = facts.solution
    bound = solution.bound if solution.verified_bound is None else solution.verified_bound
    if bound is None:
        return "; how much more another grouping could claim is not known."
    asserted = "no grouping" if solution.verified_bound is not None else "the solver says, unproven, that no grouping"
    value = 0.0 if solution.value is None else solution.value
    if facts.about_money:
        if bound - value < CENT:
            return f"; {asserted} can claim more."
        # Rounded up: the limit stays one.
        return f"; {asserted} can claim more than {dollars(math.ceil(facts.base + bound))}."
    parts = facts.problem.objective.parts
    if len(parts) == 1 and parts[0].weight > 0:
        return _other_term(facts, value, bound, asserted)
    return (f"; by the objective ({facts.problem.objective.formula()}) it is worth {_plain(value)}, and {asserted} can "
            f"be worth {'more' if solution.sense == 'maximize' else 'less'} than {_outward(bound, solution.sense)}.")


def _other_term(facts: Facts, value: float, bound: float, asserted: str) -> str:
    part, sense = facts.problem.objective.parts[0], facts.solution.sense
    if part.weight != 1:
        value, bound = value / part.weight, bound / part.weight
    if part.term.unit == "USD":
        return f"; {asserted} can claim more than {dollars(math.ceil(facts.base + bound))}."
    amount = value if sense == "maximize" else abs(value)
    shown = count(round(amount, 6))
    return (f"; {part.term.doc}: {shown}, and {asserted} can have "
            f"{'more' if sense == 'maximize' else 'fewer'} than {_outward(bound, sense)}.")


def _outward(bound: float, sense: str) -> str:
    """The bound rounded to a whole number on its safe side (1e-6 of a unit is only the pad of the bound)."""
    near = round(bound)
    if abs(bound - near) <= 1e-6 * max(1.0, abs(bound)):
        return count(near)
    return count(math.ceil(bound) if sense == "maximize" else math.floor(bound))


def _plain(value: float) -> str:
    return count(round(value, 2))


def highlights(facts: Facts) -> list[tuple[str, str]]:
    """The few numbers of the top row."""
    found = [("Claimed in a year", dollars(facts.total))]
    gain, where = facts.gain_over(facts.one_group), ""
    if gain is None and facts.several:
        gain, where = math.fsum(g for g in facts.district_gains if g is not None), ", where allowed"
    if gain is not None and len(facts.groups) > 1:
        one = "all in one group" if facts.problem.may_stay_out else "one group"
        found.append((f"{'More' if gain > -CENT else 'Less'} than {one}{where}", dollars(abs(gain))))
    if facts.problem.today is not None:
        change = facts.gain_over(facts.today)
        if change is None:
            found.append(("Today's grouping", "misses the minimum"))
        else:
            found.append((f"{'More' if change > -CENT else 'Less'} than today's grouping", dollars(abs(change))))
    found += _proven(facts)
    return found + _free(facts)


def _proven(facts: Facts) -> list[tuple[str, str]]:
    solution = facts.solution
    if solution.gap is None or not facts.keeps_rules:
        return []
    value, bound = solution.value, solution.verified_bound
    if facts.about_money and value is not None and bound is not None and bound - value < CENT:
        return [("From the best possible", "not a cent")]
    # A claimed bound may be closer than the proven one; what is called proven is measured by the proven one.
    proven = relative_gap(value, bound)
    label = "From the best, unproven" if proven is None else "From the best possible, at most"
    return [(label, gap_words(solution.gap if proven is None else proven, objective_unit(facts.problem)))]


def _free(facts: Facts) -> list[tuple[str, str]]:
    """Schools and students claimed wholly free; nearly free, and said so, when no group reaches 1."""
    groups = facts.groups
    if not len(groups):
        return []
    top = max(groups.share)
    least: float = 1.0 if top == 1 else math.floor(1000 * float(top)) / 1000
    if least < 0.95:
        return [("Highest claiming share", f"{100 * float(top):.1f}%")]
    chosen = [g for g in range(len(groups)) if groups.share[g] >= (1 if top == 1 else least)]
    schools = sum(len(groups.rows[g]) for g in chosen)
    students = float(sum((groups.enrolled[g] for g in chosen), start=0))
    level = "100%" if top == 1 else f"at least {100 * least:.1f}%"
    return [(f"Students claimed {level} free", f"{count(round(students))} in {counted(schools, 'school')}")]
