"""A solution in the terminal: the sentence, a few numbers, what is broken or in conflict, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.report.format import gap_words, limit_beside, objective_unit, quantity, seconds
from evenhand.report.proof import LABELS, status_sentence
from evenhand.report.sentence import sentence_of

if TYPE_CHECKING:
    from evenhand.solution import Solution

MAX_LINES = 12
_COLOURS = {"optimal": "bold green", "feasible": "bold blue", "violates": "bold red", "infeasible": "bold red"}


def summary(solution: Solution) -> Any:
    """Something that rich prints; plain text where colours are not wanted.

    Names are taken as texts, never as markup.
    """
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _facts(solution):
        style = _COLOURS.get(solution.status, "bold") if name == "Status" else ""
        grid.add_row(Text(name), Text(value, style=style))
    view = solution.view
    sentence = Text(sentence_of(solution, view), style="bold")
    status = Text(view.proof_sentence or status_sentence(solution))
    parts: list[Any] = [Text(""), sentence, Text(""), status, Padding(grid, (1, 0, 0, 0))]
    for title, lines in _lists(solution):
        if lines:
            parts += [Text(""), Text(title, style="bold")]
            parts += [Padding(Text(f"- {line}"), (0, 0, 0, 2)) for line in lines[:MAX_LINES]]
            if len(lines) > MAX_LINES:
                parts.append(Padding(Text(f"… and {len(lines) - MAX_LINES:,} more", style="dim"), (0, 0, 0, 2)))
    return Group(*parts, Text(""))


def _facts(solution: Solution) -> list[tuple[str, str]]:
    unit, upper = objective_unit(solution.problem), solution.sense == "maximize"
    facts = [("Status", LABELS[solution.status])]
    if solution.value is not None:
        facts.append(("Value", quantity(solution.value, unit)))
    if solution.bound is not None:
        facts.append(("Bound", limit_beside(solution.bound, solution.value, unit, upper=upper)))
    if solution.verified_bound != solution.bound:
        facts.append(("Verified bound", "none" if solution.verified_bound is None
                      else limit_beside(solution.verified_bound, solution.value, unit, upper=upper)))
    if solution.gap is not None:
        facts.append(("Gap", gap_words(solution.gap, unit)))
    if solution.certificate is not None:
        word = "" if solution.certificate.verified else " (nobody can recheck it)"
        facts.append(("Certificate", solution.certificate.kind + word))
    run = solution.run
    facts.append(("Solver", run.name if run.used in ("", run.name) else f"{run.name} - {run.used}"))
    facts.append(("Time", seconds(run.seconds)))
    return facts


def _lists(solution: Solution) -> list[tuple[str, list[str]]]:
    proof = solution.infeasible
    return [
        ("Rules that exclude each other", list(proof.conflict) if proof else []),
        ("What would have to give", list(proof.relief) if proof else []),
        ("Rules that are broken", [f"{violation.rule}: {violation.message}" for violation in solution.violations]),
        ("Please note", list(solution.notices)),
    ]
