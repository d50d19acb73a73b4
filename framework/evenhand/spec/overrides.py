"""Changing single values of a spec by path: ``--set problem.max_groups=5`` and the grids of a study."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from evenhand.errors import Fault, SpecError

Step: TypeAlias = str | int
_STEP = re.compile(r"""\.?(?:([A-Za-z0-9_-]+)|"((?:[^"\\]|\\.)*)")|\[([0-9]{1,6})\]""")


def apply_overrides(tree: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """The tree with ``path=value`` texts applied in order; the tree given is not changed.

    The value is read as TOML (``5``, ``0.40``, ``[1, 2]``, ``"text"``, ``{a = 1}``); what is no TOML is text.

    Raises
    ------
    SpecError
        For every override without ``=``, with a malformed path, or with a path that leads nowhere.
    """
    result = dict(tree)
    faults: list[Fault] = []
    for text in overrides:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            faults.append(Fault("--set", "is not of the form path=value", "write problem.key=value", value=text))
            continue
        try:
            result = set_path(result, path.strip(), _value(value.strip()))
        except SpecError as error:
            faults += error.faults
    if faults:
        raise SpecError(faults)
    return result


def set_path(tree: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the tree with one value set; sections on the way are made where they are missing.

    ``path`` is a dotted path: ``solver.seed``, ``objective[0].weight``, ``problem."odd key"``.

    Raises
    ------
    SpecError
        When the path is malformed, or leads through a value that is no section or past the end of a list.
    """
    steps = parse_path(path)
    if isinstance(steps[0], int):
        raise SpecError(Fault(path, "does not start with a section", "write section.key"))
    changed = _changed(tree, steps, value, path, "")
    return dict(changed)


def parse_path(path: str) -> list[Step]:
    """The steps of a dotted path. Raises :class:`SpecError` when it is malformed."""
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        dotted = path[position] == "."
        # A dot joins two names, and only names: none in front, none missing between.
        if match is None or (match[3] is None and dotted == (position == 0)):
            raise SpecError(Fault(path, "is not a path in a spec", "write section.key or objective[0].weight"))
        word, quoted, number = match.groups()
        if number is not None:
            steps.append(int(number))
        else:
            steps.append(re.sub(r"\\(.)", r"\1", quoted) if word is None else word)
        position = match.end()
    if not steps or len(steps) > 24:
        raise SpecError(Fault(path, "is not a path in a spec", "write section.key or objective[0].weight"))
    return steps


def _changed(node: Any, steps: Sequence[Step], value: Any, path: str, done: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    shown = f"{done}[{step}]" if isinstance(step, int) else f"{done}.{step}" if done else step
    if isinstance(step, int):
        if not isinstance(node, list | tuple):
            raise SpecError(Fault(path, f"{done!r} is not a list", "check the path against the spec"))
        if step >= len(node):
            cure = f"the entries are numbered 0 to {len(node) - 1}" if node else "the list is empty"
            raise SpecError(Fault(path, f"{done!r} has no entry {step}", cure))
        made = list(node)
        made[step] = _changed(node[step], rest, value, path, shown)
        return made
    if not isinstance(node, Mapping):
        what = "is a list: give the number of the entry" if isinstance(node, list | tuple) else "is not a section"
        raise SpecError(Fault(path, f"{done!r} {what}", "check the path against the spec"))
    if rest and step not in node:
        if isinstance(rest[0], int):
            raise SpecError(Fault(path, f"the spec has no list {shown!r}", "write the entries in the spec"))
        return {**node, step: _changed({}, rest, value, path, shown)}
    return {**node, step: _changed(node.get(step), rest, value, path, shown)}


def _value(text: str) -> Any:
    """The text read as one TOML value, or the text itself; ``2024-07-01`` stays text."""
    try:
        parsed = tomllib.loads(f"value = {text}", parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return text
    if set(parsed) != {"value"} or isinstance(parsed["value"], datetime.date | datetime.time):
        return text
    return parsed["value"]
