"""A folder that appears whole or not at all.

Everything is written into ``.NAME.partial-xxxxxxxx`` beside the target, brought to the disk, and renamed. A run that
is killed leaves its partial folder behind, never a half-written result; :func:`leftovers` names such folders, and
nobody but their owner deletes them (another run may be writing into one right now).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evenhand.errors import OutputError

RESULT = "result.json"


def check_target(folder: str | Path, *, force: bool = False, index: str = RESULT) -> Path:
    """The absolute path of a folder that may be written; to be asked before a long solve.

    ``index`` is the file that names the folder's files and tells that it is ours.

    Raises
    ------
    OutputError
        The folder holds a run and ``force`` is not set, or it holds anything else, or it cannot be made there.
    """
    # Links are followed: the folder meant is replaced, and the link stays.
    target = Path(os.path.realpath(folder))
    try:
        _check_place(target, folder)
        if target.exists() and any(target.iterdir()):
            _check_contents(target, folder, force, index)
    except OSError as fault:
        raise OutputError(f"{folder} cannot be used: {fault.strerror or fault}") from None
    return target


def _check_place(target: Path, folder: str | Path) -> None:
    if target.exists() and not target.is_dir():
        raise OutputError(f"{folder} is a file, not a folder. Choose another place for the result")
    above = next((parent for parent in target.parents if parent.exists()), target)
    if not above.is_dir():
        raise OutputError(f"{folder} cannot be made: {above.name} is a file, not a folder")
    if above == target or not os.access(above, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be made: nothing may be written to the folder above it")


def _check_contents(target: Path, folder: str | Path, force: bool, index: str) -> None:
    listed = run_files(target, index)
    if listed is None:
        raise OutputError(f"{folder} holds files that are no result of ours, and nothing there is ever replaced. "
                          "Choose another folder")
    if not force:
        raise OutputError(f"{folder} already holds a result. Choose another folder, or replace it with --force")
    strays = sorted(_files(target) - listed)
    if strays:
        more = f" and {len(strays) - 3:,} more" if len(strays) > 3 else ""
        raise OutputError(f"{folder} holds files that do not belong to its result ({', '.join(strays[:3])}{more}); "
                          "replacing it would delete them. Move them away first")


def run_files(folder: Path, index: str = RESULT) -> set[str] | None:
    """The files of the run that a folder holds, or None if it holds no run of ours."""
    try:
        read = json.loads((folder / index).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or "format" not in read or "domain" not in read:
        return None
    files = read.get("files")
    return {index, *map(str, files)} if isinstance(files, dict) else {index}


def _files(folder: Path) -> set[str]:
    """Every file and link below a folder, as relative paths."""
    found = set()
    for where, folders, names in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        found |= {Path(where, name).relative_to(folder).as_posix() for name in (*names, *links)}
    return found


def leftovers(folder: str | Path) -> list[Path]:
    """Partial folders beside ``folder``: of runs that were killed, or that are writing at this moment."""
    target = Path(os.path.realpath(folder))
    if not target.parent.is_dir():
        return []
    return sorted(path for path in target.parent.iterdir() if path.name.startswith(f".{target.name}.partial-"))


@contextmanager
def replacing(folder: str | Path, *, force: bool = False, index: str = RESULT) -> Iterator[Path]:
    """A partial folder to write into; it becomes ``folder`` when the block ends well and is removed otherwise.

    Raises
    ------
    OutputError
        Like :func:`check_target`; or the disk is full, or something may not be written.
    """
    target = check_target(folder, force=force, index=index)
    partial = target.with_name(f".{target.name}.partial-{secrets.token_hex(4)}")
    done = False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
        yield partial
        _flush(partial)
        _take_place(partial, check_target(target, force=force, index=index))
        done = True
    except OSError as fault:
        raise OutputError(f"the result could not be written to {folder}: {fault.strerror or fault}. "
                          "No part of it was left there") from fault
    finally:
        if not done:
            shutil.rmtree(partial, ignore_errors=True)


def _flush(partial: Path) -> None:
    """Bring every file, and the folders that name them, to the disk: a rename must not outrun its contents."""
    for where, _, names in os.walk(partial, topdown=False):
        for name in names:
            with open(Path(where, name), "rb+") as stream:
                os.fsync(stream.fileno())
        _flush_folder(Path(where))


def _flush_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # a folder cannot be opened on Windows
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems cannot flush a folder
            os.fsync(handle)
    finally:
        os.close(handle)


def _take_place(partial: Path, target: Path) -> None:
    """Rename the partial folder to the target; what stood there goes only once the new one is in place."""
    old = None
    if target.is_dir():
        if any(target.iterdir()):
            old = target.with_name(f".{target.name}.replaced-{secrets.token_hex(4)}")
            target.rename(old)
        else:
            target.rmdir()  # renaming over an empty folder is not possible everywhere
    try:
        partial.rename(target)
    except OSError:
        if old is not None:
            old.rename(target)
        raise
    _flush_folder(target.parent)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
