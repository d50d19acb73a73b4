"""What every page of ours is made of: templates, the style sheet, charts and tables brought to HTML.

A page loads nothing and runs nothing: its policy allows one style sheet (by digest) and pictures inside the page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evenhand.errors import OutputError
from evenhand.model.view import Figure, Sheet, View
from evenhand.report import blocks

if TYPE_CHECKING:
    from jinja2 import Template

MAX_BYTES = 2_000_000
CHARTS_BYTES = 1_100_000
CHART_BYTES = 260_000
COARSER = (144, 100, 72, 50)


def render_page(title: str, view: View, *, notices: Iterable[str] = (), inputs: Mapping[str, Mapping[str, Any]],
                versions: Mapping[str, str], origin: Sequence[tuple[str, str]] = (), spec_text: str = "",
                listed_in: str = "result.json") -> str:
    """A page about anything but one solution, in the look of the report: what a domain's own command shows.

    Parameters
    ----------
    view : sentence, highlights and sections; every text in it is escaped.
    inputs : rows and sha256 of every table.
    origin : further facts about where it comes from, such as seeds.
    listed_in : the file that holds all notices, named where a page is too short for them.

    Raises
    ------
    OutputError
        The page would be too large even with coarse charts.
    """
    return filled("page.html.j2", title, title=title, view=view, notices=blocks.listing(notices, listed_in),
                  sections=sections_of(view), origin=list(origin), inputs=blocks.inputs_block(inputs),
                  versions=dict(versions), spec=blocks.clip(spec_text, blocks.MAX_SPEC))


def filled(name: str, subject: str, **parts: Any) -> str:
    """One of our templates with its parts, as HTML text of less than two million bytes.

    Raises
    ------
    OutputError
        It is larger; ``subject`` is named.
    """
    from markupsafe import Markup

    style = _resource("style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    text = _template(name).render(style=Markup(style), style_digest=digest, **parts)
    size = len(text.encode("utf-8", "surrogatepass"))
    if size >= MAX_BYTES:
        raise OutputError(f"the report would have {size:,} bytes, more than {MAX_BYTES:,}: "
                          f"the domain {subject!r} shows too many tables and charts")
    return text


def _resource(name: str) -> str:
    return files("evenhand.report").joinpath(name).read_text(encoding="utf-8")


def _template(name: str) -> Template:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    # Nothing is marked safe but our own style sheet and our own charts; every name and text is escaped.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                              loader=FunctionLoader(_resource))
    return environment.get_template(name)


def sections_of(view: View) -> list[dict[str, Any]]:
    """Tables and charts of a view, ready for a template."""
    figures = sum(isinstance(section, Figure) for section in view.sections)
    room = min(CHART_BYTES, CHARTS_BYTES // max(1, figures))
    sections: list[dict[str, Any]] = []
    for place, section in enumerate(view.sections, start=1):
        if isinstance(section, Sheet):
            sections.append({"block": blocks.sheet_block(section, len(view.sections) - figures)})
        else:
            sections.append(chart(section, f"chart{place}", room))
    return sections


def chart(figure: Figure, name: str, room: int = CHART_BYTES) -> dict[str, Any]:
    """The sharpest form of a chart that fits its room: vectors, else pixels, coarser as needed."""
    from markupsafe import Markup

    from evenhand.report.charts import draw_png, draw_svg

    drawn = draw_svg(figure, name)
    for density in COARSER:
        if len(drawn) <= room:
            break
        drawn = draw_png(figure, name, dots_per_inch=density)
    return {"chart": Markup(drawn), "title": figure.title, "caption": figure.caption}
