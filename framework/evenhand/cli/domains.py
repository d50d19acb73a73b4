"""``evenhand domains``."""

from __future__ import annotations

import click

from evenhand.cli.options import JSON, echo_json, echo_table


@click.command("domains")
@JSON
def command(as_json: bool) -> None:
    """List the registered domains and their input tables."""
    from evenhand.plugins import manager

    domains = sorted(manager().domains.values(), key=lambda domain: domain.name)
    if as_json:
        echo_json([{"name": d.name, "title": d.title, "summary": d.summary, "tables": [t.name for t in d.tables]}
                   for d in domains])
        return
    echo_table(["domain", "what it does", "tables"],
               [[d.name, d.summary or d.title, ", ".join(t.name for t in d.tables)] for d in domains])
