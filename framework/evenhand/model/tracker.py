"""Incremental evaluation: what a term or a rule may offer so that a search need not measure everything at each step."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Move = list[tuple[int, Any]]
"""A small change: ``[(position, new entry), ...]``."""


class Tracker(Protocol):
    """Keeps one number up to date. The core checks it against full re-evaluation in the conformance tests."""

    def start(self, array: npt.NDArray[np.generic]) -> float:
        """Take up this decision and return its number."""
        ...

    def change(self, move: Move) -> float:
        """By how much the number would change; the state stays as it is."""
        ...

    def apply(self, move: Move) -> None:
        """Carry out the move."""
        ...
