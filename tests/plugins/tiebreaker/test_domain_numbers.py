"""Exact numbers: decimals as written, averages, thresholds to the last digit, denominators of the whole district."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, ROWS, blocks, every_choice, made, receiving, solved, tree


def table(rows: list[tuple[Any, Any]], **columns: Any) -> pd.DataFrame:
    """Blocks from (focal, non-focal)."""
    return pd.DataFrame({"geoid": [f"b{i}" for i in range(len(rows))], "students": [p + q for p, q in rows],
                         "n_both": [p for p, _ in rows], **columns}, dtype=object)


def test_an_fpr_is_the_decimal_that_was_written() -> None:
    hundred = table([(29, 29), (0, 71)])
    assert 0.29 * 100 < 29  # in doubles the block would not fit
    assert receiving_ids(solved(tree(hundred, budget={"fpr": 0.29}))) == ["b0"]
    assert receiving_ids(solved(tree(hundred, selection="exact", budget={"fpr": 0.29}))) == ["b0"]
    assert receiving_ids(solved(tree(hundred, budget={"fpr": 0.2899}))) == []


def receiving_ids(solution: Any) -> list[str]:
    return [solution.problem.blocks.ids[row] for row in np.flatnonzero(solution.allocation.array)]


@pytest.mark.parametrize(("threshold", "ids"), [(0.3448, ["b0", "b1"]), (0.3449, ["b1"]), ("10/29", ["b0", "b1"]),
                                                (0.35, ["b1"]), ("7/20", ["b1"]), (0, ["b0", "b1", "b2"]), (1, [])])
def test_a_threshold_is_compared_exactly(threshold: Any, ids: list[str]) -> None:
    solution = solved(tree(table([(10, 19), (7, 13), (0, 5), (0, 0)]), threshold=threshold))
    assert receiving_ids(solution) == ids


def test_averages_are_scaled_and_never_rounded() -> None:
    ten = table([(0.4, 0)] * 10 + [(1, 3)])
    solution = solved(tree(ten, counts="average", selection="exact", budget={"non_focal": 0}))
    assert solution.value == 4  # ten times 0.4, where rounding would have said 0
    assert solution.problem.blocks.factor == 5
    assert any("multiplied by 5" in notice for notice in solution.notices)


def test_averages_with_many_decimals_are_still_exact() -> None:
    rows = [(Fraction(p, 3), Fraction(q, 7)) for p, q in ((1, 2), (4, 5), (2, 9), (5, 1))]
    long = pd.DataFrame({"geoid": list("abcd"), "n_both": [f"{float(p):.16f}" for p, _ in rows],
                         "students": [f"{float(p) + float(q):.15f}" for p, q in rows]})
    for selection in ("threshold", "exact"):
        solution = solved(tree(long, counts="average", selection=selection, budget={"non_focal": 1}))
        problem = solution.problem
        best = max(problem.blocks.plain(int(problem.blocks.focal[array].sum())) for array in every_choice(problem)
                   if not problem.violations(problem.shape.allocation(array)))
        assert solution.value == pytest.approx(best, abs=0)
        assert solution.metrics["inversions"] == 0
    assert problem.blocks.factor > 10**14


def test_denominators_do_not_depend_on_the_features_named() -> None:
    gaps = blocks(income=["", *range(11)])
    rates = [solved(tree(gaps, budget={"fpr": 0.3}, **more)).metrics for more in (
        {}, {"features": ["income"]}, {"eligibility": {"any": ["housing", {"feature": "income", "at_least": 0}]}})]
    assert all(found["tpr_ceiling"] <= 1 for found in rates)
    problem = made(tree(gaps, eligibility={"feature": "income", "at_least": 0}))
    assert (problem.blocks.total_focal, problem.blocks.total_other) == (32, 45)
    assert not problem.blocks.eligible[0]  # a number that is missing satisfies nothing


def test_grades_can_be_taken_in_any_order() -> None:
    grades = {"tk5": blocks(), "tk12": blocks(students=[row[1] + 3 for row in ROWS])}
    forth = {name: solved(tree(grades[name], budget={"fpr": 0.3})).metrics for name in ("tk5", "tk12")}
    back = {name: solved(tree(grades[name], budget={"fpr": 0.3})).metrics for name in ("tk12", "tk5")}
    assert forth == back and forth["tk5"]["fpr"] != forth["tk12"]["fpr"]


@pytest.mark.parametrize("more", [
    {"selection": "threshold"}, {"selection": "threshold", "threshold": 0.1}, {"selection": "exact"},
    {"selection": "column", "column": "ctip1"}, {"selection": "rule", "features": ["n_frl", "share:n_frl"]},
])
def test_eligibility_binds_every_selector(more: dict[str, Any]) -> None:
    solution = solved(tree(eligibility={"all": ["housing", {"not": "redline"}]}, **more))
    assert receiving(solution) <= {"00", "01", "08", "11"}
    assert receiving(solution)


def test_the_metrics_worked_by_hand() -> None:
    # Eligible shares: 0604 3/4, 0606 2/3, 0600, 0601 and 0611 1/2, 0608 3/7, 0610 4/11, 0602 1/6, 0607 0.
    solution = solved(tree(eligibility=ELIGIBLE, budget={"non_focal": 17}))
    found = solution.metrics
    # p: 3 + 6 + 5 + 4 + 1 = 19, q: 1 + 3 + 5 + 4 + 1 = 14; with 0608 q would be 18.
    assert receiving(solution) == {"00", "01", "04", "06", "11"}
    assert found["tpr"] == 19 / 32 and found["fpr"] == 14 / 45
    assert found["precision"] == 19 / 33 and found["share_of_students"] == 33 / 77
    assert found["tpr_ceiling"] == 27 / 32 and found["threshold"] == "1/2"
    assert found["any_set_bound"] == 21  # 19 + 3/4 of the 3 of 0608 is 21.25
    area = [(0, 0), (1, 3), (4, 9), (14, 19), (18, 22), (25, 26), (30, 27), (35, 27), (45, 27)]
    by_hand = sum((b - a) * (p + r) for (a, p), (b, r) in pairwise(area)) / (2 * 32 * 45)
    assert found["auc"] == pytest.approx(by_hand, rel=1e-15)


def test_exact_takes_the_fewest_non_focal_then_larger_shares_then_the_table_order() -> None:
    ties = table([(2, 4), (2, 2), (2, 2), (1, 1), (1, 1)])
    solution = solved(tree(ties, selection="exact", budget={"non_focal": 3}))
    assert receiving_ids(solution) == ["b1", "b3"]


def test_counts_scaled_by_a_factor_scale_everything() -> None:
    small, large = (tree(table([(3 * f, 2 * f), (1 * f, 4 * f), (2 * f, 2 * f)]), selection="exact",
                         budget={"non_focal": 5 * f}) for f in (1, 1000))
    assert solved(large).value == 1000 * solved(small).value


def test_a_given_threshold_beyond_the_budget_says_which_would_fit() -> None:
    solution = solved(tree(eligibility=ELIGIBLE, threshold=0.4, budget={"non_focal": 15}))
    assert solution.status == "infeasible" and solution.infeasible is not None
    assert "The lowest threshold that fits is 1/2" in str(solution.infeasible)
    assert solution.infeasible.conflict == ("threshold", "budget")


def test_zero_students_never_receive_by_a_threshold_and_stay_in_the_table() -> None:
    solution = solved(tree(threshold=0))
    assert len(receiving(solution)) == 11
    frame = solution.problem.allocation_table(solution.allocation)
    assert list(frame.columns) == ["geoid", "eligible", "receives", "share", "reason"]
    assert frame.loc[3].tolist() == ["0603", "1", "0", "", "no students"]
