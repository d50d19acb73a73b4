"""Choosing again from other counts: on the table itself it is the solver's choice, within budgets scaled exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.uncertainty.choosers import Chooser, searched_again
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, blocks, made, solved, tree

ONE = Fraction(1)
FEATURES = ["housing", "redline", "share:n_frl", "share:n_both"]
QUICK = settings(deadline=None, max_examples=30)


@pytest.mark.parametrize("budget", [{"fpr": 0.3}, {"non_focal": 12}, {"students": 20}, {"blocks": 3}, {}])
@pytest.mark.parametrize("selection", [{"selection": "threshold"}, {"selection": "exact"},
                                       {"selection": "rule", "features": FEATURES}])
def test_from_the_table_itself_it_is_the_answer(selection: dict[str, Any], budget: dict[str, Any]) -> None:
    given_budget = {"budget": budget} if budget else {}
    answer = solved(tree(eligibility=ELIGIBLE, **selection, **given_budget))
    problem = answer.problem
    chosen = Chooser(problem, ONE)(problem.blocks.focal, problem.blocks.other)
    value = problem.objective.measure(problem, problem.shape.allocation(chosen))[0]
    assert value == answer.value
    assert problem.violations(problem.shape.allocation(chosen)) == []
    if answer.run.used in ("frontier", "threshold"):  # other solvers settle ties otherwise
        assert np.array_equal(chosen, answer.allocation.array)


def test_a_given_threshold_and_a_fixed_choice() -> None:
    problem = made(tree(eligibility=ELIGIBLE, threshold="1/2"))
    doubled = problem.blocks.focal * 2, problem.blocks.other * 2
    assert np.array_equal(Chooser(problem, ONE)(*doubled), problem.at_least(Fraction(1, 2)))
    fixed = np.arange(12) % 2 == 0
    assert Chooser(problem, ONE, fixed)(*doubled) is fixed


def test_budgets_are_scaled_exactly() -> None:
    table = blocks(students=[100, *[0] * 11], n_both=[0] * 12)
    problem = made(tree(table, budget={"fpr": 0.29, "students": 7, "blocks": 3}))
    other = problem.blocks.other
    assert Chooser(problem, Fraction(1, 2)).limits(other) == {"non_focal": 29, "students": 3, "blocks": 3}
    assert Chooser(problem, ONE).limits(other // 4) == {"non_focal": 7, "students": 7, "blocks": 3}


def test_budgets_of_averages_are_in_the_unit_of_the_counts() -> None:
    table = blocks(students=["2.5", *["1"] * 11], n_both=[0] * 12)
    problem = made(tree(table, counts="average", budget={"non_focal": 3.3}))
    assert problem.blocks.factor == 2
    assert Chooser(problem, Fraction(1, 2)).limits(problem.blocks.other) == {"non_focal": 3}  # floor(3.3 * 2 / 2)


def test_the_tighter_of_two_budgets_holds() -> None:
    problem = made(tree(blocks(), budget={"non_focal": 20}, rules=[{"rule": "budget", "non_focal": 5}]))
    assert Chooser(problem, ONE).limits(problem.blocks.other) == {"non_focal": 5}


@QUICK
@given(students=st.integers(0, 60), number=st.integers(0, 8), seed=st.integers(0, 99))
def test_several_budgets_are_kept_and_nearly_used_up(students: int, number: int, seed: int) -> None:
    problem = made(tree(eligibility=ELIGIBLE, selection="exact", budget={"students": students, "blocks": number}))
    random = np.random.default_rng(seed)
    focal, other = random.integers(0, 6, 12), random.integers(0, 6, 12)
    chosen = Chooser(problem, ONE)(focal, other)
    assert not (chosen & ~problem.blocks.eligible).any()
    assert (focal + other)[chosen].sum() <= students
    assert chosen.sum() <= number
    left = problem.blocks.eligible & ~chosen & (focal > 0)
    if chosen.sum() < number:
        assert all((focal + other)[chosen].sum() + (focal + other)[row] > students for row in np.flatnonzero(left))


@QUICK
@given(budget=st.integers(0, 30), seed=st.integers(0, 99))
def test_without_weight_the_shrunk_order_is_that_of_the_shares(budget: int, seed: int) -> None:
    problem = made(tree(eligibility=ELIGIBLE, budget={"non_focal": budget}))
    random = np.random.default_rng(seed)
    focal, other, area = random.integers(0, 6, 12), random.integers(0, 6, 12), random.integers(0, 3, 12)
    plain = Chooser(problem, ONE)(focal, other)
    assert np.array_equal(Chooser(problem, ONE, None, 0.0, area)(focal, other), plain)


@QUICK
@given(weight=st.floats(0, 50), budget=st.integers(0, 30), seed=st.integers(0, 99))
def test_shrunk_choices_keep_the_budget_and_never_split_equal_shares(weight: float, budget: int, seed: int) -> None:
    from evenhand_tiebreaker.resampling.shrinkage import shrunk_shares

    problem = made(tree(eligibility=ELIGIBLE, selection="exact", budget={"non_focal": budget}))
    random = np.random.default_rng(seed)
    focal, other, area = random.integers(0, 6, 12), random.integers(0, 6, 12), random.integers(0, 3, 12)
    chosen = Chooser(problem, ONE, None, weight, area)(focal, other)
    assert not (chosen & ~problem.blocks.eligible).any()
    assert other[chosen].sum() <= budget
    shares = shrunk_shares(focal, other, area, weight)
    refused = problem.blocks.eligible & ~chosen & (focal > 0)
    if chosen.any() and refused.any():
        assert shares[chosen].min() > shares[refused].max()


def test_a_given_threshold_meets_shrunk_shares() -> None:
    problem = made(tree(eligibility=ELIGIBLE, threshold="1/2"))
    area = np.zeros(12, dtype=np.int64)
    heavy = Chooser(problem, ONE, None, 1e9, area)(problem.blocks.focal, problem.blocks.other)
    assert not heavy.any()  # every share is the district's, 32 of 77


def test_the_focal_share_of_a_rule_is_that_of_the_counts_at_hand() -> None:
    problem = made(tree(selection="rule", features=["share:n_both"], literals=1, budget={"blocks": 1}))
    focal, other = np.zeros(12, dtype=np.int64), np.full(12, 4)
    focal[5] = 3
    assert np.flatnonzero(Chooser(problem, ONE)(focal, other)).tolist() == [5]


def test_long_searches_are_not_repeated() -> None:
    short = made(tree(selection="rule", features=FEATURES, budget={"blocks": 3}))
    assert searched_again(short, 20)
    assert not searched_again(short, 10**7)
    assert not searched_again(made(tree(selection="rule", features=FEATURES, literals=3, budget={"blocks": 3})), 1)
