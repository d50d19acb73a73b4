"""The claims around the cut: who got the last units, and who would have got the next ones."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from evenhand.model import Figure, Sheet
from evenhand.report import charts
from evenhand.report.format import number
from evenhand_apportionment.report.facts import Facts, Floats, Ints, clipped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RUNGS = 5
Claim = Callable[[Ints, Ints], Floats]
"""Rows and how-manieth units to the strength of their claims: larger is sooner, and falls with every unit."""


@frozen
class Rung:
    """A claim: the ``unit``-th unit of a group; ``place`` counts units of the whole division, the last one is k."""

    row: int
    unit: int
    claim: float
    place: int

    def name(self, facts: Facts) -> str:
        return f"{clipped(facts.ids[self.row])}, unit {self.unit:,}"


def rungs(facts: Facts) -> tuple[list[Rung], list[Rung]] | None:
    """The weakest claims that were met, strongest first, and the strongest that were not."""
    claim = _claim(facts)
    if claim is None:
        return None
    problem, units = facts.problem, facts.units
    met = _walk(claim, np.flatnonzero(problem.eligible & (units > problem.lower)), units, problem.lower, down=True)
    most = problem.instance.most  # not cut to k: who holds every unit to spare may still be next in line
    lost = _walk(claim, np.flatnonzero(problem.eligible & (units < most)), units, most, down=False)
    last = [Rung(row, unit, value, facts.k - place) for place, (row, unit, value) in enumerate(met)]
    following = [Rung(row, unit, value, facts.k + place) for place, (row, unit, value) in enumerate(lost, start=1)]
    return last[::-1], following


def _walk(claim: Claim, rows: Ints, units: Ints, end: Ints, *, down: bool) -> list[tuple[int, int, float]]:
    """The nearest claims on one side of the cut; a group may stand there with several units."""
    if not len(rows):
        return []
    step, sign = (-1, 1.0) if down else (1, -1.0)
    first = units[rows] + (0 if down else 1)
    values = sign * claim(rows, first)
    # Of equal claims the first row is served first, so the last one stands nearest to the cut.
    if len(values) > RUNGS:  # only what ties with the nearest few is put in order
        some = np.flatnonzero(~(values > np.partition(values, RUNGS - 1)[RUNGS - 1]))
        rows, first, values = rows[some], first[some], values[some]
    near = np.lexsort((step * rows, values))[:RUNGS]
    heap = [(float(values[at]), step * int(rows[at]), int(first[at])) for at in near]
    heapq.heapify(heap)
    found: list[tuple[int, int, float]] = []
    while heap and len(found) < RUNGS:
        value, place, unit = heapq.heappop(heap)
        row = step * place
        found.append((row, unit, sign * value))
        unit += step
        if (unit > end[row]) if down else (unit <= end[row]):
            strength = float(sign * claim(np.array([row]), np.array([unit]))[0])
            heapq.heappush(heap, (strength, place, unit))
    return found


def _claim(facts: Facts) -> Claim | None:
    """What a unit is worth to a group, from what it costs by the method."""
    family, problem = facts.family, facts.problem
    if family not in WORDS or not facts.plain or (facts.parametric and facts.options.beta < 1):
        return None
    cost = problem.cost_at(facts.k - problem.instance.given)

    def claim(rows: Ints, units: Ints) -> Floats:
        steps: Floats = cost.steps(units - 1 - problem.base, problem.place[rows])
        if family == "divisor":
            with np.errstate(divide="ignore"):
                return 1.0 / steps
        # A quota method's next unit costs 2 (a - q) + 1.
        return -steps if family == "parametric" else (1.0 - steps) / 2.0

    return claim


WORDS = {
    "divisor": ("priority: population / d(units before)", "Units go to the largest claims, one after the other."),
    "quota": ("what is left of the quotas after the units before", "Units left over go to the largest remainders."),
    "parametric": ("what the unit takes off the error E",
                   "A unit is worth what it takes off the error; below 0 it makes the error larger, and goes to whom "
                   "it harms least. All claims are those at this number of units."),
}


BETTER = " Here a claim that was not met is stronger than one that was: moving that unit would be better."


def three_decimals(claims: Iterable[float]) -> bool:
    """Whether claims are large enough to be written with three decimals: neighbours in line may differ by little."""
    return min((abs(claim) for claim in claims if math.isfinite(claim)), default=0.0) >= 1.0


def written(claim: float, fixed: bool) -> str:
    if not math.isfinite(claim):
        return "∞"
    return f"{claim:,.3f}" if fixed else number(claim)


def figure(facts: Facts) -> Figure | None:
    """A bar per claim around the cut."""
    found = facts.rungs
    if found is None or not (found[0] and found[1]):
        return None
    last, following = found
    shown = [*last, *following]
    values = np.array([rung.claim for rung in shown])
    if not np.isfinite(values).all():
        return None
    fixed = three_decimals(values.tolist())
    whole = bool(values.min() <= 0.0 <= values.max())

    def draw(axes: Axes) -> None:
        places = np.arange(len(shown), 0, -1)
        low, high = float(values.min()), float(values.max())
        room = (high - low) or abs(high) or 1.0
        start = 0.0 if whole else low - 0.25 * room
        colours = [charts.BLUE] * len(last) + [charts.RULE] * len(following)
        axes.barh(places, values - start, left=start, color=colours, height=0.66)
        for place, rung in zip(places, shown, strict=True):
            left = whole and rung.claim < 0
            axes.annotate(written(rung.claim, fixed), (rung.claim, place), xytext=(-5 if left else 5, 0), va="center",
                          ha="right" if left else "left", textcoords="offset points", fontsize=9)
        axes.axhline(len(following) + 0.5, color=charts.VERMILLION, linewidth=1.3, linestyle="--")
        axes.annotate(f"{facts.k:,} units are given", (1.0, len(following) + 0.5), xytext=(0, 3), ha="right",
                      xycoords=axes.get_yaxis_transform(), textcoords="offset points", color=charts.VERMILLION,
                      fontsize=9)
        axes.set_yticks(places, [f"{rung.name(facts)}" for rung in shown])
        axes.set_xlim(low - (0.3 if whole else 0.25) * room, high + 0.3 * room)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(WORDS[facts.family][0])
        axes.xaxis.set_major_formatter(lambda value, _: number(float(f"{value:.7g}")))

    caption = (f"The last {len(last)} claims that were met and the first {len(following)} that were not. "
               f"{WORDS[facts.family][1]}{'' if whole else ' The axis does not begin at 0.'}")
    if following[0].claim > last[-1].claim and not facts.tied:
        caption += BETTER
    return Figure("Around the last unit", draw, caption, height=1.1 + 0.32 * len(shown))


def sheet(facts: Facts) -> Sheet | None:
    """The same claims as numbers."""
    found = facts.rungs
    if found is None:
        return None
    fixed = three_decimals(rung.claim for rung in (*found[0], *found[1]))
    rows: list[list[Any]] = [
        [given, rung.place, facts.ids[rung.row], rung.unit, written(rung.claim, fixed)]
        for given, side in zip(("given", "next in line"), found, strict=True) for rung in side]
    if not rows:
        return None
    headings = ["", "Unit", "Group", "The group's unit", "Claim"]
    caption = f"Claim: {WORDS[facts.family][0]}. priorities.csv has the list."
    if facts.family != "divisor":  # no order of units that would hold at another size, and so no number for them
        headings.remove("Unit")
        rows = [["given" if row[0] == "given" else "nearest to one more", *row[2:]] for row in rows]
        caption = f"Claim: {WORDS[facts.family][0]}, the strongest first; all at this number of units."
    return Sheet("Claims around the last unit", headings, rows,
                 {name: "number" if name == "Claim" else "count" for name in headings if name not in ("", "Group")},
                 caption)
