"""Division: an amount to each party, whole units or continuous, often with a fixed total."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.shapes.base import Allocation, FloatArray, ReadVariable, Shape


@frozen(eq=False)
class Division(Shape):
    """An amount to each of n parties.

    Parameters
    ----------
    items : ids of the parties.
    lower, upper : (n,) bounds on the amounts; ``upper`` may be infinite.
    integer : whole units (int64 arrays) or a continuous amount (float64 arrays).
    total : what the amounts must add up to, or None. Continuous totals are met to 1e-9 relative.
    """

    kind: ClassVar[str] = "division"

    items: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    integer: bool = True
    total: float | None = None

    def allocation(self, array: npt.ArrayLike) -> Allocation:
        if not self.integer:
            return Allocation(self, np.array(array, dtype=np.float64))
        return Allocation(self, np.array(np.rint(np.asarray(array)), dtype=np.int64))

    def faults(self, allocation: Allocation) -> list[str]:
        array = allocation.array
        if array.shape != (len(self.items),):
            return [f"the allocation has {array.size} entries for {len(self.items)} parties"]
        if not np.isfinite(array).all():
            return [f"{self.items[i]}: the amount is not a number" for i in np.flatnonzero(~np.isfinite(array))]
        found = [f"{self.items[i]}: {array[i]} is outside {self.lower[i]:g} to {self.upper[i]:g}"
                 for i in np.flatnonzero((array < self.lower) | (array > self.upper))]
        if self.total is not None:
            given = float(array.sum())
            slack = 0.0 if self.integer else 1e-9 * max(1.0, abs(self.total))
            if abs(given - self.total) > slack:
                found.append(f"the amounts add up to {given:g}, not {self.total:g}")
        return found

    def variables(self, model: Any) -> Any:
        """``model.x[party]`` within its bounds, and the row ``sum x = total`` where there is a total."""
        import pyomo.environ as pyo
        from pyomo.core.expr.numeric_expr import LinearExpression

        domain = pyo.Integers if self.integer else pyo.Reals
        upper = [None if np.isinf(u) else float(u) for u in self.upper]
        model.x = pyo.Var(range(len(self.items)), domain=domain,
                          bounds=lambda _, i: (float(self.lower[i]), upper[i]))
        if self.total is not None:
            whole = LinearExpression(constant=0, linear_coefs=[1.0] * len(self.items),
                                     linear_vars=list(model.x.values()))
            model.total = pyo.Constraint(expr=whole == self.total)
        return model.x

    def decode(self, model: Any, read: ReadVariable) -> Allocation:
        return self.allocation(np.clip(read(model.x), self.lower, self.upper))

    def encode(self, allocation: Allocation, model: Any) -> list[tuple[Any, FloatArray]]:
        return [(model.x, allocation.array.astype(np.float64))]

    def cells(self, allocation: Allocation) -> list[str]:
        return [repr(amount) for amount in allocation.array.tolist()]

    def from_cells(self, cells: list[str]) -> Allocation:
        for cell in cells:
            try:
                int(cell) if self.integer else float(cell)
            except ValueError:
                raise ValueError(f"{cell!r} is not {'a whole' if self.integer else 'a'} number") from None
        return self.allocation([int(cell) if self.integer else float(cell) for cell in cells])

    def start(self, generator: np.random.Generator) -> Allocation:
        if self.total is None:
            top = np.where(np.isinf(self.upper), self.lower + 1.0, self.upper)
            return self.allocation(generator.uniform(self.lower, top))
        return self.allocation(self._fill(generator.dirichlet(np.ones(len(self.items)))))

    def _fill(self, shares: FloatArray) -> FloatArray:
        """Amounts with the right total near ``lower + shares * rest``, respecting the upper bounds."""
        assert self.total is not None
        amounts = self.lower.astype(np.float64).copy()
        rest = self.total - amounts.sum()
        for _ in range(len(self.items) + 1):
            room = self.upper - amounts
            open_ = room > 0
            if rest <= 0 or not open_.any():
                break
            weights = np.where(open_, shares + 1e-12, 0.0)
            step = np.minimum(rest * weights / weights.sum(), room)
            if self.integer:
                step = np.floor(step)
                if not step.any():
                    step[np.flatnonzero(open_)[: int(rest)]] = 1.0
            amounts += step
            rest = self.total - amounts.sum()
        return amounts

    def neighbour(self, array: npt.NDArray[Any], generator: np.random.Generator) -> list[tuple[int, Any]]:
        n = len(array)
        step: Any = 1 if self.integer else float(generator.exponential(max(1e-12, float(np.mean(np.abs(array))) / 10)))
        taker = int(generator.integers(n)) if n else 0
        if self.total is None:
            new = array[taker] + (step if generator.random() < 0.5 else -step) if n else 0
            return [(taker, new)] if n and self.lower[taker] <= new <= self.upper[taker] else []
        giver = int(generator.integers(n)) if n else 0
        if n < 2 or giver == taker:
            return []
        step = min(step, array[giver] - self.lower[giver], self.upper[taker] - array[taker])
        return [(giver, array[giver] - step), (taker, array[taker] + step)] if step > 0 else []

    def every(self) -> Iterator[Allocation]:
        if not self.integer:
            raise ValueError("a continuous division cannot be listed")
        cap = self.upper if self.total is None else np.minimum(self.upper, self.total - self.lower.sum() + self.lower)
        ranges = [range(int(low), int(high) + 1) for low, high in zip(self.lower, cap, strict=True)]
        for amounts in itertools.product(*ranges):
            if self.total is None or sum(amounts) == self.total:
                yield self.allocation(amounts)
