"""Whether any grouping keeps the rules: the exact test, made before any search, and its words."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from evenhand.errors import InfeasibleError
from evenhand_cep.apart import apart_infeasibility
from evenhand_cep.prices.feasibility import infeasibility
from evenhand_cep.rules import isp_words, plain_number

if TYPE_CHECKING:
    from evenhand_cep.instance import Instance
    from evenhand_cep.parts import Part
    from evenhand_cep.problem import CepProblem

# A message about a state's table names the first districts only.
NAMED = 5


@frozen
class _Told:
    """What is said of one district: a sentence, the rules in it, and what each would have to give."""

    message: str
    rules: list[str]
    relief: list[str] = field(factory=list)


def proven_infeasible(problem: CepProblem) -> InfeasibleError | None:
    """None, or what makes it impossible: in words, with the rules, the relief and the numbers of the proof."""
    messages: list[str] = []
    conflict: dict[str, None] = {}
    relief: list[str] = []
    proofs: list[dict[str, Any]] = []
    for part in problem.parts:
        where = problem.districts[part.district]
        prefix = f"{where}: " if where else ""
        proof = _proof(part)
        if proof is None:
            continue
        told = _told(problem, part, proof)
        messages.append(prefix + told.message)
        conflict |= dict.fromkeys(told.rules)
        relief += [prefix + text for text in told.relief]
        proofs.append({"district": where, **proof})
    if not messages:
        return None
    shown = messages[:NAMED]
    if len(messages) > NAMED:
        shown.append(f"and {len(messages) - NAMED} more districts")
    return InfeasibleError(". ".join(shown) + ".", conflict=tuple(conflict), relief=tuple(relief[:2 * NAMED]),
                           proof={"kind": "cep", "parts": proofs})


def _proof(part: Part) -> dict[str, Any] | None:
    if part.conflict:
        return {"reason": "conflict", "rules": list(part.conflict)}
    assert part.instance is not None
    return infeasibility(part.instance) or apart_infeasibility(part.instance)


def _told(problem: CepProblem, part: Part, proof: dict[str, Any]) -> _Told:
    reason = proof["reason"]
    if reason == "conflict":
        return _Told(f"the rules {', '.join(part.conflict)} contradict each other", list(part.conflict))
    if reason == "different_group":
        return _too_many_apart(problem, part, proof)
    if reason == "apart":
        return _not_carried(problem, part, proof)
    if reason == "enumeration":
        names = ["minimum_isp", "max_groups", *dict.fromkeys(part.apart_by), _joining(problem)]
        return _Told(f"none of all groupings keeps the rules {', '.join(names)} together", names)
    return _under_the_minimum(problem, part, proof)


def _joining(problem: CepProblem) -> str:
    return "required" if problem.may_stay_out else "all_participate"


def _apart_by(part: Part, rows: set[int]) -> list[str]:
    """Names of the rules whose lists hold all of these units."""
    assert part.instance is not None
    return list(dict.fromkeys(name for name, apart in zip(part.apart_by, part.instance.different_group, strict=True)
                              if rows <= set(apart)))


def _too_many_apart(problem: CepProblem, part: Part, proof: dict[str, Any]) -> _Told:
    name = _apart_by(part, set(proof["rows"]))[0]
    joining = _joining(problem)
    count, limit = len(proof["rows"]), int(proof["max_groups"])
    over = count - limit
    groups = f"is {limit} group" if limit == 1 else f"are {limit} groups"
    return _Told(f"{count} schools or groups must be apart, and there {groups} at most", [name, "max_groups", joining],
                 [f"max_groups: allow {over} more", f"{name}: ask for at most {_count(limit, 'group')} to be apart",
                  f"{joining}: let {over} of them stay out"])


def _not_carried(problem: CepProblem, part: Part, proof: dict[str, Any]) -> _Told:
    """A school, or a group that stays together, that those it is not kept apart from cannot carry."""
    (unit,) = proof["rows"]
    members = part.rows[part.unit == unit].tolist()
    apart, joining = _apart_by(part, {unit}), _joining(problem)
    kept = "current_groups_kept" in apart and len(members) > 1
    who = (f"today's group of {problem.school(members[0])}" if kept else problem.school(members[0])
           + (f" and {_count(len(members) - 1, 'school')} with it" if len(members) > 1 else ""))
    helped = " with all that may join it" if proof["helpers"] else ""
    names = ["minimum_isp", *apart, joining]
    if len(members) > 1 and not kept:
        names.insert(1, "same_group")
    message, least = _shortage(part.instance, proof, problem.options.min_isp)
    listed = sum(rule.name in ("same_group", "different_group") for rule in problem.constraints)
    if len(apart) > 1 or listed > ("different_group" in apart):  # not known to be a smallest set: `explain` finds one
        return _Told(f"{who}{helped} has {message}", names)
    loosen = ("blank the column group where schools may move" if apart == ["current_groups_kept"]
              else f"take {problem.school(members[0])} off the list")
    return _Told(f"{who}{helped} has {message}", names,
                 [least, f"{apart[0]}: {loosen}", f"{joining}: let {_count(len(members), 'school')} stay out"])


def _under_the_minimum(problem: CepProblem, part: Part, proof: dict[str, Any]) -> _Told:
    everybody = not problem.may_stay_out
    who = "all schools together" if everybody else "the required schools with all that can help them"
    rule = _joining(problem)
    message, least = _shortage(part.instance, proof, problem.options.min_isp)
    gives = [least]
    out = _fewest_out(part)
    if out is not None:
        gives.append(f"{rule}: let {_count(out, 'school')} stay out" if everybody
                     else f"{rule}: no longer require {_count(out, 'school')}")
    return _Told(f"{who} have {message}", ["minimum_isp", rule], gives)


def _shortage(instance: Instance | None, proof: dict[str, Any], minimum: Fraction) -> tuple[str, str]:
    """What is missing to the minimum, and the relief that says so."""
    assert instance is not None
    isp, missing = Fraction(proof["isp"]), Fraction(proof["identified_missing"])
    students = f"{ceil(missing * 100) / 100:,.2f} identified students are missing"
    carried = isp_words(instance.rule.rounded_isp(isp.numerator, isp.denominator), minimum)
    return (f"the ISP {isp_words(isp, minimum)}, under the minimum {plain_number(minimum)}; {students}",
            f"minimum_isp: {students}, or a minimum of {carried} at most")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"


def _fewest_out(part: Part) -> int | None:
    """Schools in the fewest units that must be let out for the rest to reach the minimum: those that lack most."""
    assert part.instance is not None
    instance = part.instance
    slack = instance.minimum_slack
    helping = instance.may_join & ~instance.must_join & (slack > 0)
    total = int(slack[instance.must_join | helping].sum())
    schools = 0
    for lack, unit in sorted((int(slack[unit]), unit) for unit in np.flatnonzero(instance.must_join).tolist()):
        total -= lack
        schools += int((part.unit == unit).sum())
        if total >= 0:
            return schools
    return None
