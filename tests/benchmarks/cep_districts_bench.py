"""Every district of two states in one command: how close the proof comes, in all and district by district.

    python -m tests.benchmarks cep_districts
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from tests.benchmarks import command
from tests.benchmarks.data import Schools, districts, of_size, spec
from tests.benchmarks.rows import Row, Yardstick, show, yardstick

SECONDS = 120.0
# What reading, rechecking all certificates, tables and report take beside the search; the limit is for the search.
REST = 25.0
STATE_SECONDS = 90.0
CLASSES = ((1, 16), (17, 20), (21, 60), (61, 300), (301, 10_000))


@frozen
class District:
    """Its schools, the value of its grouping, and the bound that its certificate proves (USD)."""

    schools: int
    value: float
    bound: float

    @property
    def gap(self) -> float:
        return max(0.0, self.bound - self.value) / max(abs(self.value), 1e-12)


def per_district(folder: Path, schools: Schools) -> list[District]:
    """The districts of a result. ``groups.csv`` holds cents: a gap under one cent counts as none."""
    values: dict[str, float] = defaultdict(float)
    with open(folder / "groups.csv", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            values[row["district"]] += float(row["reimbursement"])
    parts = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))["parts"]
    sizes = schools.frame["district"].value_counts()
    found = []
    for part in parts:
        value, bound = values[part["district"]], float(part["bound"])
        if bound - value < 0.01:
            bound = value
        found.append(District(int(sizes[part["district"]]), value, bound))
    return found


def all_rows(unit: Yardstick, schools: Schools, folder: Path) -> Iterable[Row]:
    count = schools.frame["district"].nunique()
    size = f"{schools.size} in {count:,} districts"
    path = spec(folder / "all", schools, rules=("may_stay_out",), gap=1e-4, time_limit=SECONDS - REST, max_groups=10,
                min_isp=0.25)
    ran, result = command.solved(path, "--workers", "2")
    gap = command.verified_gap(result)
    # Without its processor time: that of workers which are sent away at the end is not to be had.
    yield unit.row("all districts, 2 workers: whole command", size, ran.took.seconds, "s", most=SECONDS)
    yield unit.row("all districts: total verified gap", size, gap, "of the value", most=5e-4)
    yield unit.row("all districts: total verified gap, stretch", size, gap, "of the value", most=1e-4)
    parts = per_district(path.parent / "out", schools)
    yield unit.row("all districts: with a verified gap of at most 1e-3", size, close(parts), "% of districts",
                   least=95.0)
    yield from class_rows(unit, parts, result["value"])
    took = command.run("verify", path.parent / "out").took
    yield unit.row("all districts: verify", size, took.seconds, "s", took=took)


def close(parts: list[District]) -> float:
    """Percentage of districts proven to one in a thousand."""
    return 100 * sum(part.gap <= 1e-3 for part in parts) / len(parts)


def state_rows(unit: Yardstick, schools: Schools, folder: Path) -> Iterable[Row]:
    """One state on one core, each district proven to one in a thousand and no closer."""
    frame = schools.frame
    state = frame if not schools.real else frame[frame["district"].str.startswith("CA")].reset_index(drop=True)
    chosen = Schools(state, schools.what, schools.real)
    count = state["district"].nunique()
    size = f"{chosen.size} in {count:,} districts"
    path = spec(folder / "state", chosen, rules=("may_stay_out",), gap=1e-3, time_limit=STATE_SECONDS, max_groups=10,
                min_isp=0.25)
    ran, _ = command.solved(path, "--workers", "1")
    name = "California" if schools.real else "the districts"
    yield unit.row(f"{name}, 1 worker, asked for 1e-3: whole command", size, ran.took.seconds, "s", took=ran.took,
                   most=STATE_SECONDS)
    yield unit.row(f"{name}, 1 worker, asked for 1e-3: time a district", size, 1000 * ran.took.seconds / count, "ms",
                   most=80.0)
    yield unit.row(f"{name}, 1 worker, asked for 1e-3: with such a verified gap", size,
                   close(per_district(path.parent / "out", chosen)), "% of districts", least=95.0)


def class_rows(unit: Yardstick, parts: list[District], value: float) -> Iterable[Row]:
    """Where the gap of the whole comes from."""
    for low, high in CLASSES:
        chosen = [part for part in parts if low <= part.schools <= high]
        if chosen:
            missing = sum(part.bound - part.value for part in chosen) / abs(value)
            yield unit.row(f"all districts: gap from those of {low:,} to {high:,} schools",
                           f"{len(chosen):,} {'district' if len(chosen) == 1 else 'districts'}", missing, "of the value")


def exact_rows(unit: Yardstick, schools: Schools, folder: Path) -> Iterable[Row]:
    """Small districts, each by looking at every grouping."""
    small = of_size(schools, 20)
    size = f"{small.size} in {small.frame['district'].nunique():,} districts"
    path = spec(folder / "small", small, rules=("may_stay_out",), gap=1e-9, time_limit=600.0, solver="exhaustive",
                max_groups=10, min_isp=0.25)
    ran, result = command.solved(path)
    yield unit.row("districts of at most 20 schools, exact: whole command", size, ran.took.seconds, "s",
                   took=ran.took)
    # What is left of a proven optimum is the rounding of its sums.
    yield unit.row("districts of at most 20 schools, exact: verified gap", size, command.verified_gap(result),
                   "of the value", most=1e-12)
    took = command.run("verify", path.parent / "out").took
    yield unit.row("districts of at most 20 schools, exact: verify", size, took.seconds, "s", took=took)


def main() -> list[Row]:
    unit, schools = yardstick(), districts()
    with tempfile.TemporaryDirectory() as folder:
        return [row for rows in (all_rows, state_rows, exact_rows) for row in rows(unit, schools, Path(folder))]


if __name__ == "__main__":
    show(main(), "Many districts")
