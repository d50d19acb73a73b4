"""What the charts of rates have in common: curves, points to compare with, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.report import charts
from evenhand.report.format import share
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.report.columns import compared_columns
from evenhand_tiebreaker.report.facts import Facts, Point, clipped

if TYPE_CHECKING:
    from evenhand_tiebreaker.curves.vertices import ThresholdCurve

Floats = npt.NDArray[np.float64]

FEW = 1200
"""Of a curve with more corners than this, so many are drawn: no eye can tell."""
CHOSEN = charts.VERMILLION
COMPARED = ((charts.GREEN, "s"), (charts.PURPLE, "D"), (charts.BLACK, "^"))


@frozen(eq=False)
class Curve:
    """Points (other, focal) in students, rising, as floats."""

    other: Floats
    focal: Floats

    def thinned(self) -> Curve:
        """At most ``FEW`` of the points, ends included."""
        if len(self.other) <= FEW:
            return self
        kept = np.unique(np.linspace(0, len(self.other) - 1, FEW).round().astype(np.int64))
        return Curve(self.other[kept], self.focal[kept])

    def between(self, low: float, high: float) -> Curve:
        """The points from ``low`` to ``high`` non-focal students, and one more on either side."""
        first = max(0, int(np.searchsorted(self.other, low)) - 1)
        last = min(len(self.other), int(np.searchsorted(self.other, high, side="right")) + 1)
        return Curve(self.other[first:last], self.focal[first:last])


@frozen(eq=False)
class Spread:
    """A rate on other students: mean and interval."""

    mean: float
    low: float
    high: float


@frozen(eq=False)
class Marks:
    """Everything that is drawn, in students; ``focal`` and ``other`` are the district's totals.

    Attributes
    ----------
    frontier : corners of the exact frontier; None where it is too large.
    cutoffs : (0, 0) and the point of every cut-off over eligible blocks.
    everywhere : the same over all blocks; None where all are eligible.
    compared : name, point, colour and marker of the 0/1 columns.
    limit : most non-focal students a budget allows, if one does; ``students`` the same of all students.
    ceiling : (other, focal) of all eligible blocks.
    unseen : rates on other students by name (``fpr``, ``tpr``, ``precision``), where they were estimated.
    """

    focal: float
    other: float
    frontier: Curve | None
    cutoffs: Curve
    everywhere: Curve | None
    chosen: Point
    compared: tuple[tuple[str, Point, str, str], ...]
    limit: float | None
    students: float | None
    ceiling: tuple[float, float]
    unseen: dict[str, Spread]

    @property
    def base(self) -> float:
        """Share of focal students in the district."""
        return self.focal / (self.focal + self.other)


def marks_of(facts: Facts) -> Marks | None:
    """What to draw; None where rates are undefined or nobody is eligible."""
    if not facts.drawable:
        return None
    problem, blocks = facts.problem, facts.blocks
    # A share of students is drawn as it was given; the whole number of students it allows lies just below.
    limits = {limit.counted: float(limit.given * blocks.total_other if limit.name == "fpr" else limit.most)
              for limit in problem.binding}
    frontier = None
    if problem.frontier is not None:
        other, focal = problem.frontier.points()
        frontier = Curve(other.astype(np.float64), focal.astype(np.float64))
    compared = tuple((clipped(name), facts.point(marked), *style) for (name, marked), style in
                     zip(compared_columns(problem), COMPARED, strict=False))
    return Marks(
        float(blocks.total_focal), float(blocks.total_other), frontier, _curve(problem.curve),
        None if facts.everywhere is None else _curve(facts.everywhere), facts.point(facts.chosen), compared,
        limits.get("non_focal"), limits.get("students"),
        (float(total(blocks.other[blocks.eligible])), float(facts.ceiling)), _unseen(facts))


def _curve(curve: ThresholdCurve) -> Curve:
    return Curve(np.r_[0.0, curve.other.astype(np.float64)], np.r_[0.0, curve.focal.astype(np.float64)])


def _unseen(facts: Facts) -> dict[str, Spread]:
    found = {}
    for name in ("fpr", "tpr", "precision"):
        told: Any = facts.metrics.get(f"{name}_out_of_sample")
        if told is not None and None not in (told["mean"], told["low"], told["high"]):
            found[name] = Spread(told["mean"], told["low"], told["high"])
    return found


def mark_cutoffs(axes: Any, x: Floats, y: Floats, *, large: bool) -> None:
    """A dot per cut-off; in the legend it is large enough to be seen."""
    axes.plot(x, y, "o", color=charts.ORANGE, markersize=5.0 if large else 1.8, zorder=5,
              markeredgecolor="white" if large else charts.ORANGE, markeredgewidth=0.6 if large else 0.0)
    axes.plot([], [], "o", color=charts.ORANGE, markersize=5.0, label="cut-offs on the share of focal students")


def mark_points(axes: Any, marks: Marks, across: str, up: str) -> None:
    """The choice, what it is compared with, and what to expect of it, on the axes ``across`` and ``up``."""
    for label, point, colour, marker in marks.compared:
        x, y = getattr(point, across), getattr(point, up)
        if x is not None and y is not None:
            axes.plot([x], [y], marker, color=colour, markersize=7.5, markeredgecolor="white", markeredgewidth=0.8,
                      label=f"column {label}", zorder=6)
    if across in marks.unseen and up in marks.unseen:
        x, y = marks.unseen[across], marks.unseen[up]
        axes.errorbar([x.mean], [y.mean], xerr=[[max(0.0, x.mean - x.low)], [max(0.0, x.high - x.mean)]],
                      yerr=[[max(0.0, y.mean - y.low)], [max(0.0, y.high - y.mean)]], fmt="o", color=CHOSEN,
                      markerfacecolor="white", markeredgewidth=1.6, markersize=6.5, elinewidth=1.4, capsize=3, zorder=7,
                      label="expected on other students (mean, 5 to 95 %)")
    x, y = getattr(marks.chosen, across), getattr(marks.chosen, up)
    if x is not None and y is not None:
        axes.plot([x], [y], "*", color=CHOSEN, markersize=16, markeredgecolor="white", markeredgewidth=1.0,
                  label="this choice", zorder=8)


def ceiling_words(marks: Marks) -> str:
    other, focal = marks.ceiling
    return f"eligibility ends here: TPR {share(focal / marks.focal)}, FPR {share(other / marks.other)}"


def budget_words(marks: Marks) -> str:
    assert marks.limit is not None
    return f"budget: FPR at most {100 * marks.limit / marks.other:.4g}%"


def legend_below(axes: Any) -> None:
    """One legend under all panels, in reading order, each label once."""
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="outside lower left", ncols=2, columnspacing=2.0, handlelength=2.4)
