"""One file that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from evenhand.errors import OutputError


def check_file(path: Path, *, force: bool = False) -> None:
    """Raise :class:`OutputError` for a file that may not be written; to be asked before a long run."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder: name a file such as {path.name}.html")
    if path.exists() and not force:
        raise OutputError(f"{path} is there already. Choose another name, or replace it with --force")
    above = path.resolve().parent
    if not above.is_dir():
        raise OutputError(f"{path} cannot be written: the folder {above.name!r} does not exist")


def write_file(path: Path, text: str, *, force: bool = False) -> None:
    """Write beside the target, bring it to the disk, and rename it.

    Raises
    ------
    OutputError
        Like :func:`check_file`; or the disk is full, or nothing may be written there.
    """
    check_file(path, force=force)
    target = path.resolve()
    partial = target.with_name(f".{target.name}.partial-{secrets.token_hex(4)}")
    try:
        with open(partial, "xb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as fault:
        raise OutputError(f"{path} could not be written: {fault.strerror or fault}. Nothing was left there") from fault
    finally:
        partial.unlink(missing_ok=True)
