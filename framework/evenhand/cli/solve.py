"""``evenhand solve SPEC``."""

from __future__ import annotations

from pathlib import Path

import click

from evenhand.cli.options import JSON, SET, SPEC, echo_json, echo_rich


@click.command("solve")
@SPEC
@SET
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the answer, its certificate and its report.")
@click.option("--force", is_flag=True, help="Replace the run that the folder already holds.")
@click.option("--solver", help="Solver to use instead of the spec's (see `evenhand solvers`).")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
              help="Return the best answer so far after this long.")
@click.option("--gap", type=click.FloatRange(min=0), help="Stop when proven this close (relative).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of every random choice.")
@click.option("--executor", default="local", show_default=True, help="Where parts are solved: local or dask.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes for independent parts [default: all cores].")
@JSON
def command(spec: Path, overrides: tuple[str, ...], out: Path | None, force: bool, solver: str | None,
            time_limit: float | None, gap: float | None, seed: int | None, executor: str, workers: int | None,
            as_json: bool) -> int:
    """Solve SPEC, recompute every number from its tables, and show how far from the best the answer can be.

    With --out the folder holds result.json, the tables, the certificate, the spec as run and report.html.
    """
    from evenhand.cli.progress import progress
    from evenhand.plugins import manager
    from evenhand.results.folder import check_target
    from evenhand.results.result_json import result_dict
    from evenhand.results.summary import summary
    from evenhand.results.write import write
    from evenhand.solving import solve

    if out is not None:
        check_target(out, force=force)
    registry = manager()
    with progress() as listener:
        solution = solve(spec, solver=solver, time_limit=time_limit, gap=gap, seed=seed, executor=executor,
                         workers=workers, overrides=overrides, listener=listener, registry=registry)
    if out is not None:
        write(solution, out, force=force, reporters=registry.reporters)
    if as_json:
        from evenhand.results.result_json import read_result

        echo_json(result_dict(solution, folder=False) if out is None else read_result(out))
    else:
        echo_rich(summary(solution))
        if out is None:
            click.echo("Nothing was written; add --out DIR for tables, certificate and report.")
        else:
            click.echo(f"Written to {out}. Open {out / 'report.html'}, or recheck it: evenhand verify {out}")
    if solution.infeasible is not None:
        click.echo(f"Infeasible: {solution.infeasible}", err=True)
    return solution.exit_code
