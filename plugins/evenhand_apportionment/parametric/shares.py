"""Shares of the whole that groups aim at: whole numbers wherever they can be, with their possible error elsewhere.

An ideal ``k s_i / S`` decides by its last digit whether a division is exact, and below beta 1 the smallest miss costs
dearly. Populations are therefore kept as whole numbers without a common divisor: the decimals of a table, and doubles
that are the nearest ones to short decimals. Powers of 0, 1, 2, ... stay whole, and roots where they come out even.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WHOLE = 2.0**53
"""Doubles hold every whole number up to this."""

_DECIMALS = 9
_HEAD = 64
_PERIOD = 2**52
_ROOTS = 4      # exponents that are multiples of 1/4: square roots, at most twice


@frozen(eq=False, slots=False)
class Shares:
    """Positive numbers s of which each is to have its part.

    Attributes
    ----------
    values : float64 array of shape (n,)
    total : float
        Their sum S, rounded once.
    exact : bool
        Whether values and total are whole and exact.
    doubt : float
        Relative error that ``k s / S`` may have when it is computed in doubles.
    """

    values: Floats = field(repr=False)
    total: float
    exact: bool
    doubt: float
    _whole: list[int] | None = field(repr=False)

    @property
    def last_exact(self) -> int:
        """The largest k for which whole multiples of S and of s are doubles, a few units beyond k included; or 0."""
        return max(0, int(WHOLE // self.total) - 4) if self.exact else 0

    @cached_property
    def whole(self) -> list[int] | None:
        """The same shares in whole numbers, if they are known."""
        return [int(value) for value in self.values.tolist()] if self.exact else self._whole

    @cached_property
    def _sum(self) -> int:
        return sum(self.whole or ())

    @cached_property
    def _periods(self) -> tuple[Ints, Ints]:
        """Rows and p: the ideal of the row is a whole number where p divides k; p that no k reaches are left out."""
        whole, total = self.whole or [], self._sum
        if total < 2**62:
            period = total // np.gcd(np.array(whole, dtype=np.int64), max(total, 1))
        else:
            period = np.array([min(total // math.gcd(total, share), 2 * _PERIOD) for share in whole], dtype=np.int64)
        rows = np.flatnonzero(period <= _PERIOD)
        return rows, period[rows]

    def ideals(self, sizes: Ints) -> Floats:
        """The ideals of K numbers of units, rounded, of shape (K, n).

        Where the shares are known in whole numbers an ideal comes out whole if and only if it is; elsewhere if it
        cannot be told from a whole number: 0.2 as an exponent means a fifth, which no double is.
        """
        ideal = self.values * sizes.astype(np.float64)[:, np.newaxis]
        ideal /= self.total
        whole = np.rint(ideal)
        places, rows = np.nonzero(np.abs(ideal - whole) <= self.doubt * ideal)
        if self.whole is None:
            ideal[places, rows] = whole[places, rows]
            return ideal
        for place, row in zip(places.tolist(), rows.tolist(), strict=True):
            nearest = int(whole[place, row])
            apart = int(sizes[place]) * self.whole[row] - nearest * self._sum
            if apart == 0:
                ideal[place, row] = nearest
            elif ideal[place, row] == nearest:
                ideal[place, row] = np.nextafter(ideal[place, row], math.copysign(math.inf, apart))
        return ideal

    def whole_at(self, k: int) -> Ints:
        """Rows whose ideal of k units is known to be whole."""
        rows, period = self._periods
        found: Ints = rows[k % period == 0]
        return found


def shares_of(people: Floats, numbers: Ints | list[int] | None, kappa: float) -> Shares:
    """The populations to the power kappa; ``numbers`` are the same in whole numbers of any scale, if they are known.

    Raises
    ------
    OverflowError
        If kappa sends the smallest beneath the smallest double.
    """
    if kappa == 0.0 or bool((people == people[0]).all()):
        same = numbers is None or kappa == 0.0 or _common(numbers)[1] == 1
        if same:
            return Shares(np.ones(len(people)), float(len(people)), True, 0.0, None)
    whole: list[int] | None = None
    if numbers is not None:
        reduced, largest = _common(numbers)
        raised = _raised(reduced, largest, kappa)
        if raised is not None:
            return Shares(raised, float(raised.sum()), True, 2.0 * sys.float_info.epsilon, None)
        whole = [int(number) for number in reduced] if kappa == 1.0 else None
    values = powers(people, kappa, "kappa")
    # One rounding each to read, multiply, divide and add up; a power may add some of its own.
    doubt = sys.float_info.epsilon * (2.0 if kappa == 1.0 else kappa + 8.0)
    return Shares(values, math.fsum(values.tolist()), False, doubt, whole)


def whole_numbers(given: Any, people: Floats) -> Ints | list[int] | None:
    """Populations in whole numbers of some scale, or None where no short scale has them; ``people``: their doubles."""
    if isinstance(given, np.ndarray) and given.dtype.kind in "iu" and given.dtype != np.uint64:
        return given.astype(np.int64)
    kinds = set() if isinstance(given, np.ndarray) and given.dtype.kind == "f" else set(map(type, given))
    if kinds and all(issubclass(kind, int | np.integer | Fraction) for kind in kinds):
        exact = [Fraction(value) if isinstance(value, Fraction) else Fraction(int(value)) for value in given]
        scale = math.lcm(*(value.denominator for value in exact))
        return [value.numerator * (scale // value.denominator) for value in exact]
    return _decimals(people)


def _decimals(people: Floats) -> Ints | None:
    """Doubles that are the nearest ones to decimals of few places, as whole numbers."""
    for places in range(_DECIMALS + 1):
        power = 10.0**places
        if float(people.max()) * power >= WHOLE:
            break
        if all(bool((np.rint(part * power) / power == part).all()) for part in (people[:_HEAD], people)):
            return np.rint(people * power).astype(np.int64)
    return None


def _common(numbers: Ints | list[int]) -> tuple[Ints | list[int], int]:
    """The numbers without their common divisor, and the largest."""
    if isinstance(numbers, np.ndarray):
        reduced = numbers // np.gcd.reduce(numbers)
        return reduced, int(reduced.max())
    common = math.gcd(*numbers)
    listed = [number // common for number in numbers]
    return listed, max(listed)


def _raised(numbers: Ints | list[int], largest: int, kappa: float) -> Floats | None:
    """Whole numbers to a power, as doubles, if all of it can be exact."""
    top = kappa * _ROOTS
    if top != int(top) or largest >= WHOLE or kappa * math.log2(largest) >= 53.0:
        return None
    values = np.array(numbers, dtype=np.float64)
    power, root = int(top), _ROOTS
    while power % 2 == 0 and root > 1:
        power, root = power // 2, root // 2
    while root > 1:
        halved = np.rint(np.sqrt(values))
        if not (halved * halved == values).all():
            return None
        values, root = halved, root // 2
    raised = values.copy()
    for _ in range(power - 1):      # products of whole numbers below 2^53 are exact, unlike powers
        raised *= values
    return raised if float(raised.sum()) < WHOLE else None


def powers(people: Floats, exponent: float, name: str) -> Floats:
    """The populations to a power, scaled first so that none overflows; for 1 by a power of two, which is exact.

    Raises
    ------
    OverflowError
        If the smallest comes out beneath the smallest double.
    """
    if exponent == 0.0:
        return np.ones(len(people))
    if exponent == 1.0:
        scaled = np.ldexp(people, -int(np.frexp(people.max())[1]))
    else:
        scaled = (people / people.max()) ** exponent
    if (scaled < np.finfo(np.float64).tiny).any():
        raise OverflowError(f"{name} = {exponent} sends the smallest group beneath the smallest double")
    return scaled
