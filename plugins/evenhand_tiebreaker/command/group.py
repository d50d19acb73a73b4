"""The group of commands; each file is loaded when its command runs."""

from __future__ import annotations

from importlib import import_module

import click

# command -> one line for --help; the module of the same name holds it
COMMANDS = {
    "assign": "Run the school assignment with and without the tiebreaker.",
    "difference": "Show on one page how two results differ.",
}


class LazyCommands(click.Group):
    """Knows its commands by name and loads each file only when its command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = import_module(f"evenhand_tiebreaker.command.{name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]
                        ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as fault:
            from evenhand.errors import nearest

            if not args:
                raise
            message = f"There is no command {args[0]!r} in tiebreaker; {nearest(args[0], COMMANDS)}"
            raise click.UsageError(message, ctx) from fault


group = LazyCommands("tiebreaker", help="What an equity tiebreaker does beyond choosing blocks.",
                     short_help="Equity tiebreaker: effects on the assignment, difference of two results.")
