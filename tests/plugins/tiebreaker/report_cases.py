"""What the tests of the report share: the solved sample, and what the report makes of an answer."""

from __future__ import annotations

from pathlib import Path

import evenhand
from evenhand.model import View
from evenhand.solution import Solution
from evenhand_tiebreaker.report import view
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.sample import write_sample


def solved_city(folder: Path) -> Solution:
    """The answer to the sample's first spec."""
    write_sample(folder)
    return evenhand.solve(folder / "spec.toml")


def shown(solution: Solution) -> View:
    return view(solution.problem, solution)  # type: ignore[arg-type]


def facts(solution: Solution) -> Facts:
    assert solution.allocation is not None
    return Facts(solution.problem, solution, solution.allocation)  # type: ignore[arg-type]
