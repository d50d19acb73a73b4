"""Shortcuts to the toy domain for the end-to-end tests: a registry, specs, problems, files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import evenhand
from evenhand import hookimpl
from evenhand.audit import audit
from evenhand.model import Problem
from evenhand.plugins import Registry, manager
from evenhand.solution import Candidate, RunRecord, Solution
from tests.framework import toy_domain

SAMPLE = Path(toy_domain.__file__).with_name("sample")
ENTRY_POINTS = {"evenings": toy_domain.__name__, "greedy": f"{toy_domain.__name__}.greedy"}

SMALL = pd.DataFrame({
    "branch": ["a", "b", "c", "d"], "area": ["north", "north", "south", "south"], "cost": [10, 20, 30, 40],
    "visitors": [5, 8, 9, 20], "minutes": [3, 2, 1, 4]})
"""With a budget of 60 the best is b and d: 28 visitors, and 24 extra minutes of the others. All cost 100."""


def registry(*further: Any) -> Registry:
    """The toy domain and further plugins, and nothing that happens to be installed."""
    return manager([("evenings", toy_domain), *further], discover=False)


class Plugin:
    """A plugin without a module: hooks as given, marked as such."""

    def __init__(self, name: str = "given", **hooks: Callable[..., None]) -> None:
        self.__name__ = name
        for hook, body in hooks.items():
            setattr(self, hook, hookimpl(body))


def adding(hook: str, *entries: tuple[Any, ...]) -> Plugin:
    """A plugin whose ``register_*`` hook registers these: ``adding("register_terms", ("evenings", Term))``."""

    def body(register: Any) -> None:
        for entry in entries:
            register(*entry)

    return Plugin(f"adding {hook}", **{hook: body})


def tree(constraint: Sequence[Mapping[str, Any]] | None = None, **sections: Any) -> dict[str, Any]:
    made = {"domain": "evenings", "data": {"branches": SMALL}, "problem": {"budget": 60}, **sections}
    return made if constraint is None else {**made, "constraint": list(constraint)}


def problem(known: Registry | None = None, **values: Any) -> Problem:
    return evenhand.problem("evenings", registry=known or registry(), **{"branches": SMALL, "budget": 60, **values})


def chosen(made: Problem, names: str) -> Any:
    """The allocation that opens these branches: ``chosen(problem, "bd")``."""
    return made.shape.allocation([item in names for item in made.shape.items])


def audited(made: Problem, names: str | None = "bd", *, gap: float = 1e-4, **changes: Any) -> Solution:
    """What the audit makes of a candidate."""
    allocation = None if names is None else chosen(made, names)
    record = RunRecord(name="by hand", used="by hand", seconds=0.0, seed=0, gap=gap, time_limit=None)
    return audit(made, Candidate(**{"allocation": allocation, "used": "by hand", **changes}), record)


def big(size: int, seed: int = 0) -> pd.DataFrame:
    """Libraries whose visitors almost follow their cost, to four decimals: the best choice is out of reach."""
    generator = np.random.default_rng(seed)
    cost = generator.integers(10_000_000, 20_000_000, size)
    visitors = cost + generator.integers(900_000, 1_100_000, size)
    return pd.DataFrame({"branch": [f"{row:05d}" for row in range(size)], "area": "all",
                         "cost": [f"{number / 10_000:.4f}" for number in cost],
                         "visitors": [f"{number / 10_000:.4f}" for number in visitors], "minutes": "1"})


def write_spec(folder: Path, text: str = "") -> Path:
    """The sample's tables and spec in a folder, with more TOML behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLE / "branches.csv", folder)
    path = folder / "spec.toml"
    path.write_text((SAMPLE / "spec.toml").read_text(encoding="utf-8") + text, encoding="utf-8")
    return path
