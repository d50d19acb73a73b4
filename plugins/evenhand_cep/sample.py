"""The packaged example: a synthetic city of 600 schools and a commented spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import astuple, fields, frozen

from evenhand.tables.sample import write_sample_files

if TYPE_CHECKING:
    import pandas as pd

SEED = 20_231_026
SCHOOLS = 600

_Points = Sequence[tuple[int, int]]

# Shapes taken from public aggregates of a large city: about 500 students a school with a long right tail, ISPs from
# 0.05 to 0.95 with 0.454 of all students identified, meals worth about 335 USD a student and more in poorer schools.
_ENROLLED: _Points = ((0, 55), (50, 105), (250, 245), (500, 385), (750, 565), (950, 1_060), (990, 2_300),
                      (1_000, 3_900))
"""Quantile (per mille) to students."""
_ISP: _Points = ((0, 500), (50, 1_050), (250, 2_900), (500, 4_550), (750, 6_200), (900, 7_500), (1_000, 9_500))
"""Quantile (per mille) to identified students in 10,000."""

# up to which per mille of the schools, kind, and per mille factors: enrolment, lunches, breakfasts
_KINDS = ((580, "Elementary School", 880, 1_120, 1_080),
          (800, "Middle School", 1_000, 960, 920),
          (1_000, "High School", 1_330, 720, 820))
_LUNCHES, _BREAKFASTS = 7_250, 3_400
"""Mean meals a year of one student, in hundredths."""

_FIRST = ("Alder", "Amber", "Aspen", "Beacon", "Birch", "Briar", "Cedar", "Clover", "Copper", "Coral", "Elder",
          "Falcon", "Fern", "Garnet", "Hazel", "Heron", "Indigo", "Juniper", "Kestrel", "Larch", "Linden", "Maple",
          "Marigold", "Meadow", "Osprey", "Pebble", "Poplar", "Quarry", "Rowan", "Saffron", "Sparrow", "Sumac",
          "Thistle", "Willow")
_SECOND = ("Bend", "Bridge", "Brook", "Corner", "Court", "Crossing", "Field", "Gardens", "Gate", "Green", "Grove",
           "Heights", "Hill", "Hollow", "Landing", "Park", "Point", "Ridge", "Row", "Square", "Terrace", "View")


@frozen
class School:
    """One invented row; ``group`` is today's grouping by area of the city."""

    school: str
    name: str
    enrolled: int
    identified: int
    breakfasts: int
    lunches: int
    group: int


class _Draws:
    """Whole numbers from the raw PCG64 stream.

    Raw bits and integer arithmetic only: NumPy keeps the bit stream for ever, but neither its distributions nor the
    last digit of a machine's logarithm, and the sample must be the same bytes everywhere.
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.Generator(np.random.PCG64(seed)).bit_generator

    def below(self, limit: int) -> int:
        return (int(self._bits.random_raw()) >> 32) * limit >> 32

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)


def _quantile(points: _Points, draws: _Draws) -> int:
    """A draw from the distribution with these quantiles, straight between them."""
    at = draws.below(1_000_000)
    for (left, low), (right, high) in pairwise(points):
        if at < right * 1_000:
            return low + (high - low) * (at - left * 1_000) // ((right - left) * 1_000)
    return points[-1][1]


def _names(draws: _Draws) -> list[str]:
    """Enough different names in a drawn order (Fisher-Yates)."""
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    for last in range(len(names) - 1, 0, -1):
        other = draws.below(last + 1)
        names[last], names[other] = names[other], names[last]
    return names


def _city(seed: int) -> Iterator[School]:
    draws = _Draws(seed)
    for number, name in enumerate(_names(draws)[:SCHOOLS], start=1):
        at = draws.below(1_000)
        _, kind, size, lunch_factor, breakfast_factor = next(row for row in _KINDS if at < row[0])
        enrolled = _quantile(_ENROLLED, draws) * size // 1_000
        isp = _quantile(_ISP, draws)
        # Poorer schools eat more, loosely: what a student's meals are worth varies far more from school to school.
        poverty = 8_000 + isp * 4 // 10
        appetite = draws.between(200, 1_000) + draws.between(0, 800)
        morning = draws.between(200, 1_000) + draws.between(0, 800)
        lunches = enrolled * _LUNCHES * lunch_factor * poverty * appetite // 10**12
        breakfasts = enrolled * _BREAKFASTS * breakfast_factor * poverty * appetite * morning // 10**15
        lean = draws.below(10_000) + isp // 8  # the areas differ, a little, in poverty
        yield School(
            school=f"{number:04d}", name=f"{name} {kind}", enrolled=enrolled,
            identified=(2 * enrolled * isp + 10_000) // 20_000, breakfasts=breakfasts, lunches=lunches,
            group=1 + min(3, lean * 4 // 10_600),
        )


def sample_schools() -> tuple[School, ...]:
    """The 600 schools of the sample, the same on every machine."""
    return tuple(_city(SEED))


def sample_frame() -> pd.DataFrame:
    """The sample as a table: ``school``, ``name`` and ``group`` are text, the counts whole numbers."""
    import pandas as pd

    columns = [attribute.name for attribute in fields(School)]
    frame = pd.DataFrame([astuple(school) for school in sample_schools()], columns=columns)
    return frame.assign(group=frame["group"].astype(str))


def sample_csv() -> str:
    """The sample as the text of ``schools.csv``."""
    header = ",".join(attribute.name for attribute in fields(School))
    rows = (",".join(str(value) for value in astuple(school)) for school in sample_schools())
    return "\n".join((header, *rows)) + "\n"


def write_sample(folder: Path) -> list[Path]:
    """Write ``schools.csv`` and a commented ``spec.toml`` into a folder; see :func:`write_sample_files`."""
    spec = (files("evenhand_cep") / "data" / "sample_spec.toml").read_text(encoding="utf-8")
    return write_sample_files(folder, {"schools.csv": sample_csv(), "spec.toml": spec})
