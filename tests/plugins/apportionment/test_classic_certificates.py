"""Certificates and bounds of the classic methods: they accept what is best, refuse what is not, and never overstate."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.classic.bounds import divisor_bound, quota_bound
from evenhand_apportionment.classic.check import check_award_order, check_divisors, check_quota
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.signposts import signpost
from tests.plugins.apportionment.classic_costs import (
    divisor_contributions,
    divisor_cost,
    divisor_cost_exact,
    moved_units,
    quota_contributions,
    quota_deviation,
    quota_deviation_exact,
)
from tests.plugins.apportionment.classic_oracle import (
    POWER,
    SIGNPOSTS,
    best_by_divisor,
    best_by_quota,
    divisions,
    quota_of,
)

quick = settings(deadline=None, max_examples=50)
methods = st.sampled_from(sorted(SIGNPOSTS))
people3 = st.lists(st.integers(1, 40), min_size=2, max_size=3)


@quick
@given(people3, st.integers(1, 9), methods, st.integers(0, 1))
def test_a_division_passes_exactly_when_it_is_a_best_one(people, k, method, minimum) -> None:
    assume(k >= minimum * len(people))
    lower, upper = [minimum] * len(people), [k] * len(people)
    best = best_by_divisor(method, people, k, lower, upper)
    for a in divisions(k, lower, upper):
        assert (check_divisors(people, a, k, method, lower=minimum) == []) == (a in best)


@quick
@given(people3, st.integers(1, 9), st.sampled_from(["hamilton", "droop", "hagenbach_bischoff"]))
def test_a_quota_division_passes_exactly_when_it_has_the_least_squares(people, k, method) -> None:
    bounds = [0] * len(people), [k] * len(people)
    best = best_by_quota(method, people, k, *bounds)
    for a in divisions(k, *bounds):
        assert (check_quota(people, a, k, method) == []) == (a in best)


@pytest.mark.parametrize(("units", "words"), [
    ([3, 3, 3], "add up to 9"), ([9, 0, 1], "group 0 has 9 units, more than its maximum 8"),
    ([6, 1, 3], "group 1 has no population"), ([8, 0, 2], "group 2 has a stronger claim"),
    ([10, 0, 0], "group 2 has 0 units, fewer than its minimum 1"),
])
def test_what_is_wrong_is_said(units, words) -> None:
    assert check_divisors([70, 0, 30], [7, 0, 3], 10, "webster", lower=[0, 0, 1], upper=8) == []
    faults = check_divisors([70, 0, 30], units, 10, "webster", lower=[0, 0, 1], upper=8)
    assert any(words in fault for fault in faults)


def test_award_orders_are_replayed() -> None:
    people = [53, 29, 18]
    answer = apportion(people, 12, "quota_balinski_young")
    awards = answer.awards.tolist()
    assert check_award_order(people, awards, 12) == []
    assert check_award_order(people, [awards[1], awards[0], *awards[2:]], 12) != []
    assert check_award_order(people, awards[:-1], 12) != []
    assert check_award_order(people, [*awards[:-1], 9], 12) != []


@quick
@given(people3, st.integers(1, 9), methods, st.floats(0, 10), st.integers(0, 1))
def test_no_multiplier_gives_a_bound_above_the_best(people, k, method, multiplier, minimum) -> None:
    assume(k >= minimum * len(people))
    answer = apportion(people, k, method, lower=minimum)
    value = divisor_cost(people, answer.units, method, lower=minimum)
    bound, allowance = divisor_bound(people, k, multiplier, method, lower=minimum)
    assert bound <= value and 0 <= allowance <= 1e-10 * (1 + value + multiplier * k)
    if divisor_cost_exact(people, answer.units, method, lower=minimum) is not None:
        exact = min(divisor_cost_exact(people, a, method, lower=minimum)
                    for a in divisions(k, [minimum] * len(people), [k] * len(people)))
        assert Fraction(bound) <= exact == divisor_cost_exact(people, answer.units, method, lower=minimum)
    if answer.last is not None and answer.last.exact is not None:
        tight, allowance = divisor_bound(people, k, 1 / answer.last.priority, method, lower=minimum)
        assert value - tight <= 3 * allowance + 1e-14 * value


@quick
@given(people3, st.integers(1, 9), st.sampled_from(["hamilton", "droop", "hagenbach_bischoff"]), st.fractions(-9, 9))
def test_no_multiplier_gives_a_quota_bound_above_the_least_squares(people, k, method, multiplier) -> None:
    try:
        answer = apportion(people, k, method)
    except NoApportionmentError:
        assume(False)
    value = quota_deviation_exact(people, answer.units, method, k)
    assert Fraction(quota_bound(people, k, multiplier, method)[0]) <= value
    best = 1 - 2 * answer.last.exact
    assert quota_bound(people, k, best, method)[0] == pytest.approx(float(value), rel=1e-14, abs=1e-300)
    q = quota_of(method, Fraction(sum(people)), k)
    assert value == sum((int(a) - p / q) ** 2 for a, p in zip(answer.units, people, strict=True))
    assert quota_deviation(people, answer.units, method) == float(value)
    assert math.fsum(quota_contributions(people, answer.units, method)) == pytest.approx(float(value), rel=1e-13)


@quick
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.integers(0, 50), methods)
def test_costs_agree_with_their_definition(people, k, method) -> None:
    units = apportion(people, k, method).units.tolist()
    power = POWER.get(method, 1)
    parts = [math.fsum(float(SIGNPOSTS[method](t)) ** (1 / power) / p for t in range(a))
             for a, p in zip(units, people, strict=True)]
    assert divisor_contributions(people, units, method) == pytest.approx(parts, rel=1e-13)
    assert divisor_cost(people, units, method) == pytest.approx(math.fsum(parts), rel=1e-13)
    exact = divisor_cost_exact(people, units, method)
    assert (exact is None) == (method == "huntington_hill")
    if exact is not None:
        assert exact == sum((SIGNPOSTS[method](t) / p for a, p in zip(units, people, strict=True) for t in range(a)),
                            Fraction(0))


def test_units_for_nobody_cost_everything() -> None:
    assert divisor_contributions([0, 5], [1, 1], "webster").tolist() == [math.inf, 0.1]
    assert divisor_contributions([0, 5], [1, 1], "webster", lower=1).tolist() == [0.0, 0.0]
    assert divisor_cost_exact([0, 5], [1, 1], "webster") is None


def test_moved_units_counts_who_gains() -> None:
    assert moved_units([3, 0, 4], [1, 2, 4]) == 2
    assert moved_units([3, 2, 4], [1, 2, 4]) == 2


def test_bounds_and_checks_at_size() -> None:
    rng = np.random.default_rng(5)
    people = (np.exp(rng.normal(10, 1.5, 3143)).astype(np.int64) + 1).tolist()
    for method, parameter in (("webster", None), ("huntington_hill", None), ("power_mean", 3), ("power_mean", -0.5)):
        answer = apportion(people, 10_000, method, parameter)
        assert check_divisors(people, answer.units, 10_000, method, parameter) == []
        if answer.last is not None and answer.last.exact is not None:
            value = divisor_cost(people, answer.units, method, parameter)
            bound, _ = divisor_bound(people, 10_000, 1 / answer.last.priority, method, parameter)
            assert 0 <= value - bound <= value * (20 * signpost(method, parameter).slack)
        worse = answer.units.copy()
        worse[answer.last.group] -= 1
        worse[answer.next.group] += 1
        assert check_divisors(people, worse, 10_000, method, parameter) != []
