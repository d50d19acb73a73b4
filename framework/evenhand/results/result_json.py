"""``result.json``: the one stable object that scripts read. Format 1."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.errors import OutputError, VerificationError
from evenhand.report.versions import versions
from evenhand.results.folder import RESULT

if TYPE_CHECKING:
    from evenhand.solution import Solution

FORMAT = 1
ALLOCATION, CERTIFICATE = "allocation.csv", "certificate.json"


def result_dict(solution: Solution, *, inputs: Mapping[str, Any] | None = None,
                files: Mapping[str, str] | None = None, folder: bool = True) -> dict[str, Any]:
    """The result as plain data: a number that is not finite is None.

    Parameters
    ----------
    inputs : rows, sha256, copy and original of every table; what the tables say of themselves when left out.
    files : sha256 of the other files of the folder.
    folder : False when nothing is written: then no file is named.

    Raises
    ------
    OutputError
        A metric of a type that JSON has no form for.
    """
    problem, run = solution.problem, solution.run
    if inputs is None:
        inputs = {name: table.source.to_json() for name, table in problem.tables.items()}
    certificate = None
    if solution.certificate is not None:
        certificate = {"kind": solution.certificate.kind, "file": CERTIFICATE if folder else None}
    objective = problem.objective
    terms = {key: {"value": solution.terms.get(key), "unit": part.term.unit, "weight": part.weight}
             for key, part in zip(objective.keys, objective.parts, strict=True)}
    found: dict[str, Any] = {
        "format": FORMAT,
        "domain": problem.domain.name,
        "status": solution.status,
        "value": solution.value,
        "sense": solution.sense,
        "bound": solution.bound,
        "gap": solution.gap,
        "verified_bound": solution.verified_bound,
        "claimed_bound": solution.claimed_bound,
        "certificate": certificate,
        "objective": objective.formula(),
        "terms": terms,
        "metrics": solution.metrics,
        "notices": solution.notices,
        "violations": [violation.to_json() for violation in solution.violations],
        "infeasible": _infeasible(solution),
        "allocation": ALLOCATION if folder and solution.allocation is not None else None,
        "solver": {"name": run.name, "used": run.used, "seconds": run.seconds, "seed": run.seed, "gap": run.gap,
                   "time_limit": run.time_limit, "stopped": run.stopped},
        "inputs": inputs,
        "files": files or {},
        "versions": versions(problem),
        "history": {"seconds": [moment.seconds for moment in run.history],
                    "value": [moment.value for moment in run.history],
                    "bound": [moment.bound for moment in run.history]},
    }
    plain: dict[str, Any] = to_plain(found)
    return plain


def _infeasible(solution: Solution) -> dict[str, Any] | None:
    found = solution.infeasible
    if found is None:
        return None
    return {"message": str(found), "conflict": found.conflict, "relief": found.relief, "proof": found.proof}


def to_plain(value: Any, path: str = "", *, finite: bool = True) -> Any:
    """Plain JSON values from Python's and numpy's.

    Parameters
    ----------
    path : where the value stands, for the message.
    finite : whether a number that is not finite becomes None; otherwise it is kept, and :func:`to_text` refuses it.

    Raises
    ------
    OutputError
        A value that JSON has no form for.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) or not finite else None
    if isinstance(value, Mapping):
        return {str(key): to_plain(part, f"{path}.{key}".lstrip("."), finite=finite) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [to_plain(part, f"{path}[{place}]", finite=finite) for place, part in enumerate(value)]
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return to_plain(value.tolist(), path, finite=finite)
    if type(value).__name__ in ("Fraction", "Decimal"):
        return to_plain(float(value), path, finite=finite)
    raise OutputError(f"{path or 'the result'}: a value of type {type(value).__name__} has no form in JSON")


def to_text(made: Mapping[str, Any]) -> str:
    """Strict JSON, a key a line; what is nested one level down has a line each too.

    Raises
    ------
    OutputError
        A number that is not finite, or a type that JSON does not have.
    """
    return "{\n" + ",\n".join(f"  {_compact(key)}: {_nested(part)}" for key, part in made.items()) + "\n}\n"


def _nested(part: Any) -> str:
    if isinstance(part, Mapping) and (
            len(part) > 4 or any(isinstance(entry, Mapping | list) for entry in part.values())):
        return "{\n" + ",\n".join(f"    {_compact(key)}: {_compact(entry)}" for key, entry in part.items()) + "\n  }"
    if isinstance(part, list) and any(isinstance(entry, Mapping | str) for entry in part):
        return "[\n" + ",\n".join(f"    {_compact(entry)}" for entry in part) + "\n  ]"
    return _compact(part)


def _compact(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as fault:
        raise OutputError(f"a value has no form in JSON: {fault}") from None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file, strictly: no NaN, no key twice.

    Raises
    ------
    VerificationError
        The file is missing, cannot be read, or holds anything else.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_repeat)
    except OSError as fault:
        raise VerificationError([f"{path.name} cannot be read: {fault.strerror}"]) from None
    except (ValueError, RecursionError) as fault:
        raise VerificationError([f"{path.name} is damaged: {fault}"]) from None
    if not isinstance(read, dict):
        raise VerificationError([f"{path.name} is damaged: it holds no JSON object"])
    return read


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _no_repeat(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def read_result(folder: str | Path) -> dict[str, Any]:
    """The ``result.json`` of a folder.

    Raises
    ------
    OutputError
        The folder is not there or holds no result, or one of another format.
    VerificationError
        The file is damaged.
    """
    path = Path(folder) / RESULT
    if not path.is_file():
        missing = "it does not exist" if not Path(folder).exists() else f"there is no {RESULT} in it"
        raise OutputError(f"{folder} holds no result: {missing}. Name the folder that was given to --out")
    read = read_json(path)
    if "format" not in read:
        raise OutputError(f"{folder} holds no result: its {RESULT} names no format, so another program wrote it")
    if read["format"] != FORMAT or isinstance(read["format"], bool):
        raise OutputError(f"{folder} holds a result of format {read['format']!r}; this version reads format {FORMAT}. "
                          "Use the version that wrote it, or solve again")
    return read
