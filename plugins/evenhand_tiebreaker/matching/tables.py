"""The tables ``applicants`` and ``programs``: schemas, checks, and the market they describe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand.errors import Fault, nearest
from evenhand.tables import Column, TableCheck, TableSchema
from evenhand.tables.check import LISTED, limited
from evenhand_tiebreaker.matching.lotteries import Lotteries
from evenhand_tiebreaker.matching.market import Flags, Ints, Market

if TYPE_CHECKING:
    from evenhand.tables import Table

SEPARATOR = ";"
PREFIX = "priority_"
TIEBREAKER = "priority_tiebreaker"
# A cell of a priority column that is one of these (capitals do not matter) is no list of ids.
EVERYWHERE, NOWHERE = frozenset({"1", "true"}), frozenset({"", "0", "false"})

# Beyond these a cell is a slip of the keyboard; within them points add up exactly in 64 bits.
MOST_SEATS, MOST_POINTS, MOST_DECIMALS = 10**9, 10**6, 6


def _priority(heading: str) -> Column | None:
    """Any other ``priority_NAME`` of ``programs`` is a column of points."""
    if not heading.startswith(PREFIX) or heading == PREFIX:
        return None
    return Column(heading, "number", required=False, minimum=0, maximum=MOST_POINTS, unit="points",
                  doc=f"points of applicants who have {heading.removeprefix(PREFIX)!r}")


def _fine_points(table: Table) -> Iterator[Fault]:
    for name, column in table.exacts.items():
        if name.startswith(PREFIX) and column.decimals > MOST_DECIMALS:
            unit = 10 ** (column.decimals - MOST_DECIMALS)
            rows = [row for row, number in enumerate(column.values.tolist()) if number % unit]
            yield from (table.fault(row, name, f"has more than {MOST_DECIMALS} decimal places",
                                    "Write fewer decimal places") for row in rows)


def _separated_ids(table: Table) -> Iterator[Fault]:
    for row, name in enumerate(table.texts("program")):
        if SEPARATOR in name:
            yield table.fault(row, "program", f"holds {SEPARATOR!r}, which separates the ids of a list",
                              "Give the program another id")


APPLICANTS = TableSchema("applicants", columns=(
    Column("applicant", "id", unique=True, doc="id of the applicant; text, leading zeros count"),
    Column("geoid", "id", doc="block where the applicant lives"),
    Column("focal", "flag", doc="1: a focal student"),
    Column("preferences", "text", blank="allowed", doc="program ids, best first, separated by ;; empty: unassigned"),
    Column("lottery", "number", required=False, unique=True,
           doc="lottery number, the larger goes first; then exactly this one lottery is run"),
), required=False, doc="one row per applicant; a column NAME with 0, 1 or program ids separated by ; tells who has the "
                       "priority whose points are priority_NAME in programs")

PROGRAMS = TableSchema("programs", columns=(
    Column("program", "id", unique=True, doc="id of the program; text, leading zeros count"),
    Column("capacity", "integer", minimum=0, maximum=MOST_SEATS, unit="seats", doc="seats; 0 admits nobody"),
    Column(TIEBREAKER, "number", required=False, minimum=0, maximum=MOST_POINTS, default=1, unit="points",
           doc="points of applicants who live in a receiving block"),
), extra=_priority, required=False, checks=(
    TableCheck("decimals of points", _fine_points, (), f"at most {MOST_DECIMALS} decimal places"),
    TableCheck("separators", _separated_ids, ("program",), "no ; in an id"),
), doc="one row per program; priority_NAME: points of the priority NAME of applicants")

# ``focal`` may have points of its own, for comparison with a priority of persons instead of blocks.
_NO_PRIORITY = frozenset(APPLICANTS.names) - {"focal"}


@frozen(eq=False)
class _Lists:
    """Cells of ids separated by ``;``, flattened: row and program of each item, -1 for an unknown program."""

    rows: Ints
    programs: Ints
    items: Sequence[str]


def priorities(programs: Table) -> list[str]:
    """Names of the priorities besides the tiebreaker, in the order of the columns."""
    return [name.removeprefix(PREFIX) for name in programs.exacts if name.startswith(PREFIX) and name != TIEBREAKER]


def unused_columns(applicants: Table, programs: Table) -> list[str]:
    """Columns of ``applicants`` that decide nothing: no column of their own and no points in ``programs``."""
    known = {*APPLICANTS.names, *priorities(programs)}
    return [name for name in applicants.raw.frame.columns if name not in known]


def cross_faults(applicants: Table, programs: Table, blocks: Collection[str] | None = None) -> list[Fault]:
    """Faults between the tables, all of them: unknown or repeated programs, priorities nobody can have, blocks.

    ``blocks``: the geoids there are; None leaves the blocks unchecked.
    """
    ids = programs.texts("program")
    found = list(_list_faults(applicants, "preferences", applicants.texts("preferences"), ids))
    for name in priorities(programs):
        if name not in applicants or name in _NO_PRIORITY:
            others = [heading for heading in applicants.raw.frame.columns if heading not in _NO_PRIORITY]
            found.append(Fault("programs", f"gives points for {name!r}, which is no priority column of applicants",
                               nearest(name, others), column=PREFIX + name))
        else:
            found += _priority_faults(applicants, name, ids)
    return found if blocks is None else [*found, *_block_faults(applicants, blocks)]


def market_of(applicants: Table, programs: Table, receives_by_block: Mapping[str, bool]) -> Market:
    """The market of tables without faults (see :func:`cross_faults`).

    Parameters
    ----------
    receives_by_block
        By geoid, whether the block receives the tiebreaker.

    Raises
    ------
    ValueError, KeyError
        When the tables have faults.
    """
    ids = programs.texts("program")
    listed = _lists(applicants.texts("preferences"), ids)
    lengths = np.bincount(listed.rows, minlength=len(applicants))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    points = _scaled_points(programs)
    base = np.zeros(len(listed.rows), dtype=np.int64)
    for name in priorities(programs):
        base += points[PREFIX + name][listed.programs] * _holders(applicants.texts(name), ids, listed)
    receives = np.array([receives_by_block[geoid] for geoid in applicants.texts("geoid")], dtype=np.bool_)
    capacity = np.array(programs.exact("capacity").integers(), dtype=np.int64)
    return Market(starts, listed.programs, capacity, base, points[TIEBREAKER], receives, applicants.flags("focal"))


def lotteries_of(applicants: Table, count: int, seed: int) -> Lotteries:
    """The one lottery of the column ``lottery``, or ``count`` drawn ones.

    Numbers are dealt out by id: the order of the table changes nobody's lottery.
    """
    if "lottery" not in applicants:
        ids = applicants.texts("applicant")
        return Lotteries.drawn(len(applicants), count, seed, sorted(range(len(ids)), key=ids.__getitem__))
    return Lotteries.given(applicants.exact("lottery").values)


def _lists(cells: Sequence[str], ids: Sequence[str]) -> _Lists:
    split = [cell.split(SEPARATOR) if cell.strip() else [] for cell in cells]
    items = [item.strip() for item in chain.from_iterable(split)]
    place = {name: index for index, name in enumerate(ids)}
    rows = np.repeat(np.arange(len(cells), dtype=np.int64), [len(items) for items in split])
    return _Lists(rows, np.array([place.get(item, -1) for item in items], dtype=np.int64), items)


def _holders(cells: Sequence[str], ids: Sequence[str], listed: _Lists) -> Flags:
    """(entries,) whether the applicant of each listed entry has the priority at its program."""
    everywhere = np.array([cell.strip().lower() in EVERYWHERE for cell in cells], dtype=np.bool_)
    some = _lists([_ids_only(cell) for cell in cells], ids)
    pairs, held = (lists.rows * len(ids) + lists.programs for lists in (listed, some))
    return np.asarray(everywhere[listed.rows] | np.isin(pairs, held), dtype=np.bool_)


def _ids_only(cell: str) -> str:
    return "" if cell.strip().lower() in EVERYWHERE | NOWHERE else cell


def _scaled_points(programs: Table) -> dict[str, Ints]:
    """(m,) whole points by column, all multiplied by one power of ten."""
    columns = {name: column for name, column in programs.exacts.items() if name.startswith(PREFIX)}
    decimals = max(column.decimals for column in columns.values())
    return {name: np.asarray(column.rescaled(decimals).values, dtype=np.int64) for name, column in columns.items()}


def _list_faults(table: Table, column: str, cells: Sequence[str], ids: Sequence[str]) -> Iterator[Fault]:
    """Empty items, unknown programs and programs named twice in one cell."""
    lists = _lists(cells, ids)
    empty = np.array([not item for item in lists.items], dtype=np.bool_)
    yield from _listed(table, column, np.unique(lists.rows[empty]).tolist(), lambda row: (
        "an entry of the list is empty", f"Write the ids with one {SEPARATOR!r} between two of them"))
    unknown = np.flatnonzero((lists.programs < 0) & ~empty)
    cure = _cures(ids)
    yield from _listed(table, column, unknown.tolist(), lambda item: (
        f"{lists.items[item]!r} is not among the programs", cure(lists.items[item])), rows=lists.rows)
    known = np.flatnonzero(lists.programs >= 0)
    pairs = lists.rows[known] * len(ids) + lists.programs[known]
    first = np.unique(pairs, return_index=True)[1]
    again = np.delete(known, first)
    yield from _listed(table, column, again.tolist(), lambda item: (
        f"{lists.items[item]!r} is listed twice", "List every program once"), rows=lists.rows)


def _priority_faults(applicants: Table, name: str, ids: Sequence[str]) -> Iterator[Fault]:
    cells = applicants.texts(name)
    yield from _list_faults(applicants, name, [_ids_only(cell) for cell in cells], ids)
    doubtful = {name for name in ids if name.lower() in EVERYWHERE | NOWHERE}
    rows = [row for row, cell in enumerate(cells) if cell.strip() in doubtful] if doubtful else []
    yield from _listed(applicants, name, rows, lambda row: (
        "is the id of a program too: everywhere, nowhere, or there only?",
        "Give the program another id, or write true or false"))


def _block_faults(applicants: Table, blocks: Collection[str]) -> Iterator[Fault]:
    known = blocks if isinstance(blocks, set | frozenset | dict) else set(blocks)
    geoids = applicants.texts("geoid")
    cure = _cures(known)
    yield from _listed(applicants, "geoid", [row for row, geoid in enumerate(geoids) if geoid not in known],
                       lambda row: ("is not among the blocks", cure(geoids[row])))


def _cures(known: Collection[str]) -> Callable[[str], str]:
    """The nearest known id, made when it is first needed."""
    from evenhand.tables.references import NearestId

    made: list[NearestId] = []

    def cure(name: str) -> str:
        if not made:
            made.append(NearestId(known))
        return made[0].cure(name)

    return cure


def _listed(table: Table, column: str, items: Sequence[int], explain: Callable[[int], tuple[str, str]],
            rows: Ints | None = None) -> list[Fault]:
    """A fault for each of the first items, one more that counts the rest.

    ``items`` are rows, or with ``rows`` places in that array of rows. Explaining is slow, so only what is listed is.
    """
    return limited((table.fault(item if rows is None else int(rows[item]), column,
                                *(explain(item) if place < LISTED else ("", "")))
                    for place, item in enumerate(items)), table.name)
