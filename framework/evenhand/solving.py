"""Solve: from a spec, a file or a Problem to an audited Solution.

(The module is not called ``solve`` because ``evenhand.solve`` is the function.)
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from evenhand.audit import audit
from evenhand.certificates.dual import DualCertificate
from evenhand.errors import Fault, InfeasibleError, SolverUnsuitableError, SpecError, UnknownNameError, nearest
from evenhand.model import Problem
from evenhand.solution import Candidate, RunRecord, Solution, relative_gap
from evenhand.solvers.auto import Auto, choose
from evenhand.solvers.limits import Limits, Listener
from evenhand.spec.build import build_problem, load_spec, solver_faults
from evenhand.spec.tree import SolverEntry, Spec

if TYPE_CHECKING:
    from evenhand.plugins import Registry


def problem(domain: str, *, registry: Registry | None = None, constraints: Sequence[Any] | None = None,
            objective: Any = None, folder: str | Path | None = None, **values: Any) -> Problem:
    """A Problem from Python values.

    Parameters
    ----------
    domain : name of a registered domain.
    constraints, objective : as in a spec: lists of mappings, or Term/Objective and Constraint objects.
    values : tables (by the domain's table names: a DataFrame, a path, or ``{"file": ..., "columns": {...}}``) and
        options of ``[problem]``.

    Raises
    ------
    SpecError, DataError
    """
    registry = registry or _registry()
    tables = {schema.name for schema in registry.domain(domain).tables}
    tree: dict[str, Any] = {
        "domain": domain,
        "data": {name: value for name, value in values.items() if name in tables},
        "problem": {name: value for name, value in values.items() if name not in tables},
    }
    composed = objective is not None and hasattr(objective, "measure")
    if objective is not None and not composed:
        tree["objective"] = list(objective)
    ready = constraints is not None and any(hasattr(rule, "violations") for rule in constraints)
    if constraints is not None and not ready:
        tree["constraint"] = list(constraints)
    made = build_problem(load_spec(tree, registry, folder=Path(folder or ".").resolve()), registry)
    changes: dict[str, Any] = {}
    if composed:
        changes["objective"] = objective if hasattr(objective, "parts") else 1.0 * objective
    if ready:
        changes["constraints"] = tuple(constraints or ())
    if not changes:
        return made
    from evenhand.spec.compose import spec_with

    made = attrs.evolve(made, **changes, spec=spec_with(made.spec, **changes))
    if faults := made.check():
        raise SpecError(faults)
    return made


def solve(what: Problem | Spec | str | Path | Mapping[str, Any], *, solver: str | None = None,
          time_limit: float | None = None, gap: float | None = None, seed: int | None = None,
          options: Mapping[str, Any] | None = None, overrides: Sequence[str] = (), executor: str = "local",
          workers: int | None = None, listener: Listener | None = None, registry: Registry | None = None) -> Solution:
    """Solve a problem, a spec, or the spec in a file; every number of the answer is recomputed by the audit.

    Parameters
    ----------
    what : a Problem, a Spec, the path of a TOML file, or its tree.
    solver, time_limit, gap, seed, options : override ``[solver]`` of the spec.
    overrides : ``["problem.max_groups=5"]``, applied before anything is checked.
    executor : ``local``, ``dask`` or a registered one: where independent parts are solved.
    workers : how many at a time (default: the machine's cores).
    listener : called with a :class:`evenhand.solution.Moment` whenever value or bound improve.

    Raises
    ------
    EvenhandError
        Faults of the input, a solver that cannot run, an audit that failed. Infeasibility is not raised: it is a
        Solution with status ``infeasible``.
    """
    registry = registry or _registry()
    spec = what.spec if isinstance(what, Problem) else load_spec(what, registry, overrides=overrides)
    changes = {"name": solver, "time_limit": time_limit, "gap": gap, "seed": seed, "options": options}
    entry = _changed(spec.solver, {key: value for key, value in changes.items() if value is not None})
    spec = attrs.evolve(spec, solver=entry)
    if isinstance(what, Problem):
        made = attrs.evolve(what, spec=spec)
        if faults := solver_faults(spec, registry):
            raise SpecError(faults)
    else:
        made = build_problem(spec, registry)
    known = registry.solver(entry.name, made.domain.name)
    if isinstance(known, Auto):
        chosen, notices = choose(made, registry.solvers_for(made.domain.name))
    elif (reason := known.refusal(made)) is not None:
        raise SolverUnsuitableError(reason)
    else:
        chosen, notices = known, []

    if executor not in registry.executors:
        raise UnknownNameError(Fault("executor", f"no executor {executor!r} is registered",
                                     nearest(executor, registry.executors)))
    workers = workers or os.cpu_count() or 1
    limits = Limits(time_limit=entry.time_limit, gap=entry.gap, seed=entry.seed, options=entry.options,
                    executor=registry.executors[executor](workers), workers=workers,
                    maximize=made.objective.sense == "maximize",
                    listener=listener)
    hook = registry.manager.hook
    hook.before_solve(problem=made, solver=chosen.name)
    candidate = _run(made, chosen.solve, limits)
    candidate = attrs.evolve(candidate, used=candidate.used or chosen.name,
                             notices=(*notices, *candidate.notices, *_cut_short(limits, candidate)),
                             comparison=chosen.capabilities.comparison and candidate.comparison)
    record = RunRecord(name=entry.name, used=candidate.used, seconds=limits.elapsed, seed=entry.seed, gap=entry.gap,
                       time_limit=entry.time_limit, stopped=limits.stopped, history=tuple(limits.history))
    solution = audit(made, candidate, record)
    hook.after_solve(problem=made, solution=solution)
    return solution


def _changed(entry: SolverEntry, changes: Mapping[str, Any]) -> SolverEntry:
    """The solver entry with these values in place of its own, checked like those of a spec."""
    from evenhand.spec.options import structure

    made, faults = structure(SolverEntry, {**attrs.asdict(entry, recurse=False), **changes}, "solver")
    if made is None:
        raise SpecError(faults)
    return made


def _registry() -> Registry:
    from evenhand.plugins import manager

    return manager()


def _run(made: Problem, run: Callable[[Problem, Limits], Candidate], limits: Limits) -> Candidate:
    """One run, with the domain's own test of feasibility before it and its cheap bound after it."""
    impossible = made.proven_infeasible()
    if impossible is not None:
        return Candidate(infeasible=impossible, used="feasibility test")
    try:
        with _interruptible(limits):
            candidate = run(made, limits)
    except InfeasibleError as proof:
        return Candidate(infeasible=proof)
    if candidate.allocation is not None and _wants_proof(candidate):
        own = made.own_proof(candidate.allocation)
        if own is not None:
            return attrs.evolve(candidate, certificates=(own,))
    if _wants_bound(made, candidate, limits.gap):
        cheap = made.cheap_bound()
        if cheap is not None:
            candidate = attrs.evolve(candidate, certificates=(*candidate.certificates, cheap))
    return candidate


def _wants_proof(candidate: Candidate) -> bool:
    """Whether the solver brought nothing better than LP duals to prove its answer with."""
    return all(c.kind == DualCertificate.kind for c in candidate.certificates if c.verified)


def _wants_bound(made: Problem, candidate: Candidate, gap: float) -> bool:
    """Whether the domain's cheap bound may help: there is none to recheck, or only LP duals that leave a gap."""
    if candidate.allocation is None or not _wants_proof(candidate):
        return False
    verified = [c for c in candidate.certificates if c.verified]
    value, _ = made.objective.measure(made, candidate.allocation)
    gaps = [relative_gap(value, c.bound(made)) for c in verified]
    return not any(found is not None and found <= gap for found in gaps)


def _cut_short(limits: Limits, candidate: Candidate) -> list[str]:
    if limits.stopped is None or limits.closed():
        return []
    why = "The run was interrupted" if limits.stopped == "interrupted" else "The time limit was reached"
    return [f"{why}: this is the best answer found by then, with the bound known by then."
            if candidate.allocation is not None else f"{why} before any answer that keeps the rules was found."]


@contextmanager
def _interruptible(limits: Limits) -> Iterator[None]:
    """Ctrl-C asks the run to return its best answer; a second Ctrl-C ends the program as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: Any) -> None:
        if limits.stopped == "interrupted":
            raise KeyboardInterrupt
        limits.interrupt()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
