"""How few students would turn a block around at a cut-off, and a rule that lets small changes pass."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from evenhand_tiebreaker.curves.counts import Counts, Ints, Mask, block_counts

#: No number of students turns the block around.
NEVER = -1


def flips(focal: Counts, other: Counts, eligible: npt.ArrayLike, receives: Mask, threshold: Fraction,
          hysteresis: Fraction = Fraction(0)) -> Ints:
    """Students that would turn each block around, shape (n,); `NEVER` where none would, as for ineligible blocks.

    A receiving block is lost after the smallest d >= 0 of further non-focal students with
    ``p / (p + q + d) < threshold - hysteresis``; a refused one is won after the smallest d >= 0 of further focal
    students with ``(p + d) / (p + q + d) >= threshold``. A block without students has no share: it is won by its first
    student, a focal one.

    Raises
    ------
    ValueError : a threshold outside [0, 1] or a negative hysteresis
    """
    _check(threshold, hysteresis)
    p, q, mask = block_counts(focal, other, eligible)
    floor = threshold - hysteresis
    found = np.full(len(p), NEVER, dtype=np.int64)
    for row in np.flatnonzero(mask).tolist():
        part, students = int(p[row]), int(p[row] + q[row])
        found[row] = _until_lost(part, students, floor) if receives[row] else _until_won(part, students, threshold)
    return found


def _until_lost(part: int, students: int, floor: Fraction) -> int:
    """Smallest d >= 0 with part / (students + d) < floor: students + d > part / floor."""
    if floor <= 0:
        return NEVER
    enough = part * floor.denominator // floor.numerator + 1
    # A block that receives without students has no share; one student who is not focal gives it the share 0.
    return max(enough - students, 0)


def _until_won(part: int, students: int, threshold: Fraction) -> int:
    """Smallest d >= 0 with part + d >= threshold * (students + d)."""
    if students == 0:
        return 1
    lacking = threshold.numerator * students - threshold.denominator * part
    if lacking <= 0:
        return 0
    if threshold == 1:
        return NEVER
    return -(-lacking // (threshold.denominator - threshold.numerator))


def _check(threshold: Fraction, hysteresis: Fraction) -> None:
    if not 0 <= threshold <= 1:
        raise ValueError(f"a threshold is a share, from 0 to 1: {threshold}")
    if hysteresis < 0:
        raise ValueError(f"hysteresis must not be negative: {hysteresis}")
