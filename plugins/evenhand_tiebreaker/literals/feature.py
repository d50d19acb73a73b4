"""One feature of the blocks, kept so that every comparison is exact and still one numpy operation."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from evenhand_tiebreaker.literals.numbers import read_number

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@frozen(eq=False)
class Feature:
    """A column of exact numbers or truth values.

    Values are kept as ranks among the distinct exact values. A share has another denominator in every block; by rank
    ``value >= t`` is ``rank >= (place of t among the levels)``: integers compare, whatever the size of the numbers.

    Attributes
    ----------
    name
        As written in the spec: a column, or ``share:COLUMN``.
    levels
        The distinct values, ascending.
    ranks
        Shape (n,): position of each block's value in ``levels``; −1 where it is missing. A missing value satisfies
        no comparison.
    boolean
        True if the feature may be named alone (its values are 0 and 1).
    """

    name: str
    levels: tuple[Fraction, ...]
    ranks: Ints = field(repr=False)
    boolean: bool = False

    def __attrs_post_init__(self) -> None:
        if any(low >= high for low, high in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError(f"{self.name}: levels must ascend")
        if self.ranks.ndim != 1 or np.any(self.ranks < -1) or np.any(self.ranks >= len(self.levels)):
            raise ValueError(f"{self.name}: ranks must be one column of positions in the levels")
        if self.boolean and not set(self.levels) <= {0, 1}:
            raise ValueError(f"{self.name}: a boolean feature holds 0 and 1 only")

    @classmethod
    def of(cls, name: str, values: Iterable[Any], *, missing: npt.ArrayLike | None = None) -> Feature:
        """Read a column: numbers in any form of :func:`read_number`, or truth values; None and NaN are missing.

        Raises
        ------
        ValueError
            A value that is no number, an infinity, or truth values mixed with numbers.
        """
        if isinstance(values, np.ndarray):
            if values.dtype.kind == "f" and values.dtype != np.float64:
                values = np.array([float(str(value)) for value in values])  # the decimal that was written
            values = values.tolist()
        raw = [None if _is_missing(value) else value for value in values]
        kinds = {isinstance(value, (bool, np.bool_)) for value in raw if value is not None}
        if len(kinds) == 2:
            raise ValueError(f"{name}: truth values and numbers are mixed")
        truth = kinds == {True}
        return cls._ranked(name, raw, _read_truth if truth else read_number, missing, boolean=truth)

    @classmethod
    def of_booleans(cls, name: str, values: Iterable[Any], *, missing: npt.ArrayLike | None = None) -> Feature:
        """Read a column of truth values, which may be written 0 and 1; None and NaN are missing.

        Raises
        ------
        ValueError
            A value that is neither.
        """
        raw = [None if _is_missing(value) else value for value in values]
        return cls._ranked(name, raw, _read_truth, missing, boolean=True)

    @classmethod
    def of_scaled(cls, name: str, numbers: npt.ArrayLike, scale: int = 1, *, missing: npt.ArrayLike | None = None,
                  boolean: bool = False) -> Feature:
        """Read a column of whole numbers, shape (n,), each to be divided by ``scale``: quicker than value by value.

        Raises
        ------
        ValueError
            Numbers that are not whole, a scale below 1, a mask of another length; 0 and 1 are meant by ``boolean``,
            and there is something else.
        """
        array = np.asarray(numbers)
        if array.ndim != 1 or array.dtype.kind not in "iuO":
            raise ValueError(f"{name}: one column of whole numbers is wanted")
        if scale < 1:
            raise ValueError(f"{name}: a scale is at least 1")
        given = ~_mask_of(name, missing, len(array))
        if array.dtype == object:
            _integers(name, array[given])
        distinct, places = np.unique(array[given], return_inverse=True)
        ranks = np.full(len(array), -1, dtype=np.int64)
        ranks[given] = places
        return cls(name, tuple(Fraction(number, scale) for number in distinct.tolist()), ranks, boolean)

    @classmethod
    def of_share(
        cls, name: str, part: npt.ArrayLike, whole: npt.ArrayLike, *, missing: npt.ArrayLike | None = None
    ) -> Feature:
        """The share ``part / whole`` of each block, exactly; a block with ``whole`` 0 has no share: it is missing.

        Both are whole numbers of any size (counts multiplied by one common factor have the same shares).

        Raises
        ------
        ValueError
            Lengths that differ, a negative whole, or numbers that are not whole.
        """
        parts, wholes = _integers(name, part), _integers(name, whole)
        if len(parts) != len(wholes):
            raise ValueError(f"{name}: {len(parts)} parts and {len(wholes)} wholes")
        if any(number < 0 for number in wholes):
            raise ValueError(f"{name}: a negative whole")
        raw = [(p, w) if w else None for p, w in zip(parts, wholes, strict=True)]
        return cls._ranked(name, raw, lambda pair: Fraction(*pair), missing, boolean=False)

    @classmethod
    def _ranked(
        cls,
        name: str,
        raw: list[Any],
        exact: Callable[[Any], Fraction],
        missing: npt.ArrayLike | None,
        *,
        boolean: bool,
    ) -> Feature:
        if missing is not None:
            gone = _mask_of(name, missing, len(raw))
            raw = [None if absent else value for value, absent in zip(raw, gone.tolist(), strict=True)]
        keys = [_key(value) for value in raw]
        read: dict[tuple[type, Any], Fraction] = {}
        for value, key in zip(raw, keys, strict=True):
            if value is not None and key not in read:
                try:
                    read[key] = exact(value)
                except ValueError as wrong:
                    raise ValueError(f"{name}: {wrong}") from wrong
        levels = _ascending(set(read.values()))
        place = {level: rank for rank, level in enumerate(levels)}
        rank_of = {key: place[number] for key, number in read.items()}
        ranks = [-1 if value is None else rank_of[key] for value, key in zip(raw, keys, strict=True)]
        return cls(name, levels, np.array(ranks, dtype=np.int64), boolean)

    @property
    def missing(self) -> Mask:
        """Shape (n,): True where the block has no value."""
        return self.ranks < 0

    def value(self, block: int) -> Fraction | None:
        """Value of one block, None if missing."""
        rank = int(self.ranks[block])
        return None if rank < 0 else self.levels[rank]

    def at_least(self, threshold: Fraction) -> Mask:
        """Shape (n,): value ≥ threshold, exactly; False where missing."""
        return (self.ranks >= bisect_left(self.levels, threshold)) & ~self.missing

    def at_most(self, threshold: Fraction) -> Mask:
        """Shape (n,): value ≤ threshold, exactly; False where missing."""
        return (self.ranks < bisect_right(self.levels, threshold)) & ~self.missing

    def equals(self, number: Fraction) -> Mask:
        """Shape (n,): value = number, exactly; False where missing."""
        return self.at_least(number) & self.at_most(number)

    def among(self, blocks: Mask) -> tuple[tuple[Fraction, ...], Ints]:
        """Distinct values among some blocks, ascending, and the rank of each of these blocks in them (−1: missing)."""
        ranks = self.ranks[blocks]
        present = np.unique(ranks[ranks >= 0])
        own = np.searchsorted(present, ranks)
        own[ranks < 0] = -1
        return tuple(self.levels[rank] for rank in present.tolist()), own.astype(np.int64)


def _mask_of(name: str, missing: npt.ArrayLike | None, count: int) -> Mask:
    gone = np.zeros(count, dtype=bool) if missing is None else np.asarray(missing, dtype=bool)
    if gone.shape != (count,):
        raise ValueError(f"{name}: the mask of missing values has another length")
    return gone


def _key(value: Any) -> tuple[type, Any]:
    # By type too: a long Decimal equals a float that is read as another, shorter decimal. Fractions are slow to hash.
    return (Fraction, value.as_integer_ratio()) if type(value) is Fraction else (type(value), value)


def _is_missing(value: Any) -> bool:
    # Only NaN, NaT and their like differ from themselves; pandas' NA has no truth value at all.
    if value is None or type(value).__name__ == "NAType":
        return True
    if isinstance(value, (int, Fraction)):  # these never do, and a Fraction takes long to say so
        return False
    return bool(value != value)


def _read_truth(value: object) -> Fraction:
    if isinstance(value, (bool, np.bool_)):
        return Fraction(int(value))
    number = read_number(value)
    if number not in (0, 1):
        raise ValueError(f"{value!r} is neither 0 nor 1")
    return number


def _integers(name: str, values: npt.ArrayLike) -> list[int]:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iuO":
        raise ValueError(f"{name}: one column of whole numbers is wanted")
    numbers = array.tolist()
    if not all(isinstance(number, (int, np.integer)) and not isinstance(number, bool) for number in numbers):
        raise ValueError(f"{name}: one column of whole numbers is wanted")
    return numbers


def _ascending(numbers: set[Fraction]) -> tuple[Fraction, ...]:
    try:
        # Rounding never swaps two numbers, so floats decide first and the exact comparison only their ties.
        return tuple(sorted(numbers, key=lambda number: (float(number), number)))
    except OverflowError:
        return tuple(sorted(numbers))
