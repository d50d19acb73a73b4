"""Solvers against plain enumeration, with every rule and budget, and the classes of choices."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.tiebreaker.domain_cases import (
    ELIGIBLE,
    ROWS,
    best_by_enumeration,
    blocks,
    every_choice,
    made,
    receiving,
    solved,
    tree,
)

BUDGETS: list[dict[str, Any]] = [
    {"fpr": 0.3}, {"non_focal": 13}, {"students": 21}, {"fpr": 0.3, "students": 18}, {"non_focal": 15, "blocks": 3},
    {"blocks": 4}, {"fpr": 0}, {"fpr": 0.5, "non_focal": 14, "students": 30, "blocks": 5},
]


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("eligibility", [None, ELIGIBLE])
def test_exact_solvers_find_the_best_set(budget: dict[str, Any], eligibility: Any) -> None:
    spec = tree(selection="exact", budget=budget, **({"eligibility": eligibility} if eligibility else {}))
    best = best_by_enumeration(made(spec))
    solvers = ["highs"] + ["frontier"] * (len(budget) == 1 and "blocks" not in budget)
    for solver in solvers:
        solution = solved(spec, solver)
        assert (solution.status, solution.value) == ("optimal", best), solver
        assert solution.verified_bound is not None and solution.verified_bound >= best


SIDE_RULES: list[list[dict[str, Any]]] = [
    [{"rule": "neighborhood_floor", "share": 0.5}],
    [{"rule": "neighborhood_floor", "share": "1/3", "of": "all", "minimum_focal": 9}],
    [{"rule": "group_floor", "group": "n_frl", "share": 0.35}],
    [{"rule": "no_isolated_block"}],
    [{"rule": "robust_budget", "deviation": 0.5, "blocks": 2}],
    [{"rule": "pin", "blocks": ["0602"]}, {"rule": "forbid", "blocks": ["0609", "0604"]}],
    [{"rule": "budget", "blocks": 4}],
    [{"rule": "neighborhood_floor", "share": 0.3}, {"rule": "no_isolated_block"}],
]


@pytest.mark.parametrize("rules", SIDE_RULES, ids=lambda rules: " and ".join(rule["rule"] for rule in rules))
def test_highs_keeps_side_rules_and_finds_the_best(rules: list[dict[str, Any]]) -> None:
    spec = tree(selection="exact", budget={"fpr": 0.45}, rules=rules, neighbours=True)
    solution = solved(spec, "highs")
    assert (solution.status, solution.value) == ("optimal", best_by_enumeration(solution.problem))


@pytest.mark.parametrize("objective", [
    [{"term": "focal_reached"}, {"term": "cut_edges", "weight": 0.75}],
    [{"term": "focal_reached"}, {"term": "cut_edges", "weight": -0.75}],
    [{"term": "cut_edges"}, {"term": "focal_reached", "weight": 0.5}],
    [{"term": "focal_reached"}, {"term": "non_focal_reached", "weight": 0.4}],
    [{"term": "worst_group_tpr", "groups": ["n_both", "n_frl"]}],
])
def test_other_objectives(objective: list[dict[str, Any]]) -> None:
    spec = tree(selection="exact", budget={"fpr": 0.45}, objective=objective, neighbours=True, eligibility=ELIGIBLE)
    solution = solved(spec, "highs")
    best = best_by_enumeration(solution.problem)
    assert best is not None and solution.value == pytest.approx(best, abs=1e-12)
    assert solution.status == "optimal"


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_zones(zones: int) -> None:
    spec = tree(selection="exact", budget={"fpr": 0.4}, neighbours=True,
                rules=[{"rule": "zones_at_most", "zones": zones}])
    solution = solved(spec, "peel", options={"steps": 200_000})
    best = best_by_enumeration(solution.problem)
    assert best is not None and solution.value is not None and solution.verified_bound is not None
    assert solution.value <= best <= solution.verified_bound
    assert solution.value == best  # on a dozen blocks the search meets the best


TABLES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), min_size=1, max_size=8)


def _table(rows: list[tuple[int, int, bool]]) -> pd.DataFrame:
    return pd.DataFrame({"geoid": [f"b{i}" for i in range(len(rows))], "students": [p + q for p, q, _ in rows],
                         "n_both": [p for p, _, _ in rows], "open": [int(e) for _, _, e in rows]})


@given(TABLES, st.fractions(0, 1, max_denominator=40), st.none() | st.integers(0, 5))
@settings(deadline=None, max_examples=25)
def test_exact_is_at_least_the_threshold_and_at_most_its_bounds(rows: Any, fpr: Fraction, most: int | None) -> None:
    budget = {"fpr": str(fpr), **({} if most is None else {"blocks": most})}
    spec = tree(_table(rows), selection="exact", budget=budget, eligibility="open")
    exact = solved(spec)
    threshold = solved(tree(_table(rows), budget=budget, eligibility="open"))
    assert exact.value == best_by_enumeration(exact.problem)
    assert threshold.value is not None and exact.value is not None
    assert threshold.value <= exact.value <= exact.metrics["any_set_bound"] == threshold.metrics["any_set_bound"]
    assert threshold.metrics["inversions"] == threshold.metrics["split_ties"] == 0


@given(TABLES, st.integers(0, 20))
@settings(deadline=None, max_examples=25)
def test_the_threshold_law_is_what_a_threshold_makes(rows: Any, most: int) -> None:
    spec = tree(_table(rows), budget={"non_focal": most}, eligibility="open")
    problem = made(spec)
    shares = {Fraction(p, p + q) for p, q, e in rows if e and p + q}
    made_by_some = {tuple(bool(e and p + q and Fraction(p, p + q) >= t) for p, q, e in rows)
                    for t in [*shares, Fraction(2)]}
    law = problem.laws()[0]
    for array in every_choice(problem):
        kept = not law.violations(problem, problem.shape.allocation(array))
        assert kept == (tuple(array.tolist()) in made_by_some)
    solution = solved(spec)
    assert solution.value == best_by_enumeration(problem)
    assert solution.value == solved(spec, "highs").value


def test_of_equally_good_thresholds_the_highest_is_taken() -> None:
    table = blocks(n_both=[5, 4, 0, 0, 3, 0, 6, 0, 3, 3, 4, 1])
    solution = solved(tree(table, budget={"fpr": 1}))
    assert solution.metrics["threshold"] == "4/11"  # lower ones add blocks without focal students


def rules_by_hand(literals: int, both: bool) -> set[frozenset[str]]:
    """Choices of every and/or rule over share:n_frl and n_frl among the eligible blocks."""
    eligible = [row for row in ROWS if row[4] or row[5]]
    features = [lambda row: Fraction(row[3], row[1]) if row[1] else None, lambda row: Fraction(row[3])]
    axes = []
    for feature in features:
        levels = sorted({feature(row) for row in eligible if feature(row) is not None})
        held = [{row[0] for row in eligible if feature(row) is not None and feature(row) >= t} for t in levels]
        low = [{row[0] for row in eligible if feature(row) is not None and feature(row) <= t} for t in levels]
        axes += [held, low] if both else [held]
    found = {frozenset(), *(frozenset(chosen) for axis in axes for chosen in axis)}
    if literals == 2:
        for one, other in combinations(axes, 2):
            for left, right in product(one, other):
                found |= {frozenset(left & right), frozenset(left | right)}
    return found


@pytest.mark.parametrize("literals", [1, 2])
@pytest.mark.parametrize("both", [False, True])
def test_rule_search_is_the_best_of_all_rules(literals: int, both: bool) -> None:
    spec = tree(selection="rule", eligibility=ELIGIBLE, features=["share:n_frl", "n_frl"], literals=literals,
                directions="both" if both else "at_least", budget={"fpr": 0.4})
    solution = solved(spec)
    problem = solution.problem
    row = {name: place for place, name in enumerate(problem.blocks.ids)}
    known = rules_by_hand(literals, both)
    best = 0
    for chosen in known:
        array = np.zeros(len(row), dtype=bool)
        array[[row[name] for name in chosen]] = True
        allocation = problem.shape.allocation(array)
        if not problem.violations(allocation):
            best = max(best, int(problem.blocks.focal[array].sum()))
    assert (solution.status, solution.value) == ("optimal", best)
    assert solution.certificate is not None and solution.certificate.kind == "exhaustive"


def test_the_rule_law_is_what_some_rule_names() -> None:
    spec = tree(selection="rule", eligibility=ELIGIBLE, features=["share:n_frl", "n_frl"], budget={"fpr": 1})
    problem = made(spec)
    known = rules_by_hand(2, both=False)
    for array in list(every_choice(problem))[::5]:
        allocation = problem.shape.allocation(array)
        named = frozenset(problem.blocks.ids[row] for row in np.flatnonzero(array).tolist())
        assert (not problem.laws()[0].violations(problem, allocation)) == (named in known)


def test_a_side_rule_steers_the_rule_search() -> None:
    spec = tree(selection="rule", features=["share:n_frl"], literals=1, budget={"fpr": 1})
    free = receiving(solved(spec))
    forbidden = receiving(solved({**spec, "constraint": [{"rule": "forbid", "blocks": ["0602"]}]}))
    assert "02" in free and "02" not in forbidden


def test_a_column_is_taken_as_it_is_but_for_eligibility() -> None:
    solution = solved(tree(selection="column", column="ctip1", eligibility="housing"))
    assert receiving(solution) == {"00", "04", "11"}
    assert any("0603" in notice and "not eligible" in notice for notice in solution.notices)
