"""Common lotteries: the same random numbers decide the assignment with and without the tiebreaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Ranks = NDArray[np.int32]
Places = NDArray[np.int64]

# Lotteries held at once: enough to keep the compiled loop busy, little memory with a hundred thousand applicants.
BLOCK_NUMBERS = 2**20


@frozen(eq=False)
class Lotteries:
    """One given lottery, or ``count`` drawn ones. A lottery is a permutation of 0..n-1; the larger number goes first.

    Attributes
    ----------
    applicants : n
    count : how many lotteries
    seed : of the drawn ones; the k-th lottery depends on seed, n and k only, however they are taken
    fixed : (n,) int32, the one given lottery, or None
    order : (n,) applicants in the order in which numbers are dealt out to them; None: as they come
    """

    applicants: int
    count: int
    seed: int = 0
    fixed: Ranks | None = None
    order: Places | None = None

    @classmethod
    def drawn(cls, applicants: int, count: int, seed: int, order: Sequence[int] | None = None) -> Lotteries:
        """Independent uniform permutations. Raises ``ValueError`` without lotteries or for a negative seed."""
        if count < 1:
            raise ValueError("at least one lottery is needed")
        if seed < 0:
            raise ValueError("a seed is a whole number of at least 0")
        if applicants >= 2**31:
            raise OverflowError("more applicants than a lottery can hold")
        places = None if order is None else np.array(order, dtype=np.int64)
        return cls(applicants, count, seed, order=places)

    @classmethod
    def given(cls, numbers: Sequence[Any] | NDArray[Any]) -> Lotteries:
        """Exactly this one lottery; ``numbers`` are distinct and exactly comparable (ints, Fractions).

        Raises ``ValueError`` when two are equal: the lottery would not decide between the two.
        """
        listed = numbers.tolist() if isinstance(numbers, np.ndarray) else list(numbers)
        order = sorted(range(len(listed)), key=listed.__getitem__)
        if any(listed[left] == listed[right] for left, right in pairwise(order)):
            raise ValueError("two lottery numbers are equal")
        ranks = np.empty(len(listed), dtype=np.int32)
        ranks[order] = np.arange(len(listed), dtype=np.int32)
        return cls(len(listed), 1, fixed=ranks)

    def blocks(self, size: int | None = None) -> Iterator[Ranks]:
        """All lotteries in order, as arrays of shape (at most ``size``, n)."""
        if self.fixed is not None:
            yield self.fixed[np.newaxis, :].copy()
            return
        size = size or max(1, BLOCK_NUMBERS // max(1, self.applicants))
        generator = np.random.default_rng(self.seed)
        for start in range(0, self.count, size):
            numbers = draw(generator, self.applicants, min(size, self.count - start))
            if self.order is not None:
                dealt = np.empty_like(numbers)
                dealt[:, self.order] = numbers
                numbers = dealt
            yield numbers

    def first(self) -> Ranks:
        """(n,) the first lottery."""
        return np.asarray(next(self.blocks(1))[0], dtype=np.int32)


def draw(generator: np.random.Generator, applicants: int, count: int) -> Ranks:
    """(count, applicants) int32: independent uniform permutations of 0..applicants-1."""
    numbers = np.empty((count, applicants), dtype=np.int32)
    numbers[:] = np.arange(applicants, dtype=np.int32)
    for row in numbers:  # row by row: the stream does not depend on how many are drawn at once
        generator.shuffle(row)
    return numbers
