from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_any import bound_any
from evenhand_cep.prices.curve import PriceCurve, grid_on, share_range
from evenhand_cep.prices.dual import best_prices
from evenhand_cep.prices.reach import reach_caps
from tests.plugins.cep.brute_force import best
from tests.plugins.cep.instances import curves, instances

quick = settings(deadline=None, max_examples=40)


@quick
@given(instances(), curves())
def test_any_prices_bound_every_grouping(instance: Instance, curve: tuple[list[float], list[float]]) -> None:
    found = best(instance)
    assume(found is not None)
    prices = PriceCurve(*curve)
    assert bound_any(instance, prices) >= found[0]
    assert bound_any(instance, prices, reach_caps(instance)) >= found[0]


@quick
@given(instances())
def test_good_prices_bound_every_grouping_and_improve_on_none(instance: Instance) -> None:
    reach = share_range(instance)
    found = best(instance)
    assume(found is not None and not reach.empty)
    grid = grid_on(reach, np.linspace(reach.low, reach.high, 9))
    for caps in (None, reach_caps(instance)):
        relaxed = best_prices(instance, grid, caps)
        assert np.all(relaxed.curve.prices >= 0)
        assert bound_any(instance, relaxed.curve, caps) >= found[0]


def test_a_hand_worked_pair() -> None:
    # Shares alone: 1 and 0.4. At lambda = 0 both claim everything (10 + 10); at a price of 10 on every share the
    # poor school's bracket is 10 t + 10 (4 - 10 t)... = 40 - 90 t, largest at theta = 0.4: 4; the rich one's is
    # 10 t + 10 (10 - 10 t) = 100 - 90 t, at 0.4: 64. Together 68.
    instance = _pair()
    assert bound_any(instance, PriceCurve([0.4], [0.0])) == pytest.approx(20.0)
    assert bound_any(instance, PriceCurve([0.4], [10.0])) == pytest.approx(68.0)


def test_the_vertex_inside_a_piece_is_found() -> None:
    # lambda = 10 (t - 0.4) on the poor school: 10 t + 10 (t - 0.4)(4 - 10 t) = -100 t^2 + 90 t - 16, at 0.45: 4.25.
    # The rich one: 10 t + 10 (t - 0.4)(10 - 10 t), largest at 0.75: 7.5 + 8.75 = 16.25.
    assert bound_any(_pair(), PriceCurve([0.4, 1.0], [0.0, 6.0])) == pytest.approx(4.25 + 16.25)


def _pair() -> Instance:
    from evenhand_cep.claiming import ClaimingRule

    return Instance.build(np.array([10.0, 10.0]), np.array([10.0, 4.0]), np.array([10.0, 10.0]),
                          rule=ClaimingRule("1", "0.4"), max_groups=2)


@pytest.mark.parametrize(("nodes", "prices"), [
    ([0.5], [-1.0]), ([0.5], [float("nan")]), ([0.5], [float("inf")]), ([0.5, 0.4], [1.0, 1.0]), ([0.5], [1.0, 2.0]),
    ([], []), ([0.5, 0.5], [1.0, 2.0]),
])
def test_bad_curves_are_refused(nodes: list[float], prices: list[float]) -> None:
    with pytest.raises(ValueError, match=r"price|node|finite"):
        PriceCurve(nodes, prices)


def test_prices_too_steep_for_floats_are_refused() -> None:
    instance = Instance.build([1.0, 2.0], [0.0, 1.0], [1.0, 1.0], rule=ClaimingRule(min_isp=0), max_groups=2)
    with pytest.raises(ArithmeticError, match="overflow"):
        bound_any(instance, PriceCurve([0.0, 2.2250738585072014e-308], [0.0, 4.0]))
