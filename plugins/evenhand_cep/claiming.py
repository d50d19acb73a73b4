"""The claiming rule: from a group's identified and enrolled students to the share of meals claimed free."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rounding = Literal["none", "half_up_4", "floor_4"]
ROUNDINGS: tuple[Rounding, ...] = ("none", "half_up_4", "floor_4")

_STEPS = 10_000
"""Rounding policies carry an ISP to 1/10,000 (0.01 %)."""


@frozen
class Level:
    """One attainable claiming share and the least exact ISP that earns it."""

    share: Fraction
    requirement: Fraction


def _fraction(value: Fraction | int | str) -> Fraction:
    if isinstance(value, float):
        raise TypeError("give exact numbers (Fraction, int or decimal text), not floats")
    return Fraction(value)


@frozen
class ClaimingRule:
    """Share claimed free = min(1, multiplier x ISP), allowed when ISP >= ``min_isp``.

    ``rounding`` is applied once to a group's ISP; the rounded ISP serves both the minimum test and the share.

    Parameters
    ----------
    multiplier : Fraction
        Positive factor from ISP to claiming share (1.6 by 7 CFR 245.9(f)).
    min_isp : Fraction
        Least ISP of a group, in [0, 1].
    rounding : {"none", "half_up_4", "floor_4"}
        Exact ISP; rounded to 0.0001 with halves up (never to even); or cut to 0.0001.

    Raises
    ------
    ValueError
        If the multiplier is not positive, the minimum outside [0, 1] or the rounding unknown.
    TypeError
        If a number comes as a float, whose decimal text is lost.
    """

    multiplier: Fraction = field(default=Fraction(8, 5), converter=_fraction)
    min_isp: Fraction = field(default=Fraction(1, 4), converter=_fraction)
    rounding: Rounding = "none"

    def __attrs_post_init__(self) -> None:
        if self.multiplier <= 0:
            raise ValueError(f"multiplier must be positive, not {self.multiplier}")
        if not 0 <= self.min_isp <= 1:
            raise ValueError(f"min_isp must lie in [0, 1], not {self.min_isp}")
        if self.rounding not in ROUNDINGS:
            raise ValueError(f"rounding must be one of {', '.join(ROUNDINGS)}, not {self.rounding!r}")

    # -- exact -----------------------------------------------------------------------------------------------

    def rounded_isp(self, identified: Fraction | int, enrolled: Fraction | int) -> Fraction:
        """The ISP as the policy carries it. Exact; ``enrolled`` > 0."""
        isp = Fraction(identified) / Fraction(enrolled)
        if self.rounding == "half_up_4":
            return Fraction(floor(isp * _STEPS + Fraction(1, 2)), _STEPS)
        if self.rounding == "floor_4":
            return Fraction(floor(isp * _STEPS), _STEPS)
        return isp

    def is_allowed(self, identified: Fraction | int, enrolled: Fraction | int) -> bool:
        """Whether a group with these sums reaches the minimum ISP, exactly."""
        return self.rounded_isp(identified, enrolled) >= self.min_isp

    def share(self, identified: Fraction | int, enrolled: Fraction | int) -> Fraction:
        """Claiming share of a group with these sums, exactly (the minimum is not tested here)."""
        return min(Fraction(1), self.multiplier * self.rounded_isp(identified, enrolled))

    @property
    def lowest_share(self) -> Fraction:
        """The smallest share an allowed group can have, theta = min(1, multiplier x smallest allowed rounded ISP)."""
        return min(Fraction(1), self.multiplier * self._least_rounded(self.min_isp))

    @property
    def minimum_requirement(self) -> Fraction:
        """A group is allowed if and only if its exact ISP is at least this."""
        return self._requirement(self._least_rounded(self.min_isp))

    @property
    def full_requirement(self) -> Fraction:
        """An allowed group claims share 1 if and only if its exact ISP is at least this (over 1: unattainable)."""
        return self._requirement(self._least_rounded(max(self.min_isp, 1 / self.multiplier)))

    def levels(self) -> tuple[Level, ...]:
        """The finite list of attainable shares under a rounding policy, shares strictly rising.

        All levels of share 1 are collapsed into the first, which asks least. Empty for ``rounding = "none"``,
        where every share from ``lowest_share`` to 1 is attainable.
        """
        if self.rounding == "none":
            return ()
        found: list[Level] = []
        for step in range(ceil(self.min_isp * _STEPS), _STEPS + 1):
            isp = Fraction(step, _STEPS)
            share = min(Fraction(1), self.multiplier * isp)
            found.append(Level(share, self._requirement(isp)))
            if share == 1:
                break
        return tuple(found)

    def _least_rounded(self, isp: Fraction) -> Fraction:
        return isp if self.rounding == "none" else Fraction(ceil(isp * _STEPS), _STEPS)

    def _requirement(self, rounded: Fraction) -> Fraction:
        if self.rounding == "half_up_4":
            return max(Fraction(0), rounded - Fraction(1, 2 * _STEPS))
        return rounded

    # -- fast ------------------------------------------------------------------------------------------------

    def approximate_share(self, identified: Floats, enrolled: Floats) -> Floats:
        """Shares of many groups in floats, for searching only: the last digit, or the last rounding, may be off."""
        isp = identified / enrolled
        if self.rounding == "half_up_4":
            isp = np.floor(isp * _STEPS + 0.5) / _STEPS
        elif self.rounding == "floor_4":
            isp = np.floor(isp * _STEPS) / _STEPS
        return np.minimum(1.0, float(self.multiplier) * isp)

    def level_arrays(self) -> tuple[Floats, Floats]:
        """Shares and scaled requirements (multiplier x ISP) of :meth:`levels`, as float arrays of equal length."""
        levels = self.levels()
        shares = np.array([float(level.share) for level in levels])
        return shares, np.array([float(self.multiplier * level.requirement) for level in levels])
