"""A bound is a bound: against the least error of all allocations, computed in fractions; and a sharp one at an answer."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_apportionment.parametric.dynamic import repeat, solve_dynamic
from evenhand_apportionment.parametric.lagrange import lower_bound
from evenhand_apportionment.parametric.losses import losses
from evenhand_apportionment.parametric.problem import AtSize, ParametricProblem
from evenhand_apportionment.parametric.solve import solve

quick = settings(deadline=None, max_examples=60)


def exact_term(at: AtSize, row: int, a: int) -> Fraction:
    """f with ideal and weights as they are taken, and nothing rounded after that; whole beta."""
    c, beta = Fraction(float(at.aim[row])) / Fraction(at.unit), int(at.beta)
    if a >= c:
        return Fraction(float(at.over[row])) * ((a - c) / c) ** beta
    return Fraction(float(at.under[row])) * ((c - a) / Fraction(a)) ** beta


def exact_least(at: AtSize) -> Fraction:
    lower, upper = at.lower.astype(int).tolist(), at.upper.astype(int).tolist()
    terms = [{a: exact_term(at, row, a) for a in range(low, high + 1)}
             for row, (low, high) in enumerate(zip(lower, upper, strict=True))]
    found = []
    for head in itertools.product(*(range(low, high + 1) for low, high in zip(lower[:-1], upper[:-1], strict=True))):
        last = at.units - sum(head)
        if lower[-1] <= last <= upper[-1]:
            found.append(sum((terms[row][a] for row, a in enumerate((*head, last))), Fraction()))
    return min(found)


@st.composite
def problems(draw: st.DrawFn) -> tuple[ParametricProblem, int]:
    """Up to four groups, with many ties and whole ideals among them."""
    people = draw(st.lists(st.integers(1, 12) | st.integers(1, 10**9), min_size=1, max_size=4))
    n = len(people)
    lower = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    k = sum(lower) + draw(st.integers(0, 10))
    problem = ParametricProblem.build(
        people, kappa=draw(st.sampled_from([0.0, 0.5, 1.0, 1.3])), gamma=draw(st.sampled_from([0.0, 1.0, 2.0])),
        beta=draw(st.sampled_from([1.0, 2.0, 3.0, 6.0])), sigma=draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])),
        lower=np.array(lower))
    return problem, k


@quick
@given(problems(), st.integers(0, 9), st.sampled_from([-1e-13, -1e-15, 0.0, 1e-16, 1e-12, 1e-9]), st.data())
def test_no_multiplier_gives_more_than_the_least_error(drawn: tuple[ParametricProblem, int], which: int, by: float,
                                                       data: st.DataObject) -> None:
    problem, k = drawn
    at = problem.at(k)
    least = exact_least(at)
    # The prices of single units are the multipliers at which minimisers change: there rounding has its chance.
    prices = at.steps(np.arange(1.0, k + 1).repeat(at.size), np.tile(np.arange(at.size), k))
    chosen = float(prices[np.isfinite(prices)][which % k]) * (1.0 + by)
    near = np.array([data.draw(st.integers(1, k)) for _ in range(at.size)])
    for multiplier in (chosen, solve(problem, k).multiplier, 0.0, data.draw(st.floats(-10, 10))):
        for start in (None, near):
            assert Fraction(lower_bound(problem, k, multiplier, near=start).value) <= least


@quick
@given(problems())
def test_at_its_own_multiplier_the_bound_keeps_a_dozen_digits(drawn: tuple[ParametricProblem, int]) -> None:
    problem, k = drawn
    answer = solve(problem, k)
    # Irrational ideals are rounded, and what that may hide is charged: d of each miss, so d / E of a small E at beta 1.
    digits = 1e-12 if k <= problem.last_exact else 1e-9
    least_doubt = max(answer.cut_low, min(answer.cut_high, 0.0))    # the price nearest to 0 that proves it
    for multiplier, near in itertools.product((answer.multiplier, least_doubt), (answer.units, None)):
        bound = lower_bound(problem, k, multiplier, near=near)
        assert bound.value == pytest.approx(answer.error, rel=digits, abs=1e-290)
    table = solve_dynamic(problem, k)
    assert table.bound == pytest.approx(answer.error, rel=digits, abs=1e-290)
    assert repeat(problem, k, table.units, table.multiplier) == table.bound


def test_an_error_far_below_its_multiplier_is_still_bounded_closely() -> None:
    problem = ParametricProblem.build([30_001, 29_997, 20_002], beta=6.0)     # ideals all but 3, 3 and 2
    answer = solve(problem, 8)
    assert answer.units.tolist() == [3, 3, 2] and 0.0 < answer.error < 1e-20
    for multiplier in (answer.multiplier, answer.cut_low / 2.0, answer.cut_high * 0.999):
        assert abs(multiplier) > 1e10 * answer.error
        bound = lower_bound(problem, 8, multiplier)
        assert bound.value <= answer.error <= bound.value * (1 + 1e-12)


def lost(at: AtSize, b: list[float], multiplier: float) -> float:
    whole = np.array(b)
    return losses(at, whole, at.terms(whole), at.cuts(whole), multiplier, 0.0).total


def test_what_is_doubtful_is_charged_and_nothing_else() -> None:
    at = ParametricProblem.build([5, 3, 2]).at(20)
    b = [10.0, 6.0, 4.0]    # the ideals
    first, second, third = sorted(at.steps(np.array(b)).tolist())
    assert lost(at, b, 0.0) == lost(at, b, first * 0.999) == 0.0
    assert 0.0 < lost(at, b, first) < 1e-13 * first     # equal but for rounding: a hair, for one unit
    price = (first + second) / 2.0      # the first group would rather have one more
    assert lost(at, b, price) == pytest.approx(price - first)
    assert lost(at, b, third * 1.01) > third * 1.01 - first
    far = (third * 3.0, -third * 3.0)   # whoever would move several units is charged the first one's miss for each
    assert all(lost(at, b, price) > 3.0 * third for price in far)
