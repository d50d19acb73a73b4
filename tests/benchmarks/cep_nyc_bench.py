"""New York City's schools, whole commands: solving, proving, writing and rechecking, against the original's steps.

    python -m tests.benchmarks cep_nyc
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks import command
from tests.benchmarks.data import NYC_RATES, Schools, city, spec
from tests.benchmarks.rows import Row, Yardstick, show, yardstick

# The original's best grouping, USD above the base, valued anew from its published list.
PUBLISHED = 188_445_170.0
# (groups, least ISP, further options, rules, in words): the same city under tighter limits.
FEW_GROUPS = [(2, 0.40, {}, (), "2 groups, 40 %"), (3, 0.40, {}, (), "3 groups, 40 %"),
              (5, 0.40, {}, (), "5 groups, 40 %"), (10, 0.25, {}, (), "10 groups, 25 %")]
OPT_OUT = [(2, 0.25, {"isp_rounding": "half_up_4"}, ("may_stay_out",), "2 groups, 25 %, opt-out, rounded ISP"),
           (3, 0.25, {"isp_rounding": "half_up_4"}, ("may_stay_out",), "3 groups, 25 %, opt-out, rounded ISP")]


def whole_call(unit: Yardstick, schools: Schools, folder: Path) -> Iterable[Row]:
    """The main case, its recheck, and how far it comes when asked for more."""
    path = spec(folder / "main", schools, rates=NYC_RATES, gap=1e-5, max_groups=10, min_isp=0.40)
    command.solved(path)  # the first run of all compiles
    ran, result = command.solved(path)
    work, size = "10 groups, 40 %, all take part", schools.size
    yield unit.row(f"{work}: whole command", size, ran.took.seconds, "s", took=ran.took, most=3.0, most_steps=3500)
    yield unit.row(f"{work}: verified gap", size, command.verified_gap(result), "of the value", most=1e-5)
    if schools.real:
        yield unit.row(f"{work}: above the original's best", size, 100 * (result["value"] / PUBLISHED - 1), "%",
                       least=1.0)
    took = command.run("verify", path.parent / "out").took
    yield unit.row(f"{work}: verify", size, took.seconds, "s", took=took, most_steps=1000)
    ran, result = command.solved(path, "--gap", "2e-6", "--time-limit", "20")
    yield unit.row(f"{work}: asked for 2e-6: whole command", size, ran.took.seconds, "s", took=ran.took)
    yield unit.row(f"{work}: asked for 2e-6: verified gap", size, command.verified_gap(result), "of the value",
                   most=2e-6)


def limited_rows(unit: Yardstick, schools: Schools, folder: Path) -> Iterable[Row]:
    """Few groups, or a wide range of shares, where the bound for any number of groups is not enough."""
    for cases, gap in ((FEW_GROUPS, 1e-4), (OPT_OUT, 3e-5)):
        for number, (groups, least, options, rules, words) in enumerate(cases):
            path = spec(folder / f"few{gap}{number}", schools, rates=NYC_RATES, gap=gap, time_limit=30.0, rules=rules,
                        max_groups=groups, min_isp=least, **options)
            ran, result = command.solved(path)
            yield unit.row(f"{words}: whole command", schools.size, ran.took.seconds, "s", took=ran.took, most=30.0)
            yield unit.row(f"{words}: verified gap", schools.size, command.verified_gap(result), "of the value",
                           most=gap)


def main() -> list[Row]:
    unit, schools = yardstick(), city()
    with tempfile.TemporaryDirectory() as folder:
        return [*whole_call(unit, schools, Path(folder)), *limited_rows(unit, schools, Path(folder))]


if __name__ == "__main__":
    show(main(), "A city of many schools")
