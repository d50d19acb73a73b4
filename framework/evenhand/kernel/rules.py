"""Which rows and column bounds of a linear model belong to which named rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np
from attrs import frozen

from evenhand.kernel.linear_model import BoolArray, IntArray, LinearModel


def _distinct(values: object) -> IntArray:
    return np.unique(np.asarray(values, dtype=np.int64).reshape(-1))


@frozen(eq=False)
class RuleRows:
    """The part of a linear model that one rule put there: rows, and columns whose bounds are the rule's."""

    rows: IntArray = attrs.field(default=(), converter=_distinct)
    columns: IntArray = attrs.field(default=(), converter=_distinct)


RuleGroups = Mapping[str, RuleRows | Sequence[int] | IntArray]


@frozen(eq=False)
class RuleTable:
    """Every rule's part, in the order given. A row that several rules share holds as long as one of them does."""

    model: LinearModel
    parts: Mapping[str, RuleRows]

    @classmethod
    def of(cls, model: LinearModel, groups: RuleGroups) -> RuleTable:
        """Check the groups against the model.

        Raises
        ------
        ValueError
            When a row or column number does not exist.
        """
        parts: dict[str, RuleRows] = {}
        for name, group in groups.items():
            part = group if isinstance(group, RuleRows) else RuleRows(group)
            for label, index, size in (("row", part.rows, model.rows), ("column", part.columns, model.columns)):
                if index.size and (index[0] < 0 or index[-1] >= size):
                    raise ValueError(f"rule {name!r} names {label} {index[0] if index[0] < 0 else index[-1]}; "
                                     f"the model has {size}")
            parts[name] = part
        return cls(model, parts)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.parts)

    def kept(self, rules: Iterable[str]) -> tuple[BoolArray, BoolArray]:
        """Masks of the rows and column bounds that hold when only the given rules do; unnamed ones always hold."""
        rows, columns = np.ones(self.model.rows, dtype=np.bool_), np.ones(self.model.columns, dtype=np.bool_)
        for part in self.parts.values():
            rows[part.rows] = columns[part.columns] = False
        for name in rules:
            part = self.parts[name]
            rows[part.rows] = columns[part.columns] = True
        return rows, columns
