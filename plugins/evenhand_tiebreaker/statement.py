"""What a certificate of this domain speaks of, and whom it may speak for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from evenhand.certificates import CertificateError
from evenhand_tiebreaker.terms import FocalReached
from evenhand_tiebreaker.words import fraction_text

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem


def statement(problem: TiebreakerProblem) -> dict[str, Any]:
    """The question: focal column, objective, kind of selection, budgets in the unit of the counts."""
    options = problem.options
    about: dict[str, Any] = {
        "focal": options.focal, "objective": problem.objective.formula(), "selection": options.selection,
        "limits": {limit.counted: limit.most for limit in problem.binding},
        "factor": problem.blocks.factor,
    }
    if options.selection == "rule":
        about |= {"features": list(options.features), "literals": options.literals, "directions": options.directions}
    if options.selection == "column":
        about["column"] = options.column
    if options.selection == "threshold":
        about["threshold"] = None if options.threshold is None else fraction_text(options.threshold)
    return about


def same_problem(problem: TiebreakerProblem, said: Mapping[str, Any]) -> None:
    """Raise :class:`CertificateError` if a certificate speaks of another question."""
    about = statement(problem)
    different = sorted(key for key in {**about, **said} if said.get(key) != about.get(key))
    if different:
        raise CertificateError(f"it speaks of another problem: {', '.join(different)} differ")


def focal_weight(problem: TiebreakerProblem) -> float | None:
    """The weight of ``focal_reached`` where it is all that is wanted; None for any other objective."""
    parts = problem.objective.parts
    if len(parts) == 1 and isinstance(parts[0].term, FocalReached) and parts[0].weight > 0:
        return parts[0].weight
    return None


def focal_value(problem: TiebreakerProblem, focal: int) -> float:
    """The objective's value of so many focal students (times the table's factor)."""
    weight = focal_weight(problem)
    if weight is None:
        raise CertificateError("it bounds focal students, and the objective asks for something else")
    return weight * problem.blocks.plain(focal)


def read_fraction(value: Any) -> Fraction:
    """A fraction of a certificate: whole numbers only, ``"7/20"`` or ``"3"``. Raises ``ValueError``."""
    if not isinstance(value, str) or not all(part.isdigit() for part in value.split("/")):
        raise ValueError(f"{value!r} is no fraction of whole numbers")
    return Fraction(value)
