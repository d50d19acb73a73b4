"""Run the files ``*_bench.py`` of this folder and write what they measured as tables.

    python -m tests.benchmarks [name ...] [--out FILE] [--page PAGE]

A benchmark's ``main()`` returns rows: mappings from a heading to a value. One that fails is reported with its
traceback, the others still run, and the exit code is 1. ``--page`` also puts the tables into a page that holds a pair
of marker comments for each benchmark (see :mod:`tests.benchmarks.page`).
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import platform
import sys
import textwrap
import time
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT_OUT = Path("build/benchmarks.md")


def found() -> list[str]:
    """Names of the benchmarks, without the ending ``_bench``."""
    return sorted(path.stem.removesuffix("_bench") for path in HERE.glob("*_bench.py"))


def table(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """The rows as a Markdown table."""
    from tests.benchmarks.rows import cells

    headings, body = cells(rows)
    widths = [max(len(line[i]) for line in [headings, *body]) for i in range(len(headings))]
    lines = [headings, ["-" * width for width in widths], *body]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return ["| " + " | ".join(line) + " |" for line in padded]


def machine() -> str:
    return (f"{os.cpu_count()} cores, Python {platform.python_version()} on {platform.system()} "
            f"{platform.machine()}")


def load() -> float:
    """Mean number of processes that wanted a core in the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def run(name: str) -> str | None:
    """Run one benchmark: its part of the report, or None if it failed."""
    from tests.benchmarks.rows import show

    print(f"\n== {name}", flush=True)
    before, start = load(), time.perf_counter()
    try:
        rows = importlib.import_module(f"tests.benchmarks.{name}_bench").main()
    except (Exception, SystemExit):  # noqa: BLE001 - one broken benchmark must not hide the figures of the others
        traceback.print_exc()
        return None
    show(rows, name)
    judged = [row for row in rows if row.get("met")]
    missed = [f"* {row['work']} {row.get('size', '')}" for row in judged if row["met"] == "no"]
    told = ["Targets missed:", "", *missed, ""] if missed else ["Every target of this table was met.", ""]
    when = datetime.datetime.now(datetime.UTC).date().isoformat()
    said = (f"Measured on {when}; {machine()}; {time.perf_counter() - start:,.0f} s in all; "
            f"load of the machine {before:.1f} before and {load():.1f} after.")
    return "\n".join([*table(rows), "", *(told if judged else []), *textwrap.wrap(said, 120)])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones (all): {', '.join(found())}")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where the tables go (%(default)s)")
    parser.add_argument("--page", type=Path, help="a page whose marked tables are replaced")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(found()))
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}; known: {', '.join(found())}")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # before numpy is loaded: one core is one core
    results = {name: run(name) for name in options.names or found()}
    blocks = {name: block for name, block in results.items() if block is not None}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    sections = (f"## {name}\n\n{block or 'failed'}\n" for name, block in results.items())
    options.out.write_text("\n".join(["# Benchmarks\n", *sections]), encoding="utf-8")
    print(f"\nThe tables: {options.out}")
    if options.page is not None:
        from tests.benchmarks.page import refresh

        refresh(options.page, blocks)
        print(f"Refreshed in {options.page}: {', '.join(blocks)}")
    return 0 if len(blocks) == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
