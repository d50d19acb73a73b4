"""Outlines that the user brings, drawn over the map of blocks: districts, school zones, historic areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.report.charts import BLACK, GREEN, PURPLE
from evenhand_tiebreaker.report.outlines import Outlines, outlines_of
from evenhand_tiebreaker.words import number_of

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem

STYLES: tuple[tuple[str, Any], ...] = (
    (PURPLE, "-"), (GREEN, "-"), (BLACK, (0, (4, 2))), (PURPLE, (0, (1.2, 1.2))), (GREEN, (0, (4, 2))),
    (BLACK, (0, (1.2, 1.2))))
"""Colours and dashes, one for each name; more names than this nobody could tell apart."""
MOST_CORNERS = 8000


@frozen(eq=False)
class Overlay:
    """Rings by name, or why there is nothing to draw.

    Attributes
    ----------
    names : what the legend says.
    rings : of each name, (corners, 2) float64 each.
    remark : what is not drawn; empty where everything is.
    """

    names: tuple[str, ...]
    rings: tuple[tuple[npt.NDArray[np.float64], ...], ...]
    remark: str = ""


def overlay_of(problem: TiebreakerProblem) -> Overlay | None:
    """The table ``overlay``; None without it."""
    table = problem.tables.get("overlay")
    if table is None:
        return None
    outlines = outlines_of(table)
    names = [name.strip() or "overlay" for name in table.texts("name")]
    if outlines is None:
        return Overlay((), (), "The table overlay holds no polygon.")
    known = tuple(dict.fromkeys(names))
    corners = sum(map(len, outlines.rings))
    if len(known) > len(STYLES) or corners > MOST_CORNERS:
        return Overlay((), (), f"The table overlay is not drawn: {len(known):,} names and {corners:,} corners, where "
                               f"{len(STYLES)} and {MOST_CORNERS:,} are the most.")
    unread = len(names) - len(np.unique(outlines.of_ring))
    return Overlay(known, tuple(_rings(outlines, names, name) for name in known),
                   f"{number_of(unread, 'row', 'rows')} of the table overlay without a polygon." if unread else "")


def _rings(outlines: Outlines, names: list[str], name: str) -> tuple[npt.NDArray[np.float64], ...]:
    return tuple(ring for ring, row in zip(outlines.rings, outlines.of_ring.tolist(), strict=True)
                 if names[row] == name)


def draw_overlay(axes: Any, overlay: Overlay) -> list[Any]:
    """Draw the outlines with a white rim, and return their marks for the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    marks = []
    for name, rings, (colour, dashes) in zip(overlay.names, overlay.rings, STYLES, strict=False):
        if not rings:
            continue
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
        for width, line, shade in ((3.4, "-", "white"), (1.7, dashes, colour)):
            axes.add_patch(PathPatch(path, fill=False, edgecolor=shade, linewidth=width, linestyle=line, zorder=4))
        marks.append(Line2D([], [], color=colour, linestyle=dashes, linewidth=1.7, label=name))
    return marks
