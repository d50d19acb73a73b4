"""The rules a district can set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from evenhand.errors import Fault, nearest
from evenhand.model import Constraint, Violation
from evenhand.shapes import OUTSIDE
from evenhand.spec.values import fraction_value
from evenhand_cep.today import OUT

if TYPE_CHECKING:
    from evenhand.model import Build
    from evenhand.shapes import Allocation
    from evenhand_cep.problem import CepProblem


def plain_number(number: Fraction) -> str:
    """An exact number as its author would write it."""
    return str(fraction_value(number))


def isp_words(isp: Fraction, minimum: Fraction) -> str:
    """An ISP under the minimum, cut (never rounded up) to as many decimals as tell the two apart; six at least."""
    places = 6
    while (cut := floor(isp * 10**places)) >= minimum * 10**places and places < 40:
        places += 1
    return f"{cut // 10**places}.{cut % 10**places:0{places}d}"


def _few(schools: Sequence[str]) -> str:
    shown = ", ".join(schools[:3])
    return f"({shown}{', ...' if len(schools) > 3 else ''})"


@frozen
class AllParticipate(Constraint):
    """Every school is in a group (schools marked ``excluded`` contradict it)."""

    name: ClassVar[str] = "all_participate"
    doc: ClassVar[str] = "every school is in a group"
    unit: ClassVar[str] = "schools"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        return [Violation(self.name, f"{problem.school(row)} is in no group")
                for row in (allocation.array == OUTSIDE).nonzero()[0].tolist()]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_joining(block, range(len(problem.kept)))

    def relief(self, problem: Any, amount: float) -> str:
        return f"all_participate: let {amount:g} school{'s' if amount != 1 else ''} stay out"


@frozen
class MayStayOut(Constraint):
    """Schools may stay out of CEP; one outside claims its ``outside_value``."""

    name: ClassVar[str] = "may_stay_out"
    doc: ClassVar[str] = "schools may stay out and claim their outside_value"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        return []

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        """Adds nothing: it takes a rule away."""


@frozen
class _SchoolList(Constraint):
    schools: Sequence[str] = field(converter=tuple, metadata={"doc": "ids of the schools"})

    def check(self, problem: Any) -> list[Fault]:
        found = []
        for number, school in enumerate(self.schools):
            where = f"constraint.{self.name}.schools[{number}]"
            rows = problem.rows_named(school)
            if not rows:
                found.append(Fault(where, f"there is no school {school!r}", nearest(school, problem.known_schools)))
            elif len(rows) > 1:
                found.append(Fault(where, f"{school!r} stands in {len(rows)} districts",
                                   "Give the schools of different districts different ids"))
            elif problem.position[rows[0]] < 0:
                found.append(Fault(where, f"{school!r} has no enrolment and is in no group",
                                   "Leave it out of the rule"))
        found += [Fault(f"constraint.{self.name}.schools", f"names {school!r} {count} times", "Name every school once")
                  for school, count in Counter(self.schools).items() if count > 1]
        if len(self.schools) < 2:
            found.append(Fault(f"constraint.{self.name}.schools", "names fewer than two schools", "Name at least two"))
        return found

    def rows(self, problem: CepProblem) -> list[int]:
        """Kept rows of the named schools, each once."""
        return list(dict.fromkeys(int(problem.position[problem.rows_named(s)[0]]) for s in self.schools))


@frozen
class SameGroup(_SchoolList):
    """All of the listed schools in one group, or all outside."""

    name: ClassVar[str] = "same_group"
    doc: ClassVar[str] = "the listed schools are in one group, or all out"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        groups = problem.groups(allocation).of_row
        rows = self.rows(problem)
        return [Violation(self.name, f"{problem.school(row)} is not with {problem.school(rows[0])}")
                for row in rows[1:] if groups[row] != groups[rows[0]]]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_together(block, self.rows(problem))

    def relief(self, problem: Any, amount: float) -> str:
        return f"same_group: take schools off the list {_few(self.schools)}"


@frozen
class DifferentGroup(_SchoolList):
    """No two of the listed schools in one group (two outside is fine)."""

    name: ClassVar[str] = "different_group"
    doc: ClassVar[str] = "no two of the listed schools are in one group"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        groups = problem.groups(allocation).of_row
        rows = self.rows(problem)
        return [Violation(self.name, f"{problem.school(a)} and {problem.school(b)} are in one group")
                for i, a in enumerate(rows) for b in rows[i + 1:] if groups[a] == groups[b] >= 0]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_apart(block, [self.rows(problem)])

    def relief(self, problem: Any, amount: float) -> str:
        return f"different_group: take schools off the list {_few(self.schools)}"


@frozen
class CurrentGroupsKept(Constraint):
    """Today's groups stay as they are; schools without one today are free."""

    name: ClassVar[str] = "current_groups_kept"
    doc: ClassVar[str] = "schools of one group today stay together, of different ones apart"

    def check(self, problem: Any) -> list[Fault]:
        if problem.today is not None:
            return []
        return [Fault("constraint.current_groups_kept", "there is no grouping of today to keep",
                      "Add the column group to the table schools")]

    def kept_groups(self, problem: CepProblem) -> list[list[int]]:
        """Kept rows of each of today's groups."""
        rows: dict[int, list[int]] = {}
        today = problem.today
        assert today is not None
        for row, group in enumerate(today.tolist()):
            if group >= 0:
                rows.setdefault(group, []).append(row)
        return [rows[group] for group in sorted(rows)]

    def outside(self, problem: CepProblem) -> list[int]:
        assert problem.today is not None
        return (problem.today == OUT).nonzero()[0].tolist()

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        groups = problem.groups(allocation).of_row
        kept = self.kept_groups(problem)
        found = [Violation(self.name, f"{problem.school(row)} is outside today") for row in self.outside(problem)
                 if groups[row] >= 0]
        found += [Violation(self.name, f"{problem.school(row)} is not with {problem.school(rows[0])}")
                  for rows in kept for row in rows[1:] if groups[row] != groups[rows[0]]]
        first: dict[int, int] = {}
        for rows in kept:
            group = int(groups[rows[0]])
            if group >= 0 and group in first:
                found.append(Violation(self.name, f"{problem.school(rows[0])} and {problem.school(first[group])} "
                                                  "are in different groups today"))
            first.setdefault(group, rows[0])
        return found

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        levels = build.extra["levels"]
        kept = self.kept_groups(problem)
        for rows in kept:
            levels.add_together(block, rows)
        levels.add_apart(block, [[rows[0] for rows in kept]])
        levels.add_outside(block, self.outside(problem))

    def relief(self, problem: Any, amount: float) -> str:
        return "current_groups_kept: blank the column group where schools may move"


@frozen
class MinimumIsp(Constraint):
    """Each group's ISP reaches the minimum (7 CFR 245.9(f)). Always holds."""

    name: ClassVar[str] = "minimum_isp"
    doc: ClassVar[str] = "each group's identified student percentage reaches the minimum"
    unit: ClassVar[str] = "identified students"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        groups = problem.groups(allocation)
        minimum = problem.options.min_isp
        return [Violation(self.name, f"group {groups.label[g]}{problem.in_district(groups.district[g])} has the ISP "
                                     f"{isp_words(groups.isp(g), minimum)}, under {plain_number(minimum)}",
                          float(minimum * groups.enrolled[g] - groups.identified[g]))
                for g in range(len(groups)) if groups.carried_isp[g] < minimum]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_requirements(block)

    def relief(self, problem: Any, amount: float) -> str:
        return f"minimum_isp: {amount:.6g} more identified students, or a lower min_isp"


@frozen
class RequiredSchools(Constraint):
    """Schools marked ``required`` are in a group. Always holds."""

    name: ClassVar[str] = "required"
    doc: ClassVar[str] = "schools marked required are in a group"
    unit: ClassVar[str] = "schools"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        rows = (problem.required & (allocation.array == OUTSIDE)).nonzero()[0].tolist()
        return [Violation(self.name, f"{problem.school(row)} is required and in no group") for row in rows]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_joining(block, problem.required.nonzero()[0].tolist())

    def relief(self, problem: Any, amount: float) -> str:
        return f"required: no longer require {amount:g} school{'s' if amount != 1 else ''}"


@frozen
class ExcludedSchools(Constraint):
    """Schools marked ``excluded`` stay out. Always holds."""

    name: ClassVar[str] = "excluded"
    doc: ClassVar[str] = "schools marked excluded stay out"
    unit: ClassVar[str] = "schools"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        rows = (problem.excluded & (allocation.array != OUTSIDE)).nonzero()[0].tolist()
        return [Violation(self.name, f"{problem.school(row)} is excluded and in a group") for row in rows]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_outside(block, problem.excluded.nonzero()[0].tolist())

    def relief(self, problem: Any, amount: float) -> str:
        return f"excluded: let {amount:g} school{'s' if amount != 1 else ''} join"


@frozen
class GroupLimit(Constraint):
    """At most ``max_groups`` groups in each district. Always holds."""

    name: ClassVar[str] = "max_groups"
    doc: ClassVar[str] = "at most max_groups groups in each district"
    unit: ClassVar[str] = "groups"

    def violations(self, problem: Any, allocation: Allocation) -> list[Violation]:
        groups = problem.groups(allocation)
        counts: dict[int, int] = {}
        for district in groups.district:
            counts[district] = counts.get(district, 0) + 1
        limit = problem.options.max_groups
        return [Violation(self.name, f"{count} groups{problem.in_district(district)}, more than {limit}",
                          float(count - limit))
                for district, count in counts.items() if count > limit]

    def apply(self, problem: Any, build: Build, block: Any) -> None:
        build.extra["levels"].add_group_limit(block)

    def relief(self, problem: Any, amount: float) -> str:
        return f"max_groups: {amount:g} more group{'s' if amount != 1 else ''}"
