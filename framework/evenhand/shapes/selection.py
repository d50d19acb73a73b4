"""Selection: a subset of items."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from evenhand.shapes.base import Allocation, BoolArray, FloatArray, ReadVariable, Shape


@frozen(eq=False)
class Selection(Shape):
    """A subset of n items; an item that is not ``eligible`` (n booleans) gets no variable and is never chosen."""

    kind: ClassVar[str] = "selection"

    items: tuple[str, ...]
    eligible: BoolArray = field()

    @eligible.default
    def _everybody(self) -> BoolArray:
        return np.ones(len(self.items), dtype=bool)

    def allocation(self, array: npt.ArrayLike) -> Allocation:
        return Allocation(self, np.array(array, dtype=bool))

    def faults(self, allocation: Allocation) -> list[str]:
        array = allocation.array
        if array.shape != (len(self.items),):
            return [f"the allocation has {array.size} entries for {len(self.items)} items"]
        return [f"{self.items[i]}: chosen, but not eligible" for i in np.flatnonzero(array & ~self.eligible)]

    def variables(self, model: Any) -> Any:
        """``model.x[item]`` binary for eligible items (index = row number)."""
        import pyomo.environ as pyo

        model.x = pyo.Var(np.flatnonzero(self.eligible).tolist(), domain=pyo.Binary)
        return model.x

    def decode(self, model: Any, read: ReadVariable) -> Allocation:
        array = np.zeros(len(self.items), dtype=bool)
        array[self.eligible] = read(model.x) >= 0.5
        return self.allocation(array)

    def encode(self, allocation: Allocation, model: Any) -> list[tuple[Any, FloatArray]]:
        return [(model.x, allocation.array[self.eligible].astype(np.float64))]

    def cells(self, allocation: Allocation) -> list[str]:
        return ["1" if chosen else "0" for chosen in allocation.array.tolist()]

    def from_cells(self, cells: list[str]) -> Allocation:
        for cell in cells:
            if cell not in ("0", "1"):
                raise ValueError(f"{cell!r} is neither 0 nor 1")
        return self.allocation([cell == "1" for cell in cells])

    def start(self, generator: np.random.Generator) -> Allocation:
        return self.allocation(self.eligible & (generator.random(len(self.items)) < 0.5))

    def neighbour(self, array: npt.NDArray[Any], generator: np.random.Generator) -> list[tuple[int, Any]]:
        eligible = np.flatnonzero(self.eligible)
        if not eligible.size:
            return []
        item = int(generator.choice(eligible))
        if generator.random() < 0.5:  # swap one in for one out: keeps a budget nearly filled
            other = int(generator.choice(eligible))
            if array[item] != array[other]:
                return [(item, bool(array[other])), (other, bool(array[item]))]
        return [(item, not array[item])]

    def every(self) -> Iterator[Allocation]:
        eligible = np.flatnonzero(self.eligible)
        for bits in itertools.product((False, True), repeat=eligible.size):
            array = np.zeros(len(self.items), dtype=bool)
            array[eligible] = bits
            yield self.allocation(array)
