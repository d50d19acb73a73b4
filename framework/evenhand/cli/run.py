"""Runs a command and turns errors into words and exit codes: no traceback for a user's mistake."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

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
