"""The annealing of the original New York City notebook, step for step, as the yardstick of every speed ratio.

Written anew from its description; the behaviour is kept, the defects included: the whole frame is copied for each
step, the temperature starts at one dollar, a group under the minimum costs a million per meal dollar while walking
and merely earns nothing in the final valuation, and groups are merged on the share rounded to two decimals.
Only two things differ: a seed is obeyed (the original accepted one and ignored it), and no process pool is used.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from attrs import field, frozen

PENALTY_PER_MEAL_DOLLAR = 10**6


@frozen
class Programme:
    """Rates (USD per meal), multiplier and minimum ISP; the defaults are New York City's for 2016-17."""

    lunch_free: float = 3.2999
    lunch_paid: float = 0.4399
    breakfast_free: float = 2.1413
    breakfast_paid: float = 0.2923
    multiplier: float = 1.6
    min_isp: float = 0.40

    @property
    def smallest_share(self) -> float:
        return self.min_isp * self.multiplier


@frozen
class OriginalResult:
    """Values along the walk (USD above the base), the regrouped frame and its final value."""

    values: list[float]
    frame: pd.DataFrame = field(repr=False)
    final: float


def read_schools(path: Path, programme: Programme | None = None) -> pd.DataFrame:
    """The notebook's frame of a file with its headings."""
    return prepared(pd.read_csv(path), programme)


def prepared(table: pd.DataFrame, programme: Programme | None = None) -> pd.DataFrame:
    """The notebook's frame: schools with enrolment, numbered from 0, with meal values and one group for all."""
    programme = programme or Programme()
    frame = table[table["Enrollment"] > 0].reset_index(drop=True)
    frame["meal"] = ((programme.lunch_free - programme.lunch_paid) * frame["Lunch"]
                     + (programme.breakfast_free - programme.breakfast_paid) * frame["Breakfast"])
    frame["paidMeal"] = programme.lunch_paid * frame["Lunch"] + programme.breakfast_paid * frame["Breakfast"]
    frame["mealPerStudent"] = frame["meal"] / frame["Enrollment"]
    frame["baseThreshold"] = frame["Identified"] / frame["Enrollment"] * programme.multiplier
    frame["group"] = 0
    return frame


def reimbursement(frame: pd.DataFrame, programme: Programme, cost: int = 0) -> float:
    """USD above the base. ``cost = 1`` turns on the penalty the walk uses; 0 is the published valuation."""
    groups = frame.groupby("group")
    table = pd.DataFrame(index=list(groups.indices))
    table["threshold"] = groups["Identified"].sum() / groups["Enrollment"].sum() * programme.multiplier
    table["meal"] = groups["meal"].sum()
    table["applied"] = table["threshold"]
    table.loc[table["applied"] > 1, "applied"] = 1.0
    table.loc[table["applied"] < programme.smallest_share, "applied"] = 0.0 - cost * PENALTY_PER_MEAL_DOLLAR
    table["reimbursed"] = table["applied"] * table["meal"]
    return float(table["reimbursed"].sum())


def group_shares(frame: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """A copy with the column ``threshold``: each school's group share, neither capped nor tested."""
    result = frame.copy()
    for group in sorted(set(result["group"])):
        inside = result["group"] == group
        part = result[inside]
        result.loc[inside, "threshold"] = part["Identified"].sum() / part["Enrollment"].sum() * programme.multiplier
    return result


def regroup(frame: pd.DataFrame) -> pd.DataFrame:
    """Groups whose share agrees to two decimals become one."""
    result = frame.copy()
    rounded = result["threshold"].round(2)
    for number, share in enumerate(sorted(set(rounded))):
        result.loc[rounded == share, "group"] = number
    return result


def step(frame: pd.DataFrame, value: float, temperature: float, groups: int, programme: Programme,
         rng: np.random.Generator) -> float:
    """One step: copy the frame, move one school, value everything, accept or not. Returns the value afterwards."""
    trial = frame.copy()
    trial.loc[int(rng.integers(len(trial))), "group"] = int(rng.integers(groups))
    new = reimbursement(trial, programme, cost=1)
    change = new - value
    if change > 0 or rng.uniform() < np.exp(change / temperature):
        frame.loc[:, "group"] = trial["group"]
        return new
    return value


def anneal(schools: pd.DataFrame, *, seed: int, programme: Programme | None = None, start_groups: int = 1,
           groups: int = 10, start_temperature: float = 1.0, cooling: float = 0.1,
           steps_per_temperature: int = 1000) -> OriginalResult:
    """The whole run: walk at falling temperature, then regroup and value without the penalty."""
    programme = programme or Programme()
    rng = np.random.default_rng(seed)
    frame = schools.copy()
    frame["group"] = rng.integers(start_groups, size=len(frame))
    value = reimbursement(frame, programme)
    values = [value]
    for temperature in np.arange(start_temperature, 0.0, -cooling):
        for _ in range(steps_per_temperature):
            value = step(frame, value, float(temperature), groups, programme, rng)
            values.append(value)
    frame = regroup(group_shares(frame, programme))
    return OriginalResult(values, frame, reimbursement(frame, programme))


def published_value(schools: pd.DataFrame, grouping: pd.DataFrame, programme: Programme | None = None) -> float:
    """Value of the grouping the original published (columns School, Group), by its own formula."""
    labels = grouping.set_index("School")["Group"]
    frame = schools.copy()
    frame["group"] = frame["School"].map(labels).astype("int64")
    return reimbursement(frame, programme or Programme())
