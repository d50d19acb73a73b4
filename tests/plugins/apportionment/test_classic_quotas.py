"""Quota methods: least squares, quota, and the quota method of Balinski and Young."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_apportionment.classic.apportion import apportion, apportion_sizes
from evenhand_apportionment.classic.audit import quota_violations
from evenhand_apportionment.classic.balinski_young import METHOD as BALINSKI_YOUNG
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.populations import preference
from evenhand_apportionment.classic.quotas import QUOTA_METHODS
from tests.plugins.apportionment.classic_oracle import best_by_quota, quota_of, varying
from tests.plugins.apportionment.test_classic_divisors import cases, large

quick = settings(deadline=None, max_examples=40)
quotas = st.sampled_from(QUOTA_METHODS)


@settings(deadline=None, max_examples=150)
@given(cases(), quotas)
def test_the_answer_has_the_least_squares_of_all_divisions(case, method) -> None:
    people, k, lower, upper = case
    assume(1 <= k <= sum(high if p else low for p, low, high in zip(people, lower, upper, strict=True)))
    try:
        answer = apportion(people, k, method, lower=lower, upper=upper)
    except NoApportionmentError:
        whole = [p // quota_of(method, Fraction(sum(people)), k) for p in people]
        assert sum(min(max(w, low), high if p else low)
                   for w, p, low, high in zip(whole, people, lower, upper, strict=True)) > k
        return
    best = best_by_quota(method, people, k, lower, upper)
    assert tuple(answer.units.tolist()) in best
    assert answer.tied_groups == varying(best)
    if len(best) > 1:
        assert tuple(answer.units.tolist()) == max(best)


def naive_balinski_young(people: list[int], k: int, lower: int) -> list[int]:
    a = [lower] * len(people)
    for size in range(sum(a) + 1, k + 1):
        eligible = [i for i in range(len(a)) if a[i] * sum(people) < people[i] * size]
        a[max(eligible, key=lambda i: (Fraction(people[i], a[i] + 1), -i))] += 1
    return a


@quick
@given(large, st.integers(0, 60), st.integers(0, 2))
def test_balinski_young_by_its_rule(people, k, lower) -> None:
    assume(k >= lower * len(people))
    answer = apportion(people, k, BALINSKI_YOUNG, lower=lower)
    assert answer.units.tolist() == naive_balinski_young(people, k, lower)
    assert len(answer.awards) == k - lower * len(people)


@quick
@given(large, st.integers(1, 100))
def test_hamilton_and_balinski_young_stay_in_quota(people, k) -> None:
    for method in ("hamilton", BALINSKI_YOUNG):
        assert quota_violations(people, apportion(people, k, method).units) == []


@quick
@given(large, st.integers(1, 60))
def test_balinski_young_is_house_monotone(people, k) -> None:
    former = None
    for size, units in apportion_sizes(people, k, k + 5, BALINSKI_YOUNG):
        assert units.tolist() == apportion(people, size, BALINSKI_YOUNG).units.tolist()
        assert former is None or (units >= former).all()
        former = units


@quick
@given(large, st.integers(1, 150), quotas)
def test_scaling_changes_nothing(people, k, method) -> None:
    # Droop's quota is rounded to whole people, so only the other two can be measured in another unit.
    assume(method != "droop")
    try:
        units = apportion(people, k, method).units.tolist()
    except NoApportionmentError:
        with pytest.raises(NoApportionmentError):
            apportion([p * 3 for p in people], k, method)
        return
    assert apportion([Fraction(p, 7) for p in people], k, method).units.tolist() == units
    assert apportion([p * 10**30 for p in people], k, method).units.tolist() == units


def test_hamilton_by_hand() -> None:
    # Quotas 4.5, 3.3, 1.2 of 9: floors 4, 3, 1 and the unit left to the remainder 0.5.
    answer = apportion([45, 33, 12], 9, "hamilton")
    assert answer.units.tolist() == [5, 3, 1]
    assert (answer.last.group, answer.last.unit, answer.last.exact) == (0, 5, Fraction(1, 2))
    assert (answer.next.group, answer.next.unit, answer.next.exact) == (1, 4, Fraction(3, 10))


def test_hamilton_with_a_minimum_leaves_the_raised_out_of_the_remainders() -> None:
    # Quotas of 10: 0.9, 4.6, 4.5. Without a minimum the first wins by remainder; with it, it is raised and done.
    assert apportion([9, 46, 45], 10, "hamilton").units.tolist() == [1, 5, 4]
    assert apportion([9, 46, 45], 10, "hamilton", lower=1).units.tolist() == [1, 5, 4]


def test_minimums_that_leave_hamilton_nothing() -> None:
    # Quotas of 10: 0.1 each and 9.8; raised 1 + 1, whole 9.
    with pytest.raises(NoApportionmentError, match="nothing left to distribute"):
        apportion([1, 1, 98], 10, "hamilton", lower=1)


def test_a_quota_that_gives_out_too_much_is_an_error_in_words() -> None:
    # 3 units, quota 40/4 = 10: 4 whole quotas.
    with pytest.raises(NoApportionmentError, match="gives out 4 whole quotas; there are only 3"):
        apportion([10, 30], 3, "hagenbach_bischoff")
    assert apportion([10, 30], 3, "droop").units.tolist() == [1, 2]
    assert apportion([10, 30], 3, "droop", preference=preference([10, 30], "largest")).units.tolist() == [1, 2]


def test_ties_of_balinski_young_on_the_way_and_at_the_end() -> None:
    # Equal groups tie for unit 1 and that is settled at unit 2; unit 3 ties again and stays open.
    answer = apportion([50, 50], 3, BALINSKI_YOUNG)
    assert answer.units.tolist() == [2, 1]
    assert [(tie.unit, tie.groups, tie.settled_at) for tie in answer.midway] == [(1, (0, 1), 2), (3, (0, 1), None)]
    assert answer.tied_groups == (0, 1) and answer.tied_units == 1
    settled = apportion([50, 50], 4, BALINSKI_YOUNG)
    assert settled.tied_groups == () and settled.tied_units == 0
    assert all(tie.settled_at for tie in settled.midway)


@quick
@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.integers(1, 12))
def test_what_balinski_young_calls_settled_does_not_depend_on_the_order(people, k) -> None:
    answers = [apportion(people, k, BALINSKI_YOUNG, preference=preference(people, "random", seed=seed))
               for seed in range(8)]
    if not answers[0].tied_groups:
        assert len({tuple(answer.units.tolist()) for answer in answers}) == 1


def test_balinski_young_stops_where_maximums_meet_quotas() -> None:
    with pytest.raises(NoApportionmentError, match="cannot go on"):
        apportion([90, 5, 5], 6, BALINSKI_YOUNG, upper=[2, None, None])


def test_no_units_and_one_group() -> None:
    for method in (*QUOTA_METHODS, BALINSKI_YOUNG, "webster"):
        assert apportion([3, 4], 0, method).units.tolist() == [0, 0]
        if method != "hagenbach_bischoff":
            assert apportion([7], 5, method).units.tolist() == [5]
