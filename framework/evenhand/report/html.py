"""The report: one self-contained HTML page, the same bytes for the same answer.

The page loads nothing and runs nothing: its policy allows one style sheet (by digest) and pictures inside the page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evenhand.errors import OutputError
from evenhand.model.view import Figure, Sheet, View
from evenhand.report import blocks
from evenhand.report.format import objective_unit, quantity, seconds
from evenhand.report.history import history_figure
from evenhand.report.proof import proof_of
from evenhand.report.sentence import sentence_of, view_of
from evenhand.report.versions import versions as versions_of

if TYPE_CHECKING:
    from evenhand.solution import Solution

MAX_BYTES = 2_000_000
CHARTS_BYTES = 1_100_000
CHART_BYTES = 260_000
COARSER = (144, 100, 72, 50)


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
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    # Nothing is marked safe but our own style sheet and our own charts; every name and text is escaped.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    here = files("evenhand.report")
    style = here.joinpath("style.css").read_text(encoding="utf-8")
    page = environment.from_string(here.joinpath("report.html.j2").read_text(encoding="utf-8"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    view = view_of(solution)
    unit = objective_unit(solution.problem)
    history = history_figure(solution, unit)
    if inputs is None:
        inputs = {name: table.source.to_json() for name, table in solution.problem.tables.items()}
    proof = proof_of(solution)
    text = page.render(
        style=Markup(style),
        style_digest=digest,
        domain=solution.problem.domain,
        sentence=sentence_of(solution, view),
        highlights=[*view.highlights] or _highlights(solution, unit),
        solution=solution,
        proof=proof,
        conflict=blocks.listing(solution.infeasible.conflict if solution.infeasible else ()),
        relief=blocks.listing(solution.infeasible.relief if solution.infeasible else ()),
        violations=blocks.listing(f"{v.rule}: {v.message}" for v in solution.violations),
        notices=blocks.listing(solution.notices),
        sections=_sections(view, Markup),
        history=None if history is None else _chart(history, "history", CHART_BYTES, Markup),
        run=_run_facts(solution),
        formula=blocks.clip(solution.problem.objective.formula()),
        terms=blocks.terms_block(solution),
        rules=blocks.rules_block(solution),
        metrics=blocks.metrics_block(solution.metrics),
        inputs=blocks.inputs_block(inputs),
        versions=dict(versions_of(solution.problem) if versions is None else versions),
        spec=blocks.clip(spec_text, blocks.MAX_SPEC),
    )
    size = len(text.encode("utf-8", "surrogatepass"))
    if size >= MAX_BYTES:
        raise OutputError(f"the report would have {size:,} bytes, more than {MAX_BYTES:,}: "
                          f"the domain {solution.problem.domain.name!r} shows too many tables and charts")
    return text


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


def _sections(view: View, markup: Any) -> list[dict[str, Any]]:
    figures = sum(isinstance(section, Figure) for section in view.sections)
    room = min(CHART_BYTES, CHARTS_BYTES // max(1, figures))
    sections: list[dict[str, Any]] = []
    for place, section in enumerate(view.sections, start=1):
        if isinstance(section, Sheet):
            sections.append({"block": blocks.sheet_block(section, len(view.sections) - figures)})
        else:
            sections.append(_chart(section, f"chart{place}", room, markup))
    return sections


def _chart(figure: Figure, name: str, room: int, markup: Any) -> dict[str, Any]:
    """The sharpest form of a chart that fits its room: vectors, else pixels, coarser as needed."""
    from evenhand.report.charts import draw_png, draw_svg

    drawn = draw_svg(figure, name)
    for density in COARSER:
        if len(drawn) <= room:
            break
        drawn = draw_png(figure, name, dots_per_inch=density)
    return {"chart": markup(drawn), "title": figure.title, "caption": figure.caption}
