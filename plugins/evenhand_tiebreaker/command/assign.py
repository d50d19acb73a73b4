"""``evenhand tiebreaker assign SPEC``."""

from __future__ import annotations

from pathlib import Path

import click

from evenhand.cli.options import JSON, SET, SPEC, echo_json, echo_rich, echo_table


@click.command("assign")
@SPEC
@SET
@click.option("--out", type=click.Path(path_type=Path), help="Folder for assignments, effects and the report.")
@click.option("--force", is_flag=True, help="Replace the run that the folder already holds.")
@JSON
def command(spec: Path, overrides: tuple[str, ...], out: Path | None, force: bool, as_json: bool) -> int:
    """Solve SPEC and assign its applicants to its programs, with and without the tiebreaker.

    Both assignments are student-proposing deferred acceptance under the same lotteries, so that every difference is
    the tiebreaker's. With --out the folder holds assign.json, assignments.csv, effects.csv, moves.csv, unassigned.csv,
    allocation.csv and report.html.
    """
    from evenhand.cli.progress import progress
    from evenhand.plugins import manager
    from evenhand.results.folder import check_target
    from evenhand.results.summary import summary
    from evenhand.solving import solve
    from evenhand_tiebreaker.command.assign_files import INDEX, record, write
    from evenhand_tiebreaker.command.assignment import assigned, problem_of

    if out is not None:
        check_target(out, force=force, index=INDEX)
    registry = manager()
    with progress() as listener:
        solution = solve(problem_of(spec, registry, overrides), listener=listener, registry=registry)
    if solution.status not in ("optimal", "feasible"):
        if as_json:
            from evenhand.results.result_json import result_dict

            echo_json(result_dict(solution, folder=False))
        else:
            echo_rich(summary(solution))
        click.echo("There is no choice of blocks, so nobody was assigned.", err=True)
        return solution.exit_code
    found = assigned(solution)
    if out is not None:
        write(found, out, force=force)
    if as_json:
        echo_json(record(found))
        return 0
    from evenhand_tiebreaker.command.assign_text import notes, sentence, table

    click.echo(f"\n{sentence(found)}\n")
    echo_table(*table(found))
    for note in notes(found):
        click.echo(f"- {note}")
    click.echo("\nNothing was written; add --out DIR for tables and report." if out is None
               else f"\nWritten to {out}. Open {out / 'report.html'}.")
    return 0
