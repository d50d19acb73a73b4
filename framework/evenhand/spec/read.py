"""Reading a spec: TOML or a mapping becomes a :class:`~evenhand.spec.tree.Spec`, or one error with every fault."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import attrs

from evenhand.errors import Fault, SpecError, nearest
from evenhand.spec.options import structure
from evenhand.spec.overrides import apply_overrides
from evenhand.spec.tree import ConstraintEntry, DataSource, ObjectiveEntry, SolverEntry, Spec
from evenhand.spec.values import MAX_DEPTH, join, plain_value, show

MAX_SPEC_BYTES = 1_000_000

_TOP = ("domain", "data", "problem", "objective", "constraint", "solver", "study")
# A dotted key of thousands of parts takes the TOML parser minutes: refuse it before parsing.
_KEY_PART = r"""(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"{_KEY_PART}(?:[ \t]*+\.[ \t]*+{_KEY_PART}){{40}}")

E = TypeVar("E", ObjectiveEntry, ConstraintEntry)


def read_spec(
    source: str | Path | Mapping[str, Any],
    *,
    sections: Collection[str] = (),
    overrides: Sequence[str] = (),
    folder: Path | None = None,
) -> Spec:
    """Read a spec.

    Parameters
    ----------
    source
        Path of a TOML file, or the same tree as a mapping; there a table may be a DataFrame.
    sections
        Extra sections the domain registered.
    overrides
        ``["problem.max_groups=5", ...]``, applied before anything is checked.
    folder
        What table files are relative to; default the folder of the TOML file.

    Raises
    ------
    SpecError
        With all faults and their paths.
    """
    if isinstance(source, Mapping):
        tree: Mapping[str, Any] = source
    else:
        tree = read_tree(source)
        folder = Path(source).resolve().parent if folder is None else folder
    return spec_from_tree(apply_overrides(tree, overrides), sections=sections, folder=folder)


def read_tree(path: str | Path) -> dict[str, Any]:
    """The plain tree of a TOML file; numbers with a point are ``Decimal``. Raises :class:`SpecError`."""
    shown = Path(path).name
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_SPEC_BYTES + 1)
    except FileNotFoundError:
        raise SpecError(Fault(shown, "the spec does not exist", "check the path", value=str(path))) from None
    except IsADirectoryError:
        raise SpecError(Fault(shown, "is a folder, not a spec", "name the TOML file in it", value=str(path))) from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise SpecError(Fault(shown, f"the spec cannot be read: {words}", value=str(path))) from None
    if len(data) > MAX_SPEC_BYTES:
        raise SpecError(Fault(shown, f"the spec is larger than {MAX_SPEC_BYTES:,} bytes", "keep tables in files"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SpecError(Fault(shown, f"the spec is not UTF-8 (line {line})", "save it as UTF-8")) from None
    return parse_tree(text, shown)


def parse_tree(text: str, shown: str = "spec") -> dict[str, Any]:
    """The plain tree of TOML text. Raises :class:`SpecError` with line and column of a syntax error."""
    flatten = f"use at most {MAX_DEPTH} levels"
    if _LONG_KEY.search(text):
        raise SpecError(Fault(shown, "a dotted key has too many parts", flatten))
    try:
        return tomllib.loads(text.replace("\r\n", "\n"), parse_float=Decimal)
    except RecursionError:
        raise SpecError(Fault(shown, "the spec is nested too deeply", flatten)) from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(Fault(shown, f"is not valid TOML: {error}", _syntax_cure(str(error)))) from None
    except (ValueError, ArithmeticError) as error:  # a whole number of thousands of digits
        message = f"holds a number that cannot be read: {error}"
        raise SpecError(Fault(shown, message, "write a shorter number")) from None


def _syntax_cure(message: str) -> str:
    if "Invalid value" in message:
        return "put quotes around text; write true and false in small letters"
    if "overwrite" in message or "twice" in message or "Cannot declare" in message:
        return "write every key and section once"
    return "check the line"


def spec_from_tree(tree: Mapping[str, Any], *, sections: Collection[str] = (), folder: Path | None = None) -> Spec:
    """A :class:`Spec` from the plain tree of a spec.

    Raises
    ------
    SpecError
        With all faults: unknown keys with the nearest name, wrong types, missing keys.
    """
    faults: list[Fault] = []
    known = (*_TOP, *sections)
    for name in tree:
        if name not in known:
            faults.append(Fault(join("", str(name)), "is not a known section", nearest(str(name), known)))
    data = _data(tree.get("data", {}), faults)
    plain = {name: plain_value(tree[name], name, faults) for name in known if name in tree and name != "data"}
    plain = {name: value for name, value in plain.items() if value is not None}
    spec = Spec(
        domain=_domain(plain, faults),
        data=data,
        problem=_table(plain, "problem", faults) or {},
        objective=_entries(plain, "objective", ObjectiveEntry, faults) or (),
        constraint=_entries(plain, "constraint", ConstraintEntry, faults),
        solver=_solver(plain, faults),
        sections={name: _table(plain, name, faults) or {} for name in sections if name in plain},
        study=_table(plain, "study", faults),
        folder=folder,
    )
    if faults:
        raise SpecError(faults)
    return spec


def _domain(plain: Mapping[str, Any], faults: list[Fault]) -> str:
    name = plain.get("domain")
    if isinstance(name, str) and name:
        return name
    if "domain" in plain:
        faults.append(Fault("domain", "is not the name of a domain", 'write domain = "..."', value=show(name)))
    else:
        faults.append(Fault("domain", "is missing", 'write domain = "..." at the top of the spec'))
    return ""


def _table(plain: Mapping[str, Any], name: str, faults: list[Fault]) -> dict[str, Any] | None:
    value = plain.get(name)
    if value is None or isinstance(value, dict):
        return value
    faults.append(Fault(name, "is not a section", f"write [{name}] and its keys below", value=show(value)))
    return None


def _entries(plain: Mapping[str, Any], name: str, cls: type[E], faults: list[Fault]) -> tuple[E, ...] | None:
    value = plain.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        cure = f"write [[{name}]], with two brackets, and its keys below"
        faults.append(Fault(name, "is not a list of entries", cure, value=show(value)))
        return None
    own = {item.name for item in attrs.fields(cls)} - {"options"}
    made: list[E] = []
    for place, entry in enumerate(value):
        path = f"{name}[{place}]"
        if not isinstance(entry, dict):
            faults.append(Fault(path, "is not a table", f"write [[{name}]] and its keys below", value=show(entry)))
            continue
        fixed = {key: part for key, part in entry.items() if key in own}
        options = {key: part for key, part in entry.items() if key not in own}
        result, found = structure(cls, {**fixed, "options": options}, path)
        faults += [_misspelt(fault, path, options, own) for fault in found]
        if result is not None:
            made.append(result)
    return tuple(made)


def _misspelt(fault: Fault, path: str, options: Mapping[str, Any], own: Collection[str]) -> Fault:
    """A missing ``term`` or ``rule`` may be there under another name: say so."""
    if fault.message != "is missing":
        return fault
    word = fault.where.removeprefix(f"{path}.")
    near = [key for key in options if nearest(key, [*own]) == f"did you mean {word!r}?"]
    return attrs.evolve(fault, cure=f"write {word} = ... instead of {near[0]} = ...") if near else fault


def _solver(plain: Mapping[str, Any], faults: list[Fault]) -> SolverEntry:
    value = plain.get("solver", {})
    if isinstance(value, str):
        faults.append(Fault("solver", "is not a section", f'write [solver] and name = "{value}" below', value=value))
        return SolverEntry()
    entry, found = structure(SolverEntry, _with_options(value), "solver")
    faults += found
    return entry or SolverEntry()


def _with_options(value: Any) -> Any:
    """Options of a solver may stand in ``[solver]`` itself; a slip in one of the core's own keys stays a fault."""
    if not isinstance(value, Mapping) or not isinstance(value.get("options", {}), Mapping):
        return value
    own = [item.name for item in attrs.fields(SolverEntry)]
    extra = {key: entry for key, entry in value.items()
             if key not in own and not difflib.get_close_matches(str(key), own, n=1, cutoff=0.75)}
    rest = {key: entry for key, entry in value.items() if key not in extra}
    return {**rest, "options": {**extra, **value.get("options", {})}} if extra else value


@attrs.frozen
class _FileEntry:
    """A table of ``[data]`` written out."""

    file: str
    columns: Mapping[str, str] = attrs.Factory(dict)


def _data(value: Any, faults: list[Fault]) -> dict[str, DataSource]:
    if not isinstance(value, Mapping):
        faults.append(Fault("data", "is not a section", "write [data] and the tables below", value=show(value)))
        return {}
    made: dict[str, DataSource] = {}
    for name, given in value.items():
        path = join("data", str(name))
        if isinstance(given, DataSource):
            made[str(name)] = given
        elif isinstance(given, str | Path):
            if str(given).strip():
                made[str(name)] = DataSource(file=str(given))
            else:
                faults.append(Fault(path, "names no file", f'write {name} = "{name}.csv"'))
        elif isinstance(given, Mapping):
            entry, found = structure(_FileEntry, plain_value(given, path, faults), path)
            faults += found
            if entry is not None:
                made[str(name)] = DataSource(file=entry.file, columns=entry.columns)
        elif hasattr(given, "columns") and hasattr(given, "iloc"):  # a DataFrame, known without importing pandas
            made[str(name)] = DataSource(frame=given)
        else:
            cure = f'write {name} = "{name}.csv", or {name} = {{ file = "...", columns = {{ ... }} }}'
            faults.append(Fault(path, "is not a file", cure, value=show(given)))
    return made
