"""What an external solver says at its end, in words of our own, and bounds read from printed text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from evenhand.solvers.limits import Limits

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution"]

# Solvers print this or more for "no number".
ENDLESS = 1e19


@frozen
class Job:
    """One model file to minimize, and the conditions. Values and bounds are those of the written objective.

    ``gap`` is what the solver is told: a little under the requested one, which is measured against other numbers.
    """

    folder: Path
    model: Path
    limits: Limits
    gap: float
    options: Mapping[str, Any]
    report: Callable[[float | None, float | None], None]

    @property
    def seconds(self) -> float | None:
        """Time the solver may take, or None; a little is kept for reading its answer."""
        left = self.limits.remaining
        return None if math.isinf(left) else max(0.1, left - min(0.2, 0.1 * left))

    @property
    def seed(self) -> int:
        """The seed in the range that every solver takes."""
        return self.limits.seed % (2**31 - 1)


@frozen(eq=False)
class Outcome:
    """How a solver ended.

    Parameters
    ----------
    status : ``optimal`` and ``infeasible`` are the solver's claims; ``feasible`` has values and was cut short.
    values : by the variable's name in the model file; None without a solution.
    bound : no solution is under this, as far as the solver's tolerances go; None when it claims nothing.
    version : of the solver, as it states it.
    notices : what the user must know.
    """

    status: Status
    values: Mapping[str, float] | None = None
    bound: float | None = None
    version: str = ""
    notices: Sequence[str] = ()


def finite(number: float | None) -> float | None:
    """The number, or None for what solvers write when they have none."""
    return None if number is None or not abs(number) < ENDLESS else number


def printed_bound(text: str, digits: int | None = None) -> float | None:
    """A lower bound that was printed with rounding, moved down by one unit of its last digit. None if it is none.

    A printed bound may lie above the true one by half a unit; only the lower neighbour is certain to be a bound.

    Parameters
    ----------
    text : the number as printed.
    digits : significant digits of a format that cuts trailing zeros (``%g``); None for one that does not.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or finite(float(number)) is None:
        return None
    unit = exponent if digits is None else min(exponent, number.adjusted() - digits + 1)
    return math.nextafter(float(number - Decimal(1).scaleb(unit)), -math.inf)
