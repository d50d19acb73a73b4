"""Grouping schools: everything measured against the original notebook's step, timed in the same run.

The unit is one step of :mod:`tests.benchmarks.original_walk` on the same table; "original steps" is how many of them
fit into the time of a measurement. Uses New York City's table when it is at hand, else 1,453 made-up schools.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.instance import Instance
from evenhand_cep.walk import Walk
from tests.benchmarks import original_walk

Row = dict[str, object]

ORIGINAL_STEPS = 200
WALK_STEPS = 4_000_000
EXHAUSTIVE_SIZES = (12, 16, 18, 20)
MAX_GROUPS = 10


def shared_data() -> Path:
    """Where the real tables lie: ``EVENHAND_SHARED``, or the folder ``shared`` beside the repository."""
    default = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("EVENHAND_SHARED", default)) / "data" / "cep"


def city_schools() -> pd.DataFrame:
    """The original's frame for New York City, or a made-up one of the same size."""
    path = shared_data() / "nyc_moda_schools.csv"
    if path.exists():
        return original_walk.read_schools(path)
    rng = np.random.default_rng(20170906)
    enrolled = np.round(rng.gamma(3.0, 167.0, 1453) + 30)
    frame = pd.DataFrame({"School": np.arange(1453), "Enrollment": enrolled})
    frame["Identified"] = np.round(enrolled * rng.beta(4.0, 4.8, 1453))
    frame["meal"] = enrolled * rng.uniform(150.0, 550.0, 1453)
    frame["group"] = 0
    return frame


def city_instance(schools: pd.DataFrame, rounding: str = "none") -> Instance:
    rule = ClaimingRule("1.6", "0.4", rounding)
    return Instance.build(schools["Enrollment"].to_numpy(), schools["Identified"].to_numpy(),
                          schools["meal"].to_numpy(), rule=rule, max_groups=MAX_GROUPS)


def small_instance(size: int, *, max_groups: int = MAX_GROUPS, seed: int = 1) -> Instance:
    """A made-up district of few schools, about half of them under the minimum alone."""
    rng = np.random.default_rng([seed, size])
    enrolled = np.round(rng.uniform(100.0, 2000.0, size))
    identified = np.round(enrolled * rng.uniform(0.2, 0.7, size))
    return Instance.build(enrolled, identified, enrolled * rng.uniform(100.0, 600.0, size),
                          rule=ClaimingRule("1.6", "0.4"), max_groups=max_groups)


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def original_step_seconds(schools: pd.DataFrame, steps: int = ORIGINAL_STEPS) -> float:
    """Mean time of one original step; the first few are not counted."""
    programme = original_walk.Programme()
    rng = np.random.default_rng(0)
    frame = schools.copy()
    value = original_walk.reimbursement(frame, programme)

    def some(count: int) -> None:
        nonlocal value
        for _ in range(count):
            value = original_walk.step(frame, value, 1.0, MAX_GROUPS, programme, rng)

    some(10)
    return seconds(lambda: some(steps)) / steps


def row(what: str, took: float, baseline: float, **more: object) -> Row:
    """One line: seconds, and the same in original steps (``baseline`` is the time of one)."""
    return {"what": what, "seconds": took, "original steps": took / baseline, **more}


def walk_rows(schools: pd.DataFrame, baseline: float) -> Iterable[Row]:
    """Steps per second of the compiled walk, hot and cold, as a multiple of the original's."""
    for rounding in ("none", "half_up_4"):
        walk = Walk(city_instance(schools, rounding), seed=1)
        walk.start()
        walk.advance(1, 1.0)
        for name, share in (("hot", 0.05), ("cold", 0.0005)):
            took = seconds(lambda walk=walk, share=share: walk.advance(WALK_STEPS, share * walk.mean_worth))
            yield row(f"walk, {rounding}, {name}, {WALK_STEPS:,} steps", took, baseline,
                      **{"times the original's rate": baseline * WALK_STEPS / took})


def exhaustive_rows(baseline: float) -> Iterable[Row]:
    """The subset programme, compiled beforehand; with a limit of 3 groups it needs one more table."""
    solve_exhaustively(small_instance(6))
    for size in EXHAUSTIVE_SIZES:
        for limit in (MAX_GROUPS, 3):
            instance = small_instance(size, max_groups=limit)
            took = seconds(lambda instance=instance: solve_exhaustively(instance))
            yield row(f"exhaustive, {size} schools, {limit} groups", took, baseline)


def show(rows: list[Row]) -> None:
    headings = list(dict.fromkeys(heading for line in rows for heading in line))
    table = Table(*headings, title="Grouping schools")
    for line in rows:
        cells = (line.get(heading, "") for heading in headings)
        table.add_row(*(f"{cell:,.4g}" if isinstance(cell, float) else str(cell) for cell in cells))
    Console().print(table)


def main() -> list[Row]:
    schools = city_schools()
    baseline = original_step_seconds(schools)
    return [row(f"original step ({len(schools):,} schools)", baseline, baseline),
            *walk_rows(schools, baseline), *exhaustive_rows(baseline)]


if __name__ == "__main__":
    show(main())
