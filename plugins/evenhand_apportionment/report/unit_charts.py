"""Charts with one mark per group: units against the ideal, units per ideal, the Lorenz curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.model import Figure
from evenhand.report import charts
from evenhand.report.format import number
from evenhand_apportionment.report.facts import Facts, Floats, Ints, clipped
from evenhand_apportionment.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 60
"""Up to so many groups have a row with their name each."""
MARKS = 20_000
"""Beyond, every so-manieth group is drawn."""
SIDES = (("more than the ideal", charts.ORANGE), ("exactly the ideal", charts.GREY),
         ("less than the ideal", charts.BLUE))


def sides(facts: Facts, rows: Ints) -> list[tuple[str, str, Ints]]:
    """Label, colour and places in ``rows`` of the over-, exactly and under-represented groups that there are."""
    gap = np.sign(facts.units[rows] - facts.ideal[rows])
    found = ((label, colour, np.flatnonzero(gap == sign)) for (label, colour), sign in zip(SIDES, (1, 0, -1),
                                                                                        strict=True))
    return [(f"{label} ({len(places):,})", colour, places) for label, colour, places in found if len(places)]


def thinned(rows: Ints) -> Ints:
    return rows[:: max(1, -(-len(rows) // MARKS))]


def against_ideal(facts: Facts) -> Figure | None:
    """Units less the ideal, over the band between the ideal rounded down and rounded up."""
    rows = facts.largest_first
    if not len(rows):
        return None
    named = len(rows) <= NAMED
    shown = rows if named else thinned(rows)
    ideal, gap = facts.ideal[shown], facts.units[shown] - facts.ideal[shown]
    low, high = np.floor(ideal) - ideal, np.ceil(ideal) - ideal

    def draw(axes: Axes) -> None:
        across = np.arange(len(shown), 0, -1) if named else ideal
        if named:
            charts.bars(axes, across, low, high, height=0.62, colour=charts.RULE,
                        label="from the ideal rounded down to the ideal rounded up")
        for label, colour, places in sides(facts, shown):
            x, y = (gap[places], across[places]) if named else (across[places], gap[places])
            axes.scatter(x, y, s=34 if named else 9, c=colour, linewidths=0, zorder=3, label=label,
                         alpha=1.0 if named else 0.6)
        if named:
            axes.axvline(0.0, color=charts.INK, linewidth=0.9, zorder=2)
            charts.row_names(axes, across, [f"{clipped(facts.ids[row])}  {facts.units[row]:,}" for row in shown])
            axes.set_ylim(0.3, len(shown) + 0.7)
            axes.set_xlabel("units more or less than the ideal")
            edge = 1.06 * float(max(np.abs(gap).max(), np.abs(low).max(), high.max(), 0.5))
            axes.set_xlim(-edge, edge)
        else:
            for place in (-1.0, 1.0):
                axes.axhline(place, color=charts.GREY, linewidth=1.0, linestyle="--", zorder=1)
            axes.axhline(0.0, color=charts.INK, linewidth=0.9, zorder=2)
            axes.set_xscale("log")
            axes.set_xlabel("ideal number of units")
            axes.set_ylabel("units more or less than the ideal")
        handles = axes.get_legend_handles_labels()[0]
        axes.legend(handles=[*handles[1:], handles[0]] if named else handles, loc="lower left",
                    bbox_to_anchor=(-0.02, 1.0), ncols=2, markerscale=1.0 if named else 2.0)

    caption = ("Rows by population, with the units given. A dot inside its grey band got the ideal rounded down or up; "
               "one outside got even more or less." if named else
               "Dots between the broken lines got less than one unit more or less than the ideal.")
    if len(shown) < len(rows):
        caption += f" Of {len(rows):,} groups one in {-(-len(rows) // MARKS)} is drawn."
    return Figure("Units against the ideal", draw, caption, height=1.6 + 0.2 * len(shown) if named else 4.6)


def ratios(facts: Facts) -> Figure | None:
    """Units per ideal unit of every group, sorted, around 1."""
    rows = facts.largest_first
    if not len(rows):
        return None
    order = rows[np.argsort(facts.ratio[rows], kind="stable")]
    named = len(order) <= NAMED
    shown = order if named else thinned(order)
    values: Floats = facts.ratio[shown]
    logarithmic = bool(values.min() > 0) and float(values.max()) > 1.0

    def draw(axes: Axes) -> None:
        places = np.arange(1, len(shown) + 1)
        ranks = places if named else np.linspace(1, len(order), len(shown))
        if named:
            axes.hlines(ranks, np.minimum(1.0, values), np.maximum(1.0, values), color=charts.RULE, linewidth=2.0,
                        zorder=1)
        for label, colour, chosen in sides(facts, shown):
            axes.scatter(values[chosen], ranks[chosen], s=34 if named else 7, c=colour, linewidths=0, zorder=3,
                         label=label)
        axes.axvline(1.0, color=charts.INK, linewidth=0.9, zorder=2)
        if logarithmic:
            axes.set_xscale("log")
            _ratio_ticks(axes, float(values.min()), float(values.max()))
        if named:
            charts.row_names(axes, ranks, [clipped(facts.ids[row]) for row in shown])
        else:
            axes.set_ylabel("groups, sorted")
            charts.count_axis(axes.yaxis)
            axes.grid(False, axis="y")
        axes.set_ylim(0.3, float(ranks[-1]) + 0.7)
        axes.set_xlabel("units per ideal unit")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, markerscale=1.0 if named else 2.0)

    worst, best = order[0], order[-1]
    caption = (f"Least represented: {facts.ids[worst]}, {facts.ratio[worst]:.3f} of its ideal. Most: "
               f"{facts.ids[best]}, {facts.ratio[best]:.3f}.")
    left_out = len(facts.units) - len(rows)
    if left_out:
        caption += f" {counted(left_out, 'group')} without an ideal (under the threshold, or empty) not shown."
    return Figure("Who is over- and who is under-represented", draw, caption,
                  height=1.4 + 0.19 * len(shown) if named else 4.6)


TICKS = (1.0, 0.5, 2.0, 0.1, 10.0, 100.0, 0.01, 1000.0, 5.0, 0.2, 0.8, 1.2, 0.9, 1.1, 1.5, 0.7, 20.0, 50.0, 500.0, 0.05,
         0.02, 200.0, 3.0, 0.3, 1.3, 0.6, 0.95, 1.05, 30.0, 1.02, 0.98, 1.01, 0.99)
"""Ratios worth a tick, the most telling first."""


def _ratio_ticks(axes: Axes, low: float, high: float) -> None:
    """Plain ticks of a logarithmic axis of ratios, as many as have room."""
    from matplotlib.ticker import FixedLocator, NullLocator

    apart = 0.06 * float(np.log(high / low))
    chosen: list[float] = []
    for tick in TICKS:
        if low / 1.03 <= tick <= high * 1.03 and all(abs(np.log(tick / other)) >= apart for other in chosen):
            chosen.append(tick)
    if len(chosen) > 2:
        axes.xaxis.set_major_locator(FixedLocator(sorted(chosen)))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: number(round(value, 4)))


def lorenz(facts: Facts) -> Figure | None:
    """Share of the units against share of the population, groups by units per head."""
    people, units = facts.share_of_people, facts.share_of_units
    order = np.argsort(np.divide(units, people, out=np.full(len(units), np.inf), where=people > 0), kind="stable")
    if len(order) < 2:
        return None
    x = np.concatenate([[0.0], np.cumsum(people[order])])
    y = np.concatenate([[0.0], np.cumsum(units[order])])
    if len(x) > 2000:
        at = np.unique(np.searchsorted(x, np.linspace(0.0, 1.0, 1000)).clip(0, len(x) - 1))
        x, y = x[at], y[at]
    gini = facts.solution.metrics.get("gini")

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=charts.GREY, linewidth=1.0, linestyle="--", label="equal shares")
        axes.fill_between(x, x, y, color=charts.SKY, alpha=0.35, linewidth=0)
        axes.plot(x, y, color=charts.BLUE, label="this division")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_aspect("equal", anchor="W")
        axes.set_xlabel("share of the population, least represented first")
        axes.set_ylabel("share of the units")
        charts.share_axis(axes.xaxis)
        charts.share_axis(axes.yaxis)
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))

    caption = "The nearer the curve to the broken line, the more nearly every head has the same share of a unit."
    if gini is not None:
        caption += f" Twice the area between them is the Gini index, {100 * float(gini):.2f}%."
    return Figure("Lorenz curve", draw, caption, height=4.2)
