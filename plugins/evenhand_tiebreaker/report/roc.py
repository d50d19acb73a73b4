"""The trade-off of focal against other students: the whole curve, and the neighbourhood of the choice enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.model import Figure
from evenhand.report import charts
from evenhand_tiebreaker.report.marks import (
    Curve,
    Marks,
    budget_words,
    ceiling_words,
    legend_below,
    mark_cutoffs,
    mark_points,
    thinned_words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENLARGED = 25
"""With more cut-offs than this the chart has a second panel."""
NEAR = 7
"""So many cut-offs on either side of the choice are in the second panel."""
Window = tuple[float, float, float, float]


def roc(marks: Marks) -> Figure:
    """ROC chart: false positive rate across, true positive rate up."""
    enlarged = len(marks.cutoffs.other) > ENLARGED

    def draw(panels: Any) -> None:
        whole: Axes = panels[0] if enlarged else panels
        _curves(whole, marks, None)
        _limits(whole, marks)
        mark_points(whole, marks, "fpr", "tpr")
        whole.set_xlim(-0.015, 1.015)
        whole.set_ylim(-0.015, 1.015)
        _axes(whole)
        if enlarged:
            window = near_choice(marks)
            whole.set_title("Whole range")
            _curves(panels[1], marks, window)
            _limits(panels[1], marks)
            mark_points(panels[1], marks, "fpr", "tpr")
            panels[1].set_xlim(window[0], window[1])
            panels[1].set_ylim(window[2], window[3])
            panels[1].set_title("Around this choice")
            _axes(panels[1])
            panels[1].xaxis.set_major_locator(_few_ticks())
        legend_below(whole)

    width, height = (9.8, 6.2) if enlarged else (7.6, 7.0)
    return Figure("What it reaches against what it costs (ROC)", draw, _caption(marks, enlarged), width, height,
                  2 if enlarged else 1)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5)


def _axes(axes: Axes) -> None:
    axes.set_xlabel("non-focal students in receiving blocks (FPR)")
    axes.set_ylabel("focal students reached (TPR)")
    charts.share_axis(axes.xaxis)
    charts.share_axis(axes.yaxis)


def _curves(axes: Axes, marks: Marks, window: Window | None) -> None:
    def shown(curve: Curve) -> tuple[Any, Any]:
        cut = curve.thinned() if window is None else curve.between(window[0] * marks.other, window[1] * marks.other)
        return cut.other / marks.other, cut.focal / marks.focal

    close = window is not None or len(marks.cutoffs.other) <= ENLARGED
    axes.plot([0, 1], [0, 1], color=charts.RULE, linewidth=1.0, zorder=1, scalex=False, scaley=False)
    if marks.everywhere is not None:
        axes.plot(*shown(marks.everywhere), color=charts.SKY, linewidth=1.6, zorder=2,
                  label="benchmark: cut-offs if every block were eligible")
    axes.plot(*shown(marks.cutoffs), color=charts.GREY, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3,
              label="between cut-offs: a bound, but no choice that can be made")
    if marks.frontier is not None:
        axes.plot(*shown(_to_ceiling(marks)), color=charts.BLUE, linewidth=1.8 if close else 2.2, zorder=4,
                  drawstyle="steps-post", label="exact frontier: the best of all sets of eligible blocks")
    mark_cutoffs(axes, *shown(marks.cutoffs), large=close)


def _to_ceiling(marks: Marks) -> Curve:
    """The frontier drawn on to where all eligible blocks receive."""
    assert marks.frontier is not None
    end = max(marks.ceiling[0], marks.frontier.other[-1])
    return Curve(np.r_[marks.frontier.other, end], np.r_[marks.frontier.focal, marks.frontier.focal[-1]])


def _limits(axes: Axes, marks: Marks) -> None:
    if marks.limit is not None and marks.limit <= marks.other:
        axes.axvline(marks.limit / marks.other, color=charts.INK, linewidth=1.1, linestyle="--", zorder=2,
                     label=budget_words(marks))
    if marks.students is not None and marks.students <= marks.focal + marks.other:
        axes.plot([0, marks.students / marks.other], [marks.students / marks.focal, 0], color=charts.INK, linewidth=1.1,
                  linestyle="-.", zorder=2, scalex=False, scaley=False, label="budget: students in receiving blocks")
    if marks.everywhere is not None:
        other, focal = marks.ceiling
        axes.axhline(focal / marks.focal, color=charts.GREY, linewidth=1.0, linestyle=":", zorder=1,
                     label=ceiling_words(marks))
        axes.axvline(other / marks.other, color=charts.GREY, linewidth=1.0, linestyle=":", zorder=1)


def near_choice(marks: Marks) -> Window:
    """Left, right, bottom, top of the part around the choice, as rates."""
    other, focal = marks.cutoffs.other, marks.cutoffs.focal
    here = int(np.searchsorted(other, marks.chosen.fpr * marks.other))
    first, last = max(0, here - NEAR), min(len(other) - 1, here + NEAR)
    left, right = other[first] / marks.other, other[last] / marks.other
    bottom, top = focal[first] / marks.focal, focal[last] / marks.focal
    bottom, top = min(bottom, marks.chosen.tpr), max(top, marks.chosen.tpr)
    wide, tall = max(right - left, 1e-3), max(top - bottom, 1e-3)
    return left - 0.06 * wide, right + 0.06 * wide, bottom - 0.08 * tall, top + 0.08 * tall


def _caption(marks: Marks, enlarged: bool) -> str:
    said = ["Both rates are over all students of the district, eligible blocks or not."]
    said.append("An orange dot is a cut-off that one can print: blocks of equal share receive together." + (
        " Blue is the most focal students that any set of eligible blocks reaches for at most so many others."
        if marks.frontier is not None else ""))
    said.append("The dashed grey line joins the dots. It is an upper bound on every choice, and the area under it is a "
                "summary: its points between two dots are not attainable choices.")
    if marks.compared:
        said.append("A column of the table is shown as it marks blocks, eligible or not.")
    if enlarged:
        said.append("The right panel enlarges the surroundings of this choice.")
    if marks.least:
        said.append(thinned_words(marks))
    return " ".join(said)
