"""The plugin manager: finds plugins, lets them register, and keeps what they registered.

A broken or incompatible plugin is listed as such and never takes the program down. Two plugins that claim one name
are an error naming both owners.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pluggy
from attrs import define, field, frozen

from evenhand import hookspecs
from evenhand.errors import Fault, PluginError, SolverUnavailableError, UnknownNameError, nearest

if TYPE_CHECKING:
    from evenhand.model import Constraint, Domain, Term
    from evenhand.solvers.base import Solver

CORE = "evenhand"


@frozen
class PluginStatus:
    """One plugin: its name, where it comes from, and what went wrong with it (None: it works)."""

    name: str
    distribution: str
    error: str | None = None
    hooks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {"name": self.name, "distribution": self.distribution, "working": self.error is None,
                "error": self.error, "hooks": list(self.hooks)}


@define(eq=False)
class Registry:
    """Everything registered, by name, with its owner."""

    manager: pluggy.PluginManager
    statuses: list[PluginStatus] = field(factory=list)
    domains: dict[str, Domain] = field(factory=dict)
    terms: dict[str, dict[str, type[Term]]] = field(factory=dict)
    rules: dict[str, dict[str, type[Constraint]]] = field(factory=dict)
    solvers: dict[tuple[str | None, str], Solver] = field(factory=dict)
    executors: dict[str, Callable[..., Any]] = field(factory=dict)
    reporters: dict[str, Callable[..., Any]] = field(factory=dict)
    _owners: dict[tuple[str, ...], str] = field(factory=dict)

    def domain(self, name: str, path: str = "domain") -> Domain:
        if name not in self.domains:
            raise UnknownNameError(Fault(path, f"no domain {name!r} is registered", self._unknown_domain(name)))
        return self.domains[name]

    def _unknown_domain(self, name: str) -> str:
        broken = [status for status in self.statuses if status.error is not None]
        note = "".join(f" The plugin {status.name!r} could not be loaded: {status.error}." for status in broken)
        return nearest(name, self.domains) + note

    def solvers_for(self, domain: str | None) -> dict[str, Solver]:
        """Solvers by name: those for every domain and, given a domain, its own (which win)."""
        every = {name: solver for (owner, name), solver in self.solvers.items() if owner is None}
        own = {name: solver for (owner, name), solver in self.solvers.items() if owner == domain and domain}
        return {**every, **own}

    def solver(self, name: str, domain: str) -> Solver:
        """The installed solver of this name.

        Raises
        ------
        UnknownNameError, SolverUnavailableError
        """
        known = self.solvers_for(domain)
        if name not in known:
            raise UnknownNameError(Fault("solver.name", f"no solver {name!r} for the domain {domain!r}",
                                         nearest(name, known)))
        missing = known[name].missing()
        if missing is not None:
            raise SolverUnavailableError(missing)
        return known[name]

    def claim(self, owner: str, *key: str) -> None:
        """Note who owns a name. Raises :class:`PluginError` naming both owners if it is taken."""
        if key in self._owners:
            kind, *names = key
            raise PluginError(f"two plugins register the {kind} {' '.join(n for n in names if n)!r}: "
                              f"{self._owners[key]!r} and {owner!r}. Remove one of them")
        self._owners[key] = owner


def manager(plugins: Iterable[Any] = (), *, discover: bool = True) -> Registry:
    """Load the core's own plugin, those of the entry-point group ``evenhand``, and the given ones.

    Parameters
    ----------
    plugins : further plugin objects or modules (tests, notebooks); ``(name, object)`` pairs set the name.
    discover : whether to look at entry points.

    Raises
    ------
    PluginError
        Two plugins claim one name, or a given plugin misspells a hook.
    """
    from evenhand.solvers import builtin

    registry = Registry(_empty())
    _add(registry, builtin, "core", CORE)
    if discover:
        for entry, distribution, plugin, error in _discovered():
            if error is not None:
                registry.statuses.append(PluginStatus(entry, distribution, error))
            else:
                _add(registry, plugin, entry, distribution)
    for item in plugins:
        name, plugin = item if isinstance(item, tuple) else (getattr(item, "__name__", type(item).__name__), item)
        _add(registry, plugin, name, "given", strict=True)
    return registry


def add_commands(cli: Any) -> None:
    """Let every plugin add its commands, without loading what else it brings (``--help`` must be quick)."""
    for name, _, plugin, error in _discovered():
        if error is not None or not hasattr(plugin, "register_commands"):
            continue
        pm = _empty()
        try:
            pm.register(plugin, name=name)
            pm.hook.register_commands(cli=cli)
        except Exception:  # noqa: BLE001 - ``evenhand plugins`` names the fault; help must not die of it
            continue


def _empty() -> pluggy.PluginManager:
    pm = pluggy.PluginManager(hookspecs.GROUP)
    pm.add_hookspecs(hookspecs)
    return pm


def _discovered() -> Iterator[tuple[str, str, Any, str | None]]:
    """Entry points in order of their names: name, distribution, plugin, and why it cannot be imported."""
    for entry in sorted(importlib.metadata.entry_points(group=hookspecs.GROUP), key=lambda e: e.name):
        distribution = entry.dist.name if entry.dist is not None else "unknown"
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - a stranger's import may fail in any way
            yield entry.name, distribution, None, f"{type(fault).__name__}: {fault}"
        else:
            yield entry.name, distribution, plugin, None


def _add(registry: Registry, plugin: Any, name: str, distribution: str, *, strict: bool = False) -> None:
    """Register one plugin and collect what it brings; a fault is noted and its registrations are taken back."""
    pm = registry.manager
    before = _snapshot(registry)
    try:
        pm.register(plugin, name=name)
        _check_names(plugin, name)
        pm.check_pending()
        _collect(registry, plugin, name)
    except PluginError as fault:
        if strict or "two plugins" in str(fault):
            raise
        error: str | None = str(fault)
    except Exception as fault:
        if strict:
            raise PluginError(f"the plugin {name!r} cannot be used: {fault}") from fault
        error = f"{type(fault).__name__}: {fault}"
    else:
        hooks = tuple(sorted(caller.name for caller in pm.get_hookcallers(plugin) or []))
        registry.statuses.append(PluginStatus(name, distribution, None, hooks))
        return
    _restore(registry, before)
    if pm.is_registered(plugin):
        pm.unregister(plugin)
    registry.statuses.append(PluginStatus(name, distribution, error))


_TABLES = ("domains", "terms", "rules", "solvers", "executors", "reporters", "_owners")


def _snapshot(registry: Registry) -> dict[str, Any]:
    return {table: {key: dict(value) if isinstance(value, dict) else value
                    for key, value in getattr(registry, table).items()} for table in _TABLES}


def _restore(registry: Registry, snapshot: dict[str, Any]) -> None:
    for table, value in snapshot.items():
        setattr(registry, table, value)


def _check_names(plugin: Any, name: str) -> None:
    """A function marked as a hook whose name is no hook: an error at load, with the nearest name."""
    known = [key for key, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.GROUP}_spec")]
    for attribute in dir(plugin):
        marked = hasattr(getattr(plugin, attribute, None), f"{hookspecs.GROUP}_impl")
        if marked and attribute not in known:
            raise PluginError(f"the plugin {name!r} has a hook {attribute!r} that does not exist; "
                              f"{nearest(attribute, known)}")


def _collect(registry: Registry, plugin: Any, name: str) -> None:
    """Call this plugin's register hooks (and nobody else's)."""
    pm = registry.manager
    others = [other for other in pm.get_plugins() if other is not plugin]
    hook = {caller: pm.subset_hook_caller(caller, remove_plugins=others)
            for caller in ("register_domains", "register_terms", "register_constraints", "register_solvers",
                           "register_executors", "register_reporters")}

    def add_domain(domain: Domain) -> None:
        registry.claim(name, "domain", domain.name)
        registry.domains[domain.name] = domain

    def add_term(domain: str, term: type[Term]) -> None:
        registry.claim(name, "term", domain, term.name)
        registry.terms.setdefault(domain, {})[term.name] = term

    def add_rule(domain: str, rule: type[Constraint]) -> None:
        registry.claim(name, "rule", domain, rule.name)
        registry.rules.setdefault(domain, {})[rule.name] = rule

    def add_solver(solver: Solver, domain: str | None = None) -> None:
        registry.claim(name, "solver", domain or "", solver.name)
        registry.solvers[(domain, solver.name)] = solver

    def add_executor(executor: str, factory: Callable[..., Any]) -> None:
        registry.claim(name, "executor", executor)
        registry.executors[executor] = factory

    def add_reporter(file: str, reporter: Callable[..., Any]) -> None:
        registry.claim(name, "reporter", file)
        registry.reporters[file] = reporter

    hook["register_domains"](register=add_domain)
    hook["register_terms"](register=add_term)
    hook["register_constraints"](register=add_rule)
    hook["register_solvers"](register=add_solver)
    hook["register_executors"](register=add_executor)
    hook["register_reporters"](register=add_reporter)
