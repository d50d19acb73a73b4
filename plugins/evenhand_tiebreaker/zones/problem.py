"""The choice in few zones, in whole numbers: most focal students, budgets, at most so many connected pieces."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike

from evenhand_tiebreaker.zones.counting import count_zones
from evenhand_tiebreaker.zones.graph import BlockGraph, BoolArray, IntArray

# The walk weighs sums in floats, where whole numbers are exact up to here.
LARGEST = 2**53


@frozen
class Contradiction:
    """A condition that the pinned blocks alone break.

    ``what``    the budget, one of the names of the problem; or ``zones``
    ``taken``   what the pinned blocks take of that budget; or in how many separate parts of the open blocks they lie
    ``limit``   the budget in the same units, or the number of zones that is allowed; below ``taken``
    """

    what: str
    taken: int
    limit: int

    def __str__(self) -> str:
        if self.what == "zones":
            return f"the pinned blocks lie in {self.taken} separate parts of the open blocks, for {self.limit} zones"
        return f"the pinned blocks take {self.taken} of a budget of {self.limit} ({self.what})"


@frozen(eq=False)
class ZoneProblem:
    """Maximise ``focal @ x`` over sets x of ``open_blocks`` within budgets, in at most ``zones`` connected components.

    Make it with :func:`make_zone_problem`. Every array is in table order.

    ``open_blocks``   (n,) bool: eligible and not forbidden
    ``pinned``        (n,) bool, within ``open_blocks``: always chosen
    ``names``         the budgets, a selection of ``other``, ``students``, ``blocks``
    ``weights``       (budgets, n) int64 >= 0: what a block takes of each budget
    ``limits``        (budgets,) int64 >= 0
    """

    graph: BlockGraph
    focal: IntArray
    open_blocks: BoolArray
    pinned: BoolArray
    names: tuple[str, ...]
    weights: IntArray
    limits: IntArray
    zones: int

    @property
    def contradiction(self) -> Contradiction | None:
        """Why no choice at all can hold, as far as one look at the pinned blocks tells; None when nothing is seen."""
        spent = self.weights[:, self.pinned].sum(axis=1)
        for name, used, limit in zip(self.names, spent.tolist(), self.limits.tolist(), strict=True):
            if used > limit:
                return Contradiction(name, used, limit)
        apart = int(np.unique(self.graph.components(self.open_blocks)[self.pinned]).size)
        return Contradiction("zones", apart, self.zones) if apart > self.zones else None

    def spent(self, chosen: BoolArray) -> tuple[int, ...]:
        """What a choice takes of each budget."""
        return tuple(self.weights[:, chosen].sum(axis=1).tolist())

    def holds(self, chosen: BoolArray) -> bool:
        """Whether a choice keeps every condition; exact."""
        return bool(not (chosen & ~self.open_blocks).any() and not (self.pinned & ~chosen).any()
                    and all(used <= limit for used, limit in zip(self.spent(chosen), self.limits.tolist(), strict=True))
                    and count_zones(self.graph, chosen) <= self.zones)


def make_zone_problem(graph: BlockGraph, focal: ArrayLike, other: ArrayLike, eligible: ArrayLike, zones: int, *,
                      other_limit: int | None = None, students_limit: int | None = None,
                      blocks_limit: int | None = None, pinned: ArrayLike | None = None,
                      forbidden: ArrayLike | None = None) -> ZoneProblem:
    """Check the arrays and gather the budgets.

    Parameters
    ----------
    graph
        Neighbours among all blocks of the table.
    focal, other
        Focal and non-focal students per block, whole numbers >= 0, shape (n,).
    eligible, pinned, forbidden
        Bool, shape (n,). Eligible blocks without students may be chosen: they connect.
    zones
        Most connected components of the chosen blocks, at least 1.
    other_limit, students_limit, blocks_limit
        Budgets on the chosen blocks' non-focal students, students, number; None for none. All given ones hold at once.

    Raises
    ------
    ValueError
        For a wrong shape or type, a negative number, a pinned block that is not eligible or is forbidden.
    OverflowError
        When sums of students could pass 2**53.
    """
    count = graph.blocks
    p, q = _counts("focal", focal, count), _counts("other", other, count)
    allowed = _mask("eligible", eligible, count)
    held, barred = _mask("pinned", pinned, count), _mask("forbidden", forbidden, count)
    if isinstance(zones, bool) or int(zones) != zones or zones < 1:
        raise ValueError(f"zones is {zones}; expected a whole number of at least 1")
    open_blocks = allowed & ~barred
    shut = np.flatnonzero(held & ~open_blocks)
    if shut.size:
        raise ValueError(f"pinned blocks are not eligible, or forbidden: {', '.join(map(str, shut.tolist()))}")
    budgets = [("other", q, other_limit), ("students", p + q, students_limit),
               ("blocks", np.ones(count, dtype=np.int64), blocks_limit)]
    given = [(name, weight, int(limit)) for name, weight, limit in budgets if limit is not None]
    for name, _, limit in given:
        if limit < 0:
            raise ValueError(f"the budget of {name} is {limit}; expected at least 0")
    weights = np.array([weight for _, weight, _ in given], dtype=np.int64).reshape(len(given), count)
    # A limit above all that there is never binds, so cutting it there changes nothing and keeps it small.
    limits = np.array([min(limit, int(weight.sum())) for _, weight, limit in given], dtype=np.int64)
    return ZoneProblem(graph, p, open_blocks, held, tuple(name for name, _, _ in given), weights, limits,
                       min(int(zones), max(1, count)))


def _counts(name: str, values: ArrayLike, count: int) -> IntArray:
    array = np.asarray(values)
    if array.shape != (count,):
        raise ValueError(f"{name} has shape {array.shape}; expected ({count},)")
    numbers = array.tolist()
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
        raise ValueError(f"{name} must hold whole numbers")
    if min(numbers, default=0) < 0:
        raise ValueError(f"{name} must not be negative")
    if sum(numbers) >= LARGEST // 2:
        raise OverflowError(f"the sum of {name} passes 2**52: use a smaller common denominator")
    return np.array(numbers, dtype=np.int64)


def _mask(name: str, values: ArrayLike | None, count: int) -> BoolArray:
    if values is None:
        return np.zeros(count, dtype=np.bool_)
    array = np.asarray(values)
    if array.shape != (count,) or array.dtype != np.bool_:
        raise ValueError(f"{name} has shape {array.shape} and type {array.dtype}; expected ({count},) and bool")
    return array.copy()
