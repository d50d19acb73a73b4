"""From a spec to a validated Problem: every fault of spec and tables in one report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from evenhand.errors import DataError, Fault, InputError, SpecError, nearest
from evenhand.model import Constraint, Domain, Objective, Problem, Term, WeightedTerm
from evenhand.spec.options import structure
from evenhand.spec.overrides import apply_overrides
from evenhand.spec.read import read_tree, spec_from_tree
from evenhand.spec.tree import ConstraintEntry, ObjectiveEntry, Spec

if TYPE_CHECKING:
    from evenhand.plugins import Registry

T = TypeVar("T")

# Words of strategies that the spec knows and this version does not run; refused rather than ignored.
STRATEGY_WORDS = ("priority", "tolerance", "at_most", "at_least")


def load_spec(source: str | Path | Mapping[str, Any] | Spec, registry: Registry, *,
              overrides: Sequence[str] = (), folder: Path | None = None) -> Spec:
    """Read a spec from a TOML file or a tree of plain values, with ``--set`` overrides applied.

    Raises
    ------
    SpecError
        With every fault of the file, unknown sections included.
    """
    if isinstance(source, Spec):
        return source
    if isinstance(source, str | Path):
        tree: Mapping[str, Any] = read_tree(source)
        folder = folder or Path(source).resolve().parent
    else:
        tree = source
    if overrides:
        tree = apply_overrides(dict(tree), list(overrides))
    name = tree.get("domain")
    domain = registry.domains.get(name) if isinstance(name, str) else None
    known = domain.sections if domain is not None else {}
    try:
        spec = spec_from_tree(tree, sections=tuple(known), folder=folder)
    except SpecError as fault:
        if isinstance(name, str) and domain is None:
            unknown = Fault("domain", f"no domain {name!r} is registered", nearest(name, registry.domains))
            raise SpecError([unknown, *fault.faults]) from None
        raise
    registry.domain(spec.domain)
    return spec


def build_problem(spec: Spec, registry: Registry) -> Problem:
    """Check everything and make the Problem.

    Raises
    ------
    SpecError, DataError, InputError
        With all faults: of the spec alone, of the tables alone, or of both.
    """
    from evenhand.tables.load import load_tables

    domain = registry.domain(spec.domain)
    options, in_spec = structure(domain.options, spec.problem, "problem")
    in_spec += _option_faults(domain, spec, options, in_spec)
    sections: dict[str, Any] = {}
    for name, cls in domain.sections.items():
        if name in spec.sections:
            sections[name], faults = structure(cls, spec.sections[name], name)
            in_spec += faults
    objective, faults = _objective(spec, domain, options, registry)
    in_spec += faults
    in_spec += solver_faults(spec, registry)
    schemas = domain.tables if options is None else domain.problem.schemas(domain, options)
    tables, in_tables = load_tables(schemas, spec.data, folder=spec.folder)
    listed, faults = _listed_rules(spec, domain, registry)
    in_spec += faults
    complete = options is not None and not in_tables
    if complete:
        in_spec += domain.problem.check_input(options, tables, sections)
    _raise(in_spec, in_tables)

    constraints, notices = _constraints(spec, domain, options, tables, listed, registry)
    for table in tables.values():
        notices += table.notices
    problem = domain.problem(domain=domain, tables=tables, options=options, objective=objective,
                             constraints=tuple(constraints), sections=sections, notices=tuple(notices), spec=spec)
    _raise(problem.check(), [])
    return attrs.evolve(problem, notices=(*problem.notices, *problem.reading_notices()))


def _option_faults(domain: Domain, spec: Spec, options: Any, known: Sequence[Fault]) -> list[Fault]:
    """Faults of the options among themselves, also when some option could not be read at all."""
    if options is not None:
        return domain.problem.check_options(options)
    unread = {fault.where.removeprefix("problem.").split(".")[0] for fault in known}
    rest, _ = structure(domain.options, {key: value for key, value in spec.problem.items() if key not in unread},
                        "problem")
    if rest is None:
        return []
    faults = domain.problem.check_options(rest)
    return [fault for fault in faults if fault.where.removeprefix("problem.").split(".")[0] not in unread]


def solver_faults(spec: Spec, registry: Registry) -> list[Fault]:
    """An unknown solver, or an option that the solver does not have."""
    known = registry.solvers_for(spec.domain)
    solver = known.get(spec.solver.name)
    if solver is None:
        return [Fault("solver.name", f"no solver {spec.solver.name!r} for the domain {spec.domain!r}",
                      nearest(spec.solver.name, known))]
    return solver.check_options(spec.solver.options)


def _raise(in_spec: Sequence[Fault], in_tables: Sequence[Fault]) -> None:
    if in_spec and in_tables:
        raise InputError([*in_spec, *in_tables])
    if in_spec:
        raise SpecError(in_spec)
    if in_tables:
        raise DataError(in_tables)


def _find(kind: str, name: str, path: str, known: Mapping[str, type[T]]) -> tuple[type[T] | None, list[Fault]]:
    if name in known:
        return known[name], []
    return None, [Fault(path, f"there is no {kind} {name!r}", nearest(name, known))]


def _objective(spec: Spec, domain: Domain, options: Any, registry: Registry) -> tuple[Objective, list[Fault]]:
    known = registry.terms.get(domain.name, {})
    entries: Iterable[ObjectiveEntry] = spec.objective
    if not spec.objective and options is not None:
        entries = [ObjectiveEntry(term=name, options=given)
                   for name, given in domain.problem.default_objective(options)]
    parts: list[WeightedTerm] = []
    found: list[Fault] = []
    for number, entry in enumerate(entries):
        path = f"objective[{number}]"
        for word in STRATEGY_WORDS:
            if getattr(entry, word) is not None:
                found.append(Fault(f"{path}.{word}", "this version knows the weighted strategy only",
                                   "Remove the key and give the term a weight"))
        cls, faults = _find("term", entry.term, f"{path}.term", known)
        found += faults
        if cls is not None:
            term, faults = structure(cls, entry.options, path, also=("term", "weight"))
            found += faults
            if term is not None:
                parts.append(WeightedTerm(_as(Term, term), float(entry.weight)))
    return Objective(tuple(parts)), found


def _listed_rules(spec: Spec, domain: Domain, registry: Registry) -> tuple[list[Constraint], list[Fault]]:
    entries = spec.constraint or ()
    return _structure_rules(entries, registry.rules.get(domain.name, {}))


def _structure_rules(entries: Iterable[ConstraintEntry], known: Mapping[str, type[Constraint]]
                     ) -> tuple[list[Constraint], list[Fault]]:
    rules: list[Constraint] = []
    found: list[Fault] = []
    for number, entry in enumerate(entries):
        path = f"constraint[{number}]"
        cls, faults = _find("rule", entry.rule, f"{path}.rule", known)
        found += faults
        if cls is not None:
            rule, faults = structure(cls, entry.options, path, also=("rule",))
            found += faults
            if rule is not None:
                rules.append(_as(Constraint, rule))
    return rules, found


def _constraints(spec: Spec, domain: Domain, options: Any, tables: Mapping[str, Any], listed: list[Constraint],
                 registry: Registry) -> tuple[list[Constraint], list[str]]:
    """The rules that hold, and a notice for each default that no longer does."""
    known = registry.rules.get(domain.name, {})
    defaults = domain.problem.default_rules(options, tables)
    if spec.constraint is None:
        names: Iterable[str] = [name for name, _ in defaults]
        notices = []
    else:
        given = [rule.name for rule in listed]
        names = domain.problem.lasting_rules(given)
        notices = [f"The default rule {name!r} does not hold: the spec lists its own rules."
                   for name, _ in defaults if name not in given and name not in names]
    entries = [ConstraintEntry(rule=name, options=dict(defaults)[name]) for name in names]
    added, faults = _structure_rules(entries, known)
    _raise(faults, [])
    return [*added, *listed], notices


def _as(cls: type[T], value: object) -> T:
    assert isinstance(value, cls), f"{type(value).__name__} is registered as a {cls.__name__} but is none"
    return value
