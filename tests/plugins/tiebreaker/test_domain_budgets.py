"""Budgets to the last decimal: the robust one is not rounded, pinned blocks beyond one are proven, ties cost least."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.certificates import CertificateError
from evenhand.kernel import compile_model
from evenhand_tiebreaker.counts import rounded_down, rounded_up
from evenhand_tiebreaker.frontier_certificate import FrontierCertificate, list_digest
from tests.plugins.tiebreaker.domain_cases import (
    best_by_enumeration,
    every_choice,
    made,
    receiving,
    solved,
    tree,
)


def table(students: list[int], focal: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"geoid": [f"06{row:02d}" for row in range(len(focal))], "students": students, "n_both": focal})


def robust(deviation: float | str, count: int) -> dict[str, Any]:
    return {"rule": "robust_budget", "deviation": deviation, "blocks": count}


# -- robust_budget -------------------------------------------------------------------------------------------------


def test_a_robust_budget_is_not_rounded() -> None:
    # 3/10 of 11 is 3.3, which 3 students and a tenth more just fill; block 01 reaches 2 focal students, 03 two more.
    district = table([9, 5, 5, 2], [5, 2, 1, 2])
    solution = solved(tree(district, selection="exact", budget={"fpr": 0.3}, rules=[robust(0.1, 3)]))
    assert (solution.status, solution.value, receiving(solution)) == ("optimal", 4.0, {"01", "03"})
    assert solution.verified_bound is not None and solution.verified_bound >= 4.0
    tight = solved(tree(district, selection="exact", budget={"fpr": 0.3}, rules=[robust(0.11, 3)]))
    assert tight.value == 2.0


def test_of_two_budgets_the_smaller_fraction_is_robust() -> None:
    district = table([9, 5, 5, 2], [5, 2, 1, 2])
    problem = made(tree(district, selection="exact", budget={"fpr": 0.3, "non_focal": 3.2}, rules=[robust(0.1, 3)]))
    assert problem.non_focal_limit.exact == Fraction(16, 5)
    assert best_by_enumeration(problem) == 2.0 == solved(tree(
        district, selection="exact", budget={"fpr": 0.3, "non_focal": 3.2}, rules=[robust(0.1, 3)])).value


counts = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=2, max_size=6)


@settings(deadline=None, max_examples=25)
@given(counts, st.sampled_from([0.1, 0.3, "1/3", 0.07]), st.integers(0, 4), st.integers(1, 99))
def test_the_rows_never_forbid_what_the_rule_allows(pairs: list[tuple[int, int]], deviation: Any, count: int,
                                                    percent: int) -> None:
    district = table([p + q for p, q in pairs], [p for p, _ in pairs])
    spec = tree(district, selection="exact", budget={"fpr": percent / 100}, rules=[robust(deviation, count)])
    problem = made(spec)
    solution = solved(spec)
    best = best_by_enumeration(problem)
    assert solution.value == best
    assert solution.verified_bound >= best
    built = problem.formulations()[0].build(problem)
    rows = compile_model(built.model).model
    rule = problem.rules()["robust_budget"]
    for array in every_choice(problem):
        if problem.violations(problem.shape.allocation(array)):
            continue
        # Set theta to the extra of the smallest of the wrong blocks: then every row holds, in exact arithmetic. Where
        # no block may be wrong, theta costs nothing.
        others = problem.blocks.other
        extra = [rule.deviation * int(q) for q in sorted(others[array].tolist(), reverse=True)]
        theta = (extra[max(count, 1) - 1] if count <= len(extra) else Fraction(0)) if extra else Fraction(0)
        point = exact_point(built, rows, problem, array, theta, rule.deviation)
        for lower, upper, value in row_values(rows, point):
            assert lower is None or value >= lower
            assert upper is None or value <= upper


def exact_point(built: Any, model: Any, problem: Any, array: np.ndarray, theta: Fraction, deviation: Fraction
                ) -> list[Fraction]:
    compiled = compile_model(built.model)
    point = [Fraction(0)] * model.columns
    for row in problem.blocks.rows.tolist():
        point[compiled.column_of(built.model.x[row])] = Fraction(int(array[row]))
    block = built.model.rules["robust_budget"]
    if problem.blocks.other[problem.blocks.rows].any():
        point[compiled.column_of(block.theta)] = theta
        for row, variable in block.pi.items():
            more = deviation * int(problem.blocks.other[row]) * int(array[row])
            point[compiled.column_of(variable)] = max(Fraction(0), more - theta)
    return point


def row_values(model: Any, point: list[Fraction]) -> Any:
    matrix = model.matrix.tocsr()
    for row in range(model.rows):
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        value = sum((Fraction(float(number)) * point[column] for column, number in
                     zip(matrix.indices[inside], matrix.data[inside], strict=True)), Fraction(0))
        limits = (float(model.row_lower[row]), float(model.row_upper[row]))
        yield *(Fraction(limit) if np.isfinite(limit) else None for limit in limits), value


@settings(deadline=None, max_examples=60)
@given(st.fractions())
def test_rounding_outwards(number: Fraction) -> None:
    down, up = Fraction(rounded_down(number)), Fraction(rounded_up(number))
    assert down <= number <= up
    assert Fraction(float(np.nextafter(float(down), np.inf))) > number or down == number
    assert (down == number) == (up == number)


def test_averages_at_the_limit_are_not_cut_off() -> None:
    district = table([0, 0, 0], [0, 0, 0]).assign(students=["0.7", "0.2", "0.6"], n_both=["0.6", "0.1", "0.1"])
    spec = tree(district, selection="exact", counts="average", budget={"non_focal": 0.2, "blocks": 2})
    solution = solved(spec, solver="highs")
    assert receiving(solution) == {"00", "01"} and solution.value == pytest.approx(0.7)


# -- the fewest non-focal students among equals ----------------------------------------------------------------------


def test_with_two_budgets_the_fewest_others_are_taken() -> None:
    # Any two of the first three blocks reach 6; the budget of 20 others would allow every pair.
    district = table([13, 5, 4, 9], [3, 3, 3, 0])
    spec = tree(district, selection="exact", budget={"non_focal": 20, "blocks": 2})
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]):
        again = copy.deepcopy(spec)
        again["data"]["blocks"] = district.iloc[order].reset_index(drop=True)
        solution = solved(again)
        assert solution.run.used.startswith("HiGHS") and solution.status == "optimal"
        assert (solution.value, receiving(solution)) == (6.0, {"01", "02"})


@settings(deadline=None, max_examples=25)
@given(counts, st.integers(0, 30), st.integers(1, 4), st.randoms(use_true_random=False))
def test_row_order_changes_no_rate(pairs: list[tuple[int, int]], most: int, count: int, chance: Any) -> None:
    district = table([p + q for p, q in pairs], [p for p, _ in pairs])
    order = list(range(len(district)))
    chance.shuffle(order)
    problem = {"selection": "exact", "budget": {"non_focal": most, "blocks": count}}
    first = solved(tree(district, **problem))
    second = solved(tree(district.iloc[order].reset_index(drop=True), **problem))
    assert (first.metrics["tpr"], first.metrics["fpr"]) == (second.metrics["tpr"], second.metrics["fpr"])
    made_ = first.problem
    best = max(int(made_.blocks.focal[a].sum()) for a in every_choice(made_) if kept(made_, a))
    assert int(made_.blocks.other[first.allocation.array].sum()) == min(
        int(made_.blocks.other[a].sum()) for a in every_choice(made_)
        if kept(made_, a) and int(made_.blocks.focal[a].sum()) == best)


def kept(problem: Any, array: np.ndarray) -> bool:
    return not problem.violations(problem.shape.allocation(array))


def test_without_time_it_says_that_ties_are_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand_tiebreaker import side_rules

    monkeypatch.setattr(side_rules, "fewest_others", lambda problem, best, limits: (best, False))
    solution = solved(tree(table([13, 5, 4], [3, 3, 3]), selection="exact", budget={"non_focal": 20, "blocks": 2}))
    assert solution.value == 6.0 and side_rules.UNBROKEN in solution.notices


# -- pinned blocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [
    [], [{"rule": "zones_at_most", "zones": 2}], [{"rule": "neighborhood_floor", "share": 0.1}]], ids=len)
def test_pinned_blocks_beyond_a_budget_are_proven(rules: list[dict[str, Any]]) -> None:
    spec = tree(selection="exact", neighbours=True, budget={"non_focal": 9, "blocks": 5},
                rules=[{"rule": "pin", "blocks": ["0605"]}, {"rule": "pin", "blocks": ["0609"]}, *rules])
    solution = solved(spec)
    assert solution.status == "infeasible"
    assert solution.infeasible.conflict == ("pin", "budget")  # the second list is innocent
    assert "at least 10 non-focal students" in solution.infeasible.relief[0]
    assert not any("word of the solver" in notice for notice in solution.notices)
    told = evenhand.explain(spec)
    assert told.infeasible and told.conflict == ("pin", "budget")


def test_pinned_blocks_beyond_a_robust_budget_are_proven() -> None:
    rules = [{"rule": "pin", "blocks": ["0605"]}, robust(0.3, 1)]
    solution = solved(tree(selection="exact", budget={"non_focal": 12}, rules=rules))
    assert solution.status == "infeasible" and solution.infeasible.conflict == ("pin", "robust_budget")
    assert solved(tree(selection="exact", budget={"non_focal": 13}, rules=rules)).status == "optimal"


def test_pins_within_the_budgets_are_kept() -> None:
    spec = tree(selection="exact", budget={"non_focal": 10}, rules=[{"rule": "pin", "blocks": ["0605"]}])
    assert "05" in receiving(solved(spec))


def test_one_zone_in_words() -> None:
    spec = tree(selection="exact", rules=[{"rule": "zones_at_most", "zones": 1}, {"rule": "forbid", "blocks": ["0601"]},
                                          {"rule": "pin", "blocks": ["0600", "0602"]}])
    spec["data"]["adjacency"] = pd.DataFrame({"a": ["0600", "0601"], "b": ["0601", "0602"]})
    solution = solved(spec)
    assert solution.status == "infeasible" and "1 zone is allowed" in str(solution.infeasible)


# -- the certificate of a frontier ---------------------------------------------------------------------------------------


def test_every_breakpoint_lies_under_its_own_dual_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where merging would be too long, a forged inner breakpoint must still be found out."""
    from evenhand_tiebreaker import frontier_certificate

    problem = made(tree(selection="exact", budget={"non_focal": 20}))
    costs, focal = (points.tolist() for points in problem.budget_frontier.points())
    monkeypatch.setattr(frontier_certificate, "MOST_WORK", 0)
    honest = FrontierCertificate.of(problem, costs, focal)
    assert honest.bound(problem) == problem.multipliers.floored
    assert len(focal) > 3
    forged = [*focal[:1], focal[-1] - 1, *focal[-1:]]
    lie = FrontierCertificate.of(problem, [costs[0], costs[1], costs[-1]], forged)
    assert lie.digest == list_digest(lie.costs, lie.focal)
    with pytest.raises(CertificateError, match="dual bound of its own cost"):
        lie.bound(problem)


