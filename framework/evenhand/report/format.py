"""Numbers and names as people read them. Every function returns a text; an undefined value is a dash."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_UP, Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.model import Problem

UNDEFINED = "–"
MINUS = "\u2212"

_SMALL = 1e-4
"""Numbers below are written with a power of ten."""
_MET = 1e-9
"""Relative distance that is rounding."""
# The words for a gap: the largest measure in which it is at least one.
_MEASURES = ((1e-3, "thousand"), (1e-6, "million"), (1e-9, "billion"))


def _undefined(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _signed(value: float, text: str) -> str:
    """The text of ``abs(value)`` with a typographic minus, unless it was rounded to nothing."""
    return MINUS + text if value < 0 and any(digit in text for digit in "123456789") else text


def _fixed(value: Any, digits: int, before: str = "", after: str = "") -> str:
    if _undefined(value):
        return UNDEFINED
    if not math.isfinite(value):
        return _signed(value, "∞") if value > 0 else f"{MINUS}∞"
    return _signed(value, f"{before}{abs(value):,.{digits}f}{after}")


def money(value: Any) -> str:
    """Dollars and cents: ``$1,234.50``."""
    return _fixed(value, 2, "$")


def dollars(value: Any) -> str:
    """Whole dollars: ``$1,235``."""
    return _fixed(value, 0, "$")


def count(value: Any) -> str:
    """A number of things: ``1,453``; the parts of one that is not whole are kept."""
    if _undefined(value) or not math.isfinite(value):
        return _fixed(value, 0)
    return _fixed(value, 0) if value == int(value) else number(value)


def share(value: Any, digits: int = 1) -> str:
    """A share of one as percent: 0.4 is ``40.0%``."""
    return _fixed(None if _undefined(value) else 100 * float(value), digits, after="%")


def number(value: Any) -> str:
    """Any number, to six significant digits at least, without trailing zeros: ``1,234.5``."""
    if _undefined(value) or not math.isfinite(value):
        return _fixed(value, 0)
    size = abs(value)
    if size != 0 and size < _SMALL:
        mantissa, exponent = f"{size:.5e}".split("e")
        return _signed(value, f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS))
    text = f"{size:,.{_decimals(size)}f}"
    return _signed(value, text.rstrip("0").rstrip(".") if "." in text else text)


def _decimals(size: float) -> int:
    """Decimal places that show six significant digits of a number from one on."""
    return max(0, 6 - len(str(int(size)))) if size >= 1 else 6


def text(value: Any) -> str:
    """A text as it is; numbers, truth values and lists in words."""
    if _undefined(value):
        return UNDEFINED
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, int | float) or hasattr(value, "dtype"):
        return number(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(text(part) for part in value) or "none"
    return str(value)


_FORMATS = {"money": money, "dollars": dollars, "count": count, "share": share, "number": number, "text": text}
NUMERIC = frozenset(_FORMATS) - {"text"}


def cell(value: Any, kind: str = "text") -> str:
    """One cell of a table. ``kind`` is one of money, dollars, count, share, number, text.

    A text in a column of numbers (``"all"``) stays a text. Raises ``KeyError`` for an unknown kind.
    """
    form = _FORMATS[kind]
    return text(value) if isinstance(value, str | bool) else form(value)


def quantity(value: Any, unit: str) -> str:
    """A value with its unit: ``USD`` in money, ``share`` in percent, anything else after the number."""
    if _undefined(value):
        return UNDEFINED
    if unit == "USD":
        return money(value)
    if unit == "share":
        return share(value, 2)
    return f"{number(value)}\u00a0{unit}" if unit else number(value)


def limit(value: float | None, unit: str, *, upper: bool) -> str:
    """A bound with its unit, rounded to its safe side: a limit that was rounded the other way would be none.

    ``upper``: whether nothing can be above it (or nothing below it).
    """
    if value is None or not math.isfinite(value):
        return quantity(value, unit)
    exact = Decimal(value)
    # As many digits as the value beside it is shown with: fewer would look like a gap.
    plain = 5 - exact.adjusted() if 0 < abs(value) < _SMALL else _decimals(abs(value))
    rounding = ROUND_CEILING if upper else ROUND_FLOOR
    with localcontext(prec=800):
        rounded = exact.quantize(Decimal(1).scaleb(-{"USD": 2, "share": 4}.get(unit, plain)), rounding)
    return quantity(float(rounded), unit)


def limit_beside(value: float | None, worth: float | None, unit: str, *, upper: bool) -> str:
    """The same where the answer's worth stands beside it: one that it meets, but for rounding, reads like it."""
    if value is None or worth is None or abs(value - worth) > _MET * abs(worth):
        return limit(value, unit, upper=upper)
    return quantity(worth, unit) + ("" if value == worth else ", but for rounding")


def seconds(value: float) -> str:
    """A duration: ``0.04 s``, ``1.7 s``, ``2 min 5 s``, ``1 h 2 min``; a rest of nothing is left out."""
    if value < 0.095:
        return f"{value:.2f} s"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def gap_words(gap: float | None, unit: str = "") -> str:
    """A relative gap in words, never less than it is: ``8 in a million``, ``8 dollars in a million``, ``2.3 percent``.

    ``unit`` is the objective's; only ``USD`` has a word of its own.
    """
    if gap is None or math.isnan(gap):
        return "unknown"
    if gap == 0:
        return "nothing"
    if gap > 1000:
        return "more than a thousand times the value"
    if gap > 2:
        return f"{_rounded_up(gap, 3)} times the value"
    if gap >= 0.01:
        return f"{_rounded_up(100 * gap, 3 if gap > 1 else 2)} percent"
    for measure, name in _MEASURES:
        if gap >= measure:
            amount = _rounded_up(gap / measure, 2 if gap / measure < 100 else 3)
            noun = "" if unit != "USD" else " dollar" if amount == "1" else " dollars"
            return f"{amount}{noun} in a {name}"
    return "less than one in a billion" if unit != "USD" else "less than a dollar in a billion"


def _rounded_up(value: float, digits: int) -> str:
    """So many significant digits, away from zero. The noise of floats beyond the twelfth digit does not count."""
    quiet = Context(prec=12).create_decimal_from_float(value)
    return f"{Context(prec=digits, rounding=ROUND_UP).plus(quiet).normalize():f}"


def name_words(name: str) -> str:
    """A name of the program as words: ``base_reimbursement`` is ``base reimbursement``."""
    return name.replace("_", " ")


def objective_unit(problem: Problem) -> str:
    """The unit of the objective's value: the one that all its terms share, or nothing."""
    units = {part.term.unit for part in problem.objective.parts}
    return units.pop() if len(units) == 1 else ""
