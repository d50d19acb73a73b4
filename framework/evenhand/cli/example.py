"""``evenhand example DOMAIN DIR``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from evenhand.cli.options import JSON, echo_json
from evenhand.errors import OutputError


@click.command("example")
@click.argument("domain")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace files of the same names.")
@JSON
def command(domain: str, folder: Path, force: bool, as_json: bool) -> None:
    """Write a DOMAIN's sample tables and a commented spec.toml into FOLDER."""
    from evenhand.plugins import manager

    found = manager().domain(domain)
    if found.sample is None:
        raise OutputError(f"the domain {domain!r} brings no sample")
    written = write_sample(found.sample, folder, force=force)
    if as_json:
        echo_json({"folder": str(folder), "files": [path.name for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"Next: evenhand solve {folder / 'spec.toml'} --out {folder / 'result'}")


def write_sample(sample: object, folder: Path, *, force: bool) -> list[Path]:
    """Make the sample aside, then move its files in: an existing file is never half overwritten."""
    assert callable(sample)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".sample-") as aside:
            made = [Path(path) for path in sample(Path(aside))]
            taken = [path.name for path in made if (folder / path.name).exists()]
            if taken and not force:
                raise OutputError(f"{folder} already holds {', '.join(taken)}. Choose another folder, or use --force")
            return [Path(shutil.move(path, folder / path.name)) for path in made]
    except OSError as fault:
        raise OutputError(f"cannot write the sample into {folder}: {fault.strerror or fault}") from fault
