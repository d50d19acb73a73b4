"""Numbers and lists in words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

# A list of thousands of ids helps nobody; the count always stands before it.
LISTED = 40


def count_words(count: int, factor: int = 1) -> str:
    """A count times ``factor`` as students: ``1,234`` or ``1,234.5``."""
    if count % factor == 0:
        return f"{count // factor:,}"
    return f"{count / factor:,.6g}" if count < 10**6 * factor else f"{count / factor:,.1f}"


def number_words(number: Fraction) -> str:
    """An exact number as people write it: ``1,234``, ``3.3``."""
    return f"{number.numerator:,}" if number.denominator == 1 else f"{float(number):,.6g}"


def threshold_words(threshold: Fraction) -> str:
    """A cut-off as an exact fraction, with its decimals where it is not whole: ``7/20 (0.35)``, ``1``."""
    text = fraction_text(threshold)
    return text if threshold.denominator == 1 else f"{text} ({float(threshold):.6g})"


def count_text(count: int, factor: int = 1) -> str:
    """A count times ``factor`` as a cell: its shortest text."""
    return str(count // factor) if count % factor == 0 else repr(count / factor)


def unit_words(counted: str) -> str:
    """What a budget counts."""
    return {"non_focal": "non-focal students", "students": "students", "blocks": "blocks"}[counted]


def listing(ids: Sequence[str], most: int = LISTED) -> str:
    """Ids, the first ones by name."""
    more = f" and {len(ids) - most:,} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more


def number_of(count: int, one: str, many: str) -> str:
    """``1 block``, ``2 blocks``."""
    return f"{count:,} {one if count == 1 else many}"


def fraction_text(number: Fraction) -> str:
    """An exact fraction: ``7/20``, ``1``."""
    return str(number.numerator) if number.denominator == 1 else f"{number.numerator}/{number.denominator}"


def whole(value: object) -> int:
    """A whole number of a certificate. Raises ``ValueError``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is no whole number")
    return value
