"""Limits: how long a solve may take, how close it must come, and how it says where it stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field

from evenhand.executors import Executor, LocalExecutor
from evenhand.solution import Moment

Listener = Callable[[Moment], None]

# A walk may improve thousands of times a second: the history keeps at most this many moments.
HISTORY = 2000


@define(eq=False)
class Limits:
    """The conditions of one run, and its connection to whoever waits for it.

    Parameters
    ----------
    time_limit : seconds, or None.
    gap : stop when proven this close (relative).
    seed : every random choice flows from it.
    options : the solver's own options, already checked against its allow-list.
    executor : runs independent parts (districts, restarts); ``workers`` is how many at a time it has.
    maximize : direction of the objective, to keep the best value and bound of the history.
    listener : called at each report.
    """

    time_limit: float | None = 60.0
    gap: float = 1e-4
    seed: int = 0
    options: Mapping[str, Any] = field(factory=dict)
    executor: Executor = field(factory=LocalExecutor)
    workers: int = 1
    maximize: bool = True
    listener: Listener | None = None
    clock: Callable[[], float] = time.monotonic

    started: float = field(init=False)
    history: list[Moment] = field(init=False, factory=list)
    _interrupted: threading.Event = field(init=False, factory=threading.Event)
    _value: float | None = field(init=False, default=None)
    _bound: float | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.started = self.clock()

    @property
    def elapsed(self) -> float:
        return self.clock() - self.started

    @property
    def remaining(self) -> float:
        """Seconds left; infinite without a time limit, never negative."""
        return float("inf") if self.time_limit is None else max(0.0, self.time_limit - self.elapsed)

    def stop(self) -> bool:
        """Whether to return now: time is up, or the user asked (Ctrl-C)."""
        return self._interrupted.is_set() or self.remaining <= 0.0

    def interrupt(self) -> None:
        """Ask the run to stop with what it has. Safe from a signal handler and from another thread."""
        self._interrupted.set()

    @property
    def stopped(self) -> str | None:
        """Why the run was cut short: ``interrupted``, ``time_limit``, or None."""
        if self._interrupted.is_set():
            return "interrupted"
        return "time_limit" if self.remaining <= 0.0 else None

    def report(self, value: float | None = None, bound: float | None = None) -> None:
        """Say where the search stands. Only improvements over what was said before are kept."""
        better = max if self.maximize else min
        tighter = min if self.maximize else max
        new_value = self._value if value is None else value if self._value is None else better(self._value, value)
        new_bound = self._bound if bound is None else bound if self._bound is None else tighter(self._bound, bound)
        if (new_value, new_bound) == (self._value, self._bound):
            return
        self._value, self._bound = new_value, new_bound
        moment = Moment(self.elapsed, new_value, new_bound)
        if len(self.history) < HISTORY:
            self.history.append(moment)
        else:
            self.history[-1] = moment
        if self.listener is not None:
            self.listener(moment)

    def closed(self) -> bool:
        """Whether value and bound reported so far are within the requested gap."""
        from evenhand.solution import relative_gap

        gap = relative_gap(self._value, self._bound)
        return gap is not None and gap <= self.gap
