"""The packaged example: a synthetic city, a rule to publish for it, and one with side rules."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from evenhand.tables.sample import write_sample_files

CITY = {"rows": 24, "columns": 26, "per_block": 9.0, "programs": 16, "seed": 2026}
"""What :func:`~evenhand_tiebreaker.city.tables.made_city` was given to make the tables of the sample."""

CONTENTS = ("blocks.csv", "adjacency.csv", "applicants.csv", "programs.csv", "spec.toml", "side_rules.toml")


def sample_text(name: str) -> str:
    """The text of one file of the sample. Everything in it is invented."""
    return (files("evenhand_tiebreaker") / "data" / name).read_text(encoding="utf-8")


def write_sample(folder: Path) -> list[Path]:
    """Write four tables and two commented specs into a folder; see :func:`write_sample_files`."""
    return write_sample_files(folder, {name: sample_text(name) for name in CONTENTS})
