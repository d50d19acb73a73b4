"""Signposts d(a) of the divisor methods: where, between a and a + 1 units, a quotient is rounded up."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
from attrs import frozen

from evenhand_apportionment.classic.populations import Floats, Ints

DIVISOR_METHODS = ("adams", "danish", "dean", "huntington_hill", "webster", "condorcet", "modified_sainte_lague",
                   "jefferson", "imperiali", "power_mean", "stationary")
TIE_BITS = 140
"""Without an exact form two priorities are equal when they agree to within ``2**-TIE_BITS`` people per unit."""
_LARGEST_EXACT_POWER = 64
_SMALLEST_POWER = Fraction(1, 256)
_DIGITS = Context(prec=140, Emin=-10**9, Emax=10**9)
_BLOCK = 2**20


class Signpost(ABC):
    """d(a), increasing in a. A group's claim to its next unit is its priority ``P / d(a)``.

    Attributes
    ----------
    power
        Priorities are compared as ``P**power / d(a)**power``, which is rational: 2 for Huntington-Hill.
    exact
        False where no power of d is rational; then :meth:`ratio` has 140 digits and ties are declared.
    slack
        Relative error of one float priority, generously.
    """

    method: str
    parameter: Fraction | float | None
    power: int = 1
    exact: bool = True
    slack: float = 1e-13

    @abstractmethod
    def ratio(self, a: int) -> tuple[int, int]:
        """``d(a)**power`` as numerator and denominator."""

    @abstractmethod
    def values(self, a: Ints | Floats) -> Floats:
        """d(a), shape of ``a``."""

    @abstractmethod
    def count(self, x: Floats) -> Floats:
        """How many of d(0), d(1), ... are at most x (as whole floats; right up to :attr:`slack` of x)."""

    @abstractmethod
    def totals(self, a: Ints) -> Floats:
        """``d(0) + ... + d(a - 1)``, shape of ``a``; relative error below :attr:`slack`."""

    @property
    def starts_at_zero(self) -> bool:
        """Whether d(0) = 0: everybody's first unit comes before anybody's second."""
        return self.ratio(0)[0] == 0

    def value(self, a: int) -> float:
        return float(self.values(np.array([a], dtype=np.int64))[0])


@frozen(eq=False)
class Line(Signpost):
    """``d(a) = (step a + start) / denominator``, with its own d(0) where ``first`` is given."""

    method: str
    parameter: Fraction | float | None
    step: int
    start: int
    denominator: int
    first: Fraction | None = None

    def ratio(self, a: int) -> tuple[int, int]:
        if a == 0 and self.first is not None:
            return self.first.numerator, self.first.denominator
        return self.step * a + self.start, self.denominator

    def values(self, a: Ints | Floats) -> Floats:
        found: Floats = (float(self.step) * a.astype(np.float64) + float(self.start)) / float(self.denominator)
        if self.first is not None:
            found[a == 0] = float(self.first)
        return found

    def count(self, x: Floats) -> Floats:
        found: Floats = np.floor((x * float(self.denominator) - float(self.start)) / float(self.step)) + 1.0
        if self.first is None:
            return np.maximum(found, 0.0)
        return np.where(x < float(self.first), 0.0, np.maximum(found, 1.0))

    def totals(self, a: Ints) -> Floats:
        units = a.astype(np.float64)
        found: Floats = units * (float(self.step) * (units - 1.0) / 2.0 + float(self.start)) / float(self.denominator)
        if self.first is not None:
            found[a > 0] += float(self.first - Fraction(self.start, self.denominator))
        return found


@frozen(eq=False)
class Mean(Signpost):
    """``d(a) = ((a**p + (a + 1)**p) / 2)**(1/p)``; the geometric mean for p = 0. p is finite and not 1."""

    method: str
    parameter: Fraction | float | None
    p: Fraction
    power: int
    exact: bool
    slack: float = 1e-12

    def ratio(self, a: int) -> tuple[int, int]:
        if self.p <= 0 and a == 0:
            return 0, 1
        if not self.exact:
            return self._digits(a).as_integer_ratio()
        if self.p == 0:
            return a * (a + 1), 1
        m = self.power
        if self.p > 0:
            return a**m + (a + 1)**m, 2
        return 2 * (a * (a + 1))**m, a**m + (a + 1)**m

    def _digits(self, a: int) -> Decimal:
        at = _DIGITS
        p = at.divide(Decimal(self.p.numerator), Decimal(self.p.denominator))
        low = at.power(Decimal(a), p) if a else Decimal(0)
        mean = at.divide(at.add(low, at.power(Decimal(a + 1), p)), Decimal(2))
        return at.power(mean, at.divide(Decimal(1), p))

    def values(self, a: Ints | Floats) -> Floats:
        units = a.astype(np.float64)
        if self.p == 0:
            return np.asarray(np.sqrt(units) * np.sqrt(units + 1.0))
        if self.p == -1:
            return np.asarray(2.0 * units * (units + 1.0) / (2.0 * units + 1.0))
        p = float(self.p)
        with np.errstate(divide="ignore"):
            # The smaller of a**p and (a + 1)**p over the larger, less 1; written so that p near 0 loses no digits.
            apart = np.expm1(-abs(p) * np.log1p(1.0 / units))
        return np.asarray((units + 1.0 if p > 0 else units) * np.exp(np.log1p(apart / 2.0) / p))

    def count(self, x: Floats) -> Floats:
        whole = np.floor(np.minimum(x, 2.0**53))
        # d(a) lies between a and a + 1, so only the unit after floor(x) is in question.
        return np.asarray(whole + (self.values(whole) <= x))

    def totals(self, a: Ints) -> Floats:
        """Webster's sum ``a*a/2`` less what each signpost lies below a + 1/2, added up in blocks."""
        found = a.astype(np.float64)**2 / 2.0
        wanted = np.unique(a)
        below = np.zeros(len(wanted))
        passed = 0.0
        for start in range(0, int(wanted.max(initial=0)), _BLOCK):
            t = np.arange(start, min(start + _BLOCK, int(wanted[-1])), dtype=np.int64)
            sums = passed + np.cumsum(t + 0.5 - self.values(t))
            inside = (wanted > start) & (wanted <= start + _BLOCK)
            below[inside] = sums[wanted[inside] - start - 1]
            passed = float(sums[-1])
        return np.asarray(found - below[np.searchsorted(wanted, a)])


def signpost(method: str, parameter: int | float | Fraction | None = None) -> Signpost:
    """The signposts of a divisor method.

    Parameters
    ----------
    parameter
        Only for ``power_mean`` (exponent p, infinities allowed) and ``stationary`` (s in [0, 1]). A float stands for
        the decimal number it is printed as.

    Raises
    ------
    ValueError
        For an unknown method, a parameter that is missing, unwanted or out of range.
    """
    if method in ("power_mean", "stationary"):
        if parameter is None or parameter != parameter:
            raise ValueError(f"{method} needs a parameter")
        return _power_mean(parameter) if method == "power_mean" else _stationary(parameter)
    if parameter is not None:
        raise ValueError(f"{method} takes no parameter")
    if method in ("dean", "huntington_hill"):
        return Mean(method, None, Fraction(-1 if method == "dean" else 0), 1 if method == "dean" else 2, exact=True)
    lines = {"adams": (1, 0, 1), "danish": (3, 1, 3), "webster": (2, 1, 2), "condorcet": (5, 2, 5),
             "modified_sainte_lague": (2, 1, 2), "jefferson": (1, 1, 1), "imperiali": (1, 2, 2)}
    if method not in lines:
        raise ValueError(f"unknown divisor method {method!r}; known: {', '.join(DIVISOR_METHODS)}")
    first = Fraction(7, 10) if method == "modified_sainte_lague" else None
    return Line(method, None, *lines[method], first=first)


def _stationary(parameter: int | float | Fraction) -> Signpost:
    if not 0 <= parameter <= 1:
        raise ValueError(f"the parameter of stationary lies between 0 and 1; found {parameter}")
    s = _decimal(parameter)
    return Line("stationary", s, s.denominator, s.numerator, s.denominator)


def _power_mean(parameter: int | float | Fraction) -> Signpost:
    if parameter in (-math.inf, math.inf):
        return Line("power_mean", float(parameter), 1, 0 if parameter < 0 else 1, 1)
    p = _decimal(parameter)
    if 0 < p < _SMALLEST_POWER:
        raise ValueError(f"an exponent between 0 and 1/256 makes a first unit almost free; use 0 (found {parameter})")
    if p == 1:
        return Line("power_mean", p, 2, 1, 2)
    exact = p.denominator == 1 and abs(p) <= _LARGEST_EXACT_POWER
    power = (abs(p.numerator) or 2) if exact else 1
    return Mean("power_mean", p, p, power, exact)


def _decimal(parameter: int | float | Fraction) -> Fraction:
    return Fraction(repr(parameter)) if isinstance(parameter, float) else Fraction(parameter)
