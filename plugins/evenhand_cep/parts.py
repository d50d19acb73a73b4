"""From tables and rules to one numeric instance per district."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_cep import rules
from evenhand_cep.instance import Instance, merged_rows
from evenhand_cep.terms import SchoolTerm

if TYPE_CHECKING:
    from evenhand_cep.problem import CepProblem

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@frozen(eq=False)
class Part:
    """One district: its kept rows, the unit each belongs to (schools that stay together are one), its instance.

    ``conflict`` names rules that contradict each other on some unit; there is then no instance. ``apart_by`` names
    the rule of each list of the instance's ``different_group``.
    """

    district: int
    rows: Ints
    unit: Ints
    instance: Instance | None
    conflict: tuple[str, ...] = ()
    apart_by: tuple[str, ...] = ()

    def spread(self, labels: Ints) -> Ints:
        """Labels of units -> labels of the district's rows."""
        return labels[self.unit]

    def gathered(self, labels: Ints) -> Ints:
        """Labels of the district's rows -> labels of units (the first row speaks)."""
        found = np.zeros(int(self.unit.max()) + 1 if len(self.unit) else 0, dtype=np.int64)
        found[self.unit[::-1]] = labels[::-1]
        return found


@frozen(eq=False)
class SchoolWorth:
    """The weighted objective as worth per kept school, always to be maximized, and what it leaves out.

    ``slack`` bounds from above what the terms left out can add. ``staying`` is what each school that keeps its group
    is worth (0 without the term ``regrouped``).
    """

    slope: Floats
    constant: Floats
    full: Floats
    outside: Floats
    slack: float
    staying: float
    left_out: tuple[str, ...]


def school_worth(problem: CepProblem) -> SchoolWorth | None:
    """The objective summed over school terms; None if a term is neither that nor boundable."""
    n = len(problem.kept)
    slope, constant, full, outside = (np.zeros(n) for _ in range(4))
    sign = 1.0 if problem.objective.sense == "maximize" else -1.0
    slack, staying, left_out = 0.0, 0.0, []
    for part, weight in zip(problem.objective.parts, problem.objective.weights(), strict=True):
        if isinstance(part.term, SchoolTerm):
            worth = part.term.worth(problem)
            slope += sign * weight * worth.slope
            constant += sign * weight * worth.constant
            full += sign * weight * worth.full
            outside += sign * weight * worth.outside
        elif part.term.name == "regrouped":
            left_out.append(part.term.name)
            staying -= sign * weight
            slack += max(0.0, sign * weight) * n  # as a cost it is bounded by 0, as a gain by the number of schools
        else:
            return None
    return SchoolWorth(slope, constant, full, outside, slack, max(0.0, staying), tuple(left_out))


def parts_of(problem: CepProblem) -> tuple[Part, ...]:
    """One part per district, in the order of the districts. Empty if the objective has a term of unknown form."""
    worth = school_worth(problem)
    if worth is None:
        return ()
    listed = _listed(problem)
    order = np.argsort(problem.district_of_row, kind="stable")
    pieces = np.split(order, np.cumsum(np.bincount(problem.district_of_row))[:-1])
    together = [rows for _, rows in listed.together]
    unit_of = merged_rows(len(problem.kept), together) if together else np.arange(len(problem.kept))
    split = _split_units(problem, unit_of)
    return tuple(_part(problem, worth, district, rows, unit_of, listed, split) for district, rows in enumerate(pieces))


@frozen
class _Lists:
    """Rows that rules hold together or apart, each list with its rule's name, and rows that a rule keeps outside."""

    together: Sequence[tuple[str, Sequence[int]]]
    apart: Sequence[tuple[str, Sequence[int]]]
    outside: frozenset[int]

    def joining(self, rows: Sequence[int]) -> list[str]:
        """Rules that made one unit of these rows."""
        members = set(rows)
        return list(dict.fromkeys(name for name, listed in self.together if len(listed) > 1 and members & set(listed)))


def _listed(problem: CepProblem) -> _Lists:
    together: list[tuple[str, Sequence[int]]] = []
    apart: list[tuple[str, Sequence[int]]] = []
    outside: set[int] = set()
    for rule in problem.constraints:
        if isinstance(rule, rules.SameGroup):
            together.append((rule.name, rule.rows(problem)))
        elif isinstance(rule, rules.DifferentGroup):
            apart.append((rule.name, rule.rows(problem)))
        elif isinstance(rule, rules.CurrentGroupsKept):
            kept = rule.kept_groups(problem)
            together += [(rule.name, rows) for rows in kept]
            outside |= set(rule.outside(problem))
            apart.append((rule.name, [rows[0] for rows in kept]))
    return _Lists(together, apart, frozenset(outside))


def _split_units(problem: CepProblem, unit_of: Ints) -> set[int]:
    """Units with schools of two districts: a group never mixes districts, so such a unit can only stay out."""
    low = np.full(int(unit_of.max()) + 1 if len(unit_of) else 0, len(problem.districts), dtype=np.int64)
    high = np.full(len(low), -1, dtype=np.int64)
    np.minimum.at(low, unit_of, problem.district_of_row)
    np.maximum.at(high, unit_of, problem.district_of_row)
    return set(np.flatnonzero(low < high).tolist())


def _part(problem: CepProblem, worth: SchoolWorth, district: int, rows: Ints, unit_of: Ints, listed: _Lists,
          split: set[int]) -> Part:
    names, unit = np.unique(unit_of[rows], return_inverse=True)
    size = len(names)

    def summed(values: Floats) -> Floats:
        return np.bincount(unit, values[rows], minlength=size).astype(np.float64)

    must_join = np.zeros(size, dtype=bool)
    must_join[unit[problem.required[rows] | (not problem.may_stay_out)]] = True
    stays = np.zeros(size, dtype=bool)
    stays[unit[problem.excluded[rows]]] = True
    reasons: dict[int, list[str]] = {u: ["excluded"] for u in np.flatnonzero(stays).tolist()}
    for u, name in enumerate(names.tolist()):
        if name in split:  # no rule's name: the rules that joined the unit are the reason
            reasons.setdefault(u, [])
    place = {int(row): int(u) for row, u in zip(rows, unit, strict=True)}
    for row in listed.outside & place.keys():
        reasons.setdefault(place[row], []).append("current_groups_kept")
    different: list[tuple[str, tuple[int, ...]]] = []
    for name, apart in listed.apart:
        inside = [place[row] for row in apart if row in place]
        for u in {u for u in inside if inside.count(u) > 1}:  # together and apart: only outside
            reasons.setdefault(u, []).append(name)
        if len(set(inside)) > 1:
            different.append((name, tuple(dict.fromkeys(inside))))
    stays[list(reasons)] = True
    clash = np.flatnonzero(stays & must_join)
    if clash.size:
        first = int(clash[0])
        joining = "required" if problem.may_stay_out else "all_participate"
        unit_rows = np.flatnonzero(unit_of == names[first]).tolist()
        alone = any(problem.required[row] or not problem.may_stay_out for row in listed.outside & set(unit_rows))
        made = [] if alone else listed.joining(unit_rows)
        found = dict.fromkeys([*made, *(["current_groups_kept"] if alone else reasons[first]), joining])
        return Part(district, rows, unit, None, tuple(found))
    enrolled, identified = problem.exact_enrolled, problem.exact_identified
    instance = Instance(
        enrolled=summed(problem.enrolled), identified=summed(problem.identified),
        exact_enrolled=_whole(enrolled.values[rows], unit, size),
        exact_identified=_whole(identified.values[rows], unit, size), scale=enrolled.scale,
        slope=summed(worth.slope), constant=summed(worth.constant), full=summed(worth.full),
        outside=summed(worth.outside), must_join=must_join, must_stay_out=stays,
        max_groups=min(problem.options.max_groups, max(1, size)), rule=problem.claiming_rule,
        different_group=tuple(units for _, units in different))
    return Part(district, rows, unit, instance, apart_by=tuple(name for name, _ in different))


def _whole(values: npt.NDArray[Any], unit: Ints, size: int) -> npt.NDArray[Any]:
    """Exact sums of whole numbers per unit; objects where 64 bits might not do."""
    safe = values.dtype != object and (not len(values) or float(np.abs(values).max()) * len(values) < 2**62)
    sums = np.zeros(size, dtype=np.int64 if safe else object)
    np.add.at(sums, unit, values if safe else values.astype(object))
    return sums
