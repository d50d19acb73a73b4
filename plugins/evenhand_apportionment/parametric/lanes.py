"""What does not depend on the number of units, five times over, for the units a - 2, ..., a + 2 of few groups.

Arrays of one length need no broadcasting, which takes longer than the arithmetic when there are some dozens of groups.
"""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH = 2
COPIES = 2 * REACH + 1
MOST_GROUPS = 250
"""With more, whole-array passes are faster."""


@frozen(eq=False)
class Lanes:
    """Arrays of shape (5 n,), ``offsets`` of shape (5, 1)."""

    shares: Floats = field(repr=False)
    over: Floats = field(repr=False)
    under: Floats = field(repr=False)
    offsets: Floats = field(repr=False)
    ones: Floats = field(repr=False)

    @classmethod
    def of(cls, shares: Floats, over: Floats, under: Floats) -> Lanes:
        """``under`` stays the same array as ``over`` where it is: then no side is looked up."""
        often = np.tile(over, COPIES)
        return cls(np.tile(shares, COPIES), often, often if over is under else np.tile(under, COPIES),
                   np.arange(-REACH, REACH + 1.0)[:, np.newaxis], np.ones(COPIES * len(shares)))
