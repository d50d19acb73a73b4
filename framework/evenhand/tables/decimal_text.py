"""What counts as a number in a cell, and what to tell the user when a text is none.

The grammar is plain decimal text: ``12``, ``-0.40``, ``.5``, ``1e-3``. Thousands separators, percent signs,
currency signs, padding and words are never guessed at: each is a fault whose cure shows the text to write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")

# Every double, down to 4.9e-324 written out, passes; a cell that would blow up exact arithmetic does not.
MAX_DECIMALS = 345
MAX_TEXT = 700
_PLAIN_DIGITS = 300

_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_SPACED = re.compile(r"[+-]?[0-9]+(?:[\s'_\u00a0\u202f][0-9]+)+(?:\.[0-9]+)?")
_CURRENCY = "$€£¥"
_MISSING = frozenset({"na", "n/a", "nan", "null", "none", "nil", "-", "--", ".", "?", "missing", "unknown", "#n/a"})
_TRUTH = frozenset({"true", "false", "yes", "no", "t", "f", "y", "n"})
_INFINITE = frozenset({"inf", "infinity", "∞"})


def is_number(text: str) -> bool:
    """Whether the text is a number of ours: decimal grammar, finite as a double, not absurdly fine."""
    if len(text) > MAX_TEXT or NUMBER.fullmatch(text) is None:
        return False
    if len(text) <= _PLAIN_DIGITS and "e" not in text and "E" not in text:
        return True
    return _in_limits(text)


def all_digits(texts: Sequence[str]) -> bool:
    """Whether every text is a plain whole number such as ``12``: then each is a number, told of all at once."""
    joined = "".join(texts)
    return joined.isascii() and joined.isdigit() and all(texts) and max(map(len, texts)) <= _PLAIN_DIGITS


def _in_limits(text: str) -> bool:
    exponent = Decimal(text).as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= MAX_DECIMALS and abs(float(text)) != float("inf")


def diagnose(text: str) -> tuple[str, str]:
    """Why a text is no number, and the cure: ``(message, cure)``."""
    bare = text.strip()
    lowered = bare.lower()
    if not bare:
        return "the cell is blank", "write a number"
    if len(text) > MAX_TEXT:
        return "is too long for a number", "write a plain number"
    if NUMBER.fullmatch(text):
        if abs(float(text)) == float("inf"):
            return "is too large for a number", "write a number below 1.7e308"
        return f"has more than {MAX_DECIMALS} decimal places", "write fewer decimal places"
    if bare != text and NUMBER.fullmatch(bare):
        return "has blanks around the number", f"write {bare}"
    if lowered in _TRUTH:
        return "is a truth value where a number is expected", "write a number"
    if lowered.lstrip("+-") in _INFINITE:
        return "is not a finite number", "write a finite number"
    if lowered in _MISSING:
        return "is not a number", "write the number; a missing value is never filled in"
    if bare.startswith("#"):
        return "is a spreadsheet error, not a number", "repair the formula in the spreadsheet"
    return _diagnose_notation(bare)


def _diagnose_notation(bare: str) -> tuple[str, str]:
    if bare.endswith("%"):
        inner = bare[:-1].strip()
        if NUMBER.fullmatch(inner):
            return "has a percent sign", f"write {plain(Decimal(inner) / 100)} (a share) or {inner}, without the sign"
        return "has a percent sign", "write a plain number without the sign"
    if _THOUSANDS.fullmatch(bare):
        return "has thousands separators", f"write {bare.replace(',', '')}"
    if _SPACED.fullmatch(bare):
        return "has separators inside the number", f"write {re.sub(r'[^0-9.+-]', '', bare)}"
    if any(sign in bare for sign in _CURRENCY):
        inner = "".join(c for c in bare if c not in _CURRENCY).strip().replace(",", "")
        cure = f"write {inner}" if NUMBER.fullmatch(inner) else "write a plain number"
        return "has a currency sign", cure
    if bare.count(",") == 1 and NUMBER.fullmatch(bare.replace(",", ".")):
        return "has a decimal comma", f"write {bare.replace(',', '.')}"
    if bare.startswith(("\u2212", "\u2013")) and NUMBER.fullmatch(bare[1:]):
        return "has a typographic minus sign", f"write -{bare[1:]}"
    return "is not a number", "write a plain number such as 12 or 0.5"


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_exact(value: object) -> Fraction:
    """The exact value of a number as it was written.

    Takes ``int``, ``Decimal``, ``Fraction``, ``float`` (read as its shortest decimal text, so ``0.29`` is 29/100),
    and text such as ``"0.35"`` or ``"7/20"``.

    Raises
    ------
    ValueError
        For truth values, nan, infinities, other types, and numbers beyond the limits of :func:`is_number`.
    """
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is a truth value, not a number")
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Integral):  # numpy's integers too
        return Fraction(int(value))
    if isinstance(value, float):
        value = repr(float(value))
    elif isinstance(value, Decimal):
        value = str(value)
    if isinstance(value, str):
        return _parse_text(value)
    raise ValueError(f"{value!r} is not a number")


def _parse_text(text: str) -> Fraction:
    head, slash, tail = text.partition("/")
    if slash:
        if not (is_number(head) and is_number(tail)):
            raise ValueError(f"{text!r} is not a fraction such as 7/20")
        if Fraction(tail) == 0:
            raise ValueError(f"{text!r} divides by zero")
        return Fraction(head) / Fraction(tail)
    if is_number(text):
        return Fraction(text)
    raise ValueError(f"{text!r} {diagnose(text)[0]}")
