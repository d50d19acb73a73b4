"""Quota violations, and bias between large and small groups."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic.populations import Counts, Ints, Populations, read, total

Side = Literal["lower", "upper"]


def quota_violations(populations: Counts | Populations, units: Sequence[int] | Ints) -> list[tuple[int, Side]]:
    """Groups a whole unit or more away from their quota ``q = P k / S``.

    Lower: ``a <= q - 1``, tested as ``a S <= P k - S``; upper: ``a >= q + 1``. In whole numbers throughout.
    """
    whole, have = read(populations).whole, np.asarray(units, dtype=np.int64)
    if len(whole) != len(have):
        raise ValueError(f"{len(have)} units for {len(whole)} groups")
    everybody, k = total(whole), sum(have.tolist())
    if 4 * max(1, k) * everybody >= 2**63 or have.min(initial=0) < 0:
        whole, have = whole.astype(object), have.astype(object)  # whole numbers of any size
    apart = have * everybody - whole * k
    sides: dict[bool, Side] = {False: "lower", True: "upper"}
    return [(group, sides[bool(apart[group] > 0)]) for group in np.flatnonzero(abs(apart) >= everybody).tolist()]


@frozen
class Bias:
    """Shares of units and of population held by the largest groups and by the smallest ones."""

    groups: int
    large_population: Fraction
    large_units: Fraction
    small_population: Fraction
    small_units: Fraction

    @property
    def towards_large(self) -> float:
        """Units per person of the large over that of the small, less 1; ``inf`` when the small have no unit."""
        small = self.small_units * self.large_population
        large = self.large_units * self.small_population
        return float(large / small) - 1.0 if small else float("inf")


def bias(populations: Counts | Populations, units: Sequence[int] | Ints, part: int = 2) -> Bias:
    """Compare the largest and the smallest ``1/part`` of the groups (2: halves, 3: thirds), rounded down.

    Equal populations keep their input order; with an odd number of groups the middle belongs to neither half.

    Raises
    ------
    ValueError
        With fewer than ``part`` groups or without any unit.
    """
    whole = read(populations).whole.tolist()
    have = np.asarray(units, dtype=np.int64).tolist()
    everybody, k, many = sum(whole), sum(have), len(whole) // part
    if many < 1 or part < 2 or k < 1:
        raise ValueError(f"bias needs at least {max(2, part)} groups and one unit; found {len(whole)} and {k}")
    order = sorted(range(len(whole)), key=lambda group: -whole[group])

    def shares(groups: Sequence[int]) -> tuple[Fraction, Fraction]:
        return (Fraction(sum(whole[group] for group in groups), everybody),
                Fraction(sum(have[group] for group in groups), k))

    large, small = shares(order[:many]), shares(order[-many:])
    return Bias(many, large[0], large[1], small[0], small[1])
