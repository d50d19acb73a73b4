"""Explain: which rules conflict, and what is the least that each would have to give.

(The module is not called ``explain`` because ``evenhand.explain`` is the function.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from evenhand.errors import InfeasibleError, NoSolutionError, SolverUnsuitableError
from evenhand.model import Constraint, Problem
from evenhand.spec.build import build_problem, load_spec
from evenhand.spec.tree import Spec

if TYPE_CHECKING:
    from evenhand.kernel import CompiledModel
    from evenhand.plugins import Registry

TIME_LIMIT = 60.0


@frozen
class Explanation:
    """Why nothing keeps the rules.

    Attributes
    ----------
    infeasible : whether the rules exclude each other; False: an allocation that keeps them all exists.
    message : in words, by the domain where it has an exact test of its own.
    conflict : labels of the rules that cannot hold together; ``smallest`` says that no smaller set is in conflict.
    relief : for each of them, the least it would have to give if the others stay.
    """

    infeasible: bool
    message: str
    conflict: tuple[str, ...] = ()
    smallest: bool = True
    relief: tuple[str, ...] = ()

    def text(self) -> str:
        if not self.infeasible:
            return self.message
        lines = [self.message]
        if self.conflict:
            what = "Smallest set of rules that conflict" if self.smallest else "Rules that conflict"
            lines.append(f"{what}: {', '.join(self.conflict)}.")
        if self.relief:
            lines.append("Any one of these would be enough:")
            lines += [f"  - {text}" for text in self.relief]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        return {"infeasible": self.infeasible, "message": self.message, "conflict": list(self.conflict),
                "smallest": self.smallest, "relief": list(self.relief)}


def explain(what: Problem | Spec | str | Path | Mapping[str, Any], *, overrides: Sequence[str] = (),
            time_limit: float = TIME_LIMIT, registry: Registry | None = None) -> Explanation:
    """Find a smallest set of named rules that conflict, and the least relief of each.

    The domain's exact test is asked first, for its words; the conflict itself comes from its feasibility formulation.

    Raises
    ------
    NoSolutionError
        Within the time limit it could not be decided whether the rules can be kept.
    EvenhandError
        Faults of the input.
    """
    if isinstance(what, Problem):
        problem = what
    else:
        if registry is None:
            from evenhand.plugins import manager

            registry = manager()
        problem = build_problem(load_spec(what, registry, overrides=overrides), registry)
    proven = problem.proven_infeasible()
    if proven is not None and proven.conflict and proven.relief:
        return _from_domain(proven)
    try:
        found = _from_model(problem, time_limit)
    except SolverUnsuitableError as refusal:
        if proven is not None:
            return _from_domain(proven)
        raise NoSolutionError(f"whether the rules can be kept is not known: {refusal}") from refusal
    if proven is not None and not found.infeasible:
        return _from_domain(proven)
    return found if proven is None else Explanation(True, str(proven), found.conflict, found.smallest, found.relief)


def _from_domain(proven: InfeasibleError) -> Explanation:
    return Explanation(True, str(proven), proven.conflict, True, proven.relief)


def _from_model(problem: Problem, time_limit: float) -> Explanation:
    from evenhand.kernel import RuleRows, compile_model, find_conflict

    formulation = problem.feasibility_formulation()
    if formulation is None:
        raise SolverUnsuitableError(f"the domain {problem.domain.name!r} has no formulation that decides it")
    built = formulation.build(problem)
    compiled = compile_model(built.model)
    rules = problem.rules()
    groups = {label: RuleRows(compiled.rows_under(built.model.rules[label])) for label in rules}
    groups = {label: rows for label, rows in groups.items() if rows.rows.size}
    conflict = find_conflict(compiled.model, groups, time_limit=time_limit)
    if conflict is None:
        return Explanation(False, "The rules can be kept together: an allocation that keeps them all exists.")
    relief = [text for label in conflict.rules
              if (text := _relief(problem, rules[label], compiled, groups, label, conflict.rules, time_limit))]
    return Explanation(True, "No allocation keeps all the rules.", conflict.rules, conflict.smallest, tuple(relief))


def _relief(problem: Problem, rule: Constraint, compiled: CompiledModel, groups: Mapping[str, Any], label: str,
            conflict: Sequence[str], time_limit: float) -> str | None:
    from evenhand.kernel import least_relief

    others = [name for name in conflict if name != label]
    try:
        found = least_relief(compiled.model, groups, label, keep=others, time_limit=time_limit)
    except NoSolutionError:
        return None
    if found is None:
        return None
    return rule.relief(problem, round(found.total, 6))
