"""What the classic methods raise when no division keeps the rules."""

from __future__ import annotations

from collections.abc import Sequence


class NoApportionmentError(Exception):
    """Proven: no division keeps the bounds, or the method's own rule ends without one.

    ``conflict`` names what stands against what, ``relief`` what would have to give.
    """

    def __init__(self, message: str, *, conflict: Sequence[str] = (), relief: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.conflict = tuple(conflict)
        self.relief = tuple(relief)
