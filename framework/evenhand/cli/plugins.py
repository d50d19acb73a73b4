"""``evenhand plugins``."""

from __future__ import annotations

import click

from evenhand.cli.options import JSON, echo_json, echo_table


@click.command("plugins")
@JSON
def command(as_json: bool) -> None:
    """List plugins, where they come from, and what is wrong with a broken one."""
    from evenhand.plugins import manager

    statuses = manager().statuses
    if as_json:
        echo_json([status.to_json() for status in statuses])
        return
    echo_table(["plugin", "from", "works", "hooks or fault"],
               [[s.name, s.distribution, "no" if s.error else "yes", s.error or ", ".join(s.hooks)] for s in statuses])
