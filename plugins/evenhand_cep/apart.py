"""Infeasibility that comes of schools kept apart: what the mediant inequality alone does not see."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.instance import Instance, Ints

# Enumerating every grouping of this many units takes a tenth of a second.
ENUMERATED = 18


def apart_infeasibility(instance: Instance) -> dict[str, Any] | None:
    """Proof that no grouping keeps ``different_group`` beside the other rules, or None, which says nothing.

    Exact for few units (by enumeration), and where every unit that may join stands in one list (today's groups kept).
    """
    if not instance.different_group:
        return None
    for apart in instance.different_group:
        required = sorted({row for row in apart if instance.must_join[row]})
        if len(required) > instance.max_groups:
            return {"reason": "different_group", "rows": required, "max_groups": instance.max_groups}
    for row in np.flatnonzero(instance.must_join & (instance.minimum_slack < 0)).tolist():
        helpers = _helpers(instance, row)
        inside = np.append(helpers, row)
        short = -int(instance.minimum_slack[inside].sum())
        if short > 0:
            return {"reason": "apart", "rows": [row], "helpers": helpers.tolist(), **_sums(instance, inside, short)}
    if int(instance.may_join.sum()) <= ENUMERATED and solve_exhaustively(instance).status == "infeasible":
        return {"reason": "enumeration", "units": int(instance.may_join.sum())}
    return None


def _helpers(instance: Instance, row: int) -> Ints:
    """Units above the minimum that may be in a group with this one."""
    free = instance.may_join & (instance.minimum_slack > 0)
    for apart in instance.different_group:
        if row in apart:
            free[list(apart)] = False
    return np.flatnonzero(free)


def _sums(instance: Instance, rows: Ints, short: int) -> dict[str, str]:
    identified = Fraction(int(instance.exact_identified[rows].sum()), instance.scale)
    enrolled = Fraction(int(instance.exact_enrolled[rows].sum()), instance.scale)
    requirement = instance.rule.minimum_requirement
    return {"identified": str(identified), "enrolled": str(enrolled), "isp": str(identified / enrolled),
            "requirement": str(requirement),
            "identified_missing": str(Fraction(short, instance.scale * requirement.denominator))}
