"""The frontier for counts that are fractions with no common denominator of a workable size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Mask, common_denominator, floor_of

Number: TypeAlias = int | Fraction

#: The last chosen block and the chosen blocks before it; shared between states, so that no state copies its blocks.
_Chain: TypeAlias = "tuple[int, _Chain] | None"
_State: TypeAlias = tuple[int, int, _Chain]


@frozen(eq=False)
class FractionalFrontier:
    """Breakpoints of the frontier, weight and focal count strictly increasing.

    Attributes
    ----------
    points : (weight, focal), the first of weight 0
    """

    points: tuple[tuple[Fraction, Fraction], ...]
    _chains: tuple[_Chain, ...]
    _blocks: int

    def place(self, capacity: Number) -> int:
        """The last breakpoint whose weight is at most ``capacity``."""
        if capacity < 0:
            raise ValueError(f"capacity must not be negative: {capacity}")
        return sum(weight <= capacity for weight, _ in self.points) - 1

    def choice(self, place: int) -> Mask:
        """The choice of a breakpoint, shape (n,); ties as in `Frontier.choice`."""
        if not 0 <= place < len(self.points):
            raise IndexError(f"breakpoint {place} is not among {len(self.points)}")
        chosen = np.zeros(self._blocks, dtype=np.bool_)
        chain = self._chains[place]
        while chain is not None:
            chosen[chain[0]] = True
            chain = chain[1]
        return chosen


def merge_fractions(focal: Sequence[Number], weight: Sequence[Number], eligible: Sequence[bool] | Mask,
                    capacity: Number | None = None, *, most_states: int = 100_000) -> FractionalFrontier:
    """The frontier by merging Pareto lists, exactly, in Python's unbounded integers.

    Parameters
    ----------
    focal, weight : n numbers of 0 or more
    eligible : n booleans
    capacity : the largest weight wanted
    most_states : the longest list allowed

    Raises
    ------
    ValueError : a negative number, or lengths that differ
    OverflowError : a list grew beyond ``most_states``
    """
    if any(value < 0 for column in (focal, weight) for value in column) or (capacity is not None and capacity < 0):
        raise ValueError("counts and capacity must not be negative")
    p_unit, w_unit = common_denominator(focal), common_denominator(weight)
    most = None if capacity is None else floor_of(capacity * w_unit)
    rows = [(row, int(p * p_unit), int(w * w_unit))
            for row, (p, w, open_) in enumerate(zip(focal, weight, eligible, strict=True)) if open_ and p > 0]
    share = {row: Fraction(focal[row]) / (Fraction(focal[row]) + Fraction(weight[row])) for row, _, _ in rows}
    # The least preferred block first: of two equal pairs, the one that holds the block at hand is then preferred.
    rows.sort(key=lambda block: (share[block[0]], block[1], -block[0]))
    states: list[_State] = [(0, 0, None)]
    for row, gain, load in rows:
        states = _merged(states, [(w + load, p + gain, (row, chain)) for w, p, chain in states], most)
        if len(states) > most_states:
            raise OverflowError(f"a Pareto list grew beyond {most_states} pairs")
    points = tuple((Fraction(w, w_unit), Fraction(p, p_unit)) for w, p, _ in states)
    return FractionalFrontier(points, tuple(chain for _, _, chain in states), len(focal))


def _merged(without: list[_State], with_block: list[_State], most: int | None) -> list[_State]:
    """Undominated states of both lists, each sorted by weight; equal ones are taken from the second."""
    merged: list[_State] = []
    best = -1
    both = sorted(with_block + without, key=lambda state: (state[0], -state[1]))  # stable: equals keep their order
    for state in both:
        if most is not None and state[0] > most:
            break
        if state[1] > best:
            best = state[1]
            merged.append(state)
    return merged
