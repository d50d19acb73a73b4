"""Ids that point from one table or option to another: unknown ones, with the id that was probably meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from evenhand.errors import Fault, nearest
from evenhand.tables.check import LISTED, limited
from evenhand.tables.table import Table

_SEARCHED = 5000  # fuzzy matching against more ids than this takes seconds per fault


def unknown_ids(table: Table, column: str, known: Collection[str], what: str, *, blank_ok: bool = False) -> list[Fault]:
    """Faults for cells of ``column`` that are not among ``known``.

    Parameters
    ----------
    known
        The ids there are; give a ``set`` or a ``dict``.
    what
        What they are, for the message: ``"schools"``.
    blank_ok
        Whether a blank cell names nothing and is fine.
    """
    near = NearestId(known)
    cells = table.texts(column)
    rows = [row for row, cell in enumerate(cells) if cell not in known and not (blank_ok and not cell)]
    found = (  # looking for the nearest id is slow, so only for faults that are listed
        table.fault(row, column, f"is not among the {what}", near.cure(cells[row]) if place < LISTED else "")
        for place, row in enumerate(rows)
    )
    return limited(found, table.name)


class NearestId:
    """Cures for unknown ids: the known id that differs by leading zeros only, else the nearest one."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = list(known)
        self._stripped: Mapping[str, str] = {name.lstrip("0"): name for name in reversed(self._known)}

    def cure(self, name: str) -> str:
        """What to write instead of an unknown id."""
        twin = self._stripped.get(name.strip().lstrip("0"))
        if twin is not None and twin != name and name.strip().lstrip("0"):
            return f"did you mean {twin!r}? Leading zeros or blanks differ; keep ids as text"
        if len(self._known) > _SEARCHED:
            return "write an id that the other table has"
        return nearest(name, self._known) if len(self._known) <= 20 else _near_or_plain(name, self._known)


def _near_or_plain(name: str, known: list[str]) -> str:
    cure = nearest(name, known)
    return cure if cure.startswith("did you mean") else "write an id that the other table has"


def uneven_ids(table: Table, column: str) -> list[int]:
    """Rows (from 0) whose all-digit id is shorter than the one length nearly all ids share: leading zeros were lost.

    Empty when the ids are not all digits, or more than a tenth of them have another length.
    """
    cells = table.texts(column)
    if not cells or not all(cell.isascii() and cell.isdigit() for cell in cells):
        return []
    longest = max(len(cell) for cell in cells)
    short = [row for row, cell in enumerate(cells) if len(cell) < longest]
    return short if 0 < len(short) <= len(cells) / 10 else []
