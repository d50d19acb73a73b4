"""The run over time: best value and best bound, as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evenhand.model.view import Figure
from evenhand.report import charts

if TYPE_CHECKING:
    from evenhand.solution import Moment, Solution

CUT = "Earlier numbers lie outside the picture."


def history_figure(solution: Solution, unit: str) -> Figure | None:
    """Value and bound against seconds, or None for a run with fewer than two moments."""
    moments = solution.run.history
    numbers = [x for moment in moments for x in (moment.value, moment.bound) if x is not None]
    if len(moments) < 2 or not numbers:
        return None
    limits = step_limits(numbers)

    def draw(axes: Any) -> None:
        end = max(solution.run.seconds, moments[-1].seconds)
        series = (("bound", charts.VERMILLION, "-"), ("value", charts.BLUE, "-"))
        for name, colour, line in series:
            seconds, levels = _steps(moments, name, end)
            if seconds:
                label = "best bound" if name == "bound" else "best value found"
                axes.step(seconds, levels, where="post", color=colour, linestyle=line, label=label)
        if limits is not None:
            axes.set_ylim(*limits)
        axes.set_xlim(left=0)
        axes.set_xlabel("seconds")
        axes.set_ylabel(charts.UNIT_NAMES.get(unit, unit) or "value")
        charts.unit_axis(axes.yaxis, unit)
        axes.legend(loc="best")

    caption = "The best possible value lies between the two lines. A run ends when they are close, or time is up."
    return Figure("Value and bound over time", draw, f"{caption} {CUT}" if limits else caption, height=3.4)


def _steps(moments: Sequence[Moment], name: str, end: float) -> tuple[list[float], list[float]]:
    known = [(moment.seconds, getattr(moment, name)) for moment in moments if getattr(moment, name) is not None]
    if not known:
        return [], []
    known.append((end, known[-1][1]))
    return [seconds for seconds, _ in known], [level for _, level in known]


def step_limits(numbers: Sequence[float]) -> tuple[float, float] | None:
    """Limits of an axis that show where a run ended, or None when everything fits well.

    A first bound may be a thousand times the answer; the rest of the run would then be a flat line. The limits
    hold the later half of the numbers with some room.
    """
    later = numbers[len(numbers) // 2:]
    low, high = min(later), max(later)
    room = 2.0 * (high - low) or max(abs(high), 1.0) * 1e-3
    if max(numbers) - min(numbers) <= 4.0 * room:
        return None
    return low - room, high + room
