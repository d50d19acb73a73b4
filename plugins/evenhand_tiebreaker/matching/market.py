"""A school choice market: ranked lists, seats, points, who lives in a receiving block."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A sum of two numbers below this one stays inside int64.
MOST_POINTS = 2**61


def _integers(given: ArrayLike) -> Ints:
    """Whole numbers as int64. Raises ``TypeError`` for floats, ``OverflowError`` for what int64 does not hold."""
    array = np.asarray(given)
    if array.size == 0:
        return np.zeros(array.shape, dtype=np.int64)
    if array.dtype == object or array.dtype.kind == "u":
        return np.array([_whole(value) for value in array.ravel().tolist()], dtype=np.int64).reshape(array.shape)
    if array.dtype.kind != "i":
        raise TypeError(f"whole numbers are expected, not {array.dtype}")
    return array.astype(np.int64)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"whole numbers are expected, not {value!r}")
    return value


def _flags(given: ArrayLike) -> Flags:
    array = np.asarray(given)
    if array.size and array.dtype != np.bool_:
        raise TypeError(f"truth values are expected, not {array.dtype}")
    return array.astype(np.bool_)


@frozen(eq=False)
class Market:
    """Applicants, programs, ranked lists and points of one assignment.

    Attributes
    ----------
    starts : (n + 1,) int64; applicant i listed the entries ``starts[i] .. starts[i + 1] - 1``, best first
    programs : (entries,) int64; program of each entry
    capacity : (m,) int64 >= 0; seats of each program, 0 admits nobody
    base_points : (entries,) int64; points of the applicant at that program without the tiebreaker
    tiebreaker_points : (m,) int64; what living in a receiving block adds there
    receives, focal : (n,) bool

    Points may have been multiplied by one common factor: only their order counts.

    Raises
    ------
    ValueError
        Shapes that disagree, unknown programs, a program listed twice by one applicant, negative capacity.
    TypeError
        Numbers that are not whole.
    OverflowError
        Points beyond :data:`MOST_POINTS`.
    """

    starts: Ints = field(converter=_integers)
    programs: Ints = field(converter=_integers)
    capacity: Ints = field(converter=_integers)
    base_points: Ints = field(converter=_integers)
    tiebreaker_points: Ints = field(converter=_integers)
    receives: Flags = field(converter=_flags)
    focal: Flags = field(converter=_flags)

    def __attrs_post_init__(self) -> None:
        starts, programs = self.starts, self.programs
        shapes = [array.ndim for array in (starts, programs, self.capacity, self.receives)]
        if shapes != [1, 1, 1, 1] or len(starts) == 0:
            raise ValueError("a market is made of one-dimensional arrays")
        if starts[0] != 0 or starts[-1] != len(programs) or bool((np.diff(starts) < 0).any()):
            raise ValueError("starts does not cut the entries into lists")
        if self.base_points.shape != programs.shape or self.tiebreaker_points.shape != self.capacity.shape:
            raise ValueError("points do not fit the entries or the programs")
        if self.receives.shape != (self.applicants,) or self.focal.shape != (self.applicants,):
            raise ValueError("receives and focal have one value per applicant")
        if len(programs) and not 0 <= int(programs.min()) <= int(programs.max()) < len(self.capacity):
            raise ValueError("a list names a program that does not exist")
        if bool((self.capacity < 0).any()):
            raise ValueError("a capacity is negative")
        pairs = np.sort(self.owners * np.int64(max(1, len(self.capacity))) + programs)
        if bool((pairs[1:] == pairs[:-1]).any()):
            raise ValueError("an applicant lists a program twice")
        for points in (self.base_points, self.tiebreaker_points):
            if len(points) and not -MOST_POINTS < int(points.min()) <= int(points.max()) < MOST_POINTS:
                raise OverflowError("points are too large to be added in 64 bits")

    @property
    def applicants(self) -> int:
        """n."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """(n,) how many programs each applicant listed."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Ints:
        """(entries,) applicant of each entry."""
        return np.repeat(np.arange(self.applicants, dtype=np.int64), self.lengths)

    def points(self, *, tiebreaker: bool) -> Ints:
        """(entries,) points of each entry, with or without those of the tiebreaker."""
        if not tiebreaker:
            return self.base_points
        return self.base_points + self.tiebreaker_points[self.programs] * self.receives[self.owners]

    def admitted_to(self, positions: NDArray[np.signedinteger[Any]]) -> Ints:
        """Program of each applicant, -1 where unassigned, from places on the lists of shape (..., n)."""
        assigned = positions >= 0
        entry = np.where(assigned, self.starts[:-1] + positions, 0)
        if not len(self.programs):
            return np.full(positions.shape, -1, dtype=np.int64)
        return np.where(assigned, self.programs[entry], -1)
