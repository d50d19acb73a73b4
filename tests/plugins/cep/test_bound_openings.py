from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from evenhand.kernel import HighsSession, LinearModel
from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance
from evenhand_cep.prices.curve import PriceCurve, grid_on, share_range
from evenhand_cep.prices.dual import level_slacks, level_worths
from evenhand_cep.prices.openings import best_openings


def _level_program(instance: Instance, worths: np.ndarray, slacks: np.ndarray) -> float:
    """Optimum of the level relaxation with openings, by a general solver."""
    size, levels = worths.shape
    pairs = size * levels
    pair = np.arange(pairs)
    school, level = pair // levels, pair % levels
    link = size + levels + pair
    rows = np.concatenate([school, size + level, link, link, np.full(levels, size + levels + pairs)])
    columns = np.concatenate([pair, pair, pair, pairs + level, pairs + np.arange(levels)])
    entries = np.concatenate([np.ones(pairs), slacks.ravel(), np.ones(pairs), -np.ones(pairs), np.ones(levels)])
    free = instance.may_stay_out
    model = LinearModel(
        costs=np.concatenate([worths.ravel(), np.zeros(levels)])[None, :], cost_offsets=np.zeros(1),
        matrix=sparse.csc_array((entries, (rows, columns)), shape=(size + levels + pairs + 1, pairs + levels)),
        row_lower=np.concatenate([np.where(free, -np.inf, 1.0), np.zeros(levels), np.full(pairs + 1, -np.inf)]),
        row_upper=np.concatenate([np.ones(size), np.full(levels, np.inf), np.zeros(pairs),
                                  [float(instance.max_groups)]]),
        column_lower=np.zeros(pairs + levels), column_upper=np.full(pairs + levels, np.inf),
        integer=np.zeros(pairs + levels, dtype=bool))
    session = HighsSession(model)
    session.set_costs(model.costs[0], 0.0, maximize=True)
    result = session.solve()
    assert result.status == "optimal"
    return result.objective


@pytest.mark.parametrize(("groups", "leave"), [(1, False), (2, False), (3, True), (9, False)])
def test_the_own_method_agrees_with_a_general_solver(groups: int, leave: bool) -> None:
    random = np.random.default_rng(groups)
    enrolled = random.integers(100, 900, 40).astype(float)
    instance = Instance.build(enrolled, np.floor(enrolled * random.uniform(0.15, 0.85, 40)),
                              enrolled * random.uniform(100, 500, 40), rule=ClaimingRule("1.6", "0.25"),
                              max_groups=groups, outside=enrolled * -20.0 if leave else None,
                              must_join=np.zeros(40, bool) if leave else None)
    reach = share_range(instance)
    grid = grid_on(reach, np.linspace(reach.low, reach.high, 8))
    found = best_openings(instance, grid, PriceCurve([0.5], [200.0]), lambda: False)
    reduced = level_worths(instance, grid) - np.where(instance.may_stay_out, instance.outside, 0.0)[:, None]
    expected = _level_program(instance, reduced, level_slacks(instance, grid))
    heights = level_worths(instance, grid) + level_slacks(instance, grid) * found.relaxed.curve.prices
    tops = np.maximum(0.0, heights - found.anchors[:, None]).sum(axis=0).max()
    outside = float(instance.outside[instance.may_stay_out].sum())
    dual = float(found.anchors.sum()) + groups * tops - outside
    assert dual == pytest.approx(expected, rel=1e-6)
    assert dual >= expected * (1 - 1e-9)
    assert found.openings.sum() <= groups + 1e-6
