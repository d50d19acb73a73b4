"""The tables that are measured: real ones where they are at hand, else the packaged synthetic city, and made-up ones.

Real tables are only read, renamed and written to a temporary folder; none is part of the project.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen

from evenhand_cep.sample import sample_frame

# CA and TX: the table gives meals of a day.
SCHOOL_DAYS = 180
NYC_RATES = "{ lunch_free = 3.2999, lunch_paid = 0.4399, breakfast_free = 2.1413, breakfast_paid = 0.2923 }"
RATES = '"2024-25/contiguous/standard"'
_DISTRICT_SIZES = (1, 2, 3, 5, 8, 12, 16, 20, 40)


@frozen(eq=False)
class Schools:
    """A table under our headings, and what it is in words."""

    frame: pd.DataFrame
    what: str
    real: bool

    @property
    def size(self) -> str:
        return f"{len(self.frame):,} schools" + ("" if self.real else f" ({self.what})")


def shared_data() -> Path:
    """Where the real tables lie: ``EVENHAND_SHARED``, or the folder ``shared`` beside the repository."""
    default = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("EVENHAND_SHARED", default)) / "data" / "cep"


def city() -> Schools:
    """New York City for 2016-17, or the packaged synthetic city."""
    path = shared_data() / "nyc_moda_schools.csv"
    if not path.exists():
        return Schools(sample_frame()[["school", "enrolled", "identified", "breakfasts", "lunches"]],
                       "packaged synthetic city: the real table is not at hand", False)
    # Texts stay texts: the command must read the very decimals of the table.
    table = pd.read_csv(path, dtype=str)
    names = {"School": "school", "Enrollment": "enrolled", "Identified": "identified", "Breakfast": "breakfasts",
             "Lunch": "lunches"}
    return Schools(table.rename(columns=names)[list(names.values())], "New York City", True)


def districts() -> Schools:
    """Every school of California and Texas with its district (meals invented there), or the synthetic city cut up.

    Left out, as no problem can be made of them: rows without identified students, and without enrolment.
    """
    path = shared_data() / "mealscount_ca_tx_schools.csv"
    if not path.exists():
        frame = sample_frame()[["school", "enrolled", "identified", "breakfasts", "lunches"]]
        sizes = np.random.default_rng(7).choice(_DISTRICT_SIZES, len(frame))
        frame.insert(1, "district", [f"D{d:03d}" for d in np.repeat(np.arange(len(frame)), sizes)[: len(frame)]])
        return Schools(frame, "packaged synthetic city, cut into districts", False)
    table = pd.read_csv(path, dtype=str)
    table["row"] = np.arange(len(table)).astype(str)
    table = table[(table["IdentifiedSource"] != "missing") & (table["Enrollment"].astype(float) > 0)]
    frame = pd.DataFrame({
        "school": table["row"], "district": table["State"] + table["DistrictCode"], "enrolled": table["Enrollment"],
        "identified": table["Identified"],
        "breakfasts": SCHOOL_DAYS * table["SyntheticDailyBreakfast"].astype(int),
        "lunches": SCHOOL_DAYS * table["SyntheticDailyLunch"].astype(int)})
    return Schools(frame.reset_index(drop=True), "California and Texas", True)


def of_size(schools: Schools, most: int) -> Schools:
    """Only the districts of at most so many schools."""
    size = schools.frame.groupby("district")["school"].transform("size")
    return Schools(schools.frame[size <= most].reset_index(drop=True), schools.what, schools.real)


def synthetic(size: int) -> Schools:
    """A made-up problem of any size, shaped roughly like the city."""
    rng = np.random.default_rng(size)
    enrolled = np.round(rng.gamma(3.0, 167.0, size) + 30.0).astype(int)
    frame = pd.DataFrame({
        "school": [f"{row:06d}" for row in range(size)], "enrolled": enrolled,
        "identified": np.round(enrolled * rng.beta(4.0, 4.8, size)).astype(int),
        "breakfasts": np.round(enrolled * rng.uniform(5.0, 110.0, size)).astype(int),
        "lunches": np.round(enrolled * rng.uniform(30.0, 150.0, size)).astype(int)})
    return Schools(frame, "made up", True)


def spec(folder: Path, schools: Schools, *, rates: str = RATES, rules: tuple[str, ...] = (), gap: float = 1e-5,
         time_limit: float = 60.0, solver: str = "auto", **options: object) -> Path:
    """Write the table and a spec into a folder; ``options`` are those of ``[problem]``."""
    folder.mkdir(parents=True, exist_ok=True)
    schools.frame.to_csv(folder / "schools.csv", index=False)
    lines = ['domain = "cep"', "[data]", 'schools = "schools.csv"', "[problem]", f"rates = {rates}"]
    lines += [f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
              for name, value in options.items()]
    for rule in rules:
        lines += ["[[constraint]]", f'rule = "{rule}"']
    lines += ["[solver]", f'name = "{solver}"', f"gap = {gap!r}", f"time_limit = {time_limit}"]
    path = folder / "spec.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
