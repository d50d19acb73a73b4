"""The tables ``groups`` and, for biproportional problems, ``votes``, ``rows`` and ``columns``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from evenhand.errors import Fault
from evenhand.tables import Column, TableSchema
from evenhand.tables.check import limited
from evenhand.tables.schema import TableCheck
from evenhand_apportionment.options import MOST_UNITS

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand_apportionment.options import ApportionmentOptions

# The arithmetic of quotas and priorities stays inside the range of doubles below these.
LARGEST = 1e150
MOST_VOTES = 1e80

GROUPS = TableSchema("groups", columns=(
    Column("group", "id", unique=True, doc="id of the group; text, leading zeros count"),
    Column("population", "number", minimum=0, unit="people", doc="people, votes or whatever is represented"),
    Column("minimum", "integer", required=False, minimum=0, blank="allowed", doc="least final units of this group"),
    Column("maximum", "integer", required=False, minimum=0, blank="allowed", doc="most final units of this group"),
    Column("earlier_population", "number", required=False, minimum=0, unit="people",
           doc="an earlier count, to look for population paradoxes"),
    Column("current", "integer", required=False, minimum=0, doc="today's units, for moved_units"),
), required=False, doc="one row per group")

VOTES = TableSchema("votes", columns=(
    Column("row", "id", doc="party or other row"),
    Column("column", "id", doc="district or other column"),
    Column("votes", "number", minimum=0, unit="votes", doc="votes of the row in the column"),
), key=("row", "column"), required=False, doc="one row per cell, for the biproportional method")

ROWS = TableSchema("rows", columns=(
    Column("row", "id", unique=True, doc="party or other row"),
    Column("units", "integer", minimum=0, doc="units of the row"),
), required=False, doc="units of each row, for the biproportional method")

COLUMNS = TableSchema("columns", columns=(
    Column("column", "id", unique=True, doc="district or other column"),
    Column("units", "integer", minimum=0, doc="units of the column"),
), required=False, doc="units of each column, for the biproportional method")


def schemas(options: ApportionmentOptions) -> Sequence[TableSchema]:
    """The tables this method needs, with the checks that depend on the options."""
    if options.biproportional:
        return tuple(evolve(schema, required=True) for schema in (VOTES, ROWS, COLUMNS))
    checks = [TableCheck("population", lambda table: _populations(table, options), ("population",),
                         "above zero where the method divides by it"),
              TableCheck("bounds", lambda table: _bounds(table, options), ("population",), "minimum below maximum")]
    return (evolve(GROUPS, required=True, checks=tuple(checks)),)


def _populations(table: Table, options: ApportionmentOptions) -> Iterable[Fault]:
    populations = table.floats("population")
    if not len(table):
        return
    if not (populations > 0).any():
        yield Fault("groups", "every population is 0", "Check the column population")
        return
    if "earlier_population" in table:
        earlier = table.floats("earlier_population")
        if not (earlier > 0).any():
            yield Fault("groups", "every earlier population is 0", "Check the column earlier_population, or remove it")
        yield from limited((table.fault(row, "earlier_population", "is too large or too small to be a population",
                                        f"Use numbers between {1.0 / LARGEST:g} and {LARGEST:g}")
                            for row in _beyond(earlier).nonzero()[0].tolist()), "groups")
    if options.method == "parametric":
        yield from limited((table.fault(row, "population", "the parametric error needs a population above 0",
                                        "Remove the row, or use a classic method with minimum = 0")
                            for row in (populations == 0).nonzero()[0].tolist()), "groups")
    yield from limited((table.fault(row, "population", "is too large or too small to be a population",
                                    f"Use numbers between {1.0 / LARGEST:g} and {LARGEST:g}")
                        for row in _beyond(populations).nonzero()[0].tolist()), "groups")


def _beyond(populations: Any) -> Any:
    return (populations > LARGEST) | ((populations > 0) & (populations < 1.0 / LARGEST))


def _bounds(table: Table, options: ApportionmentOptions) -> Iterable[Fault]:
    """Bounds of each group after the columns have overridden the options."""
    import numpy as np

    own = {name: _own(table, name) for name in ("minimum", "maximum")}
    (low, low_blank), (high, high_blank) = own["minimum"], own["maximum"]
    base = options.base_units or 0
    least = np.maximum(np.where(low_blank, options.minimum, low), base)
    unlimited = high_blank & (options.upper is None)
    most = np.where(high_blank, options.upper or 0, high)
    crossed = (least > most) & ~unlimited & ~(low_blank & high_blank)
    found = [(row, "minimum" if not low_blank[row] else "maximum",
              f"the minimum {least[row]} is above the maximum {most[row]}", "Correct one of the two")
             for row in crossed.nonzero()[0].tolist()]
    if options.method == "parametric":
        found += [(row, "minimum", "the parametric error is infinite at 0 units", "Use 1 or more")
                  for row in ((low < 1) & ~low_blank).nonzero()[0].tolist()]
    for name, (values, _) in own.items():
        found += [(row, name, f"is more than {MOST_UNITS:,} units", "Write a smaller number, or leave the cell empty")
                  for row in (values > MOST_UNITS).nonzero()[0].tolist()]
    yield from limited((table.fault(*fault) for fault in found), "groups")


def _own(table: Table, column: str) -> tuple[Any, Any]:
    """The groups' own bounds and where there is none."""
    import numpy as np

    if column not in table:
        return np.zeros(len(table), dtype=np.int64), np.ones(len(table), dtype=np.bool_)
    exact = table.exact(column)
    return exact.values // exact.scale, exact.missing


def input_faults(options: ApportionmentOptions, tables: Mapping[str, Table]) -> list[Fault]:
    """Faults of options and tables together."""
    if not options.biproportional:
        return []
    found = cross_faults(tables)
    if not found and options.units is not None:
        total = int(tables["rows"].exact("units").sum_exact())
        if options.units != total:
            found.append(Fault("problem.units", f"the rows have {total} units in all",
                               "Remove units, or correct the tables", value=str(options.units)))
    return found


def cross_faults(tables: Mapping[str, Table]) -> list[Fault]:
    """Faults between the tables of a biproportional problem: unknown names, totals that differ, no votes."""
    from evenhand.tables.references import unknown_ids

    votes, rows, columns = tables["votes"], tables["rows"], tables["columns"]
    found = [*unknown_ids(votes, "row", set(rows.texts("row")), "rows"),
             *unknown_ids(votes, "column", set(columns.texts("column")), "columns")]
    numbers = votes.floats("votes")
    if not (numbers > 0).any():
        found.append(Fault("votes", "there is no vote at all", "Check the column votes"))
    beyond = (numbers > MOST_VOTES) | ((numbers > 0) & (numbers < 1.0 / MOST_VOTES))
    found += limited((votes.fault(row, "votes", "is too large or too small to be a number of votes",
                                  f"Use numbers between {1.0 / MOST_VOTES:g} and {MOST_VOTES:g}")
                      for row in beyond.nonzero()[0].tolist()), "votes")
    of_rows, of_columns = (int(t.exact("units").sum_exact()) for t in (rows, columns))
    if of_rows != of_columns:
        found.append(Fault("rows", f"the units of the rows add up to {of_rows}, those of the columns to {of_columns}",
                           "Correct one of the two tables"))
    elif of_rows == 0:
        found.append(Fault("rows", "there are no units to divide", "Check the columns units"))
    elif of_rows > MOST_UNITS:
        found.append(Fault("rows", f"more than {MOST_UNITS:,} units are to be divided", "Check the columns units",
                           value=str(of_rows)))
    return found
