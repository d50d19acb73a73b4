"""Comparing what a result says with what comes out again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# Other hardware may add numbers in another order: this much of a number is rounding, not disagreement. Nothing legal
# hangs on it: rules, statuses and texts are compared exactly.
ROUNDING = 1e-9

NUMBER = (int, float, type(None))
_TYPES: dict[str, tuple[type, ...]] = {
    "domain": (str,), "status": (str,), "value": NUMBER, "sense": (str,), "bound": NUMBER, "gap": NUMBER,
    "verified_bound": NUMBER, "claimed_bound": NUMBER, "certificate": (dict, type(None)), "objective": (str,),
    "terms": (dict,), "metrics": (dict,), "notices": (list,), "violations": (list,), "infeasible": (dict, type(None)),
    "allocation": (str, type(None)), "solver": (dict,), "history": (dict,), "inputs": (dict,), "files": (dict,),
    "versions": (dict,),
}
_SOLVER: dict[str, tuple[type, ...]] = {
    "name": (str,), "used": (str,), "seconds": (int, float), "seed": (int,), "gap": (int, float), "time_limit": NUMBER,
    "stopped": (str, type(None)),
}
_INFEASIBLE: dict[str, tuple[type, ...]] = {"message": (str,), "conflict": (list,), "relief": (list,), "proof": (dict,)}
_STATUSES = ("optimal", "feasible", "violates", "infeasible", "no_solution")


def form_faults(result: Mapping[str, Any]) -> list[str]:
    """What is missing in result.json or has another form than this version writes."""
    found = list(_typed(result, _TYPES, ""))
    found += [f"result.json: an unknown key {key!r}" for key in result if key not in _TYPES and key != "format"]
    if found:
        return found
    if result["status"] not in _STATUSES:
        found.append(f"result.json: no status is called {result['status']!r}")
    found += _typed(result["solver"], _SOLVER, "solver.")
    if result["infeasible"] is not None:
        found += _typed(result["infeasible"], _INFEASIBLE, "infeasible.")
    for name, entry in result["inputs"].items():
        if not (isinstance(entry, dict) and isinstance(entry.get("file"), str) and isinstance(entry.get("rows"), int)
                and isinstance(entry.get("sha256"), str) and isinstance(entry.get("source", ""), str)):
            found.append(f"result.json: inputs.{name} does not say rows, sha256 and file")
    found += [f"result.json: files.{name} is no digest" for name, digest in result["files"].items()
              if not isinstance(digest, str)]
    found += [f"result.json: the notice {notice!r} is no text" for notice in result["notices"]
              if not isinstance(notice, str)]
    if not _is_history(result["history"]):
        found.append("result.json: history does not hold seconds, value and bound of equal length")
    return found


def _typed(part: Mapping[str, Any], types: Mapping[str, tuple[type, ...]], path: str) -> Iterator[str]:
    for key, kinds in types.items():
        if key not in part:
            yield f"result.json lacks {path + key!r}"
        elif not isinstance(part[key], kinds) or isinstance(part[key], bool):
            yield f"result.json: {path}{key} has the form {type(part[key]).__name__}, which it never has"


def _is_history(history: Mapping[str, Any]) -> bool:
    columns = [history.get(name) for name in ("seconds", "value", "bound")]
    if not all(isinstance(column, list) for column in columns) or len(history) != 3:
        return False
    seconds, values, bounds = columns
    numbers = all(isinstance(x, NUMBER) and not isinstance(x, bool) for x in (*values, *bounds))  # type: ignore[misc]
    clock = all(isinstance(x, int | float) and not isinstance(x, bool) for x in seconds)  # type: ignore[union-attr]
    return numbers and clock and len(seconds) == len(values) == len(bounds)  # type: ignore[arg-type]


def differences(said: Any, found: Any, path: str) -> Iterator[str]:
    """Every place where the recorded value is not the recomputed one, in words.

    Numbers may differ by rounding (1e-9 of their size); everything else must be the same.
    """
    if isinstance(said, Mapping) and isinstance(found, Mapping):
        for key in sorted({*said, *found}):
            where = f"{path}.{key}" if path else key
            if key not in said:
                yield f"result.json lacks {where}; recomputed, it is {shown(found[key])}"
            elif key not in found:
                yield f"result.json: {where} says {shown(said[key])}; recomputed, there is no such entry"
            else:
                yield from differences(said[key], found[key], where)
    elif isinstance(said, list) and isinstance(found, list):
        if len(said) != len(found):
            yield f"result.json: {path} has {len(said):,} entries; recomputed, there are {len(found):,}"
        else:
            for place, (left, right) in enumerate(zip(said, found, strict=True)):
                yield from differences(left, right, f"{path}[{place}]")
    elif not _same(said, found, path):
        yield f"result.json: {path} says {shown(said)}; recomputed, it is {shown(found)}"


def _same(said: Any, found: Any, path: str) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (said, found))
    if numbers and said != found:
        # A gap is the difference of two nearly equal numbers: it has fewer true digits than they have.
        floor = ROUNDING if path == "gap" else 0.0
        return bool(abs(said - found) <= max(floor, ROUNDING * max(abs(said), abs(found))))
    return (type(said) is type(found) and said == found) or numbers


def shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 120 else text[:119] + "…"


def text_difference(name: str, said: str, found: str) -> str:
    """Where two texts begin to differ, in words."""
    for number, (left, right) in enumerate(_lines(said, found), start=1):
        if left != right:
            if left is None:
                return f"{name}: line {number} is missing; recomputed, it is {shown(right)}"
            if right is None:
                return f"{name}: line {number} says {shown(left)}; recomputed, the file ends before"
            return f"{name}: line {number} says {shown(left)}; recomputed, it is {shown(right)}"
    return f"{name}: the ends of the lines are not the recomputed ones"


def _lines(said: str, found: str) -> Iterable[tuple[str | None, str | None]]:
    from itertools import zip_longest

    return zip_longest(said.split("\n"), found.split("\n"))
