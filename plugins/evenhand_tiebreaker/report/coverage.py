"""How much of every counted group the choice reaches."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenhand.model import Figure, Sheet
from evenhand.report import charts
from evenhand.report.format import share
from evenhand_tiebreaker.groups import Group
from evenhand_tiebreaker.report.columns import counted_groups
from evenhand_tiebreaker.report.district import ALL, DISTRICT, ELIGIBLE, REACHED, column
from evenhand_tiebreaker.report.facts import Facts, clipped

HEADINGS = ("Group", "In the district", "In eligible blocks", "Reached", "Coverage", "Of those eligible")


def coverage(facts: Facts) -> list[Figure | Sheet]:
    """A table and, for more than one group, a chart: every group's share in receiving blocks."""
    groups = counted_groups(facts.problem)
    everyone = Group(ALL, facts.blocks.students, facts.blocks.factor,
                     facts.blocks.total_focal + facts.blocks.total_other)
    rows = [_row(facts, group) for group in (*groups, everyone)]
    sheet = Sheet("Coverage by group", list(HEADINGS), rows, dict.fromkeys(HEADINGS[1:], "count"),
                  "Reached: students of the group who live in receiving blocks. Coverage is of the whole district. "
                  f"Groups overlap. {facts.cells.note('the table blocks')}".strip())
    shown = [group for group in (*groups, everyone) if group.total and facts.district.told(
        *((_key(group), region) for region in (DISTRICT, ELIGIBLE, REACHED)))]
    return [sheet] if len(shown) < 2 else [_chart(facts, shown), sheet]


def _key(group: Group) -> str:
    return ALL if group.name == ALL else column(group.name)


def _row(facts: Facts, group: Group) -> list[Any]:
    district, key = facts.district, _key(group)
    name = f"{group.name} (focal)" if group.name == facts.options.focal else group.name
    return [name, *(district.text((key, region)) for region in (DISTRICT, ELIGIBLE, REACHED)),
            district.rate((key, REACHED), (key, DISTRICT)), district.rate((key, REACHED), (key, ELIGIBLE))]


def _chart(facts: Facts, groups: list[Group]) -> Figure:
    reached = [group.reached(facts.chosen) / group.total for group in groups]
    ceiling = [group.reached(facts.blocks.eligible) / group.total for group in groups]
    names = [clipped(f"{group.name} (focal)" if group.name == facts.options.focal else group.name) for group in groups]

    def draw(axes: Any) -> None:
        places = np.arange(len(groups))[::-1].tolist()
        if min(ceiling) < 1.0:
            charts.bars(axes, places, [0.0] * len(groups), ceiling, height=0.62, colour=charts.RULE,
                        label="in eligible blocks")
        charts.bars(axes, places, [0.0] * len(groups), reached, height=0.62, colour=charts.BLUE, label="reached")
        for place, part in zip(places, reached, strict=True):
            axes.annotate(share(part), (part, place), xytext=(4, 0), textcoords="offset points", va="center",
                          fontsize=9)
        charts.row_names(axes, places, names)
        axes.set_xlim(0.0, 1.1 * max(*ceiling, *reached, 1e-3))
        axes.set_ylim(-0.6, len(groups) - 0.4)
        axes.grid(False, axis="y")
        axes.set_xlabel("share of the group's students in the district")
        charts.share_axis(axes.xaxis)
        axes.figure.legend(loc="outside lower center", ncols=2)

    return Figure("Whom it reaches", draw, "Every group's students in receiving blocks, and in eligible ones, as "
                  "shares of the group in the district.", width=8.0, height=1.5 + 0.38 * len(groups))
