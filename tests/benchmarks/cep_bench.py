"""Grouping schools, the parts: the compiled walk, bound A, and the enumeration of small districts.

    python -m tests.benchmarks cep
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.instance import Instance
from evenhand_cep.prices.solve import price_bound
from evenhand_cep.walk import Walk
from tests.benchmarks.data import city
from tests.benchmarks.rows import GROUPS, Row, Yardstick, original_frame, show, timed, yardstick

WALK_STEPS = 4_000_000
EXHAUSTIVE_SIZES = (12, 16, 18, 20)


def city_instance(rounding: str = "none") -> Instance:
    schools = original_frame()
    return Instance.build(schools["Enrollment"].to_numpy(), schools["Identified"].to_numpy(),
                          schools["meal"].to_numpy(), rule=ClaimingRule("1.6", "0.4", rounding), max_groups=GROUPS)


def small_instance(size: int, *, max_groups: int = GROUPS, seed: int = 1) -> Instance:
    """A made-up district of few schools, about half of them under the minimum alone."""
    rng = np.random.default_rng([seed, size])
    enrolled = np.round(rng.uniform(100.0, 2000.0, size))
    identified = np.round(enrolled * rng.uniform(0.2, 0.7, size))
    return Instance.build(enrolled, identified, enrolled * rng.uniform(100.0, 600.0, size),
                          rule=ClaimingRule("1.6", "0.4"), max_groups=max_groups)


def walk_rows(unit: Yardstick) -> Iterable[Row]:
    """Steps per second of the compiled walk, hot and cold, as a multiple of the original's."""
    for rounding in ("none", "half_up_4"):
        walk = Walk(city_instance(rounding), seed=1)
        walk.start()
        walk.advance(1, 1.0)
        for name, share in (("hot", 0.05), ("cold", 0.0005)):
            took = timed(lambda walk=walk, share=share: walk.advance(WALK_STEPS, share * walk.mean_worth))
            rate = WALK_STEPS / unit.steps(took)
            yield unit.row(f"the original's walk, incremental, {name}, rounding {rounding}", f"{WALK_STEPS:,} steps",
                           rate, "times its rate", took=took, least=10_000)


def bound_rows(unit: Yardstick, size: str) -> Iterable[Row]:
    """Bound A for any number of groups, without looking for a grouping."""
    instance = city_instance()
    price_bound(instance)
    took = timed(lambda: price_bound(instance))
    yield unit.row("bound for any number of groups", size, took.seconds, "s", took=took, most_steps=350)


def exhaustive_rows(unit: Yardstick) -> Iterable[Row]:
    """The subset programme, compiled beforehand; with a limit of 3 groups it needs one more table."""
    solve_exhaustively(small_instance(6))
    for size in EXHAUSTIVE_SIZES:
        for limit in (GROUPS, 3):
            instance = small_instance(size, max_groups=limit)
            took = timed(lambda instance=instance: solve_exhaustively(instance))
            yield unit.row(f"every grouping looked at, {limit} groups at most", f"{size} schools", took.seconds, "s",
                           took=took)


def main() -> list[Row]:
    unit, schools = yardstick(), city()
    return [unit.row("the original's step", schools.size, 1.0 / unit.step.seconds, "steps/s", took=unit.step),
            *walk_rows(unit), *bound_rows(unit, schools.size), *exhaustive_rows(unit)]


if __name__ == "__main__":
    show(main(), "Grouping schools: the parts")
