"""The table ``schools`` and its checks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import evolve

from evenhand.errors import Fault
from evenhand.tables import Column, TableSchema
from evenhand.tables.schema import TableCheck

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand_cep.options import CepOptions

# Beyond these a cell is a slip of the keyboard, and sums of them would leave the range of floats.
MOST_STUDENTS, MOST_MEALS, MOST_USD = 10**9, 10**12, 10**15
MOST_DECIMALS = 60

SCHOOLS = TableSchema(
    "schools",
    columns=(
        Column("school", "id", doc="id of the school; text, leading zeros count; unique inside its district"),
        Column("enrolled", "number", minimum=0, maximum=MOST_STUDENTS, unit="students",
               doc="enrolment on April 1; may be fractional"),
        Column("identified", "number", minimum=0, maximum=MOST_STUDENTS, unit="students",
               doc="identified students (categorically eligible)"),
        Column("breakfasts", "number", minimum=0, maximum=MOST_MEALS, unit="meals",
               doc="projected breakfasts over the year"),
        Column("lunches", "number", minimum=0, maximum=MOST_MEALS, unit="meals",
               doc="projected lunches over the year"),
        Column("name", "text", required=False, blank="allowed", doc="name of the school"),
        Column("district", "text", required=False, doc="an LEA groups its own schools only"),
        Column("group", "text", required=False, blank="allowed",
               doc="today's group; 0 or out: outside; blank: a new school"),
        Column("required", "flag", required=False, default=False, blank="allowed", doc="1: may not stay out"),
        Column("excluded", "flag", required=False, default=False, blank="allowed", doc="1: may not join"),
        Column("outside_value", "number", required=False, default=0, blank="allowed", minimum=0, maximum=MOST_USD,
               unit="USD", doc="what the school claims if it stays out of CEP"),
    ),
    doc="one row per school",
)


def schools_schema(options: CepOptions | None) -> TableSchema:
    """The schema with the checks that depend on the options."""
    checks = [
        TableCheck("unique ids", _unique_ids, ("school",), "an id stands once in its district"),
        TableCheck("required and excluded", _contradictions, ("required", "excluded"), "never both"),
        *(TableCheck(f"digits of {name}", partial(_too_fine, name), (name,), f"at most {MOST_DECIMALS} decimal places")
          for name in ("enrolled", "identified")),
    ]
    if options is not None:
        checks += [
            TableCheck("identified", lambda table: _identified(table, options), ("enrolled", "identified"),
                       "at most the enrolment"),
            TableCheck("enrolment", lambda table: _no_enrolment(table, options), ("enrolled", "identified"),
                       "a school without enrolment is in no group"),
        ]
    return evolve(SCHOOLS, checks=tuple(checks))


def _unique_ids(table: Table) -> Iterable[Fault]:
    districts = table.texts("district") if "district" in table else [""] * len(table)
    first: dict[tuple[str, str], int] = {}
    for row, key in enumerate(zip(districts, table.texts("school"), strict=True)):
        if key in first:
            yield table.fault(row, "school", f"is the same id as in row {first[key] + 1}",
                              "Give every school an id of its own")
        else:
            first[key] = row


def _contradictions(table: Table) -> Iterable[Fault]:
    for row in (table.flags("required") & table.flags("excluded")).nonzero()[0].tolist():
        yield table.fault(row, "required", "the school is both required and excluded", "Set one of the two to 0")


def _too_fine(name: str, table: Table) -> Iterable[Fault]:
    column = table.exact(name)
    if column.decimals <= MOST_DECIMALS:
        return
    unit = 10 ** (column.decimals - MOST_DECIMALS)
    for row, number in enumerate(column.values.tolist()):
        if number % unit:
            yield table.fault(row, name, f"has more than {MOST_DECIMALS} decimal places", "Write fewer decimal places")


def over_enrolled(table: Table) -> npt.NDArray[Any]:
    """Rows with more identified than enrolled students, compared exactly."""
    enrolled, identified = table.exact("enrolled"), table.exact("identified")
    decimals = max(enrolled.decimals, identified.decimals)
    return np.flatnonzero(identified.rescaled(decimals).values > enrolled.rescaled(decimals).values)


def _identified(table: Table, options: CepOptions) -> Iterable[Fault]:
    if options.clip_identified:
        return
    none_enrolled = table.exact("enrolled").compare(0) == 0  # told by the check of the enrolment
    for row in over_enrolled(table).tolist():
        if not none_enrolled[row]:
            yield table.fault(row, "identified", f"is more than enrolled, {table.written(row, 'enrolled')}",
                              "Correct one of the two, or set problem.clip_identified = true")


def _no_enrolment(table: Table, options: CepOptions) -> Iterable[Fault]:
    none_enrolled = table.exact("enrolled").compare(0) == 0
    identified = table.exact("identified").compare(0) > 0
    for row in np.flatnonzero(none_enrolled).tolist():
        if identified[row]:
            yield table.fault(row, "identified", "identified students in a school without enrolment",
                              "Correct enrolled, or set identified to 0")
        elif not options.drop_zero_enrolled:
            yield table.fault(row, "enrolled", "a school without enrolment cannot be in a group",
                              "Remove the row, or set problem.drop_zero_enrolled = true")
    if len(table) and none_enrolled.all():
        yield Fault("schools", "no school with enrolment is left", "Check the column enrolled")
