"""The certificate ``dual`` of connected zones: separators and one multiplier per row of the relaxation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.certificates import Certificate, CertificateError
from evenhand_tiebreaker.statement import focal_value, same_problem, statement
from evenhand_tiebreaker.words import whole
from evenhand_tiebreaker.zone_instance import most_zones, refusal, zone_problem
from evenhand_tiebreaker.zones.bound import SeparatorBound, proven_bound
from evenhand_tiebreaker.zones.relaxation import SeparatorCut

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class ZoneCertificate(Certificate):
    """Separators of blocks and multipliers: the rows are built anew and added up in whole numbers, without a solver.

    Any separators and any multipliers of at least 0 bound every choice in so few zones. ``multipliers`` are whole
    numbers over ``denominator``, by row; rows that are not named have 0.
    """

    kind: ClassVar[str] = "dual"

    about: Mapping[str, Any]
    rows: int
    multipliers: Mapping[int, int]
    denominator: int
    cuts: Sequence[SeparatorCut]
    claimed: int

    @classmethod
    def of(cls, problem: TiebreakerProblem, found: SeparatorBound) -> Self:
        named = {row: number for row, number in enumerate(found.multipliers) if number}
        return cls(_about(problem), len(found.multipliers), named, found.denominator, found.cuts, found.students)

    def bound(self, problem: Problem) -> float | None:
        tiebreaker: TiebreakerProblem = problem  # type: ignore[assignment]
        same_problem(tiebreaker, {key: said for key, said in self.about.items() if key != "zones"})
        if refusal(tiebreaker) is not None or self.about.get("zones") != most_zones(tiebreaker.constraints):
            raise CertificateError("it speaks of another problem: zones differ")
        try:
            multipliers = tuple(self.multipliers.get(row, 0) for row in range(self.rows))
            found = proven_bound(zone_problem(tiebreaker), multipliers, self.denominator, tuple(self.cuts)).__floor__()
        except (ValueError, IndexError) as fault:
            raise CertificateError(str(fault)) from fault
        if found != self.claimed:
            raise CertificateError(f"it claims the bound {self.claimed} but proves {found}")
        return focal_value(tiebreaker, found)

    def to_json(self) -> dict[str, Any]:
        return {"problem": dict(self.about), "rows": self.rows, "denominator": self.denominator, "bound": self.claimed,
                "multipliers": {str(row): number for row, number in self.multipliers.items()},
                "separators": [[cut.target, *cut.separator] for cut in self.cuts]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            multipliers = {whole(int(row)): whole(number) for row, number in data["multipliers"].items()}
            cuts = [SeparatorCut(whole(target), [whole(block) for block in separator])
                    for target, *separator in data["separators"]]
            rows, denominator = whole(data["rows"]), whole(data["denominator"])
            if any(not 0 <= row < rows for row in multipliers):
                raise ValueError("a multiplier belongs to no row")
            return cls(dict(data["problem"]), rows, multipliers, denominator, cuts, whole(data["bound"]))
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None


def _about(problem: TiebreakerProblem) -> dict[str, Any]:
    return {**statement(problem), "zones": most_zones(problem.constraints)}
