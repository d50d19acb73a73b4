"""Charts of the effects: by how much chances change, and between which levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evenhand.model import Figure
from evenhand.report.charts import BLUE, GREY, INK, VERMILLION, row_names, share_axis
from evenhand_tiebreaker.command.assign_text import GROUP_NAMES, MEASURE_NAMES, SHARES, points

if TYPE_CHECKING:
    from evenhand_tiebreaker.command.assignment import Assigned

WIDTH = 9.0


def change_figure(found: Assigned, groups: Sequence[str]) -> Figure:
    """One panel per measure, one row per group: the difference and what nine of ten lotteries hold."""
    caption = "Percentage points by which more (blue) or fewer (orange) applicants reach it with the tiebreaker."
    if found.comparison.lotteries > 1:
        caption += " The bar holds nine of ten lotteries, each run with and without the tiebreaker."

    def draw(axes: Any) -> None:
        for place, (panel, measure) in enumerate(zip(axes, SHARES, strict=True)):
            _changes(panel, found, measure, groups)
            _rows(panel, groups, named=not place)
            panel.set_title(MEASURE_NAMES[measure])

    return Figure("What the tiebreaker changes", draw, caption, WIDTH, _height(groups), panels=len(SHARES))


def level_figure(found: Assigned, groups: Sequence[str]) -> Figure:
    """The same as levels: from the share without to the share with the tiebreaker."""

    def draw(axes: Any) -> None:
        for place, (panel, measure) in enumerate(zip(axes, SHARES, strict=True)):
            _levels(panel, found, measure, groups)
            _rows(panel, groups, named=not place)
            panel.set_title(MEASURE_NAMES[measure])
        handles, labels = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(handles, labels, loc="outside lower center", ncols=2)

    return Figure("Chances without and with the tiebreaker", draw,
                  "Share of each group, averaged over the lotteries.", WIDTH, _height(groups) + 0.4, panels=len(SHARES))


def _height(groups: Sequence[str]) -> float:
    return 1.2 + 0.42 * len(groups)


def _rows(panel: Any, groups: Sequence[str], *, named: bool) -> None:
    row_names(panel, range(len(groups)), [GROUP_NAMES[group] if named else "" for group in groups])
    panel.set_ylim(len(groups) - 0.5, -0.5)
    panel.grid(axis="y", visible=False)


def _changes(panel: Any, found: Assigned, measure: str, groups: Sequence[str]) -> None:
    every = [found.effect(measure, group) for group in groups if found.tells(measure, group)]
    rows = [row for row, group in enumerate(groups) if found.tells(measure, group)]
    for row, effect in zip(rows, every, strict=True):
        assert effect.difference is not None
        middle = 100 * effect.difference
        colour = BLUE if middle > 0 else VERMILLION if middle < 0 else GREY
        if effect.low is not None and effect.high is not None:
            panel.plot([100 * effect.low, 100 * effect.high], [row, row], color=colour, linewidth=4, alpha=0.35,
                       solid_capstyle="butt")
        panel.plot([middle], [row], marker="o", markersize=6.5, color=colour, linestyle="none")
        panel.annotate(points(effect.difference), (middle, row), xytext=(0, 6), textcoords="offset points",
                       ha="center", va="bottom", fontsize=8.5, color=INK,
                       bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85})
    ends = [100 * end for effect in every for end in (effect.low, effect.high, effect.difference) if end is not None]
    reach = max([1.0, *(abs(end) for end in ends)])
    panel.axvline(0, color=INK, linewidth=0.8, zorder=1)
    panel.set_xlim(min([0.0, *ends]) - 0.16 * reach, max([0.0, *ends]) + 0.16 * reach)
    panel.set_xlabel("percentage points")


def _levels(panel: Any, found: Assigned, measure: str, groups: Sequence[str]) -> None:
    before, after = [], []
    rows = [row for row, group in enumerate(groups) if found.tells(measure, group)]
    for row in rows:
        effect = found.effect(measure, groups[row])
        before.append(effect.without)
        after.append(effect.with_)
        panel.plot([effect.without, effect.with_], [row, row], color=GREY, linewidth=1.4, zorder=2)
    panel.plot(before, rows, marker="o", markersize=6.5, linestyle="none", markerfacecolor="white",
               markeredgecolor=INK, label="without the tiebreaker", zorder=3)
    panel.plot(after, rows, marker="o", markersize=6.5, linestyle="none", color=BLUE, label="with it", zorder=4)
    share_axis(panel.xaxis)
