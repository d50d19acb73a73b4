"""The groups as every method sees them: who takes part, within which bounds, and what is left to divide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand.tables.exact import ExactColumn
    from evenhand_apportionment.options import ApportionmentOptions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UNBOUNDED = 2**62
"""An upper bound that never binds."""


@frozen(eq=False)
class Instance:
    """Groups in table order; ``least`` and ``most`` bound a group's final units.

    Attributes
    ----------
    population : exact numbers of shape (n,)
    floats : (n,) the nearest doubles
    eligible : (n,) False for a group below the threshold: it gets 0 units and leaves the sum of quotas
    rows : row numbers of the eligible groups
    base : units every eligible group is given first; methods see the rest
    least, most : (n,) bounds, :data:`UNBOUNDED` where there is none; equal for a group that may get no more
    """

    population: ExactColumn
    floats: Floats
    eligible: Bools
    rows: Ints
    base: int
    least: Ints
    most: Ints

    @property
    def size(self) -> int:
        return len(self.floats)

    @property
    def given(self) -> int:
        """Units handed out before any method sees them."""
        return self.base * len(self.rows)

    @property
    def least_total(self) -> int:
        return int(self.least.sum())

    @property
    def most_total(self) -> int | None:
        """Sum of the upper bounds, None without a limit."""
        if (self.most >= UNBOUNDED).any():
            return None
        return int(self.most.sum())

    def inner(self, units: npt.NDArray[Any]) -> Ints:
        """Final units of all groups -> the units the method divides, of the eligible ones."""
        chosen = units if len(self.rows) == len(units) else units[self.rows]
        found: Ints = np.asarray(chosen - self.base, dtype=np.int64)
        return found

    def outer(self, inner: Ints) -> Ints:
        """The inverse of :meth:`inner`."""
        units = np.zeros(self.size, dtype=np.int64)
        units[self.rows] = inner + self.base
        return units

    def spread(self, values: npt.NDArray[Any], fill: float = 0.0) -> Floats:
        """Numbers of the eligible groups -> of all groups."""
        found = np.full(self.size, fill, dtype=np.float64)
        found[self.rows] = values
        return found

    @property
    def lower(self) -> Ints:
        """Bounds on what the method divides, of the eligible groups."""
        return self.least[self.rows] - self.base

    @property
    def upper(self) -> Ints:
        most = self.most[self.rows]
        return np.where(most >= UNBOUNDED, most, most - self.base)

    @property
    def participants(self) -> ExactColumn:
        """Exact populations of the eligible groups."""
        return self.population if len(self.rows) == self.size else self.population.take(self.rows)


def instance_of(table: Table, options: ApportionmentOptions) -> Instance:
    """Read the table ``groups`` under the options."""
    population = table.exact("population")
    floats = population.floats
    eligible = np.ones(len(table), dtype=np.bool_)
    if options.threshold:
        eligible = population.compare(options.threshold * population.sum_exact()) >= 0
    base = options.base_units or 0
    parametric = options.method == "parametric"
    least = np.maximum(_column(table, "minimum", options.minimum), base + 1 if parametric else base)
    most = _column(table, "maximum", UNBOUNDED if options.upper is None else options.upper)
    most = np.where(population.values == 0, least, most)
    least, most = np.where(eligible, least, 0), np.where(eligible, most, 0)
    return Instance(population, floats, eligible, np.flatnonzero(eligible), base, least, most)


def _column(table: Table, name: str, default: int) -> Ints:
    """A bound per group: its own where the cell is filled, else the option's."""
    if name not in table:
        return np.full(len(table), default, dtype=np.int64)
    own = table.exact(name)
    values = np.minimum(own.values // own.scale, UNBOUNDED).astype(np.int64)
    return np.where(own.missing, default, values)
