"""The hooks a plugin may implement. A plugin is any module named in the entry-point group ``evenhand``.

Registration is in the callback style: each ``register_*`` hook is handed a ``register`` function and calls it
once per thing. Example of a whole plugin module::

    from evenhand import hookimpl

    @hookimpl
    def register_domains(register):
        register(Domain(name="parks", ...))

    @hookimpl
    def register_terms(register):
        register("parks", Visitors)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from evenhand.model import Constraint, Domain, Problem, Term
    from evenhand.solution import Solution

GROUP = "evenhand"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def register_domains(register: Callable[[Domain], None]) -> None:
    """Call ``register(domain)`` for each domain the plugin brings."""


@hookspec
def register_terms(register: Callable[[str, type[Term]], None]) -> None:
    """Call ``register(domain name, Term class)``; a plugin may add terms to a domain that is not its own."""


@hookspec
def register_constraints(register: Callable[[str, type[Constraint]], None]) -> None:
    """Call ``register(domain name, Constraint class)`` for each rule."""


@hookspec
def register_solvers(register: Callable[..., None]) -> None:
    """Call ``register(solver)``, or ``register(solver, domain="cep")`` for one that serves a single domain."""


@hookspec
def register_executors(register: Callable[[str, Callable[..., Any]], None]) -> None:
    """Call ``register(name, factory)`` for a way of running independent pieces of work."""


@hookspec
def register_reporters(register: Callable[[str, Callable[..., Any]], None]) -> None:
    """Call ``register(file name, reporter)``; ``reporter(solution) -> str`` makes the text of that file."""


@hookspec
def register_commands(cli: Any) -> None:
    """Add commands to the command line; ``cli`` is the :class:`click.Group` of ``evenhand``."""


@hookspec
def before_solve(problem: Problem, solver: str) -> None:
    """Called with the validated problem just before the solver starts."""


@hookspec
def after_solve(problem: Problem, solution: Solution) -> None:
    """Called with the audited solution."""
