"""Ctrl-C goes to the whole terminal group; only the process the user started decides what it means."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


def ignore_interrupt() -> None:
    """Make this process deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes and threads started in this block never see Ctrl-C; this process gets it, at the latest afterwards.

    They inherit the blocked signal, so that not even one that is still importing its modules dies of it. Windows has
    no signal masks: there they see it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # multiprocessing's helper unblocks the signal when it is started; so it is started first.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
