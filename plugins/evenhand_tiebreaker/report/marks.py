"""What the charts of rates have in common: curves, points to compare with, limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand.report import charts
from evenhand.report.format import share
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.report.columns import compared_columns
from evenhand_tiebreaker.report.cutoffs import shown_vertices
from evenhand_tiebreaker.report.district import ELIGIBLE, FOCAL, OTHER
from evenhand_tiebreaker.report.facts import Facts, Point, clipped
from evenhand_tiebreaker.report.steps import Steps, curve_steps, district_steps

if TYPE_CHECKING:
    from evenhand_tiebreaker.counts import Ints
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
    ceiling : (other, focal) of all eligible blocks; ``ceiling_told``: whether they are exact.
    least : counts of fewer students are hidden, and points closer together than that are left out; 0: none.
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
    ceiling_told: bool = True
    least: int = 0

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
    cutoffs = _curve(problem.curve, curve_steps(facts), _listed(facts))
    compared = tuple((clipped(name), facts.point(marked), *style) for (name, marked), style in
                     zip(compared_columns(problem), COMPARED, strict=False))
    return Marks(
        float(blocks.total_focal), float(blocks.total_other), _frontier(facts, cutoffs), cutoffs,
        None if facts.everywhere is None else _curve(facts.everywhere, district_steps(facts), ()),
        facts.point(facts.chosen), compared, limits.get("non_focal"), limits.get("students"), _ceiling(facts),
        _unseen(facts), facts.district.told((FOCAL, ELIGIBLE), (OTHER, ELIGIBLE)),
        facts.cells.least if facts.cells.on else 0)


def _curve(curve: ThresholdCurve, steps: Steps, wanted: Iterable[int]) -> Curve:
    """(0, 0) and the cut-offs that may be shown; ``wanted`` ones, by vertex, before others."""
    ends = len(curve)
    return _shown(np.r_[0, curve.other], np.r_[0, curve.focal], steps, [0, ends, *(place + 1 for place in wanted)])


def _shown(other: Ints, focal: Ints, steps: Steps, wanted: Iterable[int]) -> Curve:
    kept = np.array(steps.shown(other, focal, wanted), dtype=np.int64)
    return Curve(other[kept].astype(np.float64), focal[kept].astype(np.float64))


def _listed(facts: Facts) -> list[int]:
    """Vertices that the table of cut-offs shows: the chart must not show others close to them."""
    return shown_vertices(facts) if facts.cells.on else []


def _frontier(facts: Facts, cutoffs: Curve) -> Curve | None:
    """The exact frontier; of points close together those that are cut-offs, or the choice, stay."""
    frontier = facts.problem.frontier
    if frontier is None:
        return None
    other, focal = frontier.points()
    marked = {*zip(cutoffs.other.tolist(), cutoffs.focal.tolist(), strict=True)}
    if facts.options.selection == "exact":
        marked.add((facts.other, facts.focal))
    wanted = [place for place, point in enumerate(zip(other.tolist(), focal.tolist(), strict=True)) if point in marked]
    return _shown(other, focal, district_steps(facts), wanted)


def _ceiling(facts: Facts) -> tuple[float, float]:
    blocks = facts.blocks
    other, focal = total(blocks.other[blocks.eligible]), facts.ceiling
    told = [facts.district.told((name, ELIGIBLE)) for name in (OTHER, FOCAL)]
    return (float(facts.placed(other, blocks.total_other, told=told[0])),
            float(facts.placed(focal, blocks.total_focal, told=told[1])))


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
    if not marks.ceiling_told:
        return "eligibility ends here"
    return f"eligibility ends here: TPR {share(focal / marks.focal)}, FPR {share(other / marks.other)}"


def thinned_words(marks: Marks) -> str:
    """What is left out of the charts."""
    return (f"So that no small count can be read off, no two points of a curve are closer than {marks.least} students "
            f"of either kind: between its points a curve may lie a few students too low. Single marks of fewer than "
            f"{marks.least} students are moved. roc.csv has every point." if marks.least else "")


def budget_words(marks: Marks) -> str:
    assert marks.limit is not None
    return f"budget: FPR at most {100 * marks.limit / marks.other:.4g}%"


def legend_below(axes: Any) -> None:
    """One legend under all panels, in reading order, each label once."""
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="outside lower left", ncols=2, columnspacing=2.0, handlelength=2.4)
