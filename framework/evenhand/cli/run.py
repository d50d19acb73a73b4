"""Runs a command and turns errors into words and exit codes: no traceback for a user's mistake."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from evenhand.cli.group import build
from evenhand.errors import EvenhandError

INTERRUPTED = 130


def run(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 solved, 2 bad spec, data or usage, 3 infeasible, 4 no solution found, 5 verification failed."""
    # Many small solves: threads of the linear algebra library only get in each other's way (5 to 10 times slower on a
    # busy machine). It reads this when numpy is first loaded; whoever has set it keeps it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with _rare_collections():
            code = build().main(arguments, prog_name="evenhand", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as fault:
        fault.show(sys.stderr)
        return 2
    except EvenhandError as fault:
        if "--json" in arguments:
            click.echo(json.dumps(fault.to_json(), ensure_ascii=False, indent=2))
        click.echo(str(fault), err=True)
        return fault.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away (``| head``): nothing is left to say, not even at shutdown.
        sys.stderr.close()
        return 0
    return code if isinstance(code, int) else 0


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for cycles of dead objects every 100,000 new ones, not every 700.

    A command makes many objects that live to its end (modules, cells, marks of charts): looking through them again and
    again took a twelfth of a small run. Everything without cycles is still freed at once.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
