"""Assignment: each item goes to one bin, or stays outside where that is allowed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from evenhand.shapes.base import Allocation, BoolArray, FloatArray, ReadVariable, Shape

OUTSIDE = -1


@frozen(eq=False)
class Assignment(Shape):
    """Each of n items to one of m bins.

    Parameters
    ----------
    items, bins : ids, n and m of them.
    allowed : (n, m) booleans, or None when every pair is allowed.
    may_stay_out : (n,) booleans; an item that may stay outside can have the entry -1.
    outside_cell : how "outside" is written in a table.
    """

    kind: ClassVar[str] = "assignment"

    items: tuple[str, ...]
    bins: tuple[str, ...]
    allowed: BoolArray | None = None
    may_stay_out: BoolArray = field()
    outside_cell: str = ""

    @may_stay_out.default
    def _nobody(self) -> BoolArray:
        return np.zeros(len(self.items), dtype=bool)

    def allocation(self, array: npt.ArrayLike) -> Allocation:
        return Allocation(self, np.array(array, dtype=np.int64))

    def options(self, item: int) -> list[int]:
        """Entries open to one item: its allowed bins, and -1 if it may stay outside."""
        bins = range(len(self.bins)) if self.allowed is None else np.flatnonzero(self.allowed[item]).tolist()
        return [*bins, OUTSIDE] if self.may_stay_out[item] else list(bins)

    def faults(self, allocation: Allocation) -> list[str]:
        array = allocation.array
        if array.shape != (len(self.items),):
            return [f"the allocation has {array.size} entries for {len(self.items)} items"]
        found = [f"{self.items[i]}: no bin number {array[i]}"
                 for i in np.flatnonzero((array < OUTSIDE) | (array >= len(self.bins)))]
        outside = (array == OUTSIDE) & ~self.may_stay_out
        found += [f"{self.items[i]}: outside, which is not allowed" for i in np.flatnonzero(outside)]
        if self.allowed is not None and not found:
            inside = np.flatnonzero(array != OUTSIDE)
            wrong = inside[~self.allowed[inside, array[inside]]]
            found += [f"{self.items[i]}: may not go to {self.bins[array[i]]}" for i in wrong]
        return found

    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Allowed (item, bin) pairs, item-major: the columns of the model."""
        n, m = len(self.items), len(self.bins)
        mask = np.ones((n, m), dtype=bool) if self.allowed is None else self.allowed
        item, bin_ = np.nonzero(mask)
        return item.astype(np.int64), bin_.astype(np.int64)

    def variables(self, model: Any) -> Any:
        """``model.x[item, bin]`` binary on allowed pairs, and the rows ``sum_bin x = 1`` (or ``<= 1``)."""
        import pyomo.environ as pyo
        from pyomo.core.expr.numeric_expr import LinearExpression

        item, bin_ = self.pairs()
        model.x = pyo.Var(list(zip(item.tolist(), bin_.tolist(), strict=True)), domain=pyo.Binary)
        of_item: list[list[Any]] = [[] for _ in self.items]
        for (i, _), variable in model.x.items():
            of_item[i].append(variable)

        def one_bin(_: Any, i: int) -> Any:
            if not of_item[i]:
                return pyo.Constraint.Skip if self.may_stay_out[i] else pyo.Constraint.Infeasible
            total = LinearExpression(constant=0, linear_coefs=[1.0] * len(of_item[i]), linear_vars=of_item[i])
            return total <= 1 if self.may_stay_out[i] else total == 1

        model.one_bin = pyo.Constraint(range(len(self.items)), rule=one_bin)
        return model.x

    def decode(self, model: Any, read: ReadVariable) -> Allocation:
        item, bin_ = self.pairs()
        weights = np.full((len(self.items), len(self.bins)), -np.inf)
        weights[item, bin_] = read(model.x)
        array = weights.argmax(axis=1) if len(self.bins) else np.full(len(self.items), OUTSIDE)
        best = weights.max(axis=1) if len(self.bins) else np.full(len(self.items), -np.inf)
        return self.allocation(np.where((best < 0.5) & self.may_stay_out, OUTSIDE, array))

    def encode(self, allocation: Allocation, model: Any) -> list[tuple[Any, FloatArray]]:
        item, bin_ = self.pairs()
        return [(model.x, (allocation.array[item] == bin_).astype(np.float64))]

    def cells(self, allocation: Allocation) -> list[str]:
        return [self.outside_cell if b == OUTSIDE else self.bins[b] for b in allocation.array.tolist()]

    def from_cells(self, cells: list[str]) -> Allocation:
        index = {name: position for position, name in enumerate(self.bins)}
        index.setdefault(self.outside_cell, OUTSIDE)
        for cell in cells:
            if cell not in index:
                raise ValueError(f"{cell!r} is not one of the bins")
        return self.allocation([index[cell] for cell in cells])

    def start(self, generator: np.random.Generator) -> Allocation:
        return self.allocation([int(generator.choice(self.options(i))) for i in range(len(self.items))])

    def neighbour(self, array: npt.NDArray[Any], generator: np.random.Generator) -> list[tuple[int, Any]]:
        if not len(array):
            return []
        item = int(generator.integers(len(array)))
        if generator.random() < 0.3:  # an exchange keeps the sizes of both bins: useful under capacities
            other = int(generator.integers(len(array)))
            a, b = int(array[item]), int(array[other])
            if a != b and b in self.options(item) and a in self.options(other):
                return [(item, b), (other, a)]
        choices = [b for b in self.options(item) if b != array[item]]
        return [(item, int(generator.choice(choices)))] if choices else []

    def every(self) -> Iterator[Allocation]:
        for entries in itertools.product(*(self.options(i) for i in range(len(self.items)))):
            yield self.allocation(entries)
