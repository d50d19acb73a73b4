"""Small problems of the domain through the front door: tables in, checked problems out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

RATES = {"lunch_free": "4.43", "lunch_paid": "0.42", "breakfast_free": "2.37", "breakfast_paid": "0.39"}
"""A lunch gains 4.01 USD from paid to free, a breakfast 1.98 USD."""


def schools(size: int, seed: int = 0, *, low: float = 0.2, high: float = 0.8, **columns: Sequence[Any]) -> pd.DataFrame:
    """Invented schools ``s0, s1, ...`` with ISPs between two shares; further columns as given."""
    generator = np.random.default_rng(seed)
    enrolled = generator.integers(100, 900, size)
    frame = pd.DataFrame({
        "school": [f"s{row}" for row in range(size)],
        "enrolled": enrolled,
        "identified": (enrolled * generator.uniform(low, high, size)).round().astype(int),
        "breakfasts": enrolled * generator.integers(20, 90, size),
        "lunches": enrolled * generator.integers(60, 150, size),
    })
    return frame.assign(**columns)


def typed(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Schools typed by hand; a school without lunches serves 100, one without breakfasts none."""
    return pd.DataFrame([{"lunches": 100, "breakfasts": 0, **row} for row in rows])


def tree(frame: pd.DataFrame, constraint: Sequence[Mapping[str, Any]] | None = None,
         objective: Sequence[Mapping[str, Any]] = (), **options: Any) -> dict[str, Any]:
    """A spec on these schools; a hand-made rates table unless the options name one."""
    made: dict[str, Any] = {"domain": "cep", "data": {"schools": frame}, "problem": {"rates": RATES, **options}}
    if constraint is not None:
        made["constraint"] = list(constraint)
    if objective:
        made["objective"] = list(objective)
    return made
