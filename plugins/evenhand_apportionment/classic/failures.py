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


def counted(number: int, noun: str) -> str:
    """``1 unit``, ``1,453 units``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def there_are(units: int, only: str = "") -> str:
    """``there is 1``, ``there are only 1,453``."""
    return f"there {'is' if units == 1 else 'are'} {only}{units:,}"
