"""``column``: the choice that a given 0/1 column makes."""

from __future__ import annotations

from typing import ClassVar

from evenhand_tiebreaker.threshold import Scanner


class Column(Scanner):
    """There is nothing to choose: the eligible blocks that the column marks receive."""

    name: ClassVar[str] = "column"
    doc: ClassVar[str] = "the eligible blocks that a given 0/1 column marks"
    selection: ClassVar[str] = "column"
