"""Exact order of shares: which blocks have the same share, which the larger one, and which reach a threshold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from evenhand_tiebreaker.curves.counts import Ints, Mask, exact_array

#: Two different fractions with denominators below 2**26 differ by more than 2**-52, one step of a float in [0, 1] at
#: most; division rounds correctly and keeps order. So their float quotients are equal exactly when the fractions are.
_FLOAT_IS_EXACT = 2**26


def share_ranks(part: Ints, whole: Ints) -> tuple[Ints, Ints]:
    """Rank of every share ``part / whole`` among the distinct ones, the highest first.

    Parameters
    ----------
    part, whole : shape (m,), 0 <= part <= whole, whole > 0; int64, or Python integers of any size

    Returns
    -------
    (ranks, members) : ranks, shape (m,), 0 for the highest share; members, shape (distinct,), one row of each rank
    """
    if not whole.size or int(whole.max()) < _FLOAT_IS_EXACT:
        _, members, ascending = np.unique(part / whole, return_index=True, return_inverse=True)
        return len(members) - 1 - ascending.astype(np.int64), members[::-1].astype(np.int64)
    exact = [Fraction(p, n) for p, n in zip(part.tolist(), whole.tolist(), strict=True)]
    highest_first = sorted(set(exact), reverse=True)
    rank_of = {share: rank for rank, share in enumerate(highest_first)}
    ranks = np.array([rank_of[share] for share in exact], dtype=np.int64)
    first = np.full(len(highest_first), -1, dtype=np.int64)
    first[ranks[::-1]] = np.arange(len(ranks) - 1, -1, -1)
    return ranks, first


def reaches(part: Ints, whole: Ints, threshold: Fraction) -> Mask:
    """Shares of at least ``threshold``: ``part * den >= num * whole``, exactly; shape (m,).

    Parameters
    ----------
    part, whole : shape (m,), 0 or more; int64, or Python integers of any size. Where both are 0, nothing is said.
    """
    numerator, denominator = threshold.numerator, threshold.denominator
    factor = max(abs(numerator), denominator)
    reached = exact_array(part, factor) * denominator >= exact_array(whole, factor) * numerator
    return reached.astype(np.bool_)


def quotient(part: int, whole: int) -> float | None:
    """A share as the nearest double; None where it is undefined."""
    return part / whole if whole else None


def has_share(focal: Ints, other: Ints, eligible: Mask) -> Mask:
    """Eligible blocks with at least one student: only they have a share."""
    mask: Mask = eligible & (focal + other > 0)
    return mask
