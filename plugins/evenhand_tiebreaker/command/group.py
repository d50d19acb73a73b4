"""The group of commands; each file is loaded when its command runs."""

from __future__ import annotations

from evenhand.cli.group import LazyGroup

# command -> one line for --help; the module of the same name holds it
COMMANDS = {
    "assign": "Run the school assignment with and without the tiebreaker.",
    "difference": "Show on one page how two results differ.",
}

group = LazyGroup("tiebreaker", package="evenhand_tiebreaker.command", lazy=COMMANDS,
                  help="What an equity tiebreaker does beyond choosing blocks.",
                  short_help="Equity tiebreaker: effects on the assignment, difference of two results.")
