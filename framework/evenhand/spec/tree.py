"""The spec as a tree of frozen classes: what a TOML file says, before a domain has looked at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import Factory, converters, field, frozen, validators

from evenhand.errors import Fault, SpecError
from evenhand.spec.values import plain_table
from evenhand.tables.decimal_text import parse_exact
from evenhand.tables.source import DataSource

__all__ = ["ConstraintEntry", "DataSource", "ObjectiveEntry", "SolverEntry", "Spec"]


def _exact(value: object) -> Fraction:
    try:
        return parse_exact(value)
    except ValueError as error:
        raise SpecError(Fault("weight, tolerance or limit", str(error), "write a number")) from error


_Options = Mapping[str, Any]


@frozen
class ObjectiveEntry:
    """One ``[[objective]]``.

    ``weight``, ``tolerance``, ``at_most`` and ``at_least`` are exact: ``0.40`` is 2/5. All keys but those named
    here are options of the term.
    """

    term: str
    weight: Fraction = field(default=Fraction(1), converter=_exact)
    priority: int | None = field(default=None, kw_only=True)
    tolerance: Fraction | None = field(
        default=None,
        kw_only=True,
        converter=converters.optional(_exact),
        validator=validators.optional(validators.ge(Fraction(0))),
    )
    at_most: Fraction | None = field(default=None, kw_only=True, converter=converters.optional(_exact))
    at_least: Fraction | None = field(default=None, kw_only=True, converter=converters.optional(_exact))
    options: _Options = field(factory=dict, converter=plain_table, kw_only=True)


@frozen
class ConstraintEntry:
    """One ``[[constraint]]``: all keys but ``rule`` are options of the rule."""

    rule: str
    options: _Options = field(factory=dict, converter=plain_table)


@frozen
class SolverEntry:
    """``[solver]``: name, seconds, the relative gap at which to stop, the seed, and options of that solver."""

    name: str = "auto"
    time_limit: float = field(default=60.0, validator=validators.gt(0), metadata={"infinite": True, "doc": "seconds"})
    gap: float = field(default=1e-4, validator=validators.ge(0), metadata={"doc": "stop when proven this close"})
    seed: int = field(default=0, validator=validators.ge(0), metadata={"doc": "seed of all randomness"})
    options: _Options = field(factory=dict, converter=plain_table, metadata={"doc": "options of the solver"})


def _sections(value: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return plain_table(value)


def _entries(value: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value)


@frozen
class Spec:
    """A whole spec.

    Attributes
    ----------
    domain
        The domain's name.
    data
        Table name -> where it comes from.
    problem
        The domain's options, in plain types: numbers with a point are ``Decimal``.
    objective
        Empty: the domain's default.
    constraint
        ``None``: the domain's default rules; a tuple: exactly these.
    sections
        The extra sections the domain registered, raw.
    study
        ``[study]``, raw; ``None`` without one.
    folder
        What the files are relative to. Two specs that differ in it alone are equal.
    """

    domain: str
    data: Mapping[str, DataSource] = Factory(dict)
    problem: _Options = field(factory=dict, converter=plain_table)
    objective: tuple[ObjectiveEntry, ...] = field(default=(), converter=_entries)
    constraint: tuple[ConstraintEntry, ...] | None = field(default=None, converter=converters.optional(_entries))
    solver: SolverEntry = Factory(SolverEntry)
    sections: Mapping[str, Mapping[str, Any]] = field(factory=dict, converter=_sections)
    study: _Options | None = field(default=None, converter=converters.optional(plain_table))
    folder: Path | None = field(default=None, eq=False)
