"""The yardstick and the rows: every figure beside the time of the original notebook's step, measured in the same run.

Ratios are of processor time, so that other work on the machine spoils them least; seconds are those of the clock.
The number of original steps leaves waiting aside, and counts the work of all processes of a command together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from attrs import frozen
from rich.console import Console
from rich.table import Table

from tests.benchmarks import original_walk
from tests.benchmarks.data import city

Row = dict[str, object]

ORIGINAL_STEPS, ROUNDS = 60, 5
GROUPS = 10
WIDTH = 170


@frozen
class Took:
    """Seconds of the clock, and of all processors together."""

    seconds: float
    processor: float


def timed(action: Callable[[], object]) -> Took:
    """Run something in this process."""
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return Took(time.perf_counter() - wall, time.process_time() - processor)


@frozen
class Yardstick:
    """One step of the original on the city's table."""

    schools: int
    step: Took

    def steps(self, took: Took) -> float:
        """How many original steps fit into the processor time of ``took``."""
        return took.processor / self.step.processor

    def row(self, work: str, size: str, figure: float, unit: str, *, took: Took | None = None,
            most: float | None = None, least: float | None = None, most_steps: float | None = None) -> Row:
        """One line of the table.

        Parameters
        ----------
        took : time of the work; gives the column ``original steps``.
        most, least : targets of the figure. most_steps : target of the ratio to original steps.
        """
        targets: list[str] = []
        met: list[bool] = []
        if most is not None:
            targets.append(f"<= {written(most)}")
            met.append(figure <= most)
        if least is not None:
            targets.append(f">= {written(least)}")
            met.append(figure >= least)
        line: Row = {"work": work, "size": size, "figure": figure, "unit": unit, "processor s": "",
                     "original steps": ""}
        if took is not None:
            steps = self.steps(took)
            line |= {"processor s": took.processor, "original steps": steps}
            if most_steps is not None:
                targets.append(f"< {written(most_steps)} steps")
                met.append(steps < most_steps)
        return line | {"target": ", ".join(targets), "met": ("yes" if all(met) else "no") if met else ""}


def yardstick() -> Yardstick:
    """Measure the original's step anew: the machine may be busier than a minute ago."""
    schools = original_frame()
    programme = original_walk.Programme()
    rng = np.random.default_rng(0)
    frame = schools.copy()
    value = original_walk.reimbursement(frame, programme)

    def some(count: int) -> None:
        nonlocal value
        for _ in range(count):
            value = original_walk.step(frame, value, 1.0, GROUPS, programme, rng)

    some(10)  # the first few are slower
    # The best of a few rounds: a yardstick that other work has stretched would flatter every ratio.
    took = min((timed(lambda: some(ORIGINAL_STEPS)) for _ in range(ROUNDS)), key=lambda round_: round_.processor)
    return Yardstick(len(schools), Took(took.seconds / ORIGINAL_STEPS, took.processor / ORIGINAL_STEPS))


def original_frame() -> pd.DataFrame:
    """The city's table as the original's frame, under its headings."""
    headings = {"school": "School", "enrolled": "Enrollment", "identified": "Identified", "breakfasts": "Breakfast",
                "lunches": "Lunch"}
    return original_walk.prepared(city().frame.rename(columns=headings).astype(float))


def written(value: object) -> str:
    """A cell's text: large numbers whole, small ones with four digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value == int(value) or 1e4 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def cells(rows: Iterable[Mapping[str, object]]) -> tuple[list[str], list[list[str]]]:
    """Headings in the order of their first appearance, and every row's texts; a missing value is blank."""
    rows = list(rows)
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return headings, [[written(row.get(heading, "")) for heading in headings] for row in rows]


def show(rows: Iterable[Mapping[str, object]], title: str) -> None:
    """The rows on the terminal."""
    headings, body = cells(rows)
    table = Table(*headings, title=title)
    for line in body:
        table.add_row(*line)
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(table)
