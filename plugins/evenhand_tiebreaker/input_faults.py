"""Faults of options and tables together: all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evenhand.errors import Fault, nearest
from evenhand_tiebreaker.features import eligible_blocks, feature_of, features_of
from evenhand_tiebreaker.matching.tables import cross_faults
from evenhand_tiebreaker.options import SHARE
from evenhand_tiebreaker.tables import NO_COUNTS, NO_NUMBERS, adjacency_faults

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand_tiebreaker.options import TiebreakerOptions
    from evenhand_tiebreaker.problem import TiebreakerProblem


def input_faults(options: TiebreakerOptions, tables: Mapping[str, Table], sections: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong between options, sections and tables."""
    blocks = tables["blocks"]
    found = adjacency_faults(tables)
    found += eligible_blocks(blocks, options)[1]
    if options.selection == "rule":
        found += _feature_faults(blocks, options)
    if options.column is not None:
        found += _column_faults(blocks, options)
    found += _school_faults(tables)
    uncertainty = sections.get("uncertainty")
    if uncertainty is not None and uncertainty.shrink != 0 and not blocks.given(uncertainty.toward):
        found.append(Fault("uncertainty.toward", f"blocks has no column {uncertainty.toward!r} to shrink shares "
                           "toward", nearest(uncertainty.toward, blocks.raw.frame.columns)))
    return found


def _feature_faults(table: Table, options: TiebreakerOptions) -> list[Fault]:
    """Features that no rule can name; an id is no number although it may be made of digits."""
    named = [name for name in options.features if name in NO_NUMBERS or (
        name.startswith(SHARE) and name.removeprefix(SHARE) in NO_COUNTS)]
    return [Fault("problem.features", f"{name!r} is no number of a block", "Name a column of numbers, or of 0 and 1")
            for name in dict.fromkeys(named)] + features_of(
                table, [name for name in options.features if name not in named], "problem.features")[1]


def _column_faults(table: Table, options: TiebreakerOptions) -> list[Fault]:
    assert options.column is not None
    if options.column in NO_NUMBERS:
        return [Fault("problem.column", f"{options.column!r} is no column of 0 and 1", "Name a 0/1 column")]
    feature, faults = feature_of(table, options.column, "problem.column")
    if feature is None:
        return faults
    if not feature.boolean:
        return [Fault("problem.column", f"the column {options.column!r} holds more than 0 and 1",
                      "Name a 0/1 column")]
    if options.missing == "exclude" or options.selection != "column":
        return []
    return [table.fault(row, options.column, "has no value", 'Write 0 or 1, or set missing = "exclude" in [problem]')
            for row in feature.missing.nonzero()[0].tolist()]


def _school_faults(tables: Mapping[str, Table]) -> list[Fault]:
    """Faults of the tables of the school assignment, which come together or not at all."""
    given = [name for name in ("applicants", "programs") if name in tables]
    if len(given) == 1:
        other = "programs" if given == ["applicants"] else "applicants"
        return [Fault(f"data.{other}", f"the table {given[0]} needs the table {other}",
                      f'write {other} = "{other}.csv"')]
    if not given:
        return []
    return cross_faults(tables["applicants"], tables["programs"], set(tables["blocks"].texts("geoid")))


def problem_faults(problem: TiebreakerProblem) -> list[Fault]:
    """An empty table of neighbours, or outlines that cannot be read, where somebody needs neighbours."""
    from evenhand_tiebreaker.neighbours import edges_of
    from evenhand_tiebreaker.rules import NoIsolatedBlock, ZonesAtMost
    from evenhand_tiebreaker.terms import CutEdges

    needed = any(isinstance(rule, NoIsolatedBlock | ZonesAtMost) for rule in problem.constraints) or any(
        isinstance(part.term, CutEdges) for part in problem.objective.parts)
    if not needed or not problem.has_neighbours:
        return []
    table = problem.tables.get("adjacency")
    if table is not None and not len(table):
        return [Fault("adjacency", "the table has no rows, and a rule or term needs to know who the neighbours are",
                      "Write one row per pair of neighbouring blocks")]
    return edges_of(problem.tables)[1]
