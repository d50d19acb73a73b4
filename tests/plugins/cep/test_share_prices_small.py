from __future__ import annotations

import json

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance
from evenhand_cep.prices.certificate import evaluate_certificate
from evenhand_cep.prices.solve import share_prices
from tests.plugins.cep.brute_force import best, exact_value
from tests.plugins.cep.instances import instances

quick = settings(deadline=None, max_examples=50)


@quick
@given(instances())
def test_answer_is_legal_below_the_optimum_and_the_bound_above(instance: Instance) -> None:
    found = best(instance)
    result = share_prices(instance, gap=1e-9, effort=0.05)
    if result.infeasible is not None:
        assert found is None
        return
    if found is None:
        assert result.labels is None
        return
    optimum = found[0]
    assert result.bound is not None and result.certificate_data is not None
    assert result.bound >= optimum
    data = json.loads(json.dumps(result.certificate_data))
    assert evaluate_certificate(instance, data) == result.bound == float(data["bound"])
    if not instance.different_group:
        assert result.labels is not None
    if result.labels is not None:
        value = exact_value(instance, tuple(result.labels.tolist()))
        assert value is not None
        assert float(value) == pytest.approx(result.value, rel=1e-12, abs=1e-9)
        assert value <= optimum


@quick
@given(instances(most=5, apart=False))
def test_infeasible_exactly_when_nothing_is_legal(instance: Instance) -> None:
    assert (share_prices(instance, effort=0.01).infeasible is not None) == (best(instance) is None)


@settings(deadline=None, max_examples=25)
@given(instances(most=6, apart=False))
def test_more_groups_never_lower_the_bound_of_prices(instance: Instance) -> None:
    few = share_prices(instance, gap=1e-9, effort=0.02)
    many = share_prices(attrs.evolve(instance, max_groups=instance.max_groups + 1), gap=1e-9, effort=0.02)
    if few.value is not None:
        assert many.bound is not None
        assert many.bound >= few.value


def _hand(identified: list[float], enrolled: list[float], slope: list[float], *, minimum: str = "0.4", groups: int = 3,
          **options: object) -> Instance:
    return Instance.build(np.array(enrolled), np.array(identified), np.array(slope),
                          rule=ClaimingRule("1.6", minimum), max_groups=groups, **options)


def test_isp_exactly_at_the_minimum_is_allowed_where_floats_miss() -> None:
    # 0.1 + 0.2 of 0.75 is exactly 0.4; 0.30000000000000004 / 0.75 in floats is not.
    instance = _hand([0.1, 0.2], [0.5, 0.25], [10.0, 30.0], groups=1)
    result = share_prices(instance)
    assert result.labels.tolist() == [1, 1]
    assert result.value == pytest.approx(0.64 * 40)
    short = _hand([0.1, 0.2], [0.5, 0.2500000001], [10.0, 30.0], groups=1)
    assert share_prices(short).infeasible["reason"] == "minimum"


def test_overall_share_one_is_one_group_proven_without_prices() -> None:
    instance = _hand([50, 90, 70], [100, 100, 100], [10.0, 20.0, 30.0])
    result = share_prices(instance, gap=1e-9)
    assert result.value == 60.0
    assert result.bound == pytest.approx(60.0, rel=1e-10)


def test_one_school_and_one_group_are_their_own_proof() -> None:
    alone = share_prices(_hand([45], [100], [10.0]))
    assert alone.value == pytest.approx(7.2)
    assert alone.bound == pytest.approx(7.2)
    assert alone.certificate_data["form"] == "single-grouping"
    single = _hand([45, 70, 20], [100, 100, 100], [10.0, 2.0, 3.0], groups=1)
    result = share_prices(single)
    assert result.value == pytest.approx(15 * 1.6 * 0.45)
    assert evaluate_certificate(single, result.certificate_data) == result.bound


def test_all_equal_schools_gain_nothing_from_groups() -> None:
    result = share_prices(_hand([45] * 12, [100] * 12, [10.0] * 12), gap=1e-9, effort=0.1)
    assert result.value == pytest.approx(120 * 0.72)
    assert result.bound == pytest.approx(120 * 0.72, rel=1e-6)


def test_everybody_under_the_minimum_stays_out_and_it_is_proven() -> None:
    instance = _hand([10, 20, 39], [100, 100, 100], [10.0, 20.0, 30.0], outside=np.array([-1.0, -2.0, -4.0]),
                     must_join=np.zeros(3, bool))
    result = share_prices(instance)
    assert result.labels.tolist() == [0, 0, 0]
    assert result.value == -7.0
    assert result.bound == pytest.approx(-7.0)


def test_a_minimum_that_makes_every_group_free_is_a_knapsack() -> None:
    # 1.6 x 0.7 >= 1: every allowed group claims 1. 80 % carries 60 %; the 10 % school must stay out.
    instance = _hand([80, 60, 10], [100, 100, 100], [10.0, 20.0, 30.0], minimum="0.7", must_join=np.zeros(3, bool))
    result = share_prices(instance, gap=1e-9)
    assert sorted(result.labels.tolist()) == [0, 1, 1]
    assert result.value == 30.0


def test_required_school_that_nobody_can_carry() -> None:
    instance = _hand([10, 45], [100, 100], [1.0, 1.0], must_join=np.array([True, False]))
    proof = share_prices(instance).infeasible
    assert proof["identified_missing"] == "25"
    assert proof["rows"] == [0, 1]
    assert proof["isp"] == "11/40"


def test_too_many_apart_for_the_groups() -> None:
    proof = share_prices(_hand([50] * 3, [100] * 3, [1.0] * 3, groups=2, different_group=[(0, 1, 2)])).infeasible
    assert proof["reason"] == "different_group"


def test_row_order_and_money_unit_do_not_matter() -> None:
    random = np.random.default_rng(11)
    enrolled = random.integers(50, 900, 9).astype(float)
    identified = np.floor(enrolled * random.uniform(0.2, 0.9, 9))
    slope = np.round(enrolled * random.uniform(100, 500, 9))
    plain = share_prices(_hand(identified, enrolled, slope), gap=1e-9, effort=0.3)
    turned = share_prices(_hand(identified[::-1], enrolled[::-1], slope[::-1] * 100), gap=1e-9, effort=0.3)
    assert turned.value == pytest.approx(100 * plain.value, rel=1e-9)


def test_the_same_seed_gives_the_same_answer() -> None:
    random = np.random.default_rng(3)
    enrolled = random.integers(50, 900, 30).astype(float)
    identified = np.floor(enrolled * random.uniform(0.2, 0.7, 30))
    instance = _hand(identified, enrolled, enrolled * random.uniform(100, 500, 30), minimum="0.25", groups=4)
    first, second = (share_prices(instance, gap=1e-9, seed=7, effort=0.05) for _ in range(2))
    assert first.labels.tolist() == second.labels.tolist()
    assert (first.value, first.bound) == (second.value, second.bound)


def test_a_deadline_in_the_past_still_gives_an_honest_answer() -> None:
    instance = _hand([45, 70, 30, 41], [100, 100, 90, 80], [10.0, 2.0, 3.0, 4.0])
    result = share_prices(instance, deadline=lambda: True)
    assert instance.is_legal(result.labels)
    assert result.bound >= result.value
    assert evaluate_certificate(instance, result.certificate_data) == result.bound


def test_the_exhaustive_hook_takes_small_instances() -> None:
    instance = _hand([45, 70, 30, 41], [100, 100, 90, 80], [10.0, 2.0, 3.0, 4.0])
    value, labels = best(instance)
    result = share_prices(instance, exhaustive=lambda inst, stop: (np.array(labels), float(value), float(value) + 1e-9))
    assert result.method == "exhaustive"
    assert result.value == pytest.approx(float(value))
