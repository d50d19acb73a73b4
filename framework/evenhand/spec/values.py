"""Plain values of a spec: what TOML can hold, with numbers kept exactly as written."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral
from pathlib import PurePath
from typing import Any

from evenhand.errors import Fault, SpecError

MAX_DEPTH = 24
_MAX_DECIMALS = 400
_BAD: Any = object()  # stands for a value at fault until the container leaves it out


def show(value: object, limit: int = 80) -> str:
    """A value as it would be written in the spec, cut to ``limit`` characters."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(show(part) for part in value) + "]"
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key} = {show(part)}" for key, part in value.items()) + "}"
    else:
        text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def join(path: str, key: str) -> str:
    """The path of ``key`` inside ``path``; keys with dots, blanks or quotes are quoted."""
    bare = key.replace("_", "").replace("-", "")
    shown = key if bare.isalnum() and bare.isascii() else '"' + key.replace('"', '\\"') + '"'
    return f"{path}.{shown}" if path else shown


def fraction_value(number: Fraction) -> Decimal | int | str:
    """A fraction as an exact decimal if it is a finite one, else as text ``p/q``."""
    if number.denominator == 1:
        return number.numerator
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > _MAX_DECIMALS:
        return f"{number.numerator}/{number.denominator}"
    digits = number.numerator * 10**places // number.denominator
    return Decimal((0 if digits >= 0 else 1, tuple(map(int, str(abs(digits)))), -places))


def plain_value(value: Any, path: str, faults: list[Fault], depth: int = 0) -> Any:
    """The value in plain types (str, bool, int, Decimal, date and time, list, dict); offences are added to ``faults``.

    Floats become the decimal of their shortest text, fractions exact decimals (or text ``p/q``), tuples lists. A
    value at fault is ``None``, or left out of the table or list it stands in.
    """
    plain = _plain(value, path, faults, depth)
    return None if plain is _BAD else plain


def _plain(value: Any, path: str, faults: list[Fault], depth: int) -> Any:
    if depth > MAX_DEPTH:
        faults.append(Fault(path, f"is nested more than {MAX_DEPTH} levels deep", "flatten it"))
        return _BAD
    if isinstance(value, Mapping):
        return _plain_table(value, path, faults, depth)
    if isinstance(value, list | tuple):
        parts = [_plain(part, f"{path}[{place}]", faults, depth + 1) for place, part in enumerate(value)]
        return [part for part in parts if part is not _BAD]
    return _plain_scalar(value, path, faults)


def _plain_table(value: Mapping[Any, Any], path: str, faults: list[Fault], depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, part in value.items():
        if isinstance(key, str):
            plain = _plain(part, join(path, key), faults, depth + 1)
            if plain is not _BAD:
                result[str(key)] = plain
        else:
            faults.append(Fault(path, "a key is not text", "use text keys", value=repr(key)))
    return result


def _plain_scalar(value: Any, path: str, faults: list[Fault]) -> Any:
    if isinstance(value, bool | datetime.datetime | datetime.date | datetime.time):
        return value
    if isinstance(value, str | PurePath):
        return str(value)
    if isinstance(value, Fraction):
        return fraction_value(value)
    if isinstance(value, Integral):
        return int(value)
    item = getattr(value, "item", None)  # numpy's scalars
    if type(value).__module__ == "numpy" and callable(item) and getattr(value, "ndim", None) == 0:
        return _plain_scalar(item(), path, faults)
    if isinstance(value, float):
        value = Decimal(repr(float(value)))
    if isinstance(value, Decimal):
        if value.is_nan():
            faults.append(Fault(path, "nan is not a value", "write a number or leave the key out"))
            return _BAD
        return value
    cure = "leave the key out" if value is None else "use text, numbers, true/false, lists and tables"
    faults.append(Fault(path, f"a value of type {type(value).__name__} cannot stand in a spec", cure))
    return _BAD


def plain_table(value: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping in plain types. Raises :class:`SpecError` with every offence."""
    faults: list[Fault] = []
    result = _plain_table(value, "", faults, 0)
    if faults:
        raise SpecError(faults)
    return result
