"""The subset dynamic programme against an exact enumeration of all groupings, and by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from evenhand_cep.claiming import ROUNDINGS, ClaimingRule
from evenhand_cep.exhaustive import solve_exhaustively, subset_sums
from evenhand_cep.instance import Instance
from tests.plugins.cep.growth_strings import best_grouping, partitions
from tests.plugins.cep.small_instances import instances, random_instance


def check_against_enumeration(instance: Instance) -> None:
    found, best = solve_exhaustively(instance), best_grouping(instance)
    if best is None:
        assert found.status == "infeasible"
        assert found.labels is None and found.reason
        return
    assert found.status == "optimal"
    assert instance.problems(found.labels) == []
    assert found.value == pytest.approx(float(best), rel=1e-12, abs=1e-9)
    assert Fraction(found.bound) >= best
    assert found.bound == pytest.approx(float(best), rel=1e-11, abs=1e-7)


@settings(deadline=None, max_examples=60)
@given(instances())
def test_equals_the_enumeration_of_all_groupings(instance: Instance) -> None:
    check_against_enumeration(instance)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("opting_out", [False, True])
@pytest.mark.parametrize("max_groups", [1, 2, 3, 4, 7])
def test_equals_the_enumeration_for_seven_schools(rounding: str, opting_out: bool, max_groups: int) -> None:
    check_against_enumeration(random_instance(5, max_groups=max_groups, rounding=rounding, opting_out=opting_out))


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_counts_too_fine_for_64_bits(rounding: str) -> None:
    check_against_enumeration(random_instance(11, max_groups=3, rounding=rounding, digits=12))


def test_the_enumeration_counts_right() -> None:
    assert sum(1 for _ in partitions(6, 6)) == 877  # Bell number of 7: "out" is one more class
    assert sum(1 for _ in partitions(3, 1)) == 8


def test_three_schools_by_hand() -> None:
    # The third school (10 %) needs the first (80 %): together 45 %, share 0.72. The second stands at 40 %, share 0.64.
    instance = Instance.build([100, 100, 100], [80, 40, 10], [1000.0, 100.0, 1000.0],
                              rule=ClaimingRule("1.6", "0.4"), max_groups=3)
    found = solve_exhaustively(instance)
    assert found.labels.tolist() == [1, 2, 1]
    assert found.value == 0.72 * 2000 + 0.64 * 100
    assert (found.units, found.subsets_examined, found.subsets_allowed) == (3, 7, 5)
    one = solve_exhaustively(Instance.build([100, 100, 100], [80, 40, 10], [1000.0, 100.0, 1000.0],
                                            rule=ClaimingRule("1.6", "0.4"), max_groups=1))
    assert one.labels.tolist() == [1, 1, 1]
    assert one.value == pytest.approx(130 / 300 * 1.6 * 2100)


def test_exactly_at_the_minimum_is_allowed() -> None:
    # 0.1 + 0.7 is under 0.8 in floats; exactly, the two schools together stand at 40 %.
    assert 0.1 + 0.7 < 0.8
    instance = Instance.build([1.0, 1.0], [0.1, 0.7], [5.0, 5.0], rule=ClaimingRule("1.6", "0.4"), max_groups=2)
    assert solve_exhaustively(instance).labels.tolist() == [1, 1]
    under = Instance.build([1.0, 1.0], [0.1, 0.7 - 1e-12], [5.0, 5.0], rule=ClaimingRule("1.6", "0.4"), max_groups=2)
    assert solve_exhaustively(under).status == "infeasible"


@pytest.mark.parametrize(("rounding", "edge"), [("none", "80"), ("half_up_4", "79.99"), ("floor_4", "80")])
def test_a_hair_under_the_minimum_beyond_64_bits(rounding: str, edge: str) -> None:
    # Floats see the same sum with and without the hair, and no 64-bit scale holds it.
    for hair, status in ((Fraction(0), "optimal"), (Fraction(1, 10**20), "infeasible")):
        instance = Instance.build([Fraction(100), Fraction(100)], [Fraction(70) - hair, Fraction(edge) - 70],
                                  [1.0, 1.0], rule=ClaimingRule("1.6", "0.4", rounding), max_groups=2)
        assert solve_exhaustively(instance).status == status


@pytest.mark.parametrize(("rounding", "edge"), [("half_up_4", "100.01"), ("floor_4", "100.02")])
@pytest.mark.parametrize("fineness", [10**6, 10**20])
def test_a_hair_under_a_rounding_step(rounding: str, edge: str, fineness: int) -> None:
    for hair, isp in ((0, "0.5001"), (1, "0.5")):
        instance = Instance.build([Fraction(100), Fraction(100)],
                                  [Fraction(70) - Fraction(hair, fineness), Fraction(edge) - 70], [1e6, 1e6],
                                  rule=ClaimingRule("1.6", "0.4", rounding), max_groups=1)
        found = solve_exhaustively(instance)
        assert found.value == pytest.approx(float(Fraction("1.6") * Fraction(isp)) * 2e6, rel=1e-12)
        assert found.bound == pytest.approx(found.value, rel=1e-11)


def test_whole_worths_too_large_for_exact_floats_are_padded() -> None:
    # 2^53 + 1 is no float: the sum comes out as 2^53, and only a pad keeps the bound above the truth.
    instance = Instance.build([10, 10], [8, 8], [0, 0], constant=[2.0**53, 1.0], rule=ClaimingRule(), max_groups=1)
    assert Fraction(solve_exhaustively(instance).bound) >= 2**53 + 1


def test_a_school_that_stays_out_earns_its_outside_worth() -> None:
    instance = Instance.build([100, 100], [60, 10], [1000.0, 1000.0], rule=ClaimingRule("1.6", "0.4"), max_groups=2,
                              outside=[0.0, 300.0], must_join=[True, False])
    found = solve_exhaustively(instance)
    assert found.labels.tolist() == [1, 0]
    assert found.value == pytest.approx(960 + 300)
    required = Instance.build([100, 100], [60, 10], [1000.0, 1000.0], rule=ClaimingRule("1.6", "0.4"), max_groups=2,
                              outside=[0.0, 300.0], must_join=[True, True])
    assert solve_exhaustively(required).status == "infeasible"


def test_nobody_in_a_group_is_an_answer() -> None:
    instance = Instance.build([100, 100], [10, 10], [1000.0, 1000.0], rule=ClaimingRule("1.6", "0.4"), max_groups=2,
                              outside=[3.0, 4.0], must_join=[False, False])
    found = solve_exhaustively(instance)
    assert found.labels.tolist() == [0, 0]
    assert (found.value, found.subsets_allowed) == (7.0, 0)


def test_why_there_is_no_grouping() -> None:
    rule = ClaimingRule("1.6", "0.4")
    poor = solve_exhaustively(Instance.build([100, 100], [10, 50], [1.0, 1.0], rule=rule, max_groups=2))
    assert poor.reason == "row 0 is in no group that reaches the minimum"
    crowded = solve_exhaustively(Instance.build([100] * 3, [50] * 3, [1.0] * 3, rule=rule, max_groups=2,
                                                different_group=[(0, 1, 2)]))
    assert crowded.reason == "more than 2 groups are needed (3 are enough)"
    alone = solve_exhaustively(Instance.build([100] * 2, [50] * 2, [1.0] * 2, rule=rule, max_groups=1,
                                              different_group=[(0, 1)]))
    assert alone.status == "infeasible"
    assert alone.reason.startswith("the one group allowed")


def test_groups_with_one_share_become_one() -> None:
    rule = ClaimingRule("1.6", "0.4")
    rich = Instance.build([100] * 5, [70, 80, 90, 63, 100], [10.0, 20.0, 30.0, 40.0, 50.0], rule=rule, max_groups=5)
    assert solve_exhaustively(rich).labels.tolist() == [1] * 5
    apart = Instance.build([100] * 5, [70, 80, 90, 63, 100], [10.0, 20.0, 30.0, 40.0, 50.0], rule=rule, max_groups=5,
                           different_group=[(0, 4)])
    labels = solve_exhaustively(apart).labels
    assert labels.max() == 2
    assert labels[0] != labels[4]


@pytest.mark.parametrize("opting_out", [False, True])
def test_row_order_does_not_matter(opting_out: bool) -> None:
    instance = random_instance(3, size=10, max_groups=3, opting_out=opting_out)
    order = np.random.default_rng(0).permutation(10)
    shuffled = Instance.build(instance.enrolled[order], instance.identified[order], instance.slope[order],
                              rule=instance.rule, max_groups=3, outside=instance.outside[order],
                              must_join=instance.must_join[order])
    assert solve_exhaustively(shuffled).value == pytest.approx(solve_exhaustively(instance).value, rel=1e-12)


def test_more_groups_never_hurt_and_the_answer_repeats() -> None:
    values = []
    for limit in range(1, 12):
        instance = random_instance(8, size=11, max_groups=limit)
        first, second = solve_exhaustively(instance), solve_exhaustively(instance)
        assert np.array_equal(first.labels, second.labels)
        assert first.labels.max() <= limit
        values.append(first.value)
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(values))
    assert values[2] > values[1] > values[0]


def test_a_limit_of_many_groups_that_are_all_needed() -> None:
    # Nine schools that may not meet fill nine groups; a tenth and an eleventh go where they are worth most.
    rng = np.random.default_rng(4)
    enrolled = rng.integers(100, 900, 11)
    identified = np.ceil(enrolled * rng.uniform(0.42, 0.6, 11))
    slope = enrolled * rng.uniform(50.0, 600.0, 11)
    arguments = {"rule": ClaimingRule("1.6", "0.4"), "different_group": [tuple(range(9))]}
    found = solve_exhaustively(Instance.build(enrolled, identified, slope, max_groups=9, **arguments))
    assert sorted(set(found.labels.tolist())) == list(range(1, 10))
    assert len(set(found.labels[:9].tolist())) == 9
    instance = Instance.build(enrolled, identified, slope, max_groups=9, **arguments)
    hand = max(instance.value(np.array([*range(1, 10), a, b])) for a in range(1, 10) for b in range(1, 10)
               if instance.is_legal(np.array([*range(1, 10), a, b])))
    assert found.value == pytest.approx(hand, rel=1e-12)
    too_few = Instance.build(enrolled, identified, slope, max_groups=8, **arguments)
    assert solve_exhaustively(too_few).status == "infeasible"


def test_it_stops_when_asked() -> None:
    instance = random_instance(1, size=13)
    calls = 0

    def after_five() -> bool:
        nonlocal calls
        calls += 1
        return calls > 5

    assert solve_exhaustively(instance, stop=lambda: True).status == "stopped"
    stopped = solve_exhaustively(instance, stop=after_five)
    assert (stopped.status, stopped.labels, stopped.bound) == ("stopped", None, None)
    assert solve_exhaustively(instance, stop=lambda: False).status == "optimal"


def test_at_most_twenty_schools_are_decided() -> None:
    with pytest.raises(ValueError, match="21 schools"):
        solve_exhaustively(random_instance(1, size=21))
    size = 30
    rest = np.arange(size) >= 5
    few = Instance.build([100] * size, [50] * size, np.ones(size), rule=ClaimingRule("1.6", "0.4"), max_groups=2,
                         outside=np.full(size, 0.25), must_join=~rest, must_stay_out=rest)
    found = solve_exhaustively(few)
    assert found.units == 5
    assert found.value == pytest.approx(5 * 0.8 + 25 * 0.25)
    assert found.bound >= found.value
    nobody = Instance.build([100], [50], [1.0], rule=ClaimingRule(), max_groups=2, outside=[2.0], must_join=[False],
                            must_stay_out=[True])
    assert solve_exhaustively(nobody).value == 2.0


def test_subset_sums_by_hand() -> None:
    assert subset_sums(np.array([1, 10, 100])).tolist() == [0, 1, 10, 11, 100, 101, 110, 111]
