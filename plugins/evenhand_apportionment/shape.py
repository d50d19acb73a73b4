"""The shape of a division whose number of units is still to be chosen."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from evenhand.shapes import Division


@frozen(eq=False)
class OpenDivision(Division):
    """A division without a total.

    It has a kind of its own, so that solvers that would minimize the error over all sizes at once refuse it: the
    size is chosen by the score.
    """

    kind: ClassVar[str] = "division with units_range (solved by marginal and dynamic-programming)"
