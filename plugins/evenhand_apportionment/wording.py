"""Numbers of things and lists of names, as every message of the domain writes them."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 unit``, ``1,453 units``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def there_are(units: int, only: str = "") -> str:
    """``there is only 1``, ``there are only 1,453``."""
    return f"there {'is' if units == 1 else 'are'} {only}{units:,}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """``A``, ``A and B``, ``A, B and 7 others``."""
    if len(names) == 1:
        return names[0]
    if len(names) <= most:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} others"
