"""Executor: runs independent pieces of work, in any order, and hands back their results in the order given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol


class Executor(Protocol):
    """``function`` and every job must be picklable by the standard means (top-level function, plain data)."""

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any], stop: Callable[[], bool]
            ) -> Iterator[tuple[int, Any]]:
        """Yield ``(position of the job, result)`` as they finish; end early, leaving jobs out, once ``stop()``.

        A job whose worker dies is run again in this process, so that a killed worker loses nothing.
        """
        ...
