"""The component relaxation: every zone lies in one component of the open blocks, so at most ``zones`` of them count.

For prices u >= 0 of the budgets, and gain(c) = sum over b in c of max(0, focal_b - u @ weights_b), no choice reaches
more than ``u @ limits`` + the ``zones`` largest gains. A component with a pinned block is always among them, and a
pinned block counts with its own sign. One pass in whole numbers rechecks it. The best prices are dual values of a
linear program (x_b <= y_c, sum y_c <= zones); its optimum is the same bound.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.zones.graph import FloatArray
from evenhand_tiebreaker.zones.problem import ZoneProblem

# Prices are stored in whole multiples of 1 / 2**32.
DENOMINATOR = 2**32


@frozen
class ComponentBound:
    """No choice reaches more than ``bound`` focal students; ``prices`` prove it, one per budget of the problem."""

    bound: Fraction
    prices: tuple[Fraction, ...]
    seconds: float

    @property
    def students(self) -> int:
        """The bound rounded down: focal students are whole."""
        return math.floor(self.bound)


def component_bound(problem: ZoneProblem) -> ComponentBound:
    """The best bound of the component relaxation, with the prices that prove it.

    Raises
    ------
    ValueError
        When the pinned blocks alone break a condition (:attr:`ZoneProblem.contradiction`).
    """
    if problem.contradiction is not None:
        raise ValueError(str(problem.contradiction))
    begun = time.monotonic()
    prices = tuple(Fraction(max(0, round(price * DENOMINATOR)), DENOMINATOR) for price in _best_prices(problem))
    return ComponentBound(component_bound_at(problem, prices), prices, time.monotonic() - begun)


def component_bound_at(problem: ZoneProblem, prices: Sequence[Fraction]) -> Fraction:
    """The bound that these prices prove; exact, without any solver.

    Raises
    ------
    ValueError
        For a negative price, or another number of them than of budgets.
    """
    if len(prices) != len(problem.names) or any(price < 0 for price in prices):
        raise ValueError(f"expected {len(problem.names)} prices, none negative")
    scale = math.lcm(*(price.denominator for price in prices))
    units = [int(price * scale) for price in prices]
    labels = problem.graph.components(problem.open_blocks).tolist()
    gains: dict[int, int] = {}
    held = set()
    rows = zip(labels, problem.focal.tolist(), problem.weights.T.tolist(), problem.pinned.tolist(), strict=True)
    for label, focal, weights, pinned in rows:
        if label < 0:
            continue
        worth = scale * focal - sum(unit * weight for unit, weight in zip(units, weights, strict=True))
        gains[label] = gains.get(label, 0) + (worth if pinned else max(0, worth))
        if pinned:
            held.add(label)
    free = sorted((gain for label, gain in gains.items() if label not in held), reverse=True)
    total = sum(unit * limit for unit, limit in zip(units, problem.limits.tolist(), strict=True))
    total += sum(gains[label] for label in held) + sum(free[:max(0, problem.zones - len(held))])
    return Fraction(total, scale)


def _best_prices(problem: ZoneProblem) -> list[float]:
    import scipy.sparse as sp

    from evenhand.kernel import HighsSession, LinearModel

    blocks = np.flatnonzero(problem.open_blocks)
    budgets, count = len(problem.names), len(blocks)
    if not budgets or not count:
        return [0.0] * budgets
    labels = problem.graph.components(problem.open_blocks)[blocks]
    parts = int(labels.max()) + 1
    member = sp.csr_array((np.ones(count), (np.arange(count), labels)), shape=(count, parts))
    matrix = sp.vstack([
        sp.hstack([sp.csr_array(problem.weights[:, blocks].astype(np.float64)), sp.csr_array((budgets, parts))]),
        sp.hstack([sp.csr_array((1, count)), sp.csr_array(np.ones((1, parts)))]),
        sp.hstack([sp.eye_array(count), -member])])
    upper = np.concatenate([problem.limits, [problem.zones], np.zeros(count)]).astype(np.float64)
    cost: FloatArray = np.concatenate([problem.focal[blocks], np.zeros(parts)]).astype(np.float64)
    lower = np.concatenate([problem.pinned[blocks], np.zeros(parts)]).astype(np.float64)
    model = LinearModel(cost[None, :], np.zeros(1), sp.csr_array(matrix), np.full(len(upper), -np.inf), upper, lower,
                        np.ones(count + parts), np.zeros(count + parts, dtype=np.bool_))
    session = HighsSession(model)
    session.set_costs(cost, maximize=True)
    duals = session.solve().row_duals
    # Without an answer price 0 is still valid, only weak.
    return [0.0] * budgets if duals is None else duals[:budgets].tolist()
