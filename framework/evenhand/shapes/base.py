"""What the three shapes share: a decision in array form, and the space it comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Reads the solved values of a Pyomo variable container, in the order of its index.
ReadVariable = Callable[[Any], FloatArray]


@frozen(eq=False)
class Allocation:
    """One decision: a point of ``shape``, as an array with one entry per item (or party).

    The array is read-only. Meaning of an entry: bin index or -1 (Assignment), True if chosen (Selection),
    amount (Division).
    """

    shape: Shape
    array: npt.NDArray[Any] = field()

    def __attrs_post_init__(self) -> None:
        self.array.flags.writeable = False

    def equals(self, other: Allocation) -> bool:
        return bool(np.array_equal(self.array, other.array))


class Shape(ABC):
    """A space of decisions: owns its Pyomo variables, its array form, its table form and its universal checks."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def items(self) -> tuple[str, ...]:
        """Ids of what is decided about, in table order."""

    @abstractmethod
    def allocation(self, array: npt.ArrayLike) -> Allocation:
        """The decision with this array form (copied and cast; not yet checked)."""

    @abstractmethod
    def faults(self, allocation: Allocation) -> list[str]:
        """Universal checks: right length, known bins, allowed pairs, bounds. Empty when the array is a decision."""

    @abstractmethod
    def variables(self, model: Any) -> Any:
        """Add this shape's variables to a Pyomo block as ``model.x`` and return them."""

    @abstractmethod
    def decode(self, model: Any, read: ReadVariable) -> Allocation:
        """The decision that solved values of ``model.x`` stand for (nearest array, to be checked by the audit)."""

    @abstractmethod
    def encode(self, allocation: Allocation, model: Any) -> list[tuple[Any, FloatArray]]:
        """Values of ``model.x`` for a decision, as ``(variable container, values in index order)``: a warm start."""

    @abstractmethod
    def cells(self, allocation: Allocation) -> list[str]:
        """Table form: one text per item."""

    @abstractmethod
    def from_cells(self, cells: list[str]) -> Allocation:
        """Inverse of :meth:`cells`. Raises ``ValueError`` naming the first cell that means nothing here."""

    @abstractmethod
    def start(self, generator: np.random.Generator) -> Allocation:
        """A random decision that passes the universal checks: where a search may begin."""

    @abstractmethod
    def neighbour(self, array: npt.NDArray[Any], generator: np.random.Generator) -> list[tuple[int, Any]]:
        """A random small move as ``[(position, new entry), ...]``; empty if there is nothing to move."""

    @abstractmethod
    def every(self) -> Iterator[Allocation]:
        """Every decision that passes the universal checks (for tests and tiny cases: the number explodes)."""
