"""Charts with one mark per school."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evenhand.model import Figure
from evenhand.report import charts
from evenhand_cep.report.facts import Facts, percent
from evenhand_cep.report.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

Floats = npt.NDArray[np.float64]

COLOURED_GROUPS = 16
"""From more groups on, colours stand for shares."""
LABELLED_GROUPS = 16
MARKED_SCHOOLS = 5_000
"""Up to so many schools have a mark each; beyond, cells with the mean of their schools."""


def _size_and_strength(schools: int) -> tuple[float, float]:
    """Area of a mark in square points, and its opacity: many schools need small and faint ones."""
    return float(np.clip(9_000 / max(1, schools), 3.0, 30.0)), float(np.clip(900 / max(1, schools), 0.12, 0.85))


def shares(facts: Facts) -> Figure | None:
    """School ISP against the share its group claims: who lifts whom."""
    if not len(facts.groups):
        return None
    rule = facts.problem.claiming_rule
    multiplier, minimum = float(rule.multiplier), float(rule.min_isp)
    isp, share, outside = facts.isp, facts.share, facts.outside
    # A school under the minimum could not claim by itself at all.
    alone = np.where(isp >= minimum, np.minimum(1.0, multiplier * isp), 0.0)
    sets = (("claims more than it could alone", ~outside & (share > alone + 1e-9), charts.BLUE),
            ("claims the same", ~outside & (np.abs(share - alone) <= 1e-9), charts.GREY),
            ("claims less than it could alone", ~outside & (share < alone - 1e-9), charts.ORANGE))
    bottom = min(float(np.nanmin(share)), float(rule.lowest_share))
    span = 1.0 - min(bottom, 0.9)
    foot = bottom - 0.1 * span
    floor = foot - 0.04 * span if outside.any() else bottom - 0.08 * span

    def draw(axes: Axes) -> None:
        height, strength = (90.0 if len(facts.groups) <= LABELLED_GROUPS else 20.0), _size_and_strength(len(isp))[1]
        line = np.linspace(0.0, 1.0, 401)
        axes.plot(line, np.minimum(1.0, multiplier * line), color=charts.INK, linewidth=1.2, zorder=1,
                  label=f"what a group of this ISP claims: {multiplier:g} × ISP, at most 100%")
        if minimum > 0:
            axes.axvline(minimum, color=charts.VERMILLION, linestyle="--", linewidth=1.2, zorder=1,
                         label=f"least ISP of a group, {percent(minimum, 0)}")
        for label, chosen, colour in sets:
            if chosen.any():
                # Upright strokes: the marks of a group stand in one row, and strokes show how dense it is.
                axes.scatter(isp[chosen], share[chosen], s=height, c=colour, marker="|", alpha=strength,
                             linewidths=1.2, zorder=2, label=f"{label} ({int(chosen.sum()):,})")
        if outside.any():
            axes.scatter(isp[outside], np.full(int(outside.sum()), foot), s=height, c=charts.BLACK, marker="|",
                         linewidths=1.2, alpha=max(strength, 0.4), zorder=2,
                         label=f"stays outside, drawn at the foot ({int(outside.sum()):,})")
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(floor, 1.0 + 0.05 * span)
        _group_labels(axes, facts, 1.0 + 0.05 * span - floor)
        axes.set_xlabel("ISP of the school (identified students among the enrolled)")
        axes.set_ylabel("claiming share of its group")
        charts.share_axis(axes.xaxis)
        charts.share_axis(axes.yaxis)
        _opaque(axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, markerscale=0.9))

    lifted, lifting = int(sets[0][1].sum()), int(sets[2][1].sum())
    caption = ("Every mark is a school; each row of marks is a group, which claims one share for all its schools. "
               f"Above the line a school claims more than it could alone ({counted(lifted, 'school')}); below it, it "
               f"shares its high ISP with the others ({counted(lifting, 'school')}).")
    return Figure("Who lifts whom", draw, caption, height=5.6)


def _opaque(legend: Legend) -> None:
    """Marks of a legend in full colour, however faint the many marks of the chart are."""
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)


def _group_labels(axes: Axes, facts: Facts, height: float) -> None:
    """Names of the groups at the right edge, moved apart where shares are close."""
    if facts.several or len(facts.groups) > LABELLED_GROUPS:
        return
    groups = facts.groups
    at = [float(share) for share in groups.share]
    spots = spread(at, 0.05 * height, 1.0 + 0.04 * height)
    line = {"arrowstyle": "-", "color": charts.GREY, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 0}
    for g, (share, spot) in enumerate(zip(at, spots, strict=True)):
        text = f"group {groups.label[g]}: {percent(groups.share[g], 1)}, {counted(len(groups.rows[g]), 'school')}"
        axes.annotate(text, (1.0, share), xytext=(1.03, spot), textcoords=axes.get_yaxis_transform(), fontsize=8.5,
                      va="center", annotation_clip=False, arrowprops=line)


def spread(at: list[float], apart: float, top: float) -> list[float]:
    """Places (falling, as ``at`` is) at least ``apart`` from each other, as near to ``at`` as a simple pass gets."""
    spots = sorted(at, reverse=True)
    for _ in range(200):
        moved = False
        for i in range(len(spots) - 1):
            lack = apart - (spots[i] - spots[i + 1])
            if lack > 1e-9:
                spots[i] += lack / 2
                spots[i + 1] -= lack / 2
                moved = True
        over = spots[0] - top if spots else 0.0
        if over > 0:
            spots[0] -= over
            moved = True
        if not moved:
            break
    return spots


def meals(facts: Facts) -> Figure | None:
    """School ISP against what a student's meals are worth, in the group's colour."""
    per_student = facts.problem.meals_value / facts.problem.enrolled
    if not len(facts.groups) or not np.any(per_student > 0):
        return None
    limit, hidden = sensible_limit(per_student)
    cells = len(per_student) > MARKED_SCHOOLS
    by_share = facts.several or len(facts.groups) > COLOURED_GROUPS

    def draw(axes: Axes) -> None:
        area, strength = _size_and_strength(len(per_student))
        if facts.outside.any() and not cells:
            axes.scatter(facts.isp[facts.outside], per_student[facts.outside], s=area, c=charts.GREY, marker="x",
                         linewidths=0.9, alpha=max(0.5, strength), label="outside")
        if cells:
            _in_cells(axes, facts, per_student, limit)
        elif by_share:
            _by_share(axes, facts, per_student, area, strength)
        else:
            _by_group(axes, facts, per_student, area, strength)
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(0.0, limit)
        axes.set_xlabel("ISP of the school")
        axes.set_ylabel("value of a student's meals, a year")
        charts.share_axis(axes.xaxis)
        charts.usd_axis(axes.yaxis)

    caption = ("The value of the meals is what claiming all of them free, rather than paid, would bring. A good "
               "grouping gives a high share to schools whose students eat much, and lets schools of high ISP that eat "
               "little carry them.")
    if cells:
        stay = int(facts.outside.sum())
        caption += (f" There are too many schools for a mark each: a cell has the mean share of the schools in it"
                    f"{f'; {stay:,} schools outside are not shown' if stay else ''}.")
    if hidden:
        caption += f" {counted(hidden, 'school')} above the picture: not drawn, to keep the others apart."
    return Figure("Poverty and meals of every school", draw, caption, height=5.0)


def _by_group(axes: Axes, facts: Facts, values: Floats, area: float, strength: float) -> None:
    groups = facts.groups
    rank = np.argsort(np.argsort([-len(rows) for rows in groups.rows], kind="stable"))
    colours, markers = charts.colours(len(groups)), charts.markers(len(groups))
    for g, rows in enumerate(groups.rows):
        # From the ninth group on colours repeat: the large ones get one of their own.
        colour, marker = colours[rank[g]], markers[rank[g]]
        # Small groups lie between large ones: drawn later and stronger.
        axes.scatter(facts.isp[rows], values[rows], s=1.5 * area, c=colour, marker=marker, linewidths=0,
                     alpha=min(0.9, max(strength, 0.55)), zorder=2 + 1 / len(rows),
                     label=f"group {groups.label[g]}: {percent(groups.share[g], 1)}")
    _opaque(axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), markerscale=1.4, title="claiming share"))


def _by_share(axes: Axes, facts: Facts, values: Floats, area: float, strength: float) -> None:
    inside = ~facts.outside
    marks = axes.scatter(facts.isp[inside], values[inside], s=area, c=facts.share[inside], cmap="cividis",
                         alpha=max(0.35, strength), linewidths=0)
    _share_bar(axes, marks)
    if facts.outside.any():
        _opaque(axes.legend(loc="upper right", markerscale=1.6))


def _in_cells(axes: Axes, facts: Facts, values: Floats, limit: float) -> None:
    shown = ~facts.outside & (values <= limit)
    marks = axes.hexbin(facts.isp[shown], values[shown], C=facts.share[shown], reduce_C_function=np.mean,
                        gridsize=(44, 22), extent=(0.0, 1.0, 0.0, limit), mincnt=1, cmap="cividis", linewidths=0.2)
    _share_bar(axes, marks)


def _share_bar(axes: Axes, marks: Any) -> None:
    bar = axes.figure.colorbar(marks, ax=axes, pad=0.02)
    if bar.solids is not None:
        bar.solids.set_alpha(1.0)
    bar.set_label("claiming share of the group")
    bar.outline.set_visible(False)
    charts.share_axis(bar.ax.yaxis)


def sensible_limit(values: Floats) -> tuple[float, int]:
    """Upper end of an axis that a few extreme values do not flatten, and how many lie beyond it."""
    most, usual = float(values.max()), float(np.quantile(values, 0.995))
    limit = 1.05 * most if most <= 2.0 * usual or usual <= 0 else 1.25 * usual
    return limit, int((values > limit).sum())
