"""The packaged example: the U.S. House after the census of 2020, and New England with an error of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from evenhand.errors import OutputError

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
    """Write two tables and their commented specs into a folder, which is made if need be.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds a file of that name with other content (nothing is overwritten).
    """
    contents = {folder / name: sample_text(name).encode() for name, _ in CONTENTS}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            if path.exists() and path.read_bytes() != content:
                raise OutputError(f"{path} exists and is not the sample: choose another folder or move the file away")
        for path, content in contents.items():
            path.write_bytes(content)
    except OSError as error:
        raise OutputError(f"the sample cannot be written to {folder}: {error}") from error
    return list(contents)
