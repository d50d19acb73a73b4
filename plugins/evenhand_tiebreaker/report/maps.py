"""Maps of blocks: coloured by class, with the borders of neighbourhoods.

Drawn from outlines (WKT or GeoJSON) or, without them, as points from ``lon`` and ``lat``. No library for geometry is
needed: borders of neighbourhoods are the edges at which blocks of two neighbourhoods meet. Where neighbours do not
share their corners exactly and shapely is installed, it finds the borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import cos, radians
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.model import Figure
from evenhand.report.charts import BLUE, INK, ORANGE, RULE
from evenhand_tiebreaker.report.outlines import Floats, Ints, Outlines, outlines_of
from evenhand_tiebreaker.report.overlay import Overlay, draw_overlay, overlay_of

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand.tables import Table
    from evenhand_tiebreaker.problem import TiebreakerProblem

Bools = npt.NDArray[np.bool_]

OTHER, EMPTY = "#EEF0F3", "#B4BAC3"
"""Blocks that cannot receive, and blocks without students: two greys that differ in lightness alone, as told apart by
everybody."""

WIDTH = 8.0
TALLEST, FLATTEST = 8.0, 3.2
FEW_CORNERS = 8000
"""Up to so many corners are drawn as shapes; more would not fit the room of a chart, and become pixels."""
MOSTLY_SHARED = 0.5
"""Where fewer of the outlines than this have an edge in common with another, they do not share their corners."""


@frozen(eq=False, slots=False)
class Place:
    """Where the blocks of a table are.

    Attributes
    ----------
    outlines : rings of the blocks; None where only points are known.
    points : (n, 2) float64 of the blocks' middles, nan where unknown; used without outlines.
    neighborhood : (n,) number of each block's neighbourhood, -1 for none.
    """

    outlines: Outlines | None
    points: Floats
    neighborhood: Ints

    @cached_property
    def borders(self) -> tuple[Floats, Floats]:
        """Edges between two neighbourhoods, and at which the district ends."""
        return borders(self)

    @property
    def located(self) -> int:
        """How many blocks are drawn."""
        if self.outlines is not None:
            return len(np.unique(self.outlines.of_ring))
        return int(np.isfinite(self.points).all(axis=1).sum())


@frozen(eq=False)
class Class:
    """Blocks of one colour: what the legend says, the colour, and (n,) which blocks they are."""

    label: str
    colour: str
    blocks: Bools


def place_of(problem: TiebreakerProblem) -> Place | None:
    """Outlines or points of a problem's blocks; None where the table has neither."""
    table = problem.tables["blocks"]
    size = len(table)
    neighborhood = np.full(size, -1) if problem.neighborhoods is None else problem.neighborhoods[1]
    outlines = outlines_of(table)
    place = Place(outlines, _points(table) if outlines is None else np.full((size, 2), np.nan), neighborhood)
    return place if place.located else None


def _points(table: Table) -> Floats:
    if "lon" not in table or "lat" not in table:
        return np.full((len(table), 2), np.nan)
    return np.column_stack([table.floats("lon"), table.floats("lat")])


def choice_classes(problem: TiebreakerProblem, allocation: Allocation) -> list[Class]:
    """Receives, eligible only, other, no students: every block is in one of them."""
    blocks, receives = problem.blocks, allocation.array
    empty = (blocks.students == 0).astype(np.bool_) & ~receives
    eligible = blocks.eligible & ~receives & ~empty
    return [Class("receives", BLUE, receives), Class("eligible only", ORANGE, eligible),
            Class("other", OTHER, ~(receives | eligible | empty)), Class("no students", EMPTY, empty)]


def choice_map(problem: TiebreakerProblem, allocation: Allocation, title: str = "Which blocks receive"
               ) -> Figure | None:
    """The map of an answer; None where the table says nothing about where blocks are."""
    place = place_of(problem)
    if place is None:
        return None
    return block_map(place, choice_classes(problem, allocation), title, overlay=overlay_of(problem))


def block_map(place: Place, classes: Sequence[Class], title: str, caption: str = "", overlay: Overlay | None = None
              ) -> Figure:
    """A map as a figure of the report; empty classes are left out of the legend.

    The caption says how many blocks cannot be drawn, and what the lines are.
    """
    size = len(place.neighborhood)
    said = [caption] if caption else []
    said.append("Each block is drawn with its outline." if place.outlines is not None else "One point per block.")
    if place.outlines is not None and len(place.borders[0]):
        said.append("Dark lines are borders of neighbourhoods.")
    if place.located < size:
        said.append(f"{size - place.located:,} of {size:,} blocks are not drawn: the table does not say where they "
                    "are.")
    if overlay is not None and overlay.remark:
        said.append(overlay.remark)
    return Figure(title, lambda axes: draw_blocks(axes, place, classes, overlay), " ".join(said), WIDTH, _height(place))


def draw_blocks(axes: Any, place: Place, classes: Sequence[Class], overlay: Overlay | None = None) -> None:
    """Draw blocks, borders, outlines of the user and the legend on matplotlib axes."""
    from matplotlib.patches import Patch

    colours = np.full(len(place.neighborhood), RULE, dtype=object)
    for one in classes:
        colours[one.blocks] = one.colour
    if place.outlines is None:
        _draw_points(axes, place.points, colours)
    else:
        _draw_outlines(axes, place.outlines, colours)
        _draw_borders(axes, place)
    low, high = _corners(place)
    margin = 0.02 * np.maximum(high - low, 1e-12)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set_aspect(_stretch(low, high))
    axes.set_axis_off()
    marks = [Patch(facecolor=one.colour, edgecolor=INK, linewidth=0.4, label=f"{one.label} ({int(one.blocks.sum()):,})")
             for one in classes if one.blocks.any()]
    if overlay is not None:
        marks += draw_overlay(axes, overlay)
    axes.legend(handles=marks, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(4, max(1, len(marks))),
                handlelength=1.3, handleheight=1.1)


def _draw_outlines(axes: Any, outlines: Outlines, colours: npt.NDArray[np.object_]) -> None:
    """Few corners as sharp shapes, one per colour; many as pixels, large rings first: what lies in a hole is seen."""
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import PathPatch

    of_ring = colours[outlines.of_ring]
    if _few(outlines):
        for colour in dict.fromkeys(colours.tolist()):
            if (of_ring == colour).any():
                axes.add_patch(PathPatch(_shape(outlines, of_ring == colour), facecolor=colour, edgecolor="white",
                                         linewidth=0.6, zorder=2))
        return
    places = np.flatnonzero(outlines.outer)
    extents = np.array([np.ptp(outlines.rings[place], axis=0).prod() for place in places.tolist()])
    places = places[np.argsort(-extents, kind="stable")]
    axes.add_collection(PolyCollection([outlines.rings[place] for place in places.tolist()],
                                       facecolors=list(of_ring[places]), edgecolors="white", linewidths=0.15,
                                       rasterized=True, zorder=2))


def _few(outlines: Outlines) -> bool:
    return sum(map(len, outlines.rings)) <= FEW_CORNERS


def _shape(outlines: Outlines, wanted: Bools) -> Any:
    """One path of all wanted rings; holes run against their outer rings, which leaves them empty."""
    from matplotlib.path import Path

    corners, steps = [], []
    for place in np.flatnonzero(wanted).tolist():
        ring = outlines.rings[place]
        x, y = ring.T
        leftward = float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) > 0
        corners.append(ring if leftward == outlines.outer[place] else ring[::-1])
        steps += [Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY]
    return Path(np.concatenate(corners), steps)


def _draw_points(axes: Any, points: Floats, colours: npt.NDArray[np.object_]) -> None:
    known = np.isfinite(points).all(axis=1)
    area = min(60.0, max(2.0, 30_000.0 / max(1, int(known.sum()))))
    axes.scatter(points[known, 0], points[known, 1], s=area, c=list(colours[known]), edgecolors=INK, linewidths=0.2,
                 rasterized=True, zorder=2)


def _draw_borders(axes: Any, place: Place) -> None:
    """Lines with a white rim, which keeps them apart from blocks of a dark colour."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    inner, outer = place.borders
    assert place.outlines is not None
    for edges, width, colour in ((inner, 2.8, "white"), (inner, 1.1, INK), (outer, 0.7, INK)):
        ends = edges.reshape(-1, 2, 2)
        if not len(ends):
            continue
        if _few(place.outlines):
            path = Path(edges.reshape(-1, 2), [Path.MOVETO, Path.LINETO] * len(ends))
            axes.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=width, capstyle="round", zorder=3))
        else:
            axes.add_collection(LineCollection(list(ends), colors=colour, linewidths=width, capstyle="round",
                                               rasterized=True, zorder=3))


def borders(place: Place) -> tuple[Floats, Floats]:
    """Edges between blocks of two neighbourhoods, and edges at which the district ends: (edges, 4) each.

    An edge that lies in the outlines of two blocks has a block on either side.
    """
    assert place.outlines is not None
    edges, owners = place.outlines.edges()
    if not len(edges):
        return edges, edges
    order = np.lexsort(edges.T[::-1])
    edges, owners = edges[order], owners[order]
    group = place.neighborhood[owners]
    starts = np.flatnonzero(np.r_[True, (edges[1:] != edges[:-1]).any(axis=1)])
    sharing = np.diff(np.r_[starts, len(edges)])
    meeting = np.unique(owners[np.repeat(sharing > 1, sharing)])
    if len(np.unique(owners)) > 1 and len(meeting) < MOSTLY_SHARED * len(np.unique(owners)):
        return _dissolved(place), edges[:0]
    first, last = np.minimum.reduceat(group, starts), np.maximum.reduceat(group, starts)
    return edges[starts[(sharing > 1) & (first != last)]], edges[starts[sharing == 1]]


def _dissolved(place: Place) -> Floats:
    """Borders of the neighbourhoods' unions by shapely; none without it, or where there are no neighbourhoods."""
    none: Floats = np.zeros((0, 4))
    try:
        import shapely
    except ImportError:
        return none
    outlines, found = place.outlines, []
    assert outlines is not None
    group = place.neighborhood[outlines.of_ring]
    for number in np.unique(group[group >= 0]).tolist():
        rings = [outlines.rings[k] for k in np.flatnonzero((group == number) & outlines.outer).tolist()]
        shapes = shapely.make_valid(np.array([shapely.Polygon(ring) for ring in rings], dtype=object))
        for line in shapely.get_parts(shapely.boundary(shapely.union_all(shapes))).tolist():
            corners = shapely.get_coordinates(line)
            found.append(np.hstack([corners[:-1], corners[1:]]))
    return np.concatenate(found) if found else none


def _corners(place: Place) -> tuple[Floats, Floats]:
    points = place.points if place.outlines is None else np.concatenate(place.outlines.rings)
    return np.nanmin(points, axis=0), np.nanmax(points, axis=0)


def _stretch(low: Floats, high: Floats) -> float:
    """How much taller than wide a unit is: degrees of longitude shrink with the latitude, metres do not."""
    degrees = bool((np.abs([low[0], high[0]]) <= 180).all() and (np.abs([low[1], high[1]]) <= 85).all())
    return 1.0 / cos(radians((low[1] + high[1]) / 2)) if degrees else 1.0


def _height(place: Place) -> float:
    low, high = _corners(place)
    wide, tall = np.maximum(high - low, 1e-12).tolist()
    return float(min(TALLEST, max(FLATTEST, WIDTH * tall * _stretch(low, high) / wide + 0.5)))
