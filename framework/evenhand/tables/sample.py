"""Writing a domain's sample: its tables and specs, into a folder of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evenhand.errors import OutputError


def write_sample_files(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts by file name into a folder, which is made if need be; the paths in the same order.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds a file of that name with other content (nothing is overwritten).
    """
    contents = {folder / name: text.encode() for name, text in texts.items()}
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
