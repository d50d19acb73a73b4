"""Domain: what a plugin registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from evenhand.model.problem import Problem
from evenhand.tables.schema import TableSchema


@frozen(eq=False, kw_only=True)
class Domain:
    """One field of allocation.

    Parameters
    ----------
    name, title, summary : the word in a spec, and what people read.
    tables : the input tables' schemas.
    options : frozen attrs class of ``[problem]``.
    problem : the Problem class.
    certificates : certificate classes beside the core's (``dual``, ``claimed``), by kind.
    sections : further spec sections, name -> frozen attrs class.
    sample : writes the sample tables and a commented ``spec.toml`` into a folder; returns the files.
    """

    name: str
    title: str
    summary: str = ""
    tables: tuple[TableSchema, ...]
    options: type[Any]
    problem: type[Problem]
    certificates: tuple[type[Any], ...] = ()
    sections: Mapping[str, type] = field(factory=dict)
    sample: Callable[[Path], list[Path]] | None = None
