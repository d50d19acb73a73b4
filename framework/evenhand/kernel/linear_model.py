"""A linear or mixed-integer model as frozen arrays: what every solver and every bound in Evenhand is given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from attrs import frozen

from evenhand.errors import SolverUnsuitableError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def _floats(values: object) -> FloatArray:
    """A read-only copy in float64: a caller who changes its own array later must not change the model."""
    array = np.array(values, dtype=np.float64, order="C")
    array.flags.writeable = False
    return array


def _booleans(values: object) -> BoolArray:
    array = np.array(values, dtype=np.bool_)
    array.flags.writeable = False
    return array


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def as_columns(matrix: Any) -> Any:
    """Canonical compressed columns: sorted rows, no duplicates, no stored zeros, read-only."""
    canonical = sp.csc_array(matrix, dtype=np.float64, copy=True)
    canonical.sum_duplicates()
    canonical.eliminate_zeros()
    canonical.sort_indices()
    for part in (canonical.data, canonical.indices, canonical.indptr):
        part.flags.writeable = False
    return canonical


@frozen(eq=False)
class LinearModel:
    """Optimise ``costs[k] @ x + cost_offsets[k]`` subject to ``row_lower <= matrix @ x <= row_upper`` and bounds on x.

    The model carries any number of objectives and no sense: whether a cost is minimised or maximised is said at
    the solve, so one model serves every weighting. Nothing is scaled or sign-flipped.

    Parameters
    ----------
    costs
        Shape (objectives, columns). One row per objective; zero rows are allowed.
    cost_offsets
        Shape (objectives,). The constant of each objective.
    matrix
        Anything scipy can turn into a ``csc_array`` of shape (rows, columns).
    row_lower, row_upper
        Shape (rows,). ``-inf`` and ``+inf`` mean no limit on that side; equal values make an equation.
    column_lower, column_upper
        Shape (columns,). Same convention.
    integer
        Shape (columns,). True where the column must be a whole number.
    row_names, column_names, objective_names
        One name each, or an empty tuple.

    Raises
    ------
    ValueError
        When shapes disagree.
    SolverUnsuitableError
        When a number is not a number, a cost or coefficient is infinite, or a lower limit is ``+inf`` (an upper
        ``-inf``).
    """

    costs: FloatArray = attrs.field(converter=_floats)
    cost_offsets: FloatArray = attrs.field(converter=_floats)
    matrix: Any = attrs.field(converter=as_columns)
    row_lower: FloatArray = attrs.field(converter=_floats)
    row_upper: FloatArray = attrs.field(converter=_floats)
    column_lower: FloatArray = attrs.field(converter=_floats)
    column_upper: FloatArray = attrs.field(converter=_floats)
    integer: BoolArray = attrs.field(converter=_booleans)
    row_names: tuple[str, ...] = attrs.field(default=(), converter=_names)
    column_names: tuple[str, ...] = attrs.field(default=(), converter=_names)
    objective_names: tuple[str, ...] = attrs.field(default=(), converter=_names)

    def __attrs_post_init__(self) -> None:
        rows, columns = self.matrix.shape
        if self.costs.ndim != 2 or self.costs.shape[1] != columns:
            raise ValueError(f"costs has shape {self.costs.shape}; expected (objectives, {columns})")
        objectives = self.costs.shape[0]
        shapes = (("cost_offsets", self.cost_offsets, objectives), ("row_lower", self.row_lower, rows),
                  ("row_upper", self.row_upper, rows), ("column_lower", self.column_lower, columns),
                  ("column_upper", self.column_upper, columns), ("integer", self.integer, columns))
        for label, array, size in shapes:
            if array.shape != (size,):
                raise ValueError(f"{label} has shape {array.shape}; expected ({size},)")
        for label, names, size in (("row_names", self.row_names, rows), ("column_names", self.column_names, columns),
                                   ("objective_names", self.objective_names, objectives)):
            if names and len(names) != size:
                raise ValueError(f"{label} has {len(names)} names; expected {size} or none")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for label, values in (("a cost", self.costs), ("a cost offset", self.cost_offsets),
                              ("a coefficient", self.matrix.data)):
            if not np.isfinite(values).all():
                raise SolverUnsuitableError(f"The linear model has {label} that is not a finite number; "
                                            f"check the table or option it is computed from.")
        for label, lower, upper, names in (("row", self.row_lower, self.row_upper, self.row_names),
                                           ("column", self.column_lower, self.column_upper, self.column_names)):
            bad = np.isnan(lower) | np.isnan(upper) | (lower == np.inf) | (upper == -np.inf)
            if bad.any():
                first = int(np.flatnonzero(bad)[0])
                name = names[first] if names else f"number {first}"
                raise SolverUnsuitableError(f"The linear model's {label} {name} has the limits "
                                            f"[{lower[first]}, {upper[first]}], which no number can keep; "
                                            f"check the table or option they are computed from.")

    @property
    def rows(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def columns(self) -> int:
        return int(self.matrix.shape[1])

    @property
    def objectives(self) -> int:
        return int(self.costs.shape[0])

    def combine(self, weights: Sequence[float] | FloatArray) -> tuple[FloatArray, float]:
        """One cost row and offset: the weighted sum of the objectives, in order.

        Raises
        ------
        ValueError
            When there is not exactly one finite weight per objective.
        """
        factors = np.asarray(weights, dtype=np.float64)
        if factors.shape != (self.objectives,):
            raise ValueError(f"{factors.shape} weights for {self.objectives} objectives; give one number for each")
        if not np.isfinite(factors).all():
            raise ValueError("every weight must be a finite number")
        cost = np.zeros(self.columns)
        offset = 0.0
        # Summed objective by objective so that the result is the same on every machine (a BLAS product is not).
        for factor, row, constant in zip(factors, self.costs, self.cost_offsets, strict=True):
            if factor != 0.0:
                cost += factor * row
                offset += float(factor) * float(constant)
        return cost, offset

    def with_rows(self, matrix: Any, lower: object, upper: object, names: Sequence[str] = ()) -> LinearModel:
        """A new model with extra rows at the end.

        ``names`` may be left out; rows of a model with names are then called ``added[i]`` by their row number.
        """
        extra = as_columns(matrix)
        if extra.shape[1] != self.columns:
            raise ValueError(f"the extra rows have {extra.shape[1]} columns; the model has {self.columns}")
        added = extra.shape[0]
        row_names = self.row_names
        if row_names or (names and not self.rows):
            row_names = (*row_names, *(names or (f"added[{self.rows + i}]" for i in range(added))))
        elif names:
            raise ValueError("the model's own rows have no names, so extra rows cannot have any")
        return attrs.evolve(self, matrix=sp.vstack([self.matrix, extra], format="csc"),
                            row_lower=np.concatenate([self.row_lower, np.atleast_1d(_floats(lower))]),
                            row_upper=np.concatenate([self.row_upper, np.atleast_1d(_floats(upper))]),
                            row_names=row_names)

    def keep_rows(self, rows: Sequence[int] | IntArray) -> LinearModel:
        """A new model with only the given rows, in the given order."""
        chosen = np.asarray(rows, dtype=np.int64)
        names = tuple(self.row_names[i] for i in chosen) if self.row_names else ()
        return attrs.evolve(self, matrix=sp.csr_array(self.matrix)[chosen], row_lower=self.row_lower[chosen],
                            row_upper=self.row_upper[chosen], row_names=names)

    def with_column_bounds(self, lower: object, upper: object) -> LinearModel:
        """A new model with other bounds on all columns."""
        return attrs.evolve(self, column_lower=lower, column_upper=upper)

    def relaxed(self) -> LinearModel:
        """The same model without the whole-number requirement. Its bounds hold for the original too."""
        return attrs.evolve(self, integer=np.zeros(self.columns, dtype=np.bool_))

    def digest(self) -> str:
        """Sha256 (hex) over everything in the model, names included; the same on every machine.

        Every array is written with its shape as little-endian 64-bit numbers; minus zero counts as zero.
        """
        hasher = hashlib.sha256(b"evenhand linear model 1\n")
        # "+ 0.0" turns minus zero into zero.
        arrays = (self.costs + 0.0, self.cost_offsets + 0.0, self.row_lower + 0.0, self.row_upper + 0.0,
                  self.column_lower + 0.0, self.column_upper + 0.0, self.matrix.data)
        for floats in arrays:
            hasher.update(np.asarray(floats.shape, dtype="<i8").tobytes())
            hasher.update(np.ascontiguousarray(floats, dtype="<f8").tobytes())
        for whole in (self.integer, self.matrix.indices, self.matrix.indptr):
            hasher.update(np.asarray(whole.shape, dtype="<i8").tobytes())
            hasher.update(np.ascontiguousarray(whole, dtype="<i8").tobytes())
        for names in (self.row_names, self.column_names, self.objective_names):
            hasher.update(len(names).to_bytes(8, "little"))
            for name in names:
                text = name.encode("utf-8")
                hasher.update(len(text).to_bytes(8, "little"))
                hasher.update(text)
        return hasher.hexdigest()
