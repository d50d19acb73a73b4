"""``evenhand verify DIR``."""

from __future__ import annotations

from pathlib import Path

import click

from evenhand.cli.options import JSON, echo_json


@click.command("verify")
@click.argument("folder", type=click.Path(path_type=Path))
@JSON
def command(folder: Path, as_json: bool) -> int:
    """Recompute everything in FOLDER from its spec and tables, without any optimizer.

    Ends with 5 if the spec, the data, the allocation or the certificate was altered, or a number does not hold.
    """
    from evenhand.plugins import manager
    from evenhand.results.verify import verify

    report = verify(folder, manager())
    if as_json:
        echo_json(report.to_json())
    else:
        for check in report.checks:
            click.echo(f"  {check}")
        for remark in report.remarks:
            click.echo(f"  note: {remark}")
        click.echo(f"Verified: {folder}")
    return 0
