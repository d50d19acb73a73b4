"""One LEA's grouping problem in arrays: what the algorithms of this plugin see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import fsum, gcd, lcm
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from evenhand_cep.claiming import ClaimingRule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_FLOAT_WHOLE = 2**53
_INT_SAFE = 2**62


def _floats(values: ArrayLike) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _bools(values: ArrayLike) -> Bools:
    return np.ascontiguousarray(values, dtype=np.bool_)


def decimal_ints(values: Floats) -> tuple[NDArray[Any], int]:
    """Floats read as their shortest decimal text, as whole numbers on one common scale.

    Returns
    -------
    (ints, scale)
        ``ints[i] / scale`` is exactly the decimal text of ``values[i]``; int64 when sums are safe, else objects.
    """
    for digits in range(12):
        scale = 10**digits
        whole = np.rint(values * scale)
        # Up to 15 significant digits a decimal text and its float are one to one: a round trip proves equality.
        if np.all(np.abs(whole) < 1e15) and np.array_equal(whole / scale, values):
            if float(np.abs(whole).sum()) < _INT_SAFE:
                return whole.astype(np.int64), scale
            break
    return fraction_ints([Fraction(repr(float(value))) for value in values])


def fraction_ints(values: Sequence[Fraction]) -> tuple[NDArray[Any], int]:
    """Exact numbers as whole numbers on one common scale (see :func:`decimal_ints`)."""
    scale = lcm(*(value.denominator for value in values)) if values else 1
    whole = [value.numerator * (scale // value.denominator) for value in values]
    safe = sum(abs(number) for number in whole) < _INT_SAFE
    return np.array(whole, dtype=np.int64 if safe else object), scale


@frozen(eq=False)
class Instance:
    """n schools (rows already merged by ``same_group``), at most ``max_groups`` groups, one claiming rule.

    A school in a group of claiming share t is worth ``slope * t + constant + full * [t == 1]``; outside it is worth
    ``outside``. All in the unit of the objective (USD for reimbursement).

    Parameters
    ----------
    enrolled, identified : array of shape (n,)
        Students; enrolled > 0, 0 <= identified <= enrolled.
    exact_enrolled, exact_identified : whole numbers of shape (n,)
        The same exactly, times one common ``scale``.
    slope, constant, full, outside : array of shape (n,)
        Worth of each school, see above.
    must_join, must_stay_out : boolean array of shape (n,)
        Neither: the school is free.
    different_group : tuple of tuples of row numbers
        No two of a tuple in one group.
    """

    enrolled: Floats = field(converter=_floats)
    identified: Floats = field(converter=_floats)
    exact_enrolled: NDArray[Any]
    exact_identified: NDArray[Any]
    scale: int
    slope: Floats = field(converter=_floats)
    constant: Floats = field(converter=_floats)
    full: Floats = field(converter=_floats)
    outside: Floats = field(converter=_floats)
    must_join: Bools = field(converter=_bools)
    must_stay_out: Bools = field(converter=_bools)
    max_groups: int
    rule: ClaimingRule
    different_group: tuple[tuple[int, ...], ...] = ()

    def __attrs_post_init__(self) -> None:
        rows = self.enrolled.shape
        for name in ("identified", "exact_enrolled", "exact_identified", "slope", "constant", "full", "outside",
                     "must_join", "must_stay_out"):
            if getattr(self, name).shape != rows:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, enrolled has {rows}")
        for name in ("enrolled", "identified", "slope", "constant", "full", "outside"):
            if not np.all(np.isfinite(getattr(self, name))):
                raise ValueError(f"{name} holds a number that is not finite")
        if np.any(self.exact_enrolled <= 0):
            raise ValueError("every school needs enrolled > 0")
        if np.any(self.exact_identified < 0) or np.any(self.exact_identified > self.exact_enrolled):
            raise ValueError("identified must lie between 0 and enrolled")
        if np.any(self.must_join & self.must_stay_out):
            raise ValueError("a school both must join and must stay out")
        if self.max_groups < 1:
            raise ValueError(f"max_groups must be at least 1, not {self.max_groups}")
        if any(not 0 <= row < rows[0] for rows_apart in self.different_group for row in rows_apart):
            raise ValueError("different_group names a row that is not there")

    @classmethod
    def build(cls, enrolled: ArrayLike | Sequence[Fraction], identified: ArrayLike | Sequence[Fraction],
              slope: ArrayLike, *, rule: ClaimingRule, max_groups: int, constant: ArrayLike | None = None,
              full: ArrayLike | None = None, outside: ArrayLike | None = None, must_join: ArrayLike | None = None,
              must_stay_out: ArrayLike | None = None, different_group: Iterable[Sequence[int]] = ()) -> Instance:
        """An instance from exact numbers (Fractions) or from floats read as their decimal text.

        ``constant``, ``full``, ``outside`` default to zeros, ``must_join`` to everybody (all participate),
        ``must_stay_out`` to nobody.
        """
        both: list[NDArray[Any]] = []
        scales: list[int] = []
        for values in (enrolled, identified):
            entries = np.asarray(values)
            ints, scale = (fraction_ints([Fraction(value) for value in entries]) if entries.dtype == object
                           else decimal_ints(_floats(entries)))
            both.append(ints)
            scales.append(scale)
        scale = lcm(*scales)
        exact = [_rescaled(ints, scale // own) for ints, own in zip(both, scales, strict=True)]
        divisor = gcd(scale, *(int(np.gcd.reduce(ints)) if len(ints) else 0 for ints in exact))
        if divisor > 1:
            exact, scale = [ints // divisor for ints in exact], scale // divisor
        rows = len(exact[0])

        def filled(values: ArrayLike | None, default: float) -> ArrayLike:
            return np.full(rows, default) if values is None else values

        return cls(
            enrolled=_as_floats(exact[0], scale), identified=_as_floats(exact[1], scale), exact_enrolled=exact[0],
            exact_identified=exact[1], scale=scale, slope=slope, constant=filled(constant, 0.0),
            full=filled(full, 0.0), outside=filled(outside, 0.0), must_join=filled(must_join, 1.0),
            must_stay_out=filled(must_stay_out, 0.0), max_groups=int(max_groups), rule=rule,
            different_group=tuple(tuple(int(row) for row in rows_apart) for rows_apart in different_group),
        )

    # -- plain facts -----------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        return len(self.enrolled)

    @cached_property
    def may_join(self) -> Bools:
        return ~self.must_stay_out

    @cached_property
    def may_stay_out(self) -> Bools:
        return ~self.must_join

    @cached_property
    def attributed(self) -> Floats:
        """a = multiplier x identified."""
        return float(self.rule.multiplier) * self.identified

    @cached_property
    def minimum_slack(self) -> NDArray[Any]:
        """Whole numbers: a group is allowed if and only if their sum over it is >= 0."""
        return self.exact_slack(self.rule.minimum_requirement)

    @cached_property
    def full_slack(self) -> NDArray[Any]:
        """Whole numbers: an allowed group claims share 1 if and only if their sum over it is >= 0."""
        return self.exact_slack(self.rule.full_requirement)

    def exact_slack(self, requirement: Fraction) -> NDArray[Any]:
        """identified - requirement x enrolled per school, times a positive whole number; int64 if sums are safe."""
        top, bottom = requirement.numerator, requirement.denominator
        reach = int(self.exact_enrolled.sum()) * (abs(top) + bottom)
        identified, enrolled = self.exact_identified, self.exact_enrolled
        if reach >= _INT_SAFE:
            identified, enrolled = identified.astype(object), enrolled.astype(object)
        slack: NDArray[Any] = identified * bottom - enrolled * top
        return slack

    # -- judging a grouping ----------------------------------------------------------------------------------

    def members(self, labels: Ints) -> dict[int, Ints]:
        """Rows of each non-empty group, by label, in row order."""
        order = np.argsort(labels, kind="stable")
        found, starts = np.unique(labels[order], return_index=True)
        pieces = np.split(order, starts[1:]) if len(found) else []
        return {int(label): piece for label, piece in zip(found, pieces, strict=True) if label > 0}

    def problems(self, labels: Ints) -> list[str]:
        """Every rule the labels (0 = out, 1..max_groups) break, in words; empty for a legal grouping. Exact."""
        labels = np.asarray(labels)
        if labels.shape != (self.size,):
            return [f"labels have shape {labels.shape}, expected ({self.size},)"]
        if self.size and (labels.min() < 0 or labels.max() > self.max_groups):
            return [f"labels must lie in 0..{self.max_groups}"]
        found = []
        if np.any((labels == 0) & self.must_join):
            found.append("a school that must join stays out")
        if np.any((labels > 0) & self.must_stay_out):
            found.append("a school that must stay out is in a group")
        found += [f"group {label} is under the minimum ISP" for label, rows in self.members(labels).items()
                  if int(self.minimum_slack[rows].sum()) < 0]
        for apart in self.different_group:
            inside = [int(labels[row]) for row in set(apart) if labels[row] > 0]
            if len(set(inside)) < len(inside):
                found.append(f"rows {list(apart)} must be in different groups")
        return found

    def is_legal(self, labels: Ints) -> bool:
        """Whether the labels keep every rule, exactly."""
        return not self.problems(labels)

    def share_of(self, rows: Ints) -> Fraction:
        """Exact claiming share of one group (the minimum is not tested)."""
        return self.rule.share(int(self.exact_identified[rows].sum()), int(self.exact_enrolled[rows].sum()))

    def value(self, labels: Ints) -> float:
        """Worth of a grouping in the objective's unit: exact shares, sums rounded once. Rules are not tested."""
        labels = np.asarray(labels)
        parts = [fsum(self.outside[labels == 0].tolist())]
        for rows in self.members(labels).values():
            share = self.share_of(rows)
            parts.append(float(share) * fsum(self.slope[rows].tolist()))
            parts.append(fsum(self.constant[rows].tolist()))
            if share == 1:
                parts.append(fsum(self.full[rows].tolist()))
        return fsum(parts)

    def shortfall(self, labels: Ints) -> Fraction:
        """Identified students missing to the minimum, summed over the groups under it. Exact; 0 when all allowed."""
        missing = sum(-min(0, int(self.minimum_slack[rows].sum())) for rows in self.members(labels).values())
        return Fraction(missing, self.scale * self.rule.minimum_requirement.denominator)


def _rescaled(ints: NDArray[Any], factor: int) -> NDArray[Any]:
    if factor == 1:
        return ints
    if ints.dtype != object and int(np.abs(ints).sum()) * factor < _INT_SAFE:
        return ints * factor
    return ints.astype(object) * factor


def _as_floats(ints: NDArray[Any], scale: int) -> Floats:
    if ints.dtype != object and len(ints) and int(np.abs(ints).max()) < _FLOAT_WHOLE and scale < _FLOAT_WHOLE:
        return ints / np.float64(scale)
    return np.array([float(Fraction(int(number), scale)) for number in ints], dtype=np.float64)


def merged_rows(size: int, same_group: Iterable[Sequence[int]]) -> Ints:
    """Number of the merged row of each row, when the rows of each list stay together.

    Merged rows are numbered by their first row, so that row order is kept; summing a column with
    ``np.bincount(merged_rows, column)`` gives the merged column (Fractions: sum by hand).
    """
    parent = list(range(size))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for rows in same_group:
        for row in rows[1:]:
            first, second = sorted((root(rows[0]), root(row)))
            parent[second] = first
    roots = np.array([root(row) for row in range(size)], dtype=np.int64)
    return np.searchsorted(np.unique(roots), roots).astype(np.int64)
