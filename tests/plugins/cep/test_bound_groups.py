from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_groups import bound_groups
from evenhand_cep.prices.curve import PriceCurve, grid_on, share_range
from evenhand_cep.prices.openings import best_openings
from tests.plugins.cep.brute_force import best
from tests.plugins.cep.instances import curves, instances


@settings(deadline=None, max_examples=60)
@given(instances(), curves(), st.lists(st.floats(-50, 80), min_size=6, max_size=6), st.sampled_from([1e-6, 0.1, 10.0]))
def test_any_anchors_and_prices_bound_every_grouping(instance: Instance, curve: tuple[list[float], list[float]],
                                                     raw: list[float], tolerance: float) -> None:
    found = best(instance)
    assume(found is not None)
    anchors = np.array(raw[: instance.size])
    free = instance.may_stay_out & instance.may_join
    anchors[free] = np.maximum(anchors[free], instance.outside[free])
    result = bound_groups(instance, PriceCurve(*curve), anchors, tolerance)
    assert result.bound >= found[0]


@settings(deadline=None, max_examples=25)
@given(instances(apart=False))
def test_duals_of_the_relaxation_bound_every_grouping(instance: Instance) -> None:
    reach = share_range(instance)
    found = best(instance)
    assume(found is not None and not reach.empty)
    grid = grid_on(reach, np.linspace(reach.low, reach.high, 7))
    duals = best_openings(instance, grid, PriceCurve([0.5], [1.0]), lambda: False)
    assume(duals is not None)
    result = bound_groups(instance, duals.relaxed.curve, duals.anchors, 1e-6)
    assert result.bound >= found[0]


def test_the_supremum_between_nodes_is_enclosed() -> None:
    random = np.random.default_rng(5)
    enrolled = random.integers(20, 400, 30).astype(float)
    identified = np.floor(enrolled * random.uniform(0.1, 0.9, 30))
    instance = Instance.build(enrolled, identified, enrolled * random.uniform(50, 300, 30),
                              rule=ClaimingRule("1.6", "0.25"), max_groups=3)
    curve = PriceCurve([0.4, 0.55, 0.7, 1.0], [100.0, 260.0, 90.0, 300.0])
    anchors = instance.slope * 0.6
    shares = np.linspace(0.4, 1.0, 20_001)
    slack = instance.attributed[:, None] - np.multiply.outer(enrolled, shares)
    height = np.multiply.outer(instance.slope, shares) + curve.at(shares) * slack - anchors[:, None]
    sampled = float(np.maximum(0.0, height).sum(axis=0).max())
    result = bound_groups(instance, curve, anchors, 1e-3)
    assert result.supremum >= sampled * (1 - 1e-13)
    assert result.supremum <= sampled + 1e-3 + 1e-3 * sampled


def test_anchors_under_the_outside_worth_are_refused() -> None:
    instance = Instance.build(np.array([10.0]), np.array([5.0]), np.array([10.0]), rule=ClaimingRule("1.6", "0.25"),
                              max_groups=1, outside=np.array([3.0]), must_join=np.array([False]))
    with pytest.raises(ValueError, match="outside"):
        bound_groups(instance, PriceCurve([0.5], [1.0]), np.array([2.9]), 1e-6)
    with pytest.raises(ValueError, match="shape"):
        bound_groups(instance, PriceCurve([0.5], [1.0]), np.array([4.0, 4.0]), 1e-6)
    with pytest.raises(ValueError, match="finite"):
        bound_groups(instance, PriceCurve([0.5], [1.0]), np.array([np.nan]), 1e-6)
