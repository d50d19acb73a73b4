"""The command line: ``evenhand COMMAND``. One small file per command; nothing heavy is imported before it is needed."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (0, 2, 3, 4, 5; 130 when interrupted)."""
    from evenhand.cli.run import run

    return run(argv)
