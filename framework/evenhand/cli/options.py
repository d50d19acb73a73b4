"""Options and output that several commands share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
SET = click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE",
                   help="Override a value of the spec, such as problem.max_groups=5. May be repeated.")
SPEC = click.argument("spec", type=click.Path(path_type=Path))


def echo_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str))


def echo_table(headings: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """A table on the terminal, wrapped to its width."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    # Text, not str: what stands in brackets is not markup.
    table = Table(title=Text(title) if title else None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
                  pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    echo_rich(table)


def echo_rich(*things: Any) -> None:
    """Print rich renderables on standard output; plain text when it is not a terminal."""
    import sys

    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 110)
    for thing in things:
        console.print(thing)
