"""The report: one self-contained HTML page, the same bytes for the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve

from evenhand.report import blocks
from evenhand.report.format import objective_unit, quantity, seconds
from evenhand.report.history import history_figure
from evenhand.report.page import MAX_BYTES, chart, filled, sections_of
from evenhand.report.proof import proof_of
from evenhand.report.sentence import sentence_of
from evenhand.report.versions import versions as versions_of

if TYPE_CHECKING:
    from evenhand.solution import Solution

__all__ = ["MAX_BYTES", "render"]


def render(solution: Solution, *, spec_text: str = "", versions: Mapping[str, str] | None = None,
           inputs: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The report of a solution as HTML text of less than two million bytes.

    Parameters
    ----------
    spec_text : the spec as run, in TOML.
    versions : what to show as versions; the ones in use when left out.
    inputs : rows and sha256 of every table; what the tables say of themselves when left out.

    Raises
    ------
    OutputError
        The domain's part is too large for one page even with coarse charts.
    """
    view = solution.view
    unit = objective_unit(solution.problem)
    history = history_figure(solution, unit)
    if inputs is None:
        inputs = {name: table.source.to_json() for name, table in solution.problem.tables.items()}
    proof = proof_of(solution)
    if view.proof_sentence:
        proof = evolve(proof, status=view.proof_sentence)
    return filled(
        "report.html.j2", solution.problem.domain.name,
        domain=solution.problem.domain,
        sentence=sentence_of(solution, view),
        highlights=[*view.highlights] or _highlights(solution, unit),
        solution=solution,
        proof=proof,
        conflict=blocks.listing(solution.infeasible.conflict if solution.infeasible else ()),
        relief=blocks.listing(solution.infeasible.relief if solution.infeasible else ()),
        violations=blocks.listing(f"{v.rule}: {v.message}" for v in solution.violations),
        notices=blocks.listing(solution.notices),
        sections=sections_of(view),
        history=None if history is None else chart(history, "history"),
        run=_run_facts(solution),
        formula=blocks.clip(solution.problem.objective.formula()),
        terms=blocks.terms_block(solution),
        rules=blocks.rules_block(solution),
        metrics=blocks.metrics_block({**solution.metrics, **view.metrics}),
        inputs=blocks.inputs_block(inputs),
        versions=dict(versions_of(solution.problem) if versions is None else versions),
        spec=blocks.clip(spec_text, blocks.MAX_SPEC),
    )


def _highlights(solution: Solution, unit: str) -> list[tuple[str, str]]:
    return [] if solution.value is None else [("Value", quantity(solution.value, unit))]


def _run_facts(solution: Solution) -> list[tuple[str, str]]:
    run = solution.run
    facts = [("Solver", run.name if run.used in ("", run.name) else f"{run.name} – {run.used}"),
             ("Time used", seconds(run.seconds)), ("Seed", str(run.seed))]
    if run.time_limit is not None:
        facts.insert(2, ("Time limit", seconds(run.time_limit)))
    if run.stopped is not None:
        facts.append(("Cut short by", {"time_limit": "the time limit", "interrupted": "the user"}.get(
            run.stopped, run.stopped)))
    return facts
