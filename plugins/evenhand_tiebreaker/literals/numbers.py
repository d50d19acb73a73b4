"""Numbers as the user wrote them: exact fractions in, exact text out."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np

_WRITTEN = re.compile(r"[+-]?(\d+/\d+|\d+(\.\d*)?|\.\d+)", re.ASCII)
_LONGEST = 1000  # characters of a number: any fraction this package writes is shorter
_DECIMALS = 12


def read_number(value: object) -> Fraction:
    """Return ``value`` as the exact number that was written.

    A float is read as its shortest decimal, the one the user typed: ``0.29`` is 29/100, not the binary neighbour.

    Parameters
    ----------
    value
        An int, a float, a ``Decimal``, a ``Fraction``, or text such as ``"0.35"`` or ``"7/20"``.

    Raises
    ------
    ValueError
        Not a number, not finite, a zero denominator, or text in another form.
    """
    if isinstance(value, np.generic):
        value = value.item() if not isinstance(value, np.floating) else Decimal(str(value))
    if isinstance(value, bool):
        raise ValueError("a truth value is not a number")
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        # An exponent of a billion would be written out digit by digit.
        if not value.is_finite() or abs(value.adjusted()) > 400:
            raise ValueError(f"{value} is not a finite number of usual size")
        return Fraction(value)
    if isinstance(value, str):
        return _read_text(value.strip())
    raise ValueError(f"{value!r} is not a number")


def _read_text(text: str) -> Fraction:
    if len(text) > _LONGEST or not _WRITTEN.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is neither a decimal number nor a fraction like '7/20'")
    if "/" in text and int(text.partition("/")[2]) == 0:
        raise ValueError(f"{text!r} divides by zero")
    return Fraction(text)


def decimal_text(number: Fraction) -> str | None:
    """The exact decimal of ``number``, or None if it never ends or has more than 12 places."""
    scaled = number * 10**_DECIMALS
    if scaled.denominator != 1:
        return None
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled.numerator), 10**_DECIMALS)
    return f"{sign}{whole}.{rest:0{_DECIMALS}d}".rstrip("0").rstrip(".")


def exact_text(number: Fraction) -> str:
    """``"5"``, ``"0.35"`` or, where no short decimal is exact, ``"3/11"``; :func:`read_number` reads it back."""
    return decimal_text(number) or str(number)


def told_number(number: Fraction, *, share: bool = False) -> str:
    """The number for a sentence: always exact, with the fraction of a share or a rounded decimal beside it."""
    decimal = decimal_text(number)
    if decimal is None:
        return f"{number} (about {float(number):.4f})"
    return f"{decimal} ({number})" if share and number.denominator != 1 else decimal


def plain_number(number: Fraction) -> int | str:
    """The form for a spec: an integer where it is one, otherwise exact text."""
    return number.numerator if number.denominator == 1 else exact_text(number)
