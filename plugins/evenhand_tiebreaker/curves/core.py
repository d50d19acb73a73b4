"""One capacity: blocks far from the cut-off are fixed by their reduced cost, the rest is swept."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.curves.counts import Ints, Mask, exact_array
from evenhand_tiebreaker.curves.items import BlockTypes, Pieces, pieces_of
from evenhand_tiebreaker.curves.sweep import Sweep, sweep


@frozen(eq=False)
class CoreOptimum:
    """The optimum at one capacity over the types; free blocks are not counted.

    Attributes
    ----------
    taken : shape (t,), blocks of each type
    focal, weight : what they hold, the weight in units
    multiplier : focal students per unit of weight at the cut-off
    bound : dual bound at this multiplier
    core : number of blocks that the reduced cost did not fix
    """

    taken: Ints
    focal: int
    weight: int
    multiplier: Fraction
    bound: Fraction
    core: int


def trace(pieces: Pieces, swept: Sweep, cell: int, most_bytes: int) -> Mask:
    """Bundles of the preferred optimum at ``cell``, shape (k,); sweeps again for those whose bits were not kept."""
    kept, cell = swept.kept(pieces, cell)
    parts, done = [kept], swept.traced
    while done < len(pieces.focal):
        room = cell - int(pieces.before[done])
        pieces = Pieces(pieces.focal[done:], pieces.weight[done:], pieces.kind[done:], pieces.size[done:],
                        pieces.before[done:] - pieces.before[done])
        # At least one bundle must be traced by each sweep, whatever the limit.
        swept = sweep(pieces, pieces.before[:-1] + room, max(most_bytes, pieces.total_weight // 8 + 1))
        kept, cell = swept.kept(pieces, room)
        parts.append(kept)
        done = swept.traced
    return np.concatenate(parts)


def core_optimum(types: BlockTypes, capacity: int, most_bytes: int, attained: int | None = None) -> CoreOptimum:
    """The preferred optimum among all choices of a weight of at most ``capacity`` units.

    With the bound U and an attained value v, a block whose reduced cost |p - lambda w| exceeds U - v is in every choice
    worth v or more, or in none (Dantzig 1957; Balas and Zemel 1980). Equality fixes nothing, so no optimum is lost and
    the preferred one is found. The first core is a guess that the value found then confirms or corrects.

    Parameters
    ----------
    types : the blocks
    capacity : in units
    most_bytes : memory for the bits of the sweep
    attained : focal students that some choice within the capacity is known to hold
    """
    held, weights = types.count * types.focal, np.cumsum(types.count * types.weight)
    cut = int(np.searchsorted(weights, capacity, side="right"))
    if cut == len(weights):
        total = int(held.sum())
        weight = int(weights[-1]) if cut else 0
        return CoreOptimum(types.count, total, weight, Fraction(0), Fraction(total), 0)
    multiplier = Fraction(int(types.focal[cut]), int(types.weight[cut]))
    numerator, denominator = multiplier.numerator, multiplier.denominator
    factor = max(numerator, denominator)
    reduced = exact_array(types.focal, factor) * denominator - exact_array(types.weight, factor) * numerator
    dual = numerator * capacity + sum(count * gain for count, gain in zip(types.count.tolist(), reduced.tolist(),
                                                                          strict=True) if gain > 0)
    distance = np.abs(reduced)
    gap = denominator if attained is None else dual - attained * denominator
    while True:
        open_types = np.flatnonzero(distance <= gap)
        fixed = np.where(reduced > gap, types.count, 0)
        fixed_focal, room = int(fixed @ types.focal), capacity - int(fixed @ types.weight)
        pieces = pieces_of(types.focal[open_types], types.weight[open_types], types.count[open_types], room)
        swept = sweep(pieces, pieces.before[:-1] + room, most_bytes)
        reached = swept.cells[: room + 1]
        cell = int(np.argmax(reached))
        value = fixed_focal + int(reached[cell])
        if dual - value * denominator <= gap:
            break
        gap = dual - value * denominator
    taken = fixed.astype(np.int64)
    taken[open_types] += pieces.taken(trace(pieces, swept, cell, most_bytes), len(open_types))
    return CoreOptimum(taken, value, capacity - room + cell, multiplier, Fraction(dual, denominator),
                       int(types.count[open_types].sum()))
