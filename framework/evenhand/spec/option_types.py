"""How a value of a spec becomes an option's type: one hook per type, registered with cattrs."""

from __future__ import annotations

import collections.abc
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args
from typing import get_origin as _origin

import attrs
import cattrs

from evenhand.errors import Fault, nearest
from evenhand.spec.values import join, show
from evenhand.tables.decimal_text import diagnose, parse_exact

_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_TABLES = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_NAMES: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    Fraction: "a number",
    Decimal: "a number",
    str: "text",
    bool: "true or false",
    NoneType: "nothing",
    Any: "any value",
    object: "any value",
}


def get_origin(annotation: Any) -> Any:
    """``typing.get_origin`` for any annotation, special forms included."""
    return _origin(annotation)


class BadValueError(Exception):
    """Faults of one value, their paths relative to it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults

    @classmethod
    def of(cls, message: str, cure: str, value: object) -> BadValueError:
        return cls([Fault("", message, cure, value=show(value))])

    def under(self, path: str) -> list[Fault]:
        """The faults with ``path`` in front of theirs."""
        return [attrs.evolve(fault, where=_glue(path, fault.where)) for fault in self.faults]


def _glue(path: str, inner: str) -> str:
    if not path or not inner:
        return path or inner
    return f"{path}{inner}" if inner.startswith("[") else f"{path}.{inner}"


def key_of(item: attrs.Attribute[Any]) -> str:
    """A field's name in the spec."""
    return str(item.metadata.get("key", item.alias))


def type_text(annotation: Any) -> str:
    """A type in words: ``a whole number``, ``one of "none", "floor_4"``, ``a list of text``."""
    if annotation in _NAMES:
        return _NAMES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in arguments)
    if origin in (Union, UnionType):
        return " or ".join(type_text(part) for part in arguments if part is not NoneType)
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        return "[" + ", ".join(type_text(part) for part in arguments) + "]"
    if origin is tuple or origin in _LISTS or annotation in (list, tuple):
        return f"a list of {type_text(arguments[0])}" if arguments else "a list"
    return "a table"


def register_types(converter: cattrs.Converter) -> None:
    """Register the hooks of every type that options may have."""
    converter.register_structure_hook_func(lambda annotation: annotation in (Any, object), lambda value, _: value)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(Fraction, _fraction)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook_func(lambda annotation: get_origin(annotation) is Literal, _literal)
    containers = _Containers(converter)
    converter.register_structure_hook_func(_is_list, containers.listed)
    converter.register_structure_hook_func(_is_tuple, containers.tupled)
    converter.register_structure_hook_func(_is_table, containers.table)
    converter.register_structure_hook_func(_is_union, containers.union)


def _is_list(annotation: Any) -> bool:
    return annotation is list or get_origin(annotation) in _LISTS


def _is_tuple(annotation: Any) -> bool:
    return annotation is tuple or get_origin(annotation) is tuple


def _is_table(annotation: Any) -> bool:
    return annotation in (dict, Mapping) or get_origin(annotation) in _TABLES


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _wrong(annotation: Any, value: object, cure: str = "") -> BadValueError:
    return BadValueError.of(f"is not {type_text(annotation)}", cure or f"write {type_text(annotation)}", value)


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, bool):
        raise _wrong(int, value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Decimal | float) and math.isfinite(value) and value == math.floor(value):
        raise _wrong(int, value, f"write {math.floor(value)}")
    raise _wrong(int, value)


def _float(value: Any, _: Any) -> float:
    if isinstance(value, bool):
        raise _wrong(float, value)
    if isinstance(value, Decimal | float | Fraction | Integral) and value == value:
        try:
            made = float(value)
        except OverflowError:
            made = math.inf
        if math.isfinite(made) or (isinstance(value, Decimal | float) and not math.isfinite(value)):
            return made
        raise BadValueError.of("is too large for a number", "write a number below 1.7e308", value)
    raise _wrong(float, value)


def _fraction(value: Any, _: Any) -> Fraction:
    try:
        return parse_exact(value)
    except ValueError as error:
        plain = isinstance(value, str) and "/" not in value
        cure = diagnose(value)[1] if plain else "write a number such as 0.35 or 7/20"
        if isinstance(value, str | Decimal | float):
            raise BadValueError.of("is not a number", cure, value) from error
        raise _wrong(Fraction, value) from error


def _decimal(value: Any, _: Any) -> Decimal:
    number = _fraction(value, Fraction)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, Integral):
        return Decimal(int(value))
    if isinstance(value, float):
        return Decimal(repr(float(value)))
    if isinstance(value, str) and "/" not in value:
        return Decimal(value)
    raise BadValueError.of("is not a decimal", "write a decimal number", number)


def _text(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    raise _wrong(str, value, f'put it in quotes: "{show(value)}"' if isinstance(value, Decimal | int) else "")


def _truth(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong(bool, value)


def _literal(value: Any, annotation: Any) -> Any:
    choices = get_args(annotation)
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return choice
    if isinstance(value, str):
        raise BadValueError.of("is not a known choice", nearest(value, [str(choice) for choice in choices]), value)
    raise _wrong(annotation, value)


class _Containers:
    """Hooks that structure their parts with the same converter and collect the faults of all of them."""

    def __init__(self, converter: cattrs.Converter) -> None:
        self._converter = converter

    def listed(self, value: Any, annotation: Any) -> list[Any]:
        inner = (get_args(annotation) or (Any,))[0]
        return self._parts(value, annotation, lambda _: inner)

    def tupled(self, value: Any, annotation: Any) -> tuple[Any, ...]:
        inner = get_args(annotation) or (Any, Ellipsis)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(self._parts(value, annotation, lambda _: inner[0]))
        if isinstance(value, list | tuple) and len(value) != len(inner):
            message = f"has {len(value)} entries, not {len(inner)}"
            raise BadValueError.of(message, f"write {type_text(annotation)}", value)
        return tuple(self._parts(value, annotation, lambda place: inner[place]))

    def _parts(self, value: Any, annotation: Any, inner: collections.abc.Callable[[int], Any]) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise _wrong(annotation, value, f"write a list: [{show(value)}]" if isinstance(value, str) else "")
        faults: list[Fault] = []
        made = []
        for place, part in enumerate(value):
            try:
                made.append(self._converter.structure(part, inner(place)))
            except BadValueError as bad:
                faults += bad.under(f"[{place}]")
        if faults:
            raise BadValueError(faults)
        return made

    def table(self, value: Any, annotation: Any) -> dict[str, Any]:
        inner = (get_args(annotation) or (str, Any))[1]
        if not isinstance(value, Mapping):
            raise _wrong(annotation, value)
        faults: list[Fault] = []
        made: dict[str, Any] = {}
        for key, part in value.items():
            try:
                made[str(key)] = self._converter.structure(part, inner)
            except BadValueError as bad:
                faults += bad.under(join("", str(key)))
        if faults:
            raise BadValueError(faults)
        return made

    def union(self, value: Any, annotation: Any) -> Any:
        parts = get_args(annotation)
        if value is None and NoneType in parts:
            return None
        # A fixed choice comes first: it is narrower than the text or number beside it.
        named = [part for part in parts if part is not NoneType]
        ordered = sorted(named, key=lambda part: get_origin(part) is not Literal)
        fitting: list[BadValueError] = []
        for part in ordered:
            try:
                return self._converter.structure(value, part)
            except BadValueError as bad:
                if len(ordered) == 1 or _same_shape(value, part):
                    fitting.append(bad)
        if len(fitting) == 1:
            raise fitting[0]
        raise _wrong(annotation, value)


def _same_shape(value: Any, annotation: Any) -> bool:
    """Whether the value has the form of the type, so that its faults are the ones worth telling."""
    if isinstance(value, Mapping):
        return attrs.has(annotation) or _is_table(annotation)
    if isinstance(value, list | tuple):
        return _is_list(annotation) or _is_tuple(annotation)
    if isinstance(value, str):
        return annotation is str or get_origin(annotation) is Literal
    if isinstance(value, bool):
        return annotation is bool
    return annotation in (int, float, Fraction, Decimal)
