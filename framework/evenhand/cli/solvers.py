"""``evenhand solvers [DOMAIN]``."""

from __future__ import annotations

import click

from evenhand.cli.options import JSON, echo_json, echo_table


@click.command("solvers")
@click.argument("domain", required=False)
@JSON
def command(domain: str | None, as_json: bool) -> None:
    """List solvers, those of a DOMAIN included, and whether each is installed."""
    from evenhand.plugins import manager

    registry = manager()
    if domain is not None:
        registry.domain(domain)
    listed = [(owner, solver) for (owner, _), solver in registry.solvers.items()
              if owner is None or domain in (None, owner)]
    if as_json:
        echo_json([{**solver.describe(), "domain": owner, "missing": solver.missing()} for owner, solver in listed])
        return
    echo_table(["solver", "domain", "installed", "what it is"],
               [[s.name, owner or "any", "yes" if s.missing() is None else "no", s.missing() or s.doc]
                for owner, s in listed])
