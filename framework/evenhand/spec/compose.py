"""From composed Python objects back to spec entries, so that every problem has a spec that can be written."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import attrs

from evenhand.model import Constraint, Objective
from evenhand.spec.tree import ConstraintEntry, ObjectiveEntry, Spec


def spec_with(spec: Spec, *, objective: Objective | None = None, constraints: Sequence[Constraint] | None = None
              ) -> Spec:
    """The spec with this objective and these rules in place of its own."""
    changes: dict[str, Any] = {}
    if objective is not None:
        changes["objective"] = tuple(
            ObjectiveEntry(term=part.term.name, weight=Fraction(repr(part.weight)), options=dict(part.term.options()))
            for part in objective.parts)
    if constraints is not None:
        changes["constraint"] = tuple(ConstraintEntry(rule=rule.name, options=dict(rule.options()))
                                      for rule in constraints)
    return attrs.evolve(spec, **changes)
