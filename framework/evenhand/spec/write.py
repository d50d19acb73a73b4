"""Writing a spec as TOML: numbers exactly as they are, keys in a fixed order, and reading gives the same spec back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import tomli_w

from evenhand.errors import Fault, SpecError
from evenhand.spec.tree import ConstraintEntry, DataSource, ObjectiveEntry, SolverEntry, Spec
from evenhand.spec.values import fraction_value, join, plain_table


def spec_to_toml(spec: Spec, files: Mapping[str, str] | None = None) -> str:
    """The spec as TOML text.

    Parameters
    ----------
    files
        Table name -> file, for tables given as DataFrames (which TOML cannot hold) or moved elsewhere; columns that
        were renamed are taken to have our names there.

    Raises
    ------
    SpecError
        When a table is a DataFrame and ``files`` names no file for it.
    """
    return tomli_w.dumps(spec_to_tree(spec, files))


def spec_to_tree(spec: Spec, files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The spec as a plain tree, in the order it is written. Raises :class:`SpecError` like :func:`spec_to_toml`."""
    tree: dict[str, Any] = {"domain": spec.domain}
    if spec.data:
        tree["data"] = _data(spec.data, files or {})
    if spec.problem:
        tree["problem"] = spec.problem
    if spec.objective:
        tree["objective"] = [_objective(entry) for entry in spec.objective]
    if spec.constraint is not None:
        tree["constraint"] = [_constraint(entry) for entry in spec.constraint]
    tree["solver"] = _solver(spec.solver)
    for name in sorted(spec.sections):
        tree[name] = spec.sections[name]
    if spec.study is not None:
        tree["study"] = spec.study
    return plain_table(tree)


def _data(data: Mapping[str, DataSource], files: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, source in data.items():
        if name in files:
            made[name] = files[name]
        elif source.file is None:
            cure = "write it to a CSV file and name that"
            faults.append(Fault(join("data", name), "is a DataFrame, which a spec file cannot hold", cure))
        elif source.columns:
            made[name] = {"file": source.file, "columns": dict(source.columns)}
        else:
            made[name] = source.file
    if faults:
        raise SpecError(faults)
    return made


def _objective(entry: ObjectiveEntry) -> dict[str, Any]:
    made: dict[str, Any] = {"term": entry.term, "weight": fraction_value(entry.weight)}
    if entry.priority is not None:
        made["priority"] = entry.priority
    for word, number in (("tolerance", entry.tolerance), ("at_most", entry.at_most), ("at_least", entry.at_least)):
        if number is not None:
            made[word] = fraction_value(number)
    return {**made, **entry.options}


def _constraint(entry: ConstraintEntry) -> dict[str, Any]:
    return {"rule": entry.rule, **entry.options}


def _solver(entry: SolverEntry) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": entry.name,
        "time_limit": Decimal(repr(entry.time_limit)),
        "gap": Decimal(repr(entry.gap)),
        "seed": entry.seed,
    }
    return {**made, "options": entry.options} if entry.options else made
