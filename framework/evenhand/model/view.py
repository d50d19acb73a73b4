"""View: what a domain wants shown in a report, as data; the report draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen


@frozen
class Figure:
    """A chart. ``draw(axes)`` receives a matplotlib Axes (or an array of them) and draws; nothing else."""

    title: str
    draw: Any
    caption: str = ""
    width: float = 8.0
    height: float = 4.5
    panels: int = 1


@frozen
class Sheet:
    """A table of a report: headings, rows of plain values, and how each column is printed.

    ``formats`` maps a heading to ``money`` (cents), ``dollars`` (whole), ``count``, ``share`` (percent), ``number``
    or ``text``. ``marked`` are cells, by row and column, that are to stand out.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    formats: Mapping[str, str] = {}
    caption: str = ""
    marked: frozenset[tuple[int, int]] = frozenset()


@frozen
class View:
    """A domain's part of the report, in reading order. ``highlights`` are the few numbers of the top row.

    ``sentence`` is the plain sentence a school board would read out; ``proof_sentence`` replaces the report's own about
    the status of the answer, which it must not exceed. ``metrics`` are what to print instead of metrics' values.
    """

    sentence: str = ""
    highlights: Sequence[tuple[str, str]] = ()
    sections: Sequence[Figure | Sheet] = ()
    proof_sentence: str = ""
    metrics: Mapping[str, Any] = {}
