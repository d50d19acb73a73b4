"""The packaged example: the U.S. House after the census of 2020, and New England with an error of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from evenhand.tables.sample import write_sample_files

# Name in the sample folder, name in the package's data folder. The spec that comes first is the one to start with.
CONTENTS = (("states.csv", "states.csv"), ("spec.toml", "house.toml"),
            ("new_england.csv", "new_england.csv"), ("new_england.toml", "new_england.toml"))


def sample_text(name: str) -> str:
    """The text of one file of the sample, by its name in the sample folder.

    ``states.csv`` has the apportionment populations of the census of 2020 and the seats of 2010 (U.S. Census Bureau,
    "Apportionment Population and Number of Representatives by State", public domain); ``new_england.csv`` the
    populations of the notebook that the parametric method comes from.
    """
    return (files("evenhand_apportionment") / "data" / dict(CONTENTS)[name]).read_text(encoding="utf-8")


def write_sample(folder: Path) -> list[Path]:
    """Write two tables and their commented specs into a folder; see :func:`write_sample_files`."""
    return write_sample_files(folder, {name: sample_text(name) for name, _ in CONTENTS})
