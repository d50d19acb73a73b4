from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_cep.claiming import ClaimingRule
from tests.plugins.cep.instances import rules


def test_the_rule_as_published() -> None:
    rule = ClaimingRule("1.6", "0.4")
    assert rule.share(45, 100) == Fraction(72, 100)
    assert rule.share(625, 1000) == 1
    assert rule.share(90, 100) == 1
    assert rule.lowest_share == Fraction(64, 100)
    assert rule.is_allowed(2, 5)
    assert not rule.is_allowed(399_999_999_999, 10**12)


@pytest.mark.parametrize(("identified", "half_up", "floor"), [
    (40_005, "0.4001", "0.4"), (40_015, "0.4002", "0.4001"), (40_004, "0.4", "0.4"), (39_995, "0.4", "0.3999"),
])
def test_halves_are_rounded_up_never_to_even(identified: int, half_up: str, floor: str) -> None:
    assert ClaimingRule("1.6", "0.4", "half_up_4").rounded_isp(identified, 100_000) == Fraction(half_up)
    assert ClaimingRule("1.6", "0.4", "floor_4").rounded_isp(identified, 100_000) == Fraction(floor)


def test_rounding_serves_the_minimum_too() -> None:
    just_under = (39_996, 100_000)
    assert not ClaimingRule("1.6", "0.4").is_allowed(*just_under)
    assert ClaimingRule("1.6", "0.4", "half_up_4").is_allowed(*just_under)
    assert not ClaimingRule("1.6", "0.4", "floor_4").is_allowed(*just_under)


def test_number_of_levels() -> None:
    # 40.00 % to 62.50 % in steps of 0.01 %; everything above claims 1 and falls into the last.
    levels = ClaimingRule("1.6", "0.4", "half_up_4").levels()
    assert len(levels) == 2251
    assert levels[0].share == Fraction(64, 100)
    assert levels[0].requirement == Fraction("0.39995")
    assert (levels[-1].share, levels[-1].requirement) == (1, Fraction("0.62495"))
    assert len(ClaimingRule("1.6", "0.25", "floor_4").levels()) == 3751
    assert ClaimingRule("1.6", "0.25").levels() == ()


def test_a_minimum_that_makes_every_share_one() -> None:
    rule = ClaimingRule("1.6", "0.7", "floor_4")
    assert rule.lowest_share == 1
    assert [level.requirement for level in rule.levels()] == [Fraction("0.7")]
    assert rule.full_requirement == rule.minimum_requirement == Fraction("0.7")


@settings(deadline=None, max_examples=60)
@given(rules(), st.integers(0, 60), st.integers(1, 60), st.integers(0, 3))
def test_requirements_say_what_the_rule_says(rule: ClaimingRule, identified: int, enrolled: int, nudge: int) -> None:
    identified = min(identified, enrolled)
    isp = Fraction(identified, enrolled)
    for exact in (isp, rule.minimum_requirement, rule.full_requirement, rule.minimum_requirement - Fraction(1, 10**9)):
        if not 0 <= exact <= 1:
            continue
        allowed = rule.is_allowed(exact.numerator, exact.denominator)
        assert allowed == (exact >= rule.minimum_requirement)
        if allowed:
            share = rule.share(exact.numerator, exact.denominator)
            assert (share == 1) == (exact >= rule.full_requirement)
            assert share >= rule.lowest_share


@settings(deadline=None, max_examples=40)
@given(rules(), st.integers(0, 60), st.integers(1, 60))
def test_levels_are_the_shares_of_allowed_groups(rule: ClaimingRule, identified: int, enrolled: int) -> None:
    identified = min(identified, enrolled)
    if rule.rounding == "none" or not rule.is_allowed(identified, enrolled):
        return
    share = rule.share(identified, enrolled)
    reachable = [level for level in rule.levels() if level.requirement <= Fraction(identified, enrolled)]
    assert reachable[-1].share == share
    shares = [level.share for level in rule.levels()]
    assert shares == sorted(set(shares))


def test_float_shares_are_near_the_exact_ones() -> None:
    rule = ClaimingRule("1.6", "0.25", "floor_4")
    identified, enrolled = np.array([123.0, 77.0, 50.0]), np.array([456.0, 100.0, 170.0])
    exact = [float(rule.share(int(i), int(n))) for i, n in zip(identified, enrolled, strict=True)]
    assert rule.approximate_share(identified, enrolled) == pytest.approx(exact, abs=2e-4)


def test_bad_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="multiplier"):
        ClaimingRule("0", "0.4")
    with pytest.raises(ValueError, match="min_isp"):
        ClaimingRule("1.6", "1.1")
    with pytest.raises(ValueError, match="rounding"):
        ClaimingRule("1.6", "0.4", "bankers")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="exact"):
        ClaimingRule(1.6, "0.4")  # type: ignore[arg-type]
