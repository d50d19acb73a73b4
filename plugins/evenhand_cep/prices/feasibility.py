"""Whether any legal grouping exists: exact answers by the mediant inequality."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from evenhand_cep.instance import Instance, Ints


def infeasibility(instance: Instance) -> dict[str, Any] | None:
    """Proof that no legal grouping exists, or None. Exact, and complete unless ``different_group`` is used.

    The ISP of a union lies between its parts', so the schools that must join can be carried if and only if they and
    all other schools above the minimum are allowed together.
    """
    required = instance.must_join
    for apart in instance.different_group:
        rows = sorted(set(apart))
        if len(rows) > instance.max_groups and bool(required[rows].all()):
            return {"reason": "different_group", "rows": rows, "max_groups": instance.max_groups}
    if not required.any():
        return None
    slack = instance.minimum_slack
    helpers = instance.may_join & ~required & (slack > 0)
    inside = required | helpers
    total = int(slack[inside].sum())
    if total >= 0:
        return None
    identified, enrolled = int(instance.exact_identified[inside].sum()), int(instance.exact_enrolled[inside].sum())
    requirement = instance.rule.minimum_requirement
    missing = Fraction(-total, instance.scale * requirement.denominator)
    return {
        "reason": "minimum", "rows": np.flatnonzero(inside).tolist(), "helpers": np.flatnonzero(helpers).tolist(),
        "identified": str(Fraction(identified, instance.scale)), "enrolled": str(Fraction(enrolled, instance.scale)),
        "isp": str(Fraction(identified, enrolled)), "requirement": str(requirement),
        "identified_missing": str(missing),
    }


def carrying_group(instance: Instance) -> Ints:
    """Labels with one group: all that must join and all free schools above the minimum. Legal if any grouping is,
    as long as ``different_group`` is not used."""
    inside = instance.must_join | (instance.may_join & (instance.minimum_slack > 0))
    return inside.astype(np.int64)
