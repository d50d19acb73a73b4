"""Charts of money: per group, per district, by the number of groups, and what share is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenhand.model import Figure
from evenhand.report import charts
from evenhand.report.format import dollars, objective_unit, quantity
from evenhand_cep.fewer_groups import fewer_groups, refusal
from evenhand_cep.report.facts import Facts, percent
from evenhand_cep.report.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 25
MOST_DISTRICTS = 20


def short_dollars(value: float) -> str:
    """``$14.2M``, ``$110k``, ``$950``; cents only under 100 dollars."""
    size, sign = abs(value), "−" if value < 0 else ""
    for least, unit, letter in ((999_500_000, 1e9, "B"), (999_500, 1e6, "M"), (9_995, 1e3, "k")):
        if size >= least:
            amount = size / unit
            digits = format(amount, "#.3g").rstrip(".") if amount < 999.5 else f"{amount:,.0f}"
            return f"{sign}${digits}{letter}"
    return f"{sign}${size:,.0f}" if size >= 100 or size == int(size) else f"{sign}${size:,.2f}"


def per_group(facts: Facts) -> Figure | None:
    """What each group claims of the value of its meals."""
    groups = facts.groups
    if not len(groups):
        return None
    order = sorted(range(len(groups)), key=lambda g: -groups.meals_value[g])[:MOST_BARS]
    order.sort()
    left_over = len(groups) - len(order)

    def draw(axes: Axes) -> None:
        places = np.arange(len(order))[::-1]
        worth = np.array([groups.meals_value[g] for g in order])
        claimed = np.array([groups.reimbursement[g] for g in order])
        axes.barh(places, worth, color=charts.RULE, height=0.66, label="not claimed: the share is below 100%")
        axes.barh(places, claimed, color=charts.BLUE, height=0.66, label="claimed above the paid rate")
        for place, full, part, g in zip(places, worth, claimed, order, strict=True):
            axes.annotate(f"{percent(groups.share[g], 1)}   {short_dollars(part)}", (full, place), xytext=(6, 0),
                          textcoords="offset points", va="center", fontsize=9)
        names = [f"group {groups.label[g]}, {counted(len(groups.rows[g]), 'school')}" for g in order]
        axes.set_yticks(places, names)
        axes.set_xlim(0.0, 1.2 * float(worth.max()) or 1.0)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("a year, above the paid rate")
        charts.usd_axis(axes.xaxis)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, reverse=True)

    caption = "Beside each bar: the share of its meals that the group claims free, and the money."
    caption += not_shown(facts)
    if left_over:
        caption += f" The {left_over:,} groups whose meals are worth least are in the table only."
    return Figure("Money of each group", draw, caption, height=1.5 + 0.36 * len(order))


def not_shown(facts: Facts) -> str:
    """Why the chart of fewer groups is left out."""
    reason = refusal(facts.problem)
    return f" What fewer groups would bring is not worked out here: {reason}." if reason else ""


def by_number_of_groups(facts: Facts) -> Figure | None:
    """What fewer groups are worth at least, against the limit for any number of groups."""
    if not facts.keeps_rules or len(facts.groups) < 2:
        return None
    found = fewer_groups(facts.problem, facts.allocation, facts.curve)
    if len(found.counts) < 2:
        return None
    money, sign = facts.about_money, 1.0 if facts.solution.sense == "maximize" else -1.0
    unit = "USD" if money else objective_unit(facts.problem)
    first = found.values[0] if money else 0.0
    heights = [sign * (value - first) for value in found.values]
    steps = [sign * (after - before) for before, after in zip(found.values[:-1], found.values[1:], strict=True)]
    start = "one group" if found.counts[0] == 1 else f"{found.counts[0]} groups"
    bound = facts.solution.verified_bound
    limit = None if bound is None else sign * (sign * bound - first)

    tallest = max(*heights, 0.0 if limit is None else limit)

    def draw(axes: Axes) -> None:
        axes.bar(found.counts, heights, color=charts.BLUE, width=0.62, zorder=2)
        for count, height, step in zip(found.counts[1:], heights[1:], steps, strict=True):
            text = short_dollars(step) if money else quantity(round(step, 6), unit)
            label = "+$0" if abs(step) < 0.5 and money else f"+{text}" if step >= 0 else text
            # Not on the line of the limit.
            place = limit if limit is not None and height < limit < height + 0.1 * tallest else height
            axes.annotate(label, (count, place), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=9)
        if limit is not None:
            axes.axhline(limit, color=charts.VERMILLION, linewidth=1.2, linestyle="--", zorder=1,
                         label=f"no grouping of any kind can be worth {'more' if sign > 0 else 'less'}")
            axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0))
        axes.set_xticks(found.counts)
        axes.set_ylim(top=1.14 * tallest or 1.0)
        room = max(0.6, (6 - len(found.counts)) / 2)  # a few bars need not fill the whole width
        axes.set_xlim(found.counts[0] - room, found.counts[-1] + room)
        axes.grid(False, axis="x")
        axes.set_xlabel("number of groups, at most")
        axes.set_ylabel(f"more than with {start}, a year" if money else unit or "value")
        charts.unit_axis(axes.yaxis, unit)

    caption = ("Each bar belongs to a real grouping of at most so many groups, found by merging groups of the answer "
               "and mending them; the best one is worth at least as much.")
    if money:
        caption += f" Above each bar: its difference to the bar before.{_enough(found.counts, heights)}"
    if facts.problem.may_stay_out:
        caption += " With fewer groups, too, schools may stay outside."
    return Figure("What each further group is worth", draw, caption, height=4.0)


def _enough(counts: Sequence[int], gains: Sequence[float]) -> str:
    """How few groups bring nearly all."""
    whole = gains[-1]
    for count, gain in zip(counts[:-1], gains[:-1], strict=True):
        if whole > 0 and gain >= 0.99 * whole:
            part = math.floor(1000 * gain / whole) / 10
            return f" {count} groups bring at least {part:g}% of what {counts[-1]} bring."
    return ""


def prices(facts: Facts) -> Figure | None:
    """The price curve of the certificate: what one more identified student is worth."""
    curve = facts.curve
    if curve is None or not facts.about_money or len(curve.nodes) < 2 or curve.largest <= 0:
        return None
    multiplier = float(facts.problem.options.multiplier)
    low, high = float(curve.nodes[0]), float(curve.nodes[-1])
    at = np.unique(np.concatenate([curve.nodes, np.linspace(low, high, 201)]))
    held = np.array([float(share) for share in facts.groups.share])

    def draw(axes: Axes) -> None:
        axes.plot(at, multiplier * curve.at(at), color=charts.BLUE, label="price that proves the limit", zorder=2)
        if len(held):
            axes.scatter(held, multiplier * curve.at(held), color=charts.ORANGE, s=34, zorder=3, clip_on=False,
                         label="groups of this answer")
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("claiming share of the group")
        axes.set_ylabel("worth of one more identified student")
        charts.share_axis(axes.xaxis)
        charts.usd_axis(axes.yaxis)
        axes.legend(loc="lower right")

    caption = ("Roughly what one more identified student in a group of this share brings in a year: "
               f"{multiplier:g} times the price of share that the proof above rests on. It is a guide to where finding "
               "identified students pays, not a promise.")
    return Figure("What one more identified student is worth", draw, caption, height=3.6)


def per_district(facts: Facts) -> Figure | None:
    """The districts that gain most against one group each."""
    gains = facts.district_gains
    known = [(gain, district) for district, gain in enumerate(gains) if gain is not None and gain > 0.5]
    if not known:
        return None
    known.sort(key=lambda entry: (-entry[0], entry[1]))
    shown = known[:MOST_DISTRICTS]

    def draw(axes: Axes) -> None:
        places = np.arange(len(shown))[::-1]
        axes.barh(places, [gain for gain, _ in shown], color=charts.BLUE, height=0.66)
        for place, (gain, _) in zip(places, shown, strict=True):
            axes.annotate(short_dollars(gain), (gain, place), xytext=(5, 0), textcoords="offset points", va="center",
                          fontsize=9)
        axes.set_yticks(places, [clipped(facts.problem.districts[district]) for _, district in shown])
        axes.set_xlim(right=1.12 * shown[0][0])
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("more than one group, a year")
        charts.usd_axis(axes.xaxis)

    unknown = sum(gain is None for gain in gains)
    caption = (f"{len(known):,} of {len(gains):,} districts claim more in several groups than in one; together "
               f"{dollars(math.fsum(gain for gain, _ in known))} a year.")
    if unknown:
        caption += f" In {unknown:,} districts one group of all schools would miss the minimum; they are not counted."
    caption += not_shown(facts)
    return Figure("Districts that gain most from grouping", draw, caption, height=1.2 + 0.3 * len(shown))


def clipped(name: str, length: int = 34) -> str:
    return name if len(name) <= length else f"{name[:length - 1].rstrip()}…"
