from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance, decimal_ints, merged_rows
from tests.plugins.cep.brute_force import exact_value, growth_strings
from tests.plugins.cep.instances import instances


@settings(deadline=None, max_examples=40)
@given(instances(most=4))
def test_value_and_legality_are_those_of_plain_fractions(instance: Instance) -> None:
    for labels in growth_strings(instance.size, min(instance.max_groups, instance.size)):
        exact = exact_value(instance, labels)
        array = np.array(labels)
        assert instance.is_legal(array) == (exact is not None)
        if exact is not None:
            assert instance.value(array) == pytest.approx(float(exact), rel=1e-12, abs=1e-12)
            assert instance.shortfall(array) == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=5))
def test_floats_are_read_as_their_decimal_text(values: list[float]) -> None:
    ints, scale = decimal_ints(np.array(values))
    assert [Fraction(int(number), scale) for number in ints] == [Fraction(repr(value)) for value in values]


def test_long_decimals_fall_back_to_unbounded_integers() -> None:
    instance = Instance.build([Fraction(1, 3**40), Fraction(1)], [Fraction(1, 3**41), Fraction(1, 2)], [1.0, 1.0],
                              rule=ClaimingRule("1.6", "0.33333"), max_groups=2)
    assert instance.exact_enrolled.dtype == object
    assert instance.is_legal(np.array([1, 2]))
    assert instance.share_of(np.array([0])) == Fraction(8, 15)


def test_shortfall_counts_missing_students() -> None:
    instance = Instance.build(np.array([100.0, 50.0, 10.0]), np.array([30.0, 10.5, 10.0]), np.ones(3),
                              rule=ClaimingRule("1.6", "0.4"), max_groups=3)
    assert instance.shortfall(np.array([1, 2, 3])) == Fraction("19.5")
    assert instance.shortfall(np.array([1, 1, 1])) == Fraction("13.5")
    assert "under the minimum" in instance.problems(np.array([1, 1, 1]))[0]


def test_every_broken_rule_is_named() -> None:
    instance = Instance.build(np.full(3, 100.0), np.full(3, 50.0), np.ones(3), rule=ClaimingRule("1.6", "0.4"),
                              max_groups=2, must_join=np.array([True, False, False]),
                              must_stay_out=np.array([False, False, True]), different_group=[(0, 1)])
    assert len(instance.problems(np.array([0, 1, 1]))) == 2
    assert "different" in instance.problems(np.array([1, 1, 0]))[0]
    assert "0..2" in instance.problems(np.array([1, 3, 0]))[0]
    assert "shape" in instance.problems(np.array([1, 1]))[0]
    assert instance.is_legal(np.array([1, 0, 0]))


def test_merged_rows_keep_the_order_of_first_rows() -> None:
    assert merged_rows(6, [[4, 1], [5, 2], [2, 0]]).tolist() == [0, 1, 0, 2, 1, 0]
    assert merged_rows(2, []).tolist() == [0, 1]


@pytest.mark.parametrize(("change", "words"), [
    ({"enrolled": [0.0, 1.0]}, "enrolled"), ({"identified": [2.0, 1.0]}, "identified"),
    ({"slope": [1.0]}, "slope"), ({"slope": [1.0, float("nan")]}, "slope"), ({"max_groups": 0}, "max_groups"),
    ({"must_stay_out": [True, False]}, "both"), ({"different_group": [(0, 2)]}, "different_group"),
])
def test_bad_instances_are_refused(change: dict[str, object], words: str) -> None:
    good: dict[str, object] = {"enrolled": [1.0, 2.0], "identified": [1.0, 1.0], "slope": [1.0, 1.0], "max_groups": 2}
    with pytest.raises(ValueError, match=words):
        Instance.build(rule=ClaimingRule("1.6", "0.4"), **(good | change))  # type: ignore[arg-type]
