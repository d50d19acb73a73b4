"""The group of commands: the core's own, loaded when called, and those that plugins add."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from evenhand import __version__

# command -> one line for --help; the module of the same name holds it
COMMANDS = {
    "solve": "Solve a spec and write the answer with its proof.",
    "verify": "Recompute everything in a result folder; no optimizer runs.",
    "explain": "Why is a spec infeasible, and what is the least that must give?",
    "domains": "List the registered domains.",
    "terms": "List a domain's terms, rules and options.",
    "solvers": "List solvers and whether they are installed.",
    "plugins": "List plugins and whether they work.",
    "example": "Write a domain's sample tables and a commented spec.",
}


class LazyGroup(click.Group):
    """Knows commands by name and loads each file only when its command runs; others may be added as usual.

    Parameters
    ----------
    package : where the modules are, each named like its command and with the command as ``command``.
    lazy : command -> one line for --help.
    """

    def __init__(self, name: str, *, package: str, lazy: Mapping[str, str], **rest: Any) -> None:
        super().__init__(name, **rest)
        self.package = package
        self.lazy = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.lazy, *sorted(super().list_commands(ctx))]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self.lazy:
            command = import_module(f"{self.package}.{name}").command
            assert isinstance(command, click.Command)
            return command
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        added = [(name, command.get_short_help_str()) for name in sorted(self.commands)
                 if (command := self.commands[name]) is not None]
        with formatter.section("Commands"):
            formatter.write_dl([*self.lazy.items(), *added])

    def resolve_command(self, ctx: click.Context, args: list[str]
                        ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as fault:
            from evenhand.errors import nearest

            if not args:
                raise
            where = f" in {self.name}" if ctx.parent is not None else ""
            message = f"There is no command {args[0]!r}{where}; {nearest(args[0], self.list_commands(ctx))}"
            raise click.UsageError(message, ctx) from fault


def build() -> click.Group:
    """The whole command line, with the commands of every working plugin."""
    group = LazyGroup("evenhand", package="evenhand.cli", lazy=COMMANDS,
                      help="Divide scarce public things fairly, and prove how good the division is.")
    group.params.append(click.Option(["--version"], is_flag=True, expose_value=False, is_eager=True,
                                     callback=_version, help="Show the version and leave."))
    from evenhand.plugins import add_commands

    add_commands(group)
    return group


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"evenhand {__version__}")
        ctx.exit()
