"""Money against moves: the term ``regrouped`` in the objective."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import evenhand
from evenhand.model import Problem
from evenhand_cep.share_prices import SharePrices

RATES = {"lunch_free": 4, "lunch_paid": 1, "breakfast_free": 2, "breakfast_paid": 1}


def schools(seed: int, size: int = 6) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    enrolled = draw.integers(80, 600, size)
    return pd.DataFrame({
        "school": [f"0{number}" for number in range(size)], "enrolled": enrolled,
        "identified": (enrolled * draw.uniform(0.25, 0.9, size)).astype(int),
        "breakfasts": draw.integers(1_000, 40_000, size), "lunches": draw.integers(2_000, 90_000, size),
        "group": draw.choice(["north", "south", "", "out"], size, p=[0.45, 0.35, 0.1, 0.1])})


def problem(seed: int, weight: float, **options: object) -> Problem:
    return evenhand.problem("cep", schools=schools(seed), max_groups=3, min_isp=0.3, rates=RATES, objective=[
        {"term": "reimbursement"}, {"term": "regrouped", "weight": weight}], **options)


def best_of_all(made: Problem) -> float:
    shape = made.shape
    values = []
    for labels in itertools.product(range(len(shape.bins)), repeat=len(shape.items)):  # type: ignore[attr-defined]
        allocation = shape.allocation(labels)
        if not made.violations(allocation):
            values.append(made.objective.measure(made, allocation)[0])
    return max(values)


@pytest.mark.parametrize("weight", [0.5, 2_000.0, 1e7])
@pytest.mark.parametrize("seed", range(3))
def test_the_answer_is_between_plain_candidates_and_the_best(seed: int, weight: float) -> None:
    made = problem(seed, weight)
    solution = evenhand.solve(made)
    best = best_of_all(made)
    assert solution.run.used == "share-prices"
    assert solution.value is not None and solution.verified_bound is not None
    assert solution.value <= best + 1e-6 <= solution.verified_bound + 2e-6
    free = evenhand.solve(evenhand.problem("cep", schools=schools(seed), max_groups=3, min_isp=0.3, rates=RATES))
    assert free.allocation is not None
    moved = made.objective.measure(made, made.shape.allocation(free.allocation.array))[0]
    assert solution.value >= moved - 1e-6


def test_dear_moves_leave_todays_grouping_alone() -> None:
    frame = schools(0).assign(group=["a", "a", "a", "b", "b", "b"], identified=lambda t: (t.enrolled * 0.6).astype(int))
    made = evenhand.problem("cep", schools=frame, max_groups=3, min_isp=0.3, rates=RATES, objective=[
        {"term": "reimbursement"}, {"term": "regrouped", "weight": 1e9}])
    assert evenhand.solve(made).terms["regrouped"] == 0


def test_moves_alone_as_the_objective_are_solved_to_the_end() -> None:
    frame = schools(0).assign(group=["a", "a", "a", "b", "b", "b"], identified=lambda t: (t.enrolled * 0.6).astype(int))
    made = evenhand.problem("cep", schools=frame, max_groups=3, min_isp=0.3, rates=RATES,
                            objective=[{"term": "regrouped"}])
    solution = evenhand.solve(made)
    assert solution.status == "optimal" and solution.value == 0 and solution.sense == "minimize"


def test_change_for_its_own_sake_is_left_to_other_solvers() -> None:
    made = problem(1, -10.0)
    assert "negative weight" in str(SharePrices().refusal(made))
    solution = evenhand.solve(made)
    assert solution.run.used == "annealing"
    assert solution.value is not None and solution.verified_bound is not None
    assert solution.value <= best_of_all(made) + 1e-6 <= solution.verified_bound + 2e-6


@pytest.mark.parametrize(("formulation", "options"), [
    ("bins", {}), ("rounded-levels", {"isp_rounding": "half_up_4", "min_isp": 0.48})])
def test_groups_of_one_share_that_must_not_merge_are_bounded_apart(formulation: str, options: dict[str, object]) -> None:
    # Two equal groups of today: merging them into one costs moves, so a model that merges them bounds nothing.
    frame = pd.DataFrame({"school": ["a", "b", "c", "d"], "enrolled": 10_000, "identified": 4_843, "breakfasts": 1_000,
                          "lunches": [900_000, 120_000, 200_000, 100_000], "group": ["1", "1", "2", "2"]})
    made = evenhand.problem("cep", schools=frame, max_groups=2, rates=RATES, **options, objective=[
        {"term": "reimbursement"}, {"term": "regrouped", "weight": 1e7}])
    solution = evenhand.solve(made, solver="highs", options={"formulation": formulation})
    best = best_of_all(made)
    assert solution.value == pytest.approx(best, rel=1e-12)
    for bound in (solution.verified_bound, solution.claimed_bound):
        assert bound is not None and bound >= best * (1 - 1e-9)
