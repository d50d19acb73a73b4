"""Proof that nothing keeps the rules: row multipliers of a linear formulation (Farkas' lemma), checked exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from evenhand.kernel import LinearModel
    from evenhand.model.problem import Problem


def farkas_proof(formulation: str, model: LinearModel, time_limit: float | None) -> dict[str, Any]:
    """A proof as plain data; empty when the linear relaxation alone does not show it."""
    from evenhand.kernel import infeasibility_proof

    duals = infeasibility_proof(model, time_limit=time_limit)
    if duals is None:
        return {}
    named = {name: float(y) for name, y in zip(model.row_names, duals, strict=True) if y}
    return {"kind": "farkas", "formulation": formulation, "model_sha256": model.digest(), "duals": named}


def holds(problem: Problem, proof: Mapping[str, Any]) -> bool:
    """Whether the stored multipliers prove exactly that the problem rebuilt from its tables is infeasible."""
    from evenhand.kernel import compile_model, proves_infeasible

    formulation = next((f for f in problem.formulations() if f.name == proof.get("formulation")), None)
    if formulation is None:
        return False
    built = formulation.build(problem)
    model = compile_model(built.model).model
    duals = proof.get("duals")
    if built.honesty == "restriction" or model.digest() != proof.get("model_sha256") or not isinstance(duals, Mapping):
        return False
    place = {name: row for row, name in enumerate(model.row_names)}
    multipliers = np.zeros(len(model.row_names))
    for name, value in duals.items():
        if name not in place or not isinstance(value, int | float):
            return False
        multipliers[place[name]] = value
    return proves_infeasible(model, multipliers)
