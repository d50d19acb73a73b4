"""Sliders for a notebook: how the parametric method's choice changes with its parameters.

>>> from evenhand_apportionment.notebook import explore
>>> explore("states.csv")                       # doctest: +SKIP

Needs ipywidgets (``pip install 'evenhand[notebook]'``). Everything but the sliders works without it: an
:class:`Explorer` answers and draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import define, evolve, field, frozen

from evenhand.errors import EvenhandError
from evenhand_apportionment.notebook_page import page
from evenhand_apportionment.parametric.problem import UNBOUNDED, ParametricProblem
from evenhand_apportionment.parametric.sweep import Sweep, best_size, scores, sweep

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WORK = 1_000_000
"""Groups times sizes that the range of sizes offers at first: what is answered while a slider moves."""
SLIDERS = (("alpha", 0.0, 6.0, "reward for fewer units"), ("beta", 1.0, 6.0, "how sharply an error grows"),
           ("sigma", 0.0, 1.0, "above 0.5: too many is worse"), ("kappa", 0.0, 2.0, "target: population to this power"),
           ("gamma", 0.0, 2.0, "weight: population to this power"))


@frozen(kw_only=True)
class Settings:
    """Where the sliders stand. ``least`` and ``most`` are the ends of the range of sizes."""

    least: int
    most: int
    alpha: float = 2.0
    beta: float = 2.0
    sigma: float = 0.5
    kappa: float = 1.0
    gamma: float = 1.0

    def spec(self) -> str:
        """The same question as ``[problem]`` of a spec."""
        return "\n".join(('[problem]', 'method = "parametric"', f"units_range = [{self.least}, {self.most}]",
                          *(f"{name} = {float(getattr(self, name))}" for name, *_ in SLIDERS)))


@frozen(eq=False)
class Choice:
    """The answer at some settings.

    Attributes
    ----------
    sizes, errors, scores : (K,) arrays
        Every number of units of the range, its least error E(k), its score S(k) (+inf where E = 0).
    best : int
        The size with the largest score, the smallest of several.
    units, ideal : (n,) arrays
        The exact division of ``best`` units, and what would be ideal.
    tied : bool
        Whether another division of ``best`` units is just as good.
    """

    settings: Settings
    sizes: Ints
    errors: Floats
    scores: Floats
    best: int
    units: Ints
    ideal: Floats
    tied: bool


@define(eq=False)
class Explorer:
    """The groups, and the last sweep: moving alpha alone needs no new one.

    Parameters
    ----------
    groups : names, (n,).
    population : (n,), positive.
    lower, upper : (n,) bounds on the units; ``upper`` may be None.
    """

    groups: tuple[str, ...]
    population: Floats
    lower: Ints
    upper: Ints | None = None
    _asked: tuple[float | int, ...] | None = field(default=None, init=False)
    _found: Sweep | None = field(default=None, init=False)

    @property
    def reach(self) -> tuple[int, int]:
        """Fewest and most units that the bounds allow."""
        return int(self.lower.sum()), UNBOUNDED if self.upper is None else int(min(self.upper.sum(), UNBOUNDED))

    def settings(self, **values: Any) -> Settings:
        """Settings with a range of sizes that is quickly answered, unless ``least`` and ``most`` are given."""
        fewest, top = self.reach
        sizes = int(np.clip(WORK // len(self.groups), 20, max(60, 10 * len(self.groups))))
        return Settings(**{"least": fewest, "most": min(top, fewest + sizes), **values})

    def answer(self, settings: Settings) -> Choice:
        """Solve every size of the range exactly and choose the one with the best score.

        Raises
        ------
        ValueError
            If a parameter lies outside its range, or the bounds do not allow the range of sizes. beta below 1 is not
            offered here: its answers take far longer than a slider may.
        """
        if settings.beta < 1:
            raise ValueError("beta below 1 is not convex and too slow to explore; solve it with a spec")
        asked = (settings.kappa, settings.gamma, settings.beta, settings.sigma, settings.least, settings.most)
        if self._found is None or asked != self._asked:
            problem = ParametricProblem.build(
                self.population, kappa=settings.kappa, gamma=settings.gamma, beta=settings.beta, sigma=settings.sigma,
                lower=self.lower, upper=self.upper)
            self._found, self._asked = sweep(problem, settings.least, settings.most), asked
        found = self._found
        marks = scores(settings.alpha, found.sizes, found.errors)
        best = best_size(found.sizes, marks)
        return Choice(settings, found.sizes, found.errors, marks, best, found.allocation(best),
                      found.problem.at(best).ideal, bool(found.tied[best - settings.least]))

    def page(self, settings: Settings) -> str:
        """The answer as a piece of HTML: one sentence, both curves, units against the ideal, the spec."""
        return page(self.groups, self.answer(settings))


def explorer(groups: str | Path | pd.DataFrame) -> Explorer:
    """An :class:`Explorer` for a table ``groups`` (a file or a data frame), checked as a spec's table is.

    Raises
    ------
    DataError
        With every fault of the table.
    """
    import evenhand

    problem = evenhand.problem("apportionment", groups=groups, method="parametric", units=1)
    table = problem.tables["groups"]
    return Explorer(tuple(table.texts("group")), table.floats("population"), *_bounds(table))


def _bounds(table: Any) -> tuple[Ints, Ints | None]:
    """The columns ``minimum`` and ``maximum``; an empty cell is 1, or no limit."""
    found = []
    for column, blank in (("minimum", 1), ("maximum", UNBOUNDED)):
        own = [table.exact(column).fraction(row) for row in range(len(table))] if table.given(column) else []
        found.append(np.array([blank if value is None else int(value) for value in own], dtype=np.int64)
                     if own else np.full(len(table), blank, dtype=np.int64))
    return found[0], found[1] if (found[1] < UNBOUNDED).any() else None


def explore(groups: str | Path | pd.DataFrame | Explorer, *, least: int | None = None, most: int | None = None) -> Any:
    """Sliders for alpha, beta, sigma, kappa, gamma and the range of sizes; the picture follows while they move.

    Parameters
    ----------
    groups : a file, a data frame with ``group`` and ``population``, or an :class:`Explorer`.
    least, most : ends of the slider for the number of units.

    Returns
    -------
    ipywidgets.VBox
        Show it as the last value of a cell.

    Raises
    ------
    EvenhandError
        If ipywidgets is not installed.
    """
    try:
        import ipywidgets as widgets
    except ImportError:
        raise EvenhandError("sliders need ipywidgets: pip install 'evenhand[notebook]'") from None
    found = groups if isinstance(groups, Explorer) else explorer(groups)
    start = found.settings()
    fewest, top = found.reach
    least = fewest if least is None else max(fewest, least)
    if most is None:  # room to go beyond what is shown first
        most, shown = min(top, 2 * start.most - fewest), start.most
    else:
        most = shown = min(top, most)
    start = evolve(start, least=least, most=max(least, shown))
    style, room = {"description_width": "4em"}, widgets.Layout(width="22em")
    sliders = {
        name: widgets.FloatSlider(value=getattr(start, name), min=low, max=high, step=0.05, description=name,
                                  tooltip=meaning, style=style, layout=room)
        for name, low, high, meaning in SLIDERS}
    sizes = widgets.IntRangeSlider(value=(start.least, start.most), min=least, max=most, description="units",
                                   tooltip="range of the number of units", style=style, layout=room)
    picture = widgets.HTML()

    def draw(_: object = None) -> None:
        low, high = sizes.value
        chosen = Settings(least=low, most=high, **{name: slider.value for name, slider in sliders.items()})
        try:
            picture.value = found.page(chosen)
        except (ValueError, OverflowError) as fault:
            picture.value = page_of_fault(str(fault))

    for slider in (*sliders.values(), sizes):
        slider.observe(draw, names="value")
    draw()
    columns = [*sliders.values(), sizes]
    return widgets.VBox([widgets.HBox([widgets.VBox(columns[:3]), widgets.VBox(columns[3:])]), picture])


def page_of_fault(message: str) -> str:
    """What is shown when the settings have no answer."""
    from html import escape

    return f"<p>No answer at these settings: {escape(message)}.</p>"
