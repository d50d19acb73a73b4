"""Input and output tables: schema, reading, checking, exact numbers, safe CSV.

``Column``, ``TableSchema`` and ``TableCheck`` are here; ``Table`` and ``ExactColumn`` load pandas and numpy
when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.tables.schema import Column, TableCheck, TableSchema

if TYPE_CHECKING:
    from evenhand.tables.exact import ExactColumn
    from evenhand.tables.table import Table

__all__ = ["Column", "ExactColumn", "Table", "TableCheck", "TableSchema"]


def __getattr__(name: str) -> object:
    if name == "Table":
        from evenhand.tables.table import Table

        return Table
    if name == "ExactColumn":
        from evenhand.tables.exact import ExactColumn

        return ExactColumn
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
