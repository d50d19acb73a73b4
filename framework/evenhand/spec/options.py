"""Tables of options turned into a domain's frozen attrs class: strictly, exactly, and with every fault at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import NoneType
from typing import Any, TypeVar, get_type_hints

import attrs
import cattrs

from evenhand.errors import Fault, InputError, nearest
from evenhand.spec.option_types import BadValueError, key_of, register_types, type_text
from evenhand.spec.values import join, show

T = TypeVar("T")
_FACTORY: type[Any] = attrs.Factory  # type: ignore[assignment]  # declared as a function in attrs' stubs


def structure(
    cls: type[T], mapping: Mapping[str, Any], path: str, also: tuple[str, ...] = ()
) -> tuple[T | None, list[Fault]]:
    """Turn a mapping into an instance of a frozen attrs class.

    Parameters
    ----------
    cls
        An attrs class. Field types: int, float, Fraction, Decimal, str, bool, Literal, list, tuple, Mapping, nested
        attrs classes, unions of these, Any. A field's metadata may hold ``doc``, ``key`` (its name in the spec,
        default the field's) and ``infinite`` (whether ``inf`` is allowed).
    mapping
        The options as read.
    path
        Where they stand, for faults: ``problem`` or ``constraint[0]``.
    also
        Further names that may have been meant, when a key is unknown.

    Returns
    -------
    (instance, []), or (None, faults): unknown keys with the nearest name, missing and mistyped values, and every
    failure of an attrs validator. Fractions are exact: a Decimal, an int, a float by its shortest text, or text such
    as ``"7/20"``. A truth value is never a number and 10.5 never whole.
    """
    converter = cattrs.Converter()
    register_types(converter)
    builder = _Builder(converter, also)
    converter.register_structure_hook_func(attrs.has, builder.nested)
    try:
        return builder.build(mapping, cls, also), []
    except BadValueError as bad:
        return None, bad.under(path)


@attrs.frozen
class OptionDoc:
    """One option for documentation: its name, type and default in words."""

    name: str
    type: str
    default: str
    doc: str


def describe(cls: type) -> list[OptionDoc]:
    """The options of an attrs class, in order."""
    hints = get_type_hints(cls)
    docs = []
    for item in attrs.fields(cls):
        if item.init:
            doc = str(item.metadata.get("doc", ""))
            docs.append(OptionDoc(key_of(item), type_text(hints[item.name]), _default_text(item), doc))
    return docs


def _default_text(item: attrs.Attribute[Any]) -> str:
    if item.default is attrs.NOTHING:
        return "required"
    value = item.default
    if isinstance(value, _FACTORY):
        if value.takes_self:
            return "computed"
        value = value.factory()
    if value is None:
        return "none"
    if attrs.has(type(value)):
        return "a table of its defaults"
    return f'"{value}"' if isinstance(value, str) else show(value)


class _Builder:
    """Builds attrs instances field by field, so that one bad field hides no other."""

    def __init__(self, converter: cattrs.Converter, also: tuple[str, ...]) -> None:
        self._converter = converter
        self._also = also

    def nested(self, value: Any, cls: type[Any]) -> Any:
        """The hook for attrs classes inside the options."""
        return self.build(value, cls, ())

    def build(self, value: Any, cls: type[T], also: tuple[str, ...]) -> T:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise BadValueError.of("is not a table", "write a table { key = value }", value)
        fields = {key_of(item): item for item in attrs.fields(cls) if item.init}  # type: ignore[arg-type]
        faults = [
            Fault(join("", str(key)), "is not a known key", nearest(str(key), [*fields, *also]))
            for key in value
            if key not in fields
        ]
        values = self._values(value, cls, fields, faults)
        _run_validators(cls, fields, values, faults)
        if faults:
            raise BadValueError(faults)
        try:
            return cls(**{str(item.alias): values[key] for key, item in fields.items() if key in values})
        except InputError as error:
            raise BadValueError(list(error.faults)) from error
        except (ValueError, TypeError) as error:
            raise BadValueError([Fault("", _words(error))]) from error

    def _values(
        self, value: Mapping[str, Any], cls: type, fields: Mapping[str, attrs.Attribute[Any]], faults: list[Fault]
    ) -> dict[str, Any]:
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for key, item in fields.items():
            if key not in value:
                if item.default is attrs.NOTHING:
                    faults.append(Fault(join("", key), "is missing", f"write {type_text(hints[item.name])}"))
                continue
            try:
                made = self._converter.structure(value[key], hints[item.name])
            except BadValueError as bad:
                faults += bad.under(join("", key))
                continue
            if _has_infinity(made) and not item.metadata.get("infinite"):
                faults.append(Fault(join("", key), "is not finite", "write a finite number", value=show(value[key])))
                continue
            values[key] = made
        return values


def _run_validators(
    cls: type, fields: Mapping[str, attrs.Attribute[Any]], values: dict[str, Any], faults: list[Fault]
) -> None:
    """Run each given field's validator by itself: attrs would stop at the first that fails."""
    bare: object = object.__new__(cls)
    for key, item in fields.items():
        if key in values:
            object.__setattr__(bare, item.name, values[key])
    failed = bool(faults)
    for key, item in fields.items():
        if key not in values or item.validator is None:
            continue
        try:
            item.validator(bare, item, values[key])
        except InputError as error:
            faults += BadValueError(list(error.faults)).under(join("", key))
        except AttributeError:
            # A validator that looks at a field that is left out or at fault: the constructor runs it again.
            if not failed and all(other in values for other in fields):
                raise
        except (ValueError, TypeError) as error:
            faults.append(Fault(join("", key), _words(error), value=show(values[key])))


def _words(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__


def _has_infinity(value: Any) -> bool:
    if isinstance(value, float):
        return math.isinf(value)
    if isinstance(value, list | tuple):
        return any(_has_infinity(part) for part in value)
    return not isinstance(value, str | int | NoneType) and isinstance(value, Mapping) and _any_infinite(value)


def _any_infinite(value: Mapping[Any, Any]) -> bool:
    return any(_has_infinity(part) for part in value.values())
