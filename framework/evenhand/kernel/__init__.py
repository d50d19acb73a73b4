"""The kernel: linear models as arrays, HiGHS, and bounds that can be recomputed without a solver.

Names are loaded when first used, so that importing the package stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.kernel.compile import CompiledModel as CompiledModel
    from evenhand.kernel.compile import compile_model as compile_model
    from evenhand.kernel.conflict import Conflict as Conflict
    from evenhand.kernel.conflict import find_conflict as find_conflict
    from evenhand.kernel.conflict import smallest_conflict as smallest_conflict
    from evenhand.kernel.dual_bound import exact_bound as exact_bound
    from evenhand.kernel.dual_bound import safe_bound as safe_bound
    from evenhand.kernel.dual_bound import usable_duals as usable_duals
    from evenhand.kernel.dual_repair import repaired_duals as repaired_duals
    from evenhand.kernel.elastic import Relief as Relief
    from evenhand.kernel.elastic import infeasibility_proof as infeasibility_proof
    from evenhand.kernel.elastic import least_relief as least_relief
    from evenhand.kernel.elastic import proves_infeasible as proves_infeasible
    from evenhand.kernel.expressions import linear_sum as linear_sum
    from evenhand.kernel.highs import HighsSession as HighsSession
    from evenhand.kernel.linear_model import LinearModel as LinearModel
    from evenhand.kernel.options_allowed import checked_options as checked_options
    from evenhand.kernel.result import LinearResult as LinearResult
    from evenhand.kernel.result import relative_gap as relative_gap
    from evenhand.kernel.rules import RuleRows as RuleRows

_HOMES = {
    "CompiledModel": "compile",
    "Conflict": "conflict",
    "HighsSession": "highs",
    "LinearModel": "linear_model",
    "LinearResult": "result",
    "Relief": "elastic",
    "RuleRows": "rules",
    "checked_options": "options_allowed",
    "compile_model": "compile",
    "exact_bound": "dual_bound",
    "find_conflict": "conflict",
    "infeasibility_proof": "elastic",
    "least_relief": "elastic",
    "linear_sum": "expressions",
    "proves_infeasible": "elastic",
    "relative_gap": "result",
    "repaired_duals": "dual_repair",
    "safe_bound": "dual_bound",
    "smallest_conflict": "conflict",
    "usable_duals": "dual_bound",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
