"""Write a run's folder: answer, tables, certificate, spec as run, copies of the inputs, report. All or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs

from evenhand.certificates import ClaimedCertificate
from evenhand.errors import OutputError
from evenhand.results.folder import RESULT, replacing
from evenhand.results.result_json import ALLOCATION, CERTIFICATE, FORMAT, result_dict, to_plain, to_text
from evenhand.spec.write import spec_to_toml
from evenhand.tables.digest import sha256_bytes
from evenhand.tables.source import DataSource

if TYPE_CHECKING:
    from evenhand.solution import Solution
    from evenhand.spec.tree import Spec
    from evenhand.tables.table import Table

SPEC, REPORT, INPUTS = "spec.toml", "report.html", "inputs"
OUR_KEYS = ("format", "kind", "claimed")

Reporters = Mapping[str, Callable[["Solution"], str]]


def write(solution: Solution, folder: str | Path, *, force: bool = False, reporters: Reporters | None = None) -> Path:
    """Write everything that a stranger needs to understand and to recheck a solution.

    Parameters
    ----------
    folder : new or empty; with ``force`` one that holds a run (and nothing else), which is then replaced.
    reporters : file name -> function that makes the text of that file (a registry's ``reporters``).

    Returns
    -------
    The folder's absolute path.

    Raises
    ------
    OutputError
        The folder cannot be used or written; a table changed since it was read; the problem has no spec.
    """
    from evenhand.report.html import render

    with replacing(folder, force=force) as partial:
        target = Path(os.path.realpath(folder))
        writer = Writer(partial)
        spec = as_run(solution)
        inputs = _copy_inputs(solution, spec, writer, target)
        # The copies keep the user's headings, so their renaming stays part of the spec.
        data = {name: DataSource(file=facts["file"], columns=spec.data[name].columns) for name, facts in inputs.items()}
        spec_text = spec_to_toml(attrs.evolve(spec, data=data, folder=None))
        writer.add(SPEC, spec_text)
        for name, text in result_tables(solution).items():
            writer.add(name, text)
        if solution.certificate is not None:
            writer.add(CERTIFICATE, to_text(certificate_dict(solution)))
        writer.add(REPORT, render(solution, spec_text=spec_text, inputs=inputs))
        for name, reporter in (reporters or {}).items():
            writer.add(name, reporter(solution))
        digests = dict(sorted(writer.digests.items()))
        writer.add(RESULT, to_text(result_dict(solution, inputs=inputs, files=digests)))
    return target


@attrs.define(eq=False)
class Writer:
    """Adds files to a folder and keeps their digests."""

    folder: Path
    digests: dict[str, str] = attrs.field(factory=dict)

    def add(self, name: str, content: str | bytes) -> None:
        """Write one file. Raises :class:`OutputError` for a name that leaves the folder or is taken."""
        if not is_safe(name):
            raise OutputError(f"{name!r} is no name for a file of a result: use letters, digits, '.', '-' and '_'")
        if name in self.digests:
            raise OutputError(f"two things want to be written as {name!r}: a plugin must choose another name")
        data = encoded(content, name) if isinstance(content, str) else content
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.digests[name] = sha256_bytes(data)


def encoded(text: str, name: str) -> bytes:
    """The text in UTF-8. Raises :class:`OutputError` for half characters, which nobody could read back."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as fault:
        half = fault.object[fault.start]
        raise OutputError(f"{name}: a text holds half a character ({half!r}). Repair it in the table") from None


def is_safe(name: str) -> bool:
    """Whether a name stays inside the folder on every system: plain parts with ``/`` between them."""
    parts = PurePosixPath(name).parts
    return (name == "/".join(parts) and 0 < len(parts) <= 3 and not name.startswith("/") and all(
        part not in (".", "..") and not set(part) & set('\\:*?"<>|\0\n\r\t') for part in parts))


def as_run(solution: Solution) -> Spec:
    """The problem's spec with the solver's name, seed and limits of this very run.

    Raises
    ------
    OutputError
        The problem was not made from a spec, so nobody could rebuild it.
    """
    spec, run = solution.problem.spec, solution.run
    if spec is None:
        raise OutputError("the problem was not made from a spec, so its result could not be rechecked. Make it with "
                          "evenhand.problem(...) or from a spec file")
    entry = attrs.evolve(spec.solver, name=run.name, seed=run.seed, gap=run.gap,
                         time_limit=float("inf") if run.time_limit is None else run.time_limit)
    made: Spec = attrs.evolve(spec, solver=entry)
    return made


def result_tables(solution: Solution) -> dict[str, str]:
    """CSV text of the allocation and of the domain's other tables, by file name; none without an allocation."""
    from evenhand.tables.csv_out import render_csv

    if solution.allocation is None:
        return {}
    problem = solution.problem
    frames = problem.output_tables(solution)
    if ALLOCATION in frames:
        raise OutputError(f"the domain {problem.domain.name!r} may not name a further table {ALLOCATION!r}")
    # An id such as -12 is text where it comes from, and stays text.
    text = {column for table in problem.tables.values() for column in table.text_columns()}
    return {name: render_csv(frame, text=[column for column in frame.columns if column in text])
            for name, frame in {ALLOCATION: problem.allocation_table(solution.allocation), **frames}.items()}


def certificate_dict(solution: Solution) -> dict[str, Any]:
    """The certificate as stored: the best verified one, and beside it the bound that a solver only claims.

    A number that is not finite is kept, and refused when it is written: nothing in a proof is replaced silently.
    """
    certificate = solution.certificate
    assert certificate is not None
    content = certificate.to_json()
    taken = sorted(set(content) & set(OUR_KEYS))
    if taken:
        raise OutputError(f"the certificate {certificate.kind!r} may not have a key {taken[0]!r}")
    made: dict[str, Any] = {"format": FORMAT, "kind": certificate.kind, **content}
    if solution.claimed_bound is not None and not isinstance(certificate, ClaimedCertificate):
        made["claimed"] = {"bound": solution.claimed_bound, "source": solution.run.used}
    plain: dict[str, Any] = to_plain(made, CERTIFICATE, finite=False)
    return plain


def _copy_inputs(solution: Solution, spec: Spec, writer: Writer, target: Path) -> dict[str, dict[str, Any]]:
    """Byte copies of the tables (a DataFrame becomes CSV), and what result.json says of each."""
    inputs: dict[str, dict[str, Any]] = {}
    for name, table in solution.problem.tables.items():
        source = spec.data[name]
        where = None if source.file is None else source.path(spec.folder)
        data = _frame_bytes(source, name) if where is None else _file_bytes(where, name)
        _same(data, table, name, where)
        file = f"{INPUTS}/{name}{'.csv' if where is None else where.suffix.lower()}"
        writer.add(file, data)
        inputs[name] = {**table.source.to_json(), "file": file}
        if where is not None and (relative := _relative(where, target)) is not None:
            inputs[name]["source"] = relative
    return inputs


def _frame_bytes(source: DataSource, name: str) -> bytes:
    """The canonical CSV of a DataFrame: the bytes over which its digest was taken when it was read."""
    from evenhand.tables.csv_text import csv_text
    from evenhand.tables.read import read_table

    raw, faults = read_table(source, name, empty=True)  # whether it may be was settled when it was read
    if raw is None:
        raise OutputError(f"the table {name!r} changed since it was read: {faults[0]}")
    return encoded(csv_text(raw.headings.values(), [raw.frame[column].tolist() for column in raw.headings]), name)


def _file_bytes(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise OutputError(f"the file of the table {name!r} cannot be copied: {fault.strerror} ({path.name})") from None


def _same(data: bytes, table: Table, name: str, where: Path | None) -> None:
    if sha256_bytes(data) != table.source.sha256:
        what = f"the table {name!r}" if where is None else f"{where.name} (the table {name!r})"
        raise OutputError(f"{what} was changed since it was read: the answer is not about what stands there now. "
                          "Solve it again")


def _relative(path: Path, target: Path) -> str | None:
    """The way from the result to the original, with ``/``; None where there is none (another drive)."""
    try:
        return Path(os.path.relpath(os.path.realpath(path), target)).as_posix()
    except ValueError:
        return None
