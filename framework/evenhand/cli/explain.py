"""``evenhand explain SPEC``."""

from __future__ import annotations

from pathlib import Path

import click

from evenhand.cli.options import JSON, SET, SPEC, echo_json


@click.command("explain")
@SPEC
@SET
@JSON
def command(spec: Path, overrides: tuple[str, ...], as_json: bool) -> int:
    """Name a smallest set of rules that conflict, and the least that each would have to give.

    Ends with 0 when the spec can be kept, with 3 when it cannot.
    """
    from evenhand.explaining import explain

    explanation = explain(spec, overrides=overrides)
    if as_json:
        echo_json(explanation.to_json())
    else:
        click.echo(explanation.text())
    return 3 if explanation.infeasible else 0
