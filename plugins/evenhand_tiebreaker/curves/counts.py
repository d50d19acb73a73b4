"""Whole-number counts: the check every function begins with."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Counts = npt.ArrayLike

#: Sums stay below this, so that neither an int64 sum nor its float image can lose a student.
LARGEST_SUM = 2**53


def whole_numbers(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    """The numbers as an array of shape (n,), of Python integers where they were given so.

    Raises
    ------
    TypeError : the values are not integers (a float is refused even where it is whole)
    ValueError : not one-dimensional, or a value is negative
    """
    given = np.asarray(values)
    if given.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {given.ndim}")
    if given.dtype == object:
        if not all(isinstance(value, (int, np.integer)) for value in given):
            raise TypeError(f"{name} must hold integers")
    elif given.size and not np.issubdtype(given.dtype, np.integer):
        raise TypeError(f"{name} must hold integers, not {given.dtype}")
    if given.size and given.min() < 0:
        raise ValueError(f"{name} must not be negative")
    return given


def whole_counts(values: Counts, name: str) -> Ints:
    """The counts as int64, shape (n,).

    Raises
    ------
    TypeError, ValueError : as `whole_numbers`
    OverflowError : the sum reaches 2**53
    """
    given = whole_numbers(values, name)
    # A float sum is within a factor of two of the true one, so it can rule out that int64 wraps around.
    if given.size and float(np.sum(given.astype(np.float64))) >= 2.0**60:
        raise OverflowError(f"the sum of {name} does not stay below 2**53")
    counts = given.astype(np.int64)
    if int(counts.sum()) >= LARGEST_SUM:
        raise OverflowError(f"the sum of {name} does not stay below 2**53")
    return counts


def block_counts(focal: Counts, other: Counts, eligible: npt.ArrayLike) -> tuple[Ints, Ints, Mask]:
    """Checked ``focal``, ``other`` and ``eligible``, each of shape (n,).

    Raises
    ------
    TypeError, ValueError, OverflowError : as `whole_counts`; ValueError too where the lengths differ
    """
    p, q = whole_counts(focal, "focal"), whole_counts(other, "other")
    mask = np.asarray(eligible)
    if mask.dtype != np.bool_:
        raise TypeError(f"eligible must be boolean, not {mask.dtype}")
    if not p.shape == q.shape == mask.shape:
        raise ValueError(f"lengths differ: focal {p.shape}, other {q.shape}, eligible {mask.shape}")
    if int(p.sum()) + int(q.sum()) >= LARGEST_SUM:
        raise OverflowError("the sum of all students does not stay below 2**53")
    return p, q, mask


def floor_of(limit: int | Fraction) -> int:
    """Largest whole number up to ``limit``.

    Raises
    ------
    TypeError : a float, whose decimals may not be what was written
    """
    if not isinstance(limit, (int, np.integer, Fraction)):
        raise TypeError(f"a limit must be an integer or a Fraction, not {type(limit).__name__}")
    return int(limit.numerator // limit.denominator)


def exact_array(values: Ints, largest_factor: int) -> npt.NDArray[Any]:
    """``values`` as int64 where multiplying by ``largest_factor`` stays in range, else as Python integers."""
    largest = int(np.max(np.abs(values))) if values.size else 0
    return values if largest * largest_factor < 2**61 else values.astype(object)
