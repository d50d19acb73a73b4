"""Where the scan puts the rules it finds: the best one, or the best many when each must still pass side rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import Factory, define, field, frozen

from evenhand_tiebreaker.literals.feature import Ints, Mask
from evenhand_tiebreaker.literals.search.axes import LARGEST, Axis
from evenhand_tiebreaker.literals.search.shapes import Family


@frozen(eq=False)
class Found:
    """A rule of the class: its key (value, then fewest non-focal students), its family, its literals."""

    key: int
    family: Family
    numbers: tuple[int, ...]


@define
class Best:
    """Keeps the one best rule: largest key, then the earlier family, then the stricter literals in axis order.

    ``floor`` is the least key that still matters; ``distinct`` asks the scan to leave out a rule whose choice is also
    that of a stricter literal.
    """

    floor: int
    found: Found | None = None
    distinct = False

    def offer(self, family: Family, keys: Ints, numbers: Sequence[Ints]) -> None:
        """Take rules of one family: ``keys`` shape (r,), ``numbers`` one array of shape (r,) for each axis."""
        key = int(keys.max())
        top = keys == key
        stricter = max(zip(*(column[top].tolist() for column in numbers), strict=True))
        candidate = Found(key, family, stricter)
        if self.found is None or _rank(candidate) < _rank(self.found):
            self.found = candidate
            self.floor = key

    def close(self) -> None:
        """The families still to come are later in the order: they must be better."""
        if self.found is not None:
            self.floor = self.found.key + 1

    def settle(self) -> Found | None:
        return self.found


@define
class Pool:
    """Keeps the best ``most`` rules, in the order in which they are to be tried.

    Dropping starts at the bad end, so whatever is accepted from the pool is the best of the class; only when nothing
    is accepted and something was dropped is the search not exhaustive.
    """

    floor: int
    most: int
    check: Checker
    axes: Sequence[Axis]
    dropped: bool = False
    distinct = True
    _families: dict[int, Family] = Factory(dict)
    _parts: list[Ints] = Factory(list)
    _rows: int = 0

    def offer(self, family: Family, keys: Ints, numbers: Sequence[Ints]) -> None:
        """Take rules of one family, as :meth:`Best.offer`."""
        part = np.zeros((len(keys), 5), dtype=np.int64)
        part[:, 0] = keys
        part[:, 1] = family.order
        for place, column in enumerate(numbers):
            part[:, 2 + place] = column
        self._families[family.order] = family
        self._parts.append(part)
        self._rows += len(part)
        if self._rows > 4 * self.most:
            self._shrink()

    def close(self) -> None:
        """An equally good rule of a later family may pass where the earlier ones fail: nothing changes."""

    def _shrink(self) -> None:
        rows = np.concatenate(self._parts)
        rows = rows[np.lexsort((-rows[:, 4], -rows[:, 3], -rows[:, 2], rows[:, 1], -rows[:, 0]))]
        if len(rows) > self.most:
            self.dropped = True
            rows = rows[: self.most]
            self.floor = int(rows[-1, 0])
        self._parts = [rows]
        self._rows = len(rows)

    def settle(self) -> Found | None:
        """The first rule in order that the check accepts."""
        if not self._parts:
            return None
        self._shrink()
        for key, order, *numbers in self._parts[0].tolist():
            family = self._families[order]
            literals = tuple(numbers[: len(family.axes)])
            if self.check(family.chosen(self.axes, literals)):
                return Found(key, family, literals)
            if self.check.exhausted:
                break
        return None


@define
class Checker:
    """Asks the caller's side rules about a choice, once for each distinct choice.

    After ``most`` questions since :meth:`begin` it refuses every new choice, and ``exhausted`` says so.
    """

    feasible: Callable[[Mask], bool] | None
    eligible: Mask
    most: int
    asked: int = 0
    exhausted: bool = False
    _last: int = 0
    _known: dict[bytes, bool] = field(factory=dict)

    def begin(self) -> None:
        """Allow ``most`` more questions."""
        self._last = self.asked + self.most
        self.exhausted = False

    def __call__(self, chosen: Mask) -> bool:
        """True if the choice among the eligible blocks is accepted; False too once no call is left."""
        if self.feasible is None:
            return True
        key = np.packbits(chosen).tobytes()
        if key not in self._known:
            if self.asked >= self._last:
                self.exhausted = True
                return False
            self.asked += 1
            full = np.zeros(len(self.eligible), dtype=bool)
            full[self.eligible] = chosen
            self._known[key] = bool(self.feasible(full))
        return self._known[key]


def _rank(found: Found) -> tuple[int, int, tuple[int, ...]]:
    return -found.key, found.family.order, tuple(-number for number in found.numbers)


NOTHING = -LARGEST
"""Below every key."""
