"""Run every ``*_bench.py`` of this folder and write what they measured as one table.

    python -m tests.benchmarks [name ...] [--out FILE]

A benchmark's ``main()`` returns rows: mappings from a heading to a value (or nothing, when it only prints). One that
fails is reported with its traceback, the others still run, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
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
    """The rows as a Markdown table; headings in order of first appearance, a missing value left blank."""
    rows = list(rows)
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    body = [[_cell(row.get(heading, "")) for heading in headings] for row in rows]
    widths = [max(len(cells[i]) for cells in [headings, *body]) for i in range(len(headings))]
    lines = [headings, ["-" * width for width in widths], *body]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return ["| " + " | ".join(cells) + " |" for cells in padded]


def _cell(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def run(name: str) -> tuple[bool, list[str]]:
    """Run one benchmark: whether it ended well, and its part of the report."""
    print(f"\n== {name}", flush=True)
    start = time.perf_counter()
    try:
        rows = importlib.import_module(f"tests.benchmarks.{name}_bench").main()
    except (Exception, SystemExit):  # noqa: BLE001 - one broken benchmark must not hide the figures of the others
        traceback.print_exc()
        return False, [f"## {name}", "", "failed", ""]
    seconds = time.perf_counter() - start
    lines = table(rows) if rows else ["(printed its own figures)"]
    print("\n".join(lines))
    return True, [f"## {name}", "", *lines, "", f"{seconds:.1f} s in all.", ""]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones (all): {', '.join(found())}")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where the table goes (%(default)s)")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(found()))
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}; known: {', '.join(found())}")
    results = [run(name) for name in options.names or found()]
    machine = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}."
    options.out.parent.mkdir(parents=True, exist_ok=True)
    report = ["# Benchmarks", "", machine, "", *(line for _, lines in results for line in lines)]
    options.out.write_text("\n".join(report), encoding="utf-8")
    print(f"\nThe table: {options.out}")
    return 0 if all(ok for ok, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
