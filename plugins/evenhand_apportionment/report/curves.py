"""The error and the score of every size of a range, with the winner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.model import Figure
from evenhand.report import charts
from evenhand_apportionment.report.facts import Facts
from evenhand_apportionment.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKED = 60
"""Up to so many sizes with E = 0 are marked each."""


def by_size(facts: Facts) -> Figure | None:
    """E(k) and S(k) side by side."""
    curve = facts.problem.curve
    if curve is None or len(curve.sizes) < 2:
        return None
    sizes, errors, scores, best = curve.sizes, curve.errors, curve.scores, int(curve.best)
    exact = sizes[errors == 0]
    shown = errors > 0
    winner = int(np.flatnonzero(sizes == best)[0])

    def draw(panels: tuple[Axes, Axes]) -> None:
        from matplotlib.ticker import MaxNLocator

        for axes, values, name in ((panels[0], errors, "error E(k)"), (panels[1], scores, "score S(k)")):
            if shown.any():
                axes.plot(sizes[shown], values[shown], color=charts.BLUE, linewidth=1.3)
            axes.axvline(best, color=charts.VERMILLION, linewidth=1.1, linestyle="--", label=f"chosen: k = {best:,}")
            if shown[winner]:
                axes.plot([best], [values[winner]], "o", color=charts.VERMILLION)
            if len(exact):
                edge = 0.0 if values is errors else 1.0  # E = 0 has no place on a logarithm; its score is infinite
                axes.plot(exact[:MARKED], np.full(len(exact[:MARKED]), edge), "D", color=charts.ORANGE, clip_on=False,
                          transform=axes.get_xaxis_transform(), label=f"E = 0 ({len(exact):,})")
            axes.set_title(name)
            axes.set_xlabel("number of units k")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            charts.count_axis(axes.xaxis)
        if shown.any():
            panels[0].set_yscale("log")
            panels[0].yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        panels[1].legend(loc="best")

    return Figure("Every size of the range", draw, caption(facts), width=9.6, height=3.8, panels=2)


def caption(facts: Facts) -> str:
    """What the curve says, and how little the winner may mean."""
    curve, options = facts.problem.curve, facts.options
    assert curve is not None
    sizes, best = curve.sizes, int(curve.best)
    said = [f"Each of the {counted(len(sizes), 'size')} from {sizes[0]:,} to {sizes[-1]:,} was solved by itself; the "
            f"score is −(α ln k + ln E(k)) with α = {options.alpha:g}."]
    zero = curve.sizes[curve.errors == 0]
    if len(zero):
        others = "one larger size does" if len(zero) == 2 else f"{len(zero) - 1:,} larger sizes do"
        more = "" if len(zero) == 1 else f"; {others} so too"
        said.append(f"k = {int(zero[0]):,} divides everybody exactly (E = 0), which is the best score there is{more}.")
    elif options.alpha == options.beta:
        said.append("At α = β the score has no trend: the winner is where the fractions happen to fall well, and a few "
                    "people more or less may choose another size.")
    else:
        end = "largest" if options.alpha < options.beta else "smallest"
        relation = "<" if options.alpha < options.beta else ">"
        said.append(f"At α {relation} β the score tends to the {end} size of the range: mind what chose the range.")
    order = np.argsort(-curve.scores, kind="stable")
    near = [int(size) for size in sizes[order[:6]] if int(size) != best][:4]
    if near and not len(zero):
        said.append(f"Next best: {', '.join(f'{size:,}' for size in near)}.")
    return " ".join(said)
