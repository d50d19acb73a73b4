"""The HiGHS options a user may set, with their types and ranges; everything else is refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from attrs import frozen

from evenhand.errors import Fault, SpecError, nearest

OptionValue = bool | int | float | str
_LARGEST = 2**31 - 1


@frozen
class OptionRule:
    """What one option takes: a kind, and a closed range or a list of words."""

    kind: Literal["bool", "int", "float", "word"]
    lower: float = -math.inf
    upper: float = math.inf
    words: tuple[str, ...] = ()

    def describe(self) -> str:
        if self.kind == "bool":
            return "true or false"
        if self.kind == "word":
            return "one of " + ", ".join(repr(word) for word in self.words)
        noun = "a whole number" if self.kind == "int" else "a number"
        return f"{noun} from {self.lower:g} to {self.upper:g}"

    def accepts(self, value: object) -> bool:
        if self.kind == "bool":
            return isinstance(value, bool)
        if self.kind == "word":
            return isinstance(value, str) and value in self.words
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.kind == "int" and not isinstance(value, int):
            return False
        return self.lower <= value <= self.upper

    def convert(self, value: object) -> OptionValue:
        """The value in the type HiGHS expects; only for a value that :meth:`accepts` took."""
        assert isinstance(value, bool | int | float | str)
        return float(value) if self.kind == "float" else value


def _count(lower: int = 0, upper: int = _LARGEST) -> OptionRule:
    return OptionRule("int", lower, upper)


_SWITCH = OptionRule("bool")
# Looser tolerances than HiGHS' own would let "optimal" and "feasible" mean less than they say.
_TOLERANCE = OptionRule("float", 1e-10, 1e-6)

ALLOWED: Mapping[str, OptionRule] = MappingProxyType({
    "presolve": OptionRule("word", words=("choose", "on", "off")),
    "random_seed": _count(),
    "primal_feasibility_tolerance": _TOLERANCE,
    "dual_feasibility_tolerance": _TOLERANCE,
    "mip_feasibility_tolerance": _TOLERANCE,
    "ipm_optimality_tolerance": OptionRule("float", 1e-12, 1e-7),
    "simplex_strategy": _count(0, 4),
    "simplex_scale_strategy": _count(0, 4),
    "simplex_dual_edge_weight_strategy": _count(-1, 2),
    "simplex_primal_edge_weight_strategy": _count(-1, 2),
    "simplex_iteration_limit": _count(),
    "ipm_iteration_limit": _count(),
    "mip_detect_symmetry": _SWITCH,
    "mip_allow_restart": _SWITCH,
    "mip_allow_cut_separation_at_nodes": _SWITCH,
    "mip_root_presolve_only": _SWITCH,
    "mip_max_nodes": _count(),
    "mip_max_stall_nodes": _count(),
    "mip_max_leaves": _count(),
    "mip_max_start_nodes": _count(),
    "mip_max_improving_sols": _count(1),
    "mip_lp_age_limit": _count(0, 32767),
    "mip_pool_age_limit": _count(0, 1000),
    "mip_pool_soft_limit": _count(1),
    "mip_pscost_minreliable": _count(),
    "mip_lifting_for_probing": _count(-1),
    "mip_heuristic_effort": OptionRule("float", 0.0, 1.0),
    "mip_heuristic_run_feasibility_jump": _SWITCH,
    "mip_heuristic_run_rins": _SWITCH,
    "mip_heuristic_run_rens": _SWITCH,
    "mip_heuristic_run_root_reduced_cost": _SWITCH,
    "mip_heuristic_run_zi_round": _SWITCH,
    "mip_heuristic_run_shifting": _SWITCH,
})

# Options that Evenhand sets itself, and where a user sets them instead.
RESERVED: Mapping[str, str] = MappingProxyType({
    "mip_rel_gap": "set `gap` in [solver] instead",
    "mip_abs_gap": "Evenhand's gap is relative: set `gap` in [solver]",
    "time_limit": "set `time_limit` in [solver] instead",
    "threads": "one thread a solve; `--workers` solves independent parts side by side",
    "parallel": "one thread a solve; `--workers` solves independent parts side by side",
    "solver": "Evenhand chooses the algorithm; remove it",
    "mip_lp_solver": "Evenhand chooses the algorithm; remove it",
    "run_crossover": "Evenhand chooses the algorithm; remove it",
})


def checked_options(options: Mapping[str, object] | None, where: str = "solver.options") -> dict[str, OptionValue]:
    """The options in the types HiGHS expects, in the order given.

    Raises
    ------
    SpecError
        With one fault per option that is unknown, reserved or out of range.
    """
    faults: list[Fault] = []
    accepted: dict[str, OptionValue] = {}
    for name, value in (options or {}).items():
        path = f"{where}.{name}"
        rule = ALLOWED.get(name)
        if rule is None:
            if name in RESERVED:
                faults.append(Fault(path, "is set by Evenhand itself", RESERVED[name]))
            else:
                faults.append(Fault(path, "is not an option that may be passed to HiGHS", nearest(name, ALLOWED)))
        elif not rule.accepts(value):
            faults.append(Fault(path, "does not take this value", f"Give {rule.describe()}", value=repr(value)))
        else:
            accepted[name] = rule.convert(value)
    if faults:
        raise SpecError(faults)
    return accepted
