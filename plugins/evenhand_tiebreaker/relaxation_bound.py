"""The linear relaxation's multipliers as a certificate, for answers of solvers that bring no bound of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.certificates import Certificate, DualCertificate
from evenhand.errors import SolverUnsuitableError

if TYPE_CHECKING:
    from evenhand_tiebreaker.problem import TiebreakerProblem

SECONDS = 30.0


def relaxation_certificate(problem: TiebreakerProblem) -> Certificate | None:
    """Multipliers of the rows of the problem's model; None where it has none, or they prove nothing."""
    from evenhand.kernel import HighsSession, compile_model, repaired_duals

    formulation = problem.formulations()[0]
    try:
        built = formulation.build(problem)
    except SolverUnsuitableError:
        return None
    whole = compile_model(built.model).model
    model = whole.relaxed()
    maximize = problem.objective.sense == "maximize"
    cost, offset = model.combine(np.array(problem.objective.weights()))
    session = HighsSession(model)
    session.set_costs(cost, offset, maximize=maximize)
    duals = session.solve(time_limit=SECONDS).row_duals
    if duals is None:
        return None
    usable = repaired_duals(model, cost, duals, maximize=maximize)
    named = {name: float(price) for name, price in zip(model.row_names, usable, strict=True) if price}
    certificate = DualCertificate(formulation.name, whole.digest(), named)
    return certificate if certificate.bound(problem) is not None else None
