"""Divisor methods: every small division, the laws of the field, ties, and numbers no float can hold."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_apportionment.classic.apportion import apportion, apportion_sizes
from evenhand_apportionment.classic.awards import divisor_range, priorities
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.populations import preference, read
from evenhand_apportionment.classic.signposts import DIVISOR_METHODS, signpost
from tests.plugins.apportionment.classic_oracle import SIGNPOSTS, best_by_divisor, varying

quick = settings(deadline=None, max_examples=40)
NAMED = sorted(SIGNPOSTS)
methods = st.sampled_from(NAMED)
crowds = st.lists(st.integers(1, 60), min_size=1, max_size=4)
large = st.lists(st.integers(1, 10**7), min_size=2, max_size=12)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[int], int, list[int], list[int]]:
    people = draw(st.lists(st.integers(0, 30), min_size=1, max_size=4).filter(any))
    lower = [draw(st.integers(0, 2)) for _ in people]
    upper = [low + draw(st.integers(0, 8)) for low in lower]
    most = sum(high if p else low for p, low, high in zip(people, lower, upper, strict=True))
    return people, draw(st.integers(sum(lower), min(most, 12)) if sum(lower) <= 12 else st.just(sum(lower))), lower, upper


@settings(deadline=None, max_examples=150)
@given(cases(), methods)
def test_the_answer_is_one_of_the_best_of_all_divisions_and_names_the_tied(case, method) -> None:
    people, k, lower, upper = case
    assume(k <= sum(high if p else low for p, low, high in zip(people, lower, upper, strict=True)))
    best = best_by_divisor(method, people, k, lower, upper)
    answer = apportion(people, k, method, lower=lower, upper=upper)
    assert tuple(answer.units.tolist()) in best
    assert answer.tied_groups == varying(best)
    if len(best) > 1:
        assert len(best) == math.comb(len(answer.tied_groups), answer.tied_units)
        # Settled by input order: the tied group listed first goes first.
        assert tuple(answer.units.tolist()) == max(best)


@pytest.mark.parametrize("method", NAMED)
def test_signposts_are_as_defined_in_every_form(method) -> None:
    post = signpost(method)
    exact = [SIGNPOSTS[method](a) for a in range(40)]
    assert [Fraction(*post.ratio(a)) for a in range(40)] == exact
    floats = [float(d) ** (1 / post.power) for d in exact]
    assert post.values(np.arange(40)) == pytest.approx(floats, rel=1e-14)
    assert post.totals(np.arange(41)) == pytest.approx([math.fsum(floats[:a]) for a in range(41)], rel=1e-13)
    assert post.count(np.array([0.0, *(d * (1 + 1e-9) for d in floats)])).tolist() == [int(floats[0] == 0), *range(1, 41)]
    assert post.count(np.array([d * (1 - 1e-9) for d in floats[1:]])).tolist() == list(range(1, 40))


@pytest.mark.parametrize("p", [-70, -3, Fraction(-1, 2), Fraction(1, 200), 0.5, 2, 7, 65.5])
def test_power_means_lie_between_and_agree_in_every_form(p) -> None:
    post = signpost("power_mean", p)
    for a in range(1, 30):
        d = post.value(a)
        assert a < d < a + 1
        assert d == pytest.approx((Fraction(*post.ratio(a)) ** Fraction(1, post.power)), rel=1e-13)
    assert post.totals(np.array([30, 7, 0])) == pytest.approx(
        [math.fsum(post.values(np.arange(a)).tolist()) for a in (30, 7, 0)], rel=1e-13)


def test_long_totals_run_over_several_blocks() -> None:
    a = 3 * 2**20 + 5
    # Webster's sum less about ln(a)/8 and a constant: the difference between two ends is the integral's.
    difference = np.diff(signpost("huntington_hill").totals(np.array([a, 2 * a])))[0]
    assert difference == pytest.approx((4 * a * a - a * a) / 2 - math.log(2) / 8, rel=1e-14)


@quick
@given(large, st.integers(0, 200))
def test_power_means_and_stationary_include_their_namesakes(people, k) -> None:
    for method, family, parameter in [
        ("adams", "power_mean", -math.inf), ("dean", "power_mean", -1), ("huntington_hill", "power_mean", 0),
        ("webster", "power_mean", 1.0), ("jefferson", "power_mean", math.inf),
        ("adams", "stationary", 0), ("webster", "stationary", 0.5), ("jefferson", "stationary", 1),
        ("condorcet", "stationary", 0.4), ("danish", "stationary", Fraction(1, 3)),
    ]:
        one, other = apportion(people, k, method), apportion(people, k, family, parameter)
        assert one.units.tolist() == other.units.tolist()
        assert one.tied_groups == other.tied_groups


@quick
@given(large, st.integers(0, 300), methods, st.randoms())
def test_reordering_and_scaling_change_nothing(people, k, method, random) -> None:
    answer = apportion(people, k, method)
    scaled = apportion([Fraction(p * 7, 3) for p in people], k, method)
    assert scaled.units.tolist() == answer.units.tolist()
    assert scaled.tied_groups == answer.tied_groups
    assume(not answer.tied_groups)
    order = list(range(len(people)))
    random.shuffle(order)
    again = apportion([people[i] for i in order], k, method)
    assert again.units.tolist() == answer.units[order].tolist()


@quick
@given(large, st.integers(0, 120), methods)
def test_house_monotone_and_every_size_at_once(people, k, method) -> None:
    sizes = dict(apportion_sizes(people, k, k + 6, method))
    assert sorted(sizes) == list(range(k, k + 7))
    for size, units in sizes.items():
        assert units.tolist() == apportion(people, size, method).units.tolist()
        if size > k:
            assert (units >= sizes[size - 1]).all()


@quick
@given(large, large, st.integers(1, 200), methods)
def test_population_monotone(people, others, k, method) -> None:
    n = min(len(people), len(others))
    people, others = people[:n], others[:n]
    before, after = (apportion(p, k, method) for p in (people, others))
    assume(not before.tied_groups and not after.tied_groups)
    change = after.units - before.units
    for i in range(n):
        for j in range(n):
            if others[i] * people[j] > others[j] * people[i]:
                assert not (change[i] < 0 and change[j] > 0)


@quick
@given(large, st.integers(1, 200), methods, st.data())
def test_consistent_on_subsets(people, k, method, data) -> None:
    answer = apportion(people, k, method)
    assume(not answer.tied_groups)
    part = data.draw(st.lists(st.integers(0, len(people) - 1), min_size=1, unique=True))
    assert apportion([people[i] for i in part], int(answer.units[part].sum()), method).units.tolist() \
        == answer.units[part].tolist()


@pytest.mark.parametrize("method", [*NAMED, "power_mean"])
@pytest.mark.parametrize("ties", ["report", "order", "largest", "smallest", "random"])
def test_equal_populations_under_every_rule(method, ties) -> None:
    people = [500] * 6
    rank = preference(people, ties, seed=3)
    parameter = Fraction(1, 3) if method == "power_mean" else None
    answer = apportion(people, 8, method, parameter, preference=rank)
    assert sorted(answer.units.tolist()) == [1, 1, 1, 1, 2, 2]
    assert answer.tied_groups == tuple(range(6)) and answer.tied_units == 2
    assert {i for i, units in enumerate(answer.units) if units == 2} == set(np.argsort(rank)[:2].tolist())
    assert rank.tolist() == preference(people, ties, seed=3).tolist()
    if ties != "random":
        assert rank.tolist() == list(range(6))


def test_ties_by_size_put_the_larger_or_the_smaller_first() -> None:
    people = [100, 300, 200, 300]
    assert preference(people, "largest").tolist() == [3, 0, 2, 1]
    assert preference(people, "smallest").tolist() == [0, 2, 1, 3]
    # Jefferson: 300/3 = 100/1 for the last unit.
    for ties, units in (("largest", [0, 3]), ("smallest", [1, 2]), ("order", [1, 2])):
        assert apportion([100, 300], 3, "jefferson", preference=preference([100, 300], ties)).units.tolist() == units


@pytest.mark.parametrize("method", NAMED)
def test_neighbours_beyond_what_a_float_can_tell_apart(method) -> None:
    base = 2**53 * 1001
    people = [base, base + 1, base, base - 1, base, base]
    assert len(set(map(float, people))) == 1
    answer = apportion(people, 7, method)
    assert answer.units.tolist() == [1, 2, 1, 1, 1, 1] and not answer.tied_groups
    assert apportion(people, 11, method).units.tolist() == [2, 2, 2, 1, 2, 2]
    tied = apportion(people, 9, method)
    assert tied.tied_groups == (0, 2, 4, 5) and tied.tied_units == 2


def test_a_million_digits_of_difference_in_size() -> None:
    answer = apportion([1, 10**150, 10**150 + 1], 5, "webster", lower=1)
    assert answer.units.tolist() == [1, 2, 2]
    with pytest.raises(ValueError, match="too large"):
        apportion([1, 10**400], 2, "webster")


def test_irrational_means_declare_equal_claims_tied() -> None:
    # d(1)/d(0) is irrational for p = 1/2, but the claims of equal groups are the same number.
    answer = apportion([9, 9, 1], 3, "power_mean", 0.5)
    assert answer.tied_groups == (0, 1) and answer.tied_units == 1
    # d(0) = 1/4 for p = 1/2, and d(1) = ((1 + sqrt 2)/2)**2.
    post = signpost("power_mean", 0.5)
    assert Fraction(*post.ratio(0)) == pytest.approx(0.25, abs=1e-100)
    assert post.value(1) == pytest.approx(((1 + math.sqrt(2)) / 2) ** 2)


@pytest.mark.parametrize("method", [m for m in NAMED if signpost(m).starts_at_zero] + ["power_mean", "stationary"])
def test_fewer_units_than_groups_go_to_the_largest_when_first_units_are_free(method) -> None:
    parameter = {"power_mean": -2, "stationary": 0}.get(method)
    answer = apportion([5, 80, 0, 40, 40, 7], 2, method, parameter)
    assert answer.first_units
    assert answer.units.tolist() == [0, 1, 0, 1, 0, 0]
    assert answer.tied_groups == (3, 4) and answer.tied_units == 1
    assert not apportion([5, 80, 0, 40, 40, 7], 5, method, parameter).first_units


@pytest.mark.parametrize("method", NAMED)
def test_no_population_no_unit_above_the_minimum(method) -> None:
    assert apportion([0, 10, 3], 6, method).units[0] == 0
    assert apportion([0, 10, 3], 6, method, lower=1).units[0] == 1
    with pytest.raises(NoApportionmentError, match="at most 4 units"):
        apportion([0, 10, 3], 5, method, upper=2)


@pytest.mark.parametrize(("k", "lower", "upper", "words"), [(3, 1, None, "add up to 4"), (9, 0, 2, "at most 8")])
def test_impossible_bounds_say_which_sum(k, lower, upper, words) -> None:
    with pytest.raises(NoApportionmentError, match=words) as caught:
        apportion([1, 2, 3, 4], k, "webster", lower=lower, upper=upper)
    assert caught.value.conflict and caught.value.relief


@pytest.mark.parametrize(("people", "k", "method", "parameter", "words"), [
    ([], 1, "webster", None, "no group"), ([-1, 2], 1, "webster", None, "negative"), ([0, 0], 1, "webster", None, "zero"),
    ([1.5], 1, "webster", None, "whole number"), ([True], 1, "webster", None, "whole number"),
    ([1], -1, "webster", None, "number of units"), ([1], 1, "median", None, "unknown"),
    ([1], 1, "webster", 2, "takes no parameter"), ([1], 1, "power_mean", None, "needs a parameter"),
    ([1], 1, "power_mean", math.nan, "needs a parameter"), ([1], 1, "stationary", 1.5, "between 0 and 1"),
    ([1], 1, "power_mean", 0.001, "1/256"), ([1], 1, "hamilton", 1, "takes no parameter"),
])
def test_arguments_that_make_no_sense(people, k, method, parameter, words) -> None:
    with pytest.raises(ValueError, match=words):
        apportion(people, k, method, parameter)


@quick
@given(large, st.integers(1, 60), st.sampled_from(DIVISOR_METHODS), st.integers(0, 2))
def test_priorities_lead_to_the_answer_and_the_line_goes_on(people, k, method, minimum) -> None:
    assume(k >= minimum * len(people))
    parameter = {"power_mean": -2.5, "stationary": 0.25}.get(method)
    answer = apportion(people, k, method, parameter, lower=minimum)
    ladder = priorities(people, answer, lower=minimum)
    start = minimum * len(people)
    assert ladder.unit.tolist() == list(range(start + 1, k + 11))
    assert (ladder.priority[1:] <= ladder.priority[:-1] * (1 + 1e-12)).all()
    units = np.full(len(people), minimum)
    for unit, group, group_unit in zip(ladder.unit, ladder.group, ladder.group_unit, strict=True):
        units[group] += 1
        assert group_unit == units[group]
        assert units.tolist() == apportion(people, int(unit), method, parameter, lower=minimum).units.tolist()


@quick
@given(large, st.integers(1, 200), methods)
def test_any_divisor_of_the_range_gives_the_answer(people, k, method) -> None:
    answer = apportion(people, k, method)
    found = divisor_range(answer)
    assert (found is None) == answer.first_units
    assume(found is not None)
    low, high = found
    if answer.tied_groups:
        assert low == high
        return
    assume(low is not None and high is not None and low * (1 + 1e-9) < high)
    counts = signpost(method).count(read(people).floats / ((low + high) / 2))
    assert counts.tolist() == answer.units.tolist()
