"""Exact decimal columns: integers on one power-of-ten scale, so that legality is never decided by rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from evenhand.tables.decimal_text import all_digits, diagnose, is_number, parse_exact

Integers: TypeAlias = NDArray[Any]  # int64, or object holding Python ints

_INT64_MAX = 2**63 - 1
_DOUBLE_WHOLE = 2**53
_EXACT_POWER = 22  # 10**22 is the largest power of ten that a double holds exactly
_LOW = 0xFFFFFFFF


@frozen(eq=False)
class ExactColumn:
    """Exact decimals: row i is ``values[i] / 10**decimals``, or absent where ``missing[i]``.

    Attributes
    ----------
    values : (n,) int64, or object holding Python ints where int64 does not suffice; 0 where missing
    decimals : int >= 0
    missing : (n,) bool
    """

    values: Integers
    decimals: int
    missing: NDArray[np.bool_] = field()

    @missing.default
    def _nothing_missing(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.values), dtype=bool)

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def from_text(cls, texts: Iterable[str]) -> ExactColumn:
        """From decimal texts such as ``"12"``, ``"-0.40"``, ``"1e-3"``; ``""`` is missing.

        Raises ``ValueError`` for a text that :func:`evenhand.tables.decimal_text.is_number` refuses.
        """
        listed = list(texts)
        for row, text in enumerate(listed):
            if text and not is_number(text):
                raise ValueError(f"row {row + 1}: {text!r} {diagnose(text)[0]}")
        return cls.from_checked_text(listed)

    @classmethod
    def from_checked_text(cls, texts: Iterable[str]) -> ExactColumn:
        """Like :meth:`from_text` for texts already known to be numbers or blank."""
        texts = list(texts)
        if all_digits(texts):
            return cls(pack(list(map(int, texts))), 0)
        heads: list[int] = []
        places: list[int] = []
        blank: list[int] = []
        for row, text in enumerate(texts):
            if not text:
                blank.append(row)
                heads.append(0)
                places.append(0)
                continue
            if "e" in text or "E" in text:
                text = format(Decimal(text), "f")
            whole, point, tail = text.partition(".")
            if point:
                tail = tail.rstrip("0")
                heads.append(int(whole + tail) if whole + tail not in ("", "+", "-") else 0)
                places.append(len(tail))
            else:
                heads.append(int(whole))
                places.append(0)
        decimals = max(places, default=0)
        if decimals:
            powers = [10**k for k in range(decimals + 1)]
            heads = [head * powers[decimals - place] for head, place in zip(heads, places, strict=True)]
        missing = np.zeros(len(heads), dtype=bool)
        missing[blank] = True
        return cls(pack(heads), decimals, missing)

    @classmethod
    def from_floats(cls, floats: Sequence[float] | NDArray[np.floating[Any]]) -> ExactColumn:
        """From doubles, each read as its shortest decimal text; NaN is missing. Raises ``ValueError`` on infinity."""
        return cls.from_text("" if value != value else repr(float(value)) for value in floats)

    @classmethod
    def from_ints(cls, ints: Iterable[int]) -> ExactColumn:
        """From whole numbers of any size."""
        return cls(pack([int(value) for value in ints]), 0)

    @property
    def scale(self) -> int:
        """``10**decimals``: divide ``values`` by it to get the numbers."""
        return int(10**self.decimals)

    @property
    def has_missing(self) -> bool:
        return bool(self.missing.any())

    @property
    def floats(self) -> NDArray[np.float64]:
        """(n,) float64, each the double nearest to its exact value; NaN where missing."""
        safe = self.values.dtype != object and self.decimals <= _EXACT_POWER
        if safe and (not len(self) or max(-int(self.values.min()), int(self.values.max())) <= _DOUBLE_WHOLE):
            # Both operands are exact doubles, so the one division rounds correctly.
            result = self.values.astype(np.float64) / float(self.scale)
        else:
            scale = self.scale  # a quotient of Python ints is correctly rounded
            result = np.array([value / scale for value in self.values.tolist()], dtype=np.float64)
        if self.has_missing:
            result[self.missing] = np.nan
        return result

    def fraction(self, row: int) -> Fraction | None:
        """The exact number of one row, ``None`` where missing."""
        return None if self.missing[row] else Fraction(int(self.values[row]), self.scale)

    def fractions(self) -> list[Fraction]:
        """All exact numbers. Raises ``ValueError`` when a row is missing."""
        self._require_complete()
        scale = self.scale
        return [Fraction(value, scale) for value in self.values.tolist()]

    def integers(self) -> list[int]:
        """All numbers as Python ints. Raises ``ValueError`` when a row is missing or not whole."""
        self._require_complete()
        if not self.is_whole:
            raise ValueError("the column holds numbers that are not whole")
        scale = self.scale
        return [value // scale for value in self.values.tolist()]

    @property
    def is_whole(self) -> bool:
        """Whether every number is whole."""
        return bool(self.whole_rows().all())

    def whole_rows(self) -> NDArray[np.bool_]:
        """(n,) bool: which numbers are whole (missing ones count as whole)."""
        if self.decimals == 0:
            return np.ones(len(self), dtype=bool)
        scale = self.scale
        if scale > _INT64_MAX:
            return np.array([value % scale == 0 for value in self.values.tolist()], dtype=bool)
        return np.asarray(self.values % scale == 0, dtype=bool)

    def sum_exact(self, where: NDArray[np.bool_] | None = None) -> Fraction:
        """The exact sum, of the rows of the mask ``where`` if given. Raises ``ValueError`` when one is missing."""
        chosen = slice(None) if where is None else where
        if bool(self.missing[chosen].any()):
            raise ValueError("the column has missing numbers; fill them first")
        return Fraction(exact_sum(self.values[chosen]), self.scale)

    def group_sums(self, index: NDArray[np.integer[Any]], groups: int) -> list[Fraction]:
        """Exact sums by group: ``index[i]`` in 0..groups-1 names the group of row i, a negative index leaves it out."""
        chosen = np.asarray(index)
        kept = chosen >= 0
        if bool(self.missing[kept].any()):
            raise ValueError("the column has missing numbers; fill them first")
        scale = self.scale
        return [Fraction(total, scale) for total in exact_group_sums(self.values[kept], chosen[kept], groups)]

    def compare(self, bound: object) -> NDArray[np.int8]:
        """(n,) int8: the sign of number - bound, compared exactly; 0 where missing. ``bound``: see ``parse_exact``."""
        limit = parse_exact(bound) * self.scale
        floor = limit.numerator // limit.denominator
        whole = limit.denominator == 1
        if self.values.dtype != object and -_INT64_MAX <= floor <= _INT64_MAX:
            above, equal = self.values > floor, self.values == floor
        else:
            listed = self.values.tolist()
            above = np.array([value > floor for value in listed], dtype=bool)
            equal = np.array([value == floor for value in listed], dtype=bool)
        result = np.where(above, 1, np.where(equal & whole, 0, -1)).astype(np.int8)
        result[self.missing] = 0
        return result

    def rescaled(self, decimals: int) -> ExactColumn:
        """The same numbers with (at least as many) ``decimals``. Raises ``ValueError`` when digits would be lost."""
        if decimals == self.decimals:
            return self
        if decimals > self.decimals:
            factor = 10 ** (decimals - self.decimals)
            return ExactColumn(pack([value * factor for value in self.values.tolist()]), decimals, self.missing)
        factor = 10 ** (self.decimals - decimals)
        listed = self.values.tolist()
        if any(value % factor for value in listed):
            raise ValueError(f"the numbers need {self.decimals} decimal places")
        return ExactColumn(pack([value // factor for value in listed]), decimals, self.missing)

    def filled(self, number: object) -> ExactColumn:
        """Missing rows replaced by ``number`` (see ``parse_exact``); it must be a decimal."""
        if not self.has_missing:
            return self
        exact = parse_exact(number)
        decimals = self.decimals
        while (exact * 10**decimals).denominator != 1:
            decimals += 1
            if decimals > self.decimals + 400:
                raise ValueError(f"{number!r} is no finite decimal")
        column = self.rescaled(decimals)
        listed = column.values.tolist()
        fill = int(exact * 10**decimals)
        values = [fill if gone else value for value, gone in zip(listed, self.missing, strict=True)]
        return ExactColumn(pack(values), decimals)

    def take(self, rows: NDArray[Any]) -> ExactColumn:
        """The chosen rows (positions, or a boolean mask), in that order."""
        return ExactColumn(self.values[rows], self.decimals, self.missing[rows])

    def _require_complete(self) -> None:
        if self.has_missing:
            raise ValueError("the column has missing numbers; fill them first")


def pack(integers: list[int]) -> Integers:
    """int64 when every integer fits, else an object array of Python ints."""
    if not integers or (max(integers) <= _INT64_MAX and min(integers) >= -_INT64_MAX):
        return np.array(integers, dtype=np.int64)
    result = np.empty(len(integers), dtype=object)
    result[:] = integers
    return result


def exact_sum(values: Integers) -> int:
    """The exact sum of int64 or object integers as a Python int; never overflows."""
    if values.dtype == object:
        return sum(values.tolist())
    # Halves of 32 bits each: their sums stay inside int64 for fewer than 2**31 rows.
    return (int((values >> 32).sum()) << 32) + int((values & _LOW).sum())


def exact_group_sums(values: Integers, index: NDArray[np.integer[Any]], groups: int) -> list[int]:
    """Exact sums of ``values`` by group, as Python ints; never overflows."""
    if values.dtype == object:
        totals = [0] * groups
        for group, value in zip(index.tolist(), values.tolist(), strict=True):
            totals[group] += value
        return totals
    high = np.zeros(groups, dtype=np.int64)
    low = np.zeros(groups, dtype=np.int64)
    np.add.at(high, index, values >> 32)
    np.add.at(low, index, values & _LOW)
    return [(int(h) << 32) + int(lo) for h, lo in zip(high, low, strict=True)]
