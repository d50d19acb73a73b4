"""RFC 4180 text from columns of cells; lines end in ``\\n`` so that the same table is the same bytes everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_QUOTED = re.compile('[",\r\n]')


def quote(cell: str) -> str:
    """The cell, in quotes where RFC 4180 asks for them."""
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def quoted(column: Sequence[str]) -> Sequence[str]:
    """Every cell quoted where needed. One search tells of a whole column that none is, which is the usual case."""
    return [quote(cell) for cell in column] if _QUOTED.search("".join(column)) else column


def csv_text(headings: Iterable[str], columns: Sequence[Sequence[str]]) -> str:
    """A whole CSV file as text: the header row, then the rows."""
    header = [quote(heading) for heading in headings]
    if len(header) == 1:  # an empty line would vanish when read back
        lines = [quote(cell) or '""' for cell in columns[0]]
        return "\n".join([header[0] or '""', *lines, ""])
    ready = [quoted(column) for column in columns]
    return "\n".join([",".join(header), *map(",".join, zip(*ready, strict=True)), ""])
