"""What the charts of all domains share: colours, axes, and a Figure brought to a piece of HTML.

Charts are drawn without pyplot, so nothing global is opened. The same figure gives the same bytes.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from evenhand.report import format as written
from evenhand.report.svg import inline_svg

if TYPE_CHECKING:
    from evenhand.model.view import Figure

# Okabe and Ito (2008), "Color Universal Design": told apart with every common colour blindness.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, BLACK = "#E69F00", "#56B4E9", "#F0E442", "#000000"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW)
GREY = "#8A8F98"
INK = "#1F2933"
RULE = "#D5DAE1"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

# With more marks than this, those of all collections but small ones are drawn as pixels inside the chart; axes and
# texts stay sharp. A mark takes some 170 bytes: many more would not fit a chart's room, and the whole chart, texts and
# all, would be drawn a second time as pixels.
MANY_MARKS, FEW_MARKS = 1000, 50
DOTS_PER_INCH = 144
NAME_PAD = 3.5  # points between a row's name and its axes, as for a label of a tick

_STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "evenhand", "text.parse_math": False, "axes.unicode_minus": True,
    "font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 10.5, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.labelsize": 10, "axes.labelcolor": INK, "text.color": INK,
    "axes.edgecolor": GREY, "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": RULE, "grid.linewidth": 0.6,
    "xtick.color": GREY, "ytick.color": GREY, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "xtick.labelsize": 9, "ytick.labelsize": 9, "legend.frameon": False, "legend.fontsize": 9,
    "lines.linewidth": 1.8, "lines.markersize": 5, "figure.facecolor": "white", "axes.facecolor": "white",
    "savefig.facecolor": "white", "figure.constrained_layout.use": True, "path.simplify": True,
}


def colours(n: int) -> list[str]:
    """n colours; from the ninth on they repeat, so pair them with :func:`markers` or labels."""
    return [PALETTE[k % len(PALETTE)] for k in range(n)]


def markers(n: int) -> list[str]:
    """n markers; they turn over with every round of the colours, so that no pair repeats before the 64th."""
    return [MARKERS[(k + k // len(PALETTE)) % len(MARKERS)] for k in range(n)]


def usd_axis(axis: Any) -> None:
    """Ticks as dollars: ``$250``, ``$1,500``, ``$1.2M``, ``$3B``."""
    axis.set_major_formatter(lambda value, _: _short(value, "$"))


def count_axis(axis: Any) -> None:
    """Ticks as numbers of things: ``1,500``, ``2M``."""
    axis.set_major_formatter(lambda value, _: _short(value, ""))


def share_axis(axis: Any) -> None:
    """Ticks of shares of one as percent, with as many digits as their distance needs."""
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(xmax=1.0))


UNIT_NAMES = {"USD": "dollars", "share": "share"}


def unit_axis(axis: Any, unit: str) -> None:
    """Ticks for a term's unit: dollars, percent, or plain numbers."""
    {"USD": usd_axis, "share": share_axis}.get(unit, count_axis)(axis)


def label_end(axes: Any, x: float, y: float, text: str, colour: str = INK) -> None:
    """A label beside the end of a line, in its colour."""
    axes.annotate(text, (x, y), xytext=(6, 0), textcoords="offset points", color=colour, va="center", fontsize=9)


def row_names(axes: Any, places: Iterable[float], names: Sequence[str]) -> None:
    """A name left of every row of a chart: like labels of ticks, which take three times as long to make and to draw."""
    from matplotlib.transforms import ScaledTranslation

    axes.set_yticks([])
    beside = axes.get_yaxis_transform() + ScaledTranslation(-NAME_PAD / 72, 0, axes.figure.dpi_scale_trans)
    for place, name in zip(places, names, strict=True):
        axes.text(0.0, place, name, transform=beside, ha="right", va="center_baseline", fontsize=9)


def bars(axes: Any, places: Iterable[float], low: Iterable[float], high: Iterable[float], *, height: float,
         colour: str, label: str) -> None:
    """Horizontal bars of one colour behind everything else, drawn as a single shape; set the limits of the axes."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    half = 0.5 * height
    corners = [[(left, place - half), (right, place - half), (right, place + half), (left, place + half),
                (left, place - half)] for place, left, right in zip(places, low, high, strict=True)]
    steps = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
    shape = Path([point for rectangle in corners for point in rectangle], steps)
    axes.add_patch(PathPatch(shape, facecolor=colour, linewidth=0, zorder=1, label=label))


def _short(value: float, sign: str) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M")):
        if abs(value) >= size:
            text = f"{sign}{abs(value) / size:,.4g}{letter}"
            return written.MINUS + text if value < 0 else text
    text = sign + written.number(abs(value))
    return written.MINUS + text if value < 0 else text


def draw_svg(figure: Figure, name: str) -> str:
    """The figure as inline SVG: texts stay texts, ids begin with ``name``, heavy marks become pixels."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with _drawn(figure, rasterize=True) as drawn:
        stream = io.BytesIO()
        drawn.set_dpi(DOTS_PER_INCH)
        # The same bytes as savefig, which draws every figure twice: the charts are the longest part of a report.
        canvas: Any = FigureCanvasSVG(drawn)
        canvas.print_svg(stream, metadata={"Date": None, "Creator": None})
    return inline_svg(stream.getvalue(), name, _alternative(figure))


def draw_png(figure: Figure, name: str, *, dots_per_inch: int = DOTS_PER_INCH) -> str:
    """The figure as an image element with the PNG inside."""
    with _drawn(figure, rasterize=False) as drawn:
        stream = io.BytesIO()
        drawn.savefig(stream, format="png", dpi=dots_per_inch, metadata={"Software": None})
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    words = escape(_alternative(figure))
    return f'<img class="chart" id="{escape(name)}" alt="{words}" src="data:image/png;base64,{data}">'


def _alternative(figure: Figure) -> str:
    return f"Chart: {figure.title}. {figure.caption}".strip()


@contextmanager
def _drawn(figure: Figure, *, rasterize: bool) -> Iterator[Any]:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(), warnings.catch_warnings():
        # Measured with a font that lacks a letter, shown by the reader's own fonts: nobody need be warned.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # The user's own settings would draw another picture of the same answer.
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        drawn = Canvas(figsize=(figure.width, figure.height))
        FigureCanvasAgg(drawn)
        axes = drawn.subplots(1, figure.panels) if figure.panels > 1 else drawn.subplots()
        figure.draw(axes)
        for panel in drawn.axes:
            _plain_logarithms(panel)
            if rasterize:
                _rasterize(panel)
        yield drawn


def _plain_logarithms(axes: Any) -> None:
    """Ticks of logarithmic axes as plain numbers: their usual ``10^3`` needs the formula reader, which is off."""
    from matplotlib.ticker import LogFormatter, LogFormatterSciNotation, NullFormatter

    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_formatter(), LogFormatter):
            count_axis(axis)
        if isinstance(axis.get_minor_formatter(), LogFormatterSciNotation):
            axis.set_minor_formatter(NullFormatter())


def _rasterize(axes: Any) -> None:
    marks = [(artist, _marks(artist)) for artist in (*axes.collections, *axes.lines, *axes.images)]
    if sum(number for _, number in marks) > MANY_MARKS:
        for artist, number in marks:
            if number > FEW_MARKS:
                artist.set_rasterized(True)


def _marks(artist: Any) -> int:
    if hasattr(artist, "get_offsets") and len(artist.get_offsets()) > 1:
        return len(artist.get_offsets())
    if hasattr(artist, "get_paths"):
        return sum(len(path.vertices) for path in artist.get_paths())
    if hasattr(artist, "get_xdata") and artist.get_marker() not in ("None", None, "", " "):
        return len(artist.get_xdata())
    return 0
