"""RFC 4180 text from columns of cells; lines end in ``\\n`` so that the same table is the same bytes everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_QUOTED = re.compile('[",\r\n]')


def quote(cell: str) -> str:
    """The cell, in quotes where RFC 4180 asks for them."""
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def csv_text(headings: Iterable[str], columns: Sequence[Sequence[str]]) -> str:
    """A whole CSV file as text: the header row, then the rows."""
    header = [quote(heading) for heading in headings]
    if len(header) == 1:  # an empty line would vanish when read back
        lines = [quote(cell) or '""' for cell in columns[0]]
        return "\n".join([header[0] or '""', *lines, ""])
    quoted = ([quote(cell) for cell in column] for column in columns)
    return "\n".join([",".join(header), *map(",".join, zip(*quoted, strict=True)), ""])
