"""The picture of the notebook view: plain SVG, because a slider does not wait for a plotting library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evenhand.report.charts import BLUE, GREY, INK, ORANGE, RULE, VERMILLION
from evenhand.report.format import number

if TYPE_CHECKING:
    from evenhand_apportionment.notebook import Choice

Floats = npt.NDArray[np.float64]

MOST_BARS = 50
MOST_POINTS = 900
LEFT, WIDTH, PLOT = 64.0, 470.0, 190.0
"""Where a plot begins, how wide and how tall it is, in pixels."""
BARS_AT = 640.0
ROW = 15.0


def page(groups: Sequence[str], choice: Choice) -> str:
    """One sentence, the curves E(k) and S(k), units against the ideal, and the settings as a spec."""
    rows = min(MOST_BARS, len(groups))
    # Below the lower plot stand the sizes and what they are, below the bars one line.
    height = max(2 * PLOT + 100 + 40, ROW * rows + 60)
    parts = [_curve(choice, choice.errors, "error E(k)", 30.0, logarithmic=True),
             _curve(choice, choice.scores, "score S(k)", PLOT + 100.0, logarithmic=False), _bars(groups, choice)]
    return (f'<p style="max-width:60em">{escape(sentence(groups, choice))}</p>'
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1120 {height:.0f}" width="1120" '
            f'font-family="sans-serif" font-size="11" fill="{INK}" role="img" '
            f'aria-label="{escape(sentence(groups, choice))}">{"".join(parts)}</svg>'
            f"<details><summary>The same as a spec</summary><pre>{escape(choice.settings.spec())}</pre></details>")


def sentence(groups: Sequence[str], choice: Choice) -> str:
    """What was chosen and how sure the choice is."""
    settings = choice.settings
    error = choice.errors[choice.best - settings.least]
    said = f"{choice.best:,} units among {len(groups):,} groups"
    if len(choice.sizes) > 1:
        said += f", the best score of {settings.least:,} to {settings.most:,}"
    said += f": E = {number(float(error))}." if error > 0 else ": E = 0, every group has exactly its ideal."
    if choice.tied:
        said += " Other divisions of this size are just as good; rows decide."
    if len(choice.sizes) > 1 and choice.best in (settings.least, settings.most):
        said += " The best size lies at the end of the range: another range would choose another size."
    if len(choice.sizes) > 1 and math.isclose(settings.alpha, settings.beta):
        said += " At alpha = beta no size is favoured in the long run: the choice hangs on how the fractions fall."
    elif len(choice.sizes) > 1:
        above = settings.alpha > settings.beta
        said += f" alpha {'above' if above else 'below'} beta draws to the {'smallest' if above else 'largest'} sizes."
    return said + " Parametric is not a statutory method."


def _curve(choice: Choice, values: Floats, name: str, top: float, *, logarithmic: bool) -> str:
    """A curve over the sizes; marks for the winner and for sizes with E = 0."""
    shown = np.isfinite(values) & ((values > 0) if logarithmic else True)
    heights = np.log10(values, where=shown, out=np.zeros(len(values))) if logarithmic else values
    low, high = (float(heights[shown].min()), float(heights[shown].max())) if shown.any() else (0.0, 1.0)
    high = high if high > low else low + 1.0
    first, last = float(choice.sizes[0]), float(choice.sizes[-1])

    def across(size: float) -> float:
        return LEFT + (WIDTH * (size - first) / (last - first) if last > first else WIDTH / 2)

    def up(height: float) -> float:
        return top + PLOT * (high - height) / (high - low)

    at = np.flatnonzero(shown)
    at = at[_kept(heights[at], MOST_POINTS)]
    points = " ".join(f"{across(size):.1f},{up(height):.1f}"
                      for size, height in zip(choice.sizes[at].tolist(), heights[at].tolist(), strict=True))
    parts = [f'<text x="{LEFT:.0f}" y="{top - 10:.0f}" font-weight="bold">{name}</text>',
             *_frame(top, low, high, first, last, logarithmic),
             f'<polyline points="{points}" fill="none" stroke="{BLUE}" stroke-width="1.4"/>']
    for size in choice.sizes[choice.errors == 0][:200].tolist():
        parts.append(f'<circle cx="{across(size):.1f}" cy="{top + (PLOT if logarithmic else 0):.1f}" r="4" '
                     f'fill="{ORANGE}"><title>{size:,}: E = 0</title></circle>')
    winner = choice.best - int(first)
    x = across(choice.best)
    y = up(float(heights[winner])) if shown[winner] else top + (PLOT if logarithmic else 0)
    side = "end" if x > LEFT + 0.9 * WIDTH else "middle" if x > LEFT + 0.25 * WIDTH else "start"
    gap = 0.0 if x > LEFT + 0.25 * WIDTH else 90.0 - min(x - LEFT, 90.0)  # the name of the curve stands there
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{top + PLOT:.1f}" stroke="{VERMILLION}" '
                 f'stroke-dasharray="4 3"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{VERMILLION}"/>'
                 f'<text x="{x + gap:.1f}" y="{top - 4:.1f}" text-anchor="{side}" fill="{VERMILLION}">'
                 f"k = {choice.best:,}</text>")
    return "".join(parts)


def _kept(heights: Floats, most: int) -> npt.NDArray[np.intp]:
    """Places of at most about ``most`` points that keep every peak and valley at the eye's resolution."""
    if len(heights) <= most:
        return np.arange(len(heights))
    parts = np.array_split(np.arange(len(heights)), most // 2)
    return np.unique([place for part in parts
                      for place in (part[heights[part].argmin()], part[heights[part].argmax()])])


def _frame(top: float, low: float, high: float, first: float, last: float, logarithmic: bool) -> list[str]:
    bottom = top + PLOT
    parts = [f'<line x1="{LEFT:.0f}" x2="{LEFT + WIDTH:.0f}" y1="{bottom:.0f}" y2="{bottom:.0f}" stroke="{GREY}"/>']
    for height, text in _ticks(low, high, logarithmic=logarithmic):
        y = bottom - PLOT * (height - low) / (high - low)
        parts.append(f'<line x1="{LEFT:.0f}" x2="{LEFT + WIDTH:.0f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{RULE}"/>'
                     f'<text x="{LEFT - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for size in sorted({round(first + (last - first) * part / 5) for part in range(6)}):
        x = LEFT + (WIDTH * (size - first) / (last - first) if last > first else WIDTH / 2)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 15:.1f}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{LEFT + WIDTH / 2:.0f}" y="{bottom + 32:.0f}" text-anchor="middle">number of units k'
                 "</text>")
    return parts


def _ticks(low: float, high: float, *, logarithmic: bool) -> list[tuple[float, str]]:
    """Round heights between two ends, with their texts; on a logarithm 1, 2 and 5 times powers of ten."""
    if logarithmic:
        steps = (1,) if high - low > 2 else (1, 2, 5)
        values = [step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps]
        return [(math.log10(value), number(value)) for value in values if low <= math.log10(value) <= high]
    size = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(size * factor for factor in (1, 2, 5, 10) if (high - low) / (size * factor) <= 5)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [(at * step, number(round(at * step, 9))) for at in range(first, last + 1)]


def _bars(groups: Sequence[str], choice: Choice) -> str:
    """Bars of the units, a stroke at the ideal; the groups with the largest ideals."""
    order = np.argsort(-choice.ideal, kind="stable")[:MOST_BARS].tolist()
    names = BARS_AT + 110.0
    room = 1120.0 - names - 100.0
    largest = max(float(choice.units[order].max()), float(choice.ideal[order].max()))
    title = f"units and ideal at k = {choice.best:,}"
    if len(groups) > len(order):
        title += f" (the {len(order)} largest of {len(groups):,} groups)"
    parts = [f'<text x="{BARS_AT:.0f}" y="20" font-weight="bold">{title}</text>']
    for place, row in enumerate(order):
        units, ideal, y = int(choice.units[row]), float(choice.ideal[row]), 36.0 + ROW * place
        colour = ORANGE if units > ideal else BLUE if units < ideal else GREY
        mark = names + room * ideal / largest
        name = groups[row] if len(groups[row]) <= 18 else f"{groups[row][:17]}…"
        parts.append(f'<text x="{names - 6:.0f}" y="{y + 9:.1f}" text-anchor="end">{escape(name)}</text>'
                     f'<rect x="{names:.0f}" y="{y:.1f}" width="{room * units / largest:.1f}" height="10" '
                     f'fill="{colour}"/><line x1="{mark:.1f}" x2="{mark:.1f}" y1="{y - 2:.1f}" y2="{y + 12:.1f}" '
                     f'stroke="{INK}" stroke-width="1.6"/>'
                     f'<text x="{names + room * max(units, ideal) / largest + 6:.1f}" y="{y + 9:.1f}">{units:,} '
                     f'<tspan fill="{GREY}">of {ideal:,.2f}</tspan></text>')
    foot = 36.0 + ROW * len(order) + 14
    parts.append(f'<text x="{BARS_AT:.0f}" y="{foot:.0f}" fill="{GREY}">Stroke: the ideal. '
                 f'<tspan fill="{ORANGE}">More</tspan> or <tspan fill="{BLUE}">less</tspan> than it.</text>')
    return "".join(parts)
