"""``evenhand tiebreaker difference DIR_A DIR_B``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenhand.cli.options import JSON, echo_json, echo_table

if TYPE_CHECKING:
    from evenhand_tiebreaker.command.two_choices import Difference


@click.command("difference")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="HTML file for the map and the tables.")
@click.option("--force", is_flag=True, help="Replace the file.")
@JSON
def command(first: Path, second: Path, out: Path | None, force: bool, as_json: bool) -> None:
    """Show what the choice in folder SECOND changes compared with the one in folder FIRST.

    Both are folders that `evenhand solve --out` wrote, about the same blocks.
    """
    from evenhand.plugins import manager
    from evenhand_tiebreaker.command.difference_view import sentence, table
    from evenhand_tiebreaker.command.one_file import check_file, write_file
    from evenhand_tiebreaker.command.two_choices import difference_of

    if out is not None:
        check_file(out, force=force)
    found = difference_of(first, second, manager())
    if out is not None:
        write_file(out, page(found), force=force)
    if as_json:
        echo_json(record(found))
        return
    click.echo(f"\n{sentence(found)}\n")
    echo_table(*table(found))
    click.echo("Nothing was written; add --out FILE.html for the map." if out is None else f"Written to {out}.")


def page(found: Difference) -> str:
    """The difference as one HTML page."""
    from evenhand.report.page import render_page
    from evenhand.report.versions import versions
    from evenhand_tiebreaker.command.difference_view import notes, view

    inputs = {f"blocks of {name}": dict(choice.problem.tables["blocks"].source.to_json())
              for name, choice in zip(found.names, (found.first, found.second), strict=True)}
    return render_page("Equity tiebreaker: difference of two choices", view(found),
                       notices=notes(found), inputs=inputs, versions=versions(found.second.problem))


def record(found: Difference) -> dict[str, Any]:
    """The difference as plain data: blocks gained and lost, and students by neighbourhood."""
    from evenhand_tiebreaker.command.difference_view import sentence

    blocks = found.second.problem.blocks

    def students(inside: Any) -> dict[str, Any]:
        return {f"{who}_{change}": found.plain(counts, inside & side)
                for who, counts in (("focal", blocks.focal), ("non_focal", blocks.other))
                for change, side in (("gained", found.gained), ("lost", found.lost))}

    return {
        "sentence": sentence(found),
        "gained": [blocks.ids[row] for row in found.gained.nonzero()[0].tolist()],
        "lost": [blocks.ids[row] for row in found.lost.nonzero()[0].tolist()],
        "students": students(found.gained | found.lost),
        "neighborhoods": {name: students(inside) for name, inside in found.neighborhoods()},
    }
