"""Precision against recall: how many of those who go first are focal, at every number reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.model import Figure
from evenhand.report import charts
from evenhand.report.format import share
from evenhand_tiebreaker.report.marks import (
    Curve,
    Floats,
    Marks,
    budget_words,
    ceiling_words,
    legend_below,
    mark_cutoffs,
    mark_points,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALONG = 6
"""So many points stand for each straight piece between two cut-offs, which is bent on this chart."""


def precision_recall(marks: Marks) -> Figure:
    """Share of focal students among those in receiving blocks, against the share of all focal students reached."""

    def draw(axes: Axes) -> None:
        few = len(marks.cutoffs.other) <= 40
        if marks.everywhere is not None:
            axes.plot(*_rates(marks.everywhere.thinned(), marks), color=charts.SKY, linewidth=1.6, zorder=2,
                      label="benchmark: cut-offs if every block were eligible")
        axes.plot(*_rates(_filled(marks.cutoffs.thinned()), marks), color=charts.GREY, linewidth=1.0,
                  linestyle=(0, (4, 2)), zorder=3, label="between cut-offs: a bound, but no choice that can be made")
        if marks.frontier is not None:
            axes.plot(*_rates(marks.frontier.thinned(), marks), "." if few else "-", color=charts.BLUE, linewidth=1.8,
                      zorder=4, label="exact frontier: the best of all sets of eligible blocks")
        mark_cutoffs(axes, *_rates(marks.cutoffs.thinned(), marks), large=few)
        if marks.limit is not None and 0 < marks.limit <= marks.other:
            focal = np.linspace(0.0, marks.focal, 200)
            axes.plot(focal / marks.focal, focal / (focal + marks.limit), color=charts.INK, linewidth=1.1,
                      linestyle="--", zorder=2, label=budget_words(marks))
        if marks.everywhere is not None:
            axes.axvline(marks.ceiling[1] / marks.focal, color=charts.GREY, linewidth=1.0, linestyle=":", zorder=1,
                         label=f"eligibility ends here: TPR {share(marks.ceiling[1] / marks.focal)}"
                         if marks.ceiling_told else ceiling_words(marks))
        axes.axhline(marks.base, color=charts.RULE, linewidth=1.0, zorder=1,
                     label=f"the district: {share(marks.base)} of all students are focal")
        mark_points(axes, marks, "tpr", "precision")
        axes.set_xlim(-0.015, 1.015)
        axes.set_ylim(min(0.0, marks.base), 1.03)
        axes.set_xlabel("focal students reached (TPR, recall)")
        axes.set_ylabel("focal among all in receiving blocks (precision)")
        charts.share_axis(axes.xaxis)
        charts.share_axis(axes.yaxis)
        legend_below(axes)

    return Figure("Who goes first: precision and recall", draw,
                  "To the right, more focal students are reached; upwards, more of those who go first are focal. "
                  "The marks are those of the chart before.", width=8.6, height=6.0)


def _rates(curve: Curve, marks: Marks) -> tuple[Any, Any]:
    """Recall and precision of the points with students."""
    held = curve.other + curve.focal > 0
    focal, other = curve.focal[held], curve.other[held]
    return focal / marks.focal, focal / (focal + other)


def _filled(curve: Curve) -> Curve:
    """Further points on the straight pieces between two points."""
    steps = np.arange(1, ALONG + 1) / ALONG

    def between(values: Floats) -> Floats:
        return np.r_[values[:1], (values[:-1, None] + np.diff(values)[:, None] * steps).ravel()]

    return Curve(between(curve.other), between(curve.focal))
