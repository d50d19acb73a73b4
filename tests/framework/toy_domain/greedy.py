"""A plugin of its own: a solver for the domain ``evenings``, which it does not own."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenhand import Candidate, Solver, hookimpl


class Greedy(Solver):
    """Opens the library with the fewest dollars per visitor as long as the budget lasts."""

    name, doc = "greedy", "fewest dollars per visitor first"

    def solve(self, problem: Any, limits: Any) -> Candidate:
        chosen = np.zeros(len(problem.costs), dtype=bool)
        for item in np.argsort(problem.costs.astype(float) / np.maximum(problem.visitors, 1e-9), kind="stable"):
            chosen[item] = sum(problem.costs[chosen]) + problem.costs[item] <= problem.options.budget
        answer = problem.shape.allocation(chosen)
        return Candidate(allocation=None if problem.violations(answer) else answer)


@hookimpl
def register_solvers(register: Any) -> None:
    register(Greedy(), domain="evenings")
