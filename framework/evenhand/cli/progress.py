"""The progress line of a long solve: incumbent, bound, gap and time, on a terminal's standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from evenhand.solution import Moment, relative_gap
from evenhand.solvers.limits import Listener


def _figures(moment: Moment) -> str:
    value = "no answer yet" if moment.value is None else f"value {moment.value:,.6g}"
    bound = "no bound yet" if moment.bound is None else f"bound {moment.bound:,.6g}"
    gap = relative_gap(moment.value, moment.bound)
    return f"{value}   {bound}   " + ("" if gap is None else f"gap {gap:.2e}")


@contextmanager
def progress() -> Iterator[Listener | None]:
    """Yield a listener that draws, or None when standard error is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
                  console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading and checking", total=None)

        def listen(moment: Moment) -> None:
            bar.update(task, description=_figures(moment))

        yield listen
