"""Certificates: rechecked by a few lines of their own, and worthless once altered."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Any

import pytest

from evenhand.certificates import CertificateError, certificate_from_json
from evenhand.solution import Solution
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, ROWS, best_by_enumeration, blocks, made, solved, tree

EXACT = tree(selection="exact", eligibility=ELIGIBLE, budget={"non_focal": 13})


def data_of(solution: Solution) -> dict[str, Any]:
    """The certificate as a file would hold it."""
    assert solution.certificate is not None
    return json.loads(json.dumps({"kind": solution.certificate.kind, **solution.certificate.to_json()}))


def refused(solution: Solution, **changes: Any) -> bool:
    data = {**data_of(solution), **changes}
    try:
        certificate = certificate_from_json(solution.problem.domain, data)
        bound = certificate.bound(solution.problem)
    except CertificateError:
        return True
    assert solution.allocation is not None
    return bound != solution.verified_bound or bool(certificate.faults(solution.problem, solution.allocation))


def test_a_frontier_is_rechecked_without_our_code() -> None:
    solution = solved(EXACT)
    data = data_of(solution)
    assert data["kind"] == "frontier"
    open_ = [(row[2], row[1] - row[2]) for row in ROWS if row[4] or row[5]]
    best = {0: 0}
    for p, q in open_:
        for cost, focal in list(best.items()):
            if cost + q <= 13:
                best[cost + q] = max(best.get(cost + q, 0), focal + p)
    points, top = [], -1
    for cost in sorted(best):
        if best[cost] > top:
            top = best[cost]
            points.append((cost, top))
    assert list(zip(data["costs"], data["focal"], strict=True)) == points
    text = "".join(f"{cost},{focal}\n" for cost, focal in points)
    assert data["breakpoints_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    price = Fraction(data["lambda"]["non_focal"])
    bound = 13 * price + sum(max(Fraction(0), p - price * q) for p, q in open_)
    assert data["dual_bound"] == bound.__floor__() >= top == solution.value == solution.verified_bound


@pytest.mark.parametrize("change", ["costs", "focal", "dual_bound", "breakpoints_sha256", "lambda", "problem"])
def test_an_altered_frontier_is_refused(change: str) -> None:
    solution = solved(EXACT)
    data = data_of(solution)
    altered = {"costs": [*data["costs"][:-1], data["costs"][-1] + 1], "focal": [*data["focal"][:-1], data["focal"][-1] + 1],
               "dual_bound": data["dual_bound"] - 1, "breakpoints_sha256": "0" * 64, "lambda": {"non_focal": "-1/2"},
               "problem": {**data["problem"], "limits": {"non_focal": 14}}}
    assert not refused(solution)
    assert refused(solution, **{change: altered[change]})


def test_a_longer_list_with_its_own_digest_is_refused() -> None:
    from evenhand_tiebreaker.frontier_certificate import list_digest

    solution = solved(EXACT)
    data = data_of(solution)
    costs, focal = data["costs"][:-1], data["focal"][:-1]
    assert refused(solution, costs=costs, focal=focal, breakpoints_sha256=list_digest(costs, focal))


def test_any_price_bounds_and_a_better_one_bounds_closer() -> None:
    from evenhand_tiebreaker.lagrange import dual_bound

    solution = solved(EXACT)
    problem = solution.problem
    best = best_by_enumeration(problem)
    bounds = [dual_bound(problem.blocks, problem.binding, {"non_focal": Fraction(n, 7)}) for n in range(30)]
    assert best is not None and min(bounds) >= best
    assert problem.multipliers.bound <= min(bounds)
    with pytest.raises(ValueError, match="negative"):
        dual_bound(problem.blocks, problem.binding, {"non_focal": Fraction(-1, 7)})


@pytest.mark.parametrize("spec", [
    tree(eligibility=ELIGIBLE, budget={"fpr": 0.3}), tree(selection="column", column="ctip1"),
    tree(selection="rule", features=["n_frl", "share:n_frl"], budget={"fpr": 0.3}),
], ids=["threshold", "column", "rule"])
def test_an_exhaustive_certificate_is_repeated(spec: dict[str, Any]) -> None:
    solution = solved(spec)
    data = data_of(solution)
    assert (data["kind"], solution.gap) == ("exhaustive", 0)
    assert refused(solution, bound=data["bound"] + 1) and refused(solution, choices=data["choices"] + 1)
    assert refused(solution, bound=None) and refused(solution, problem={**data["problem"], "focal": "n_frl"})


def test_zones_are_proven_by_separators() -> None:
    spec = tree(selection="exact", budget={"fpr": 0.4}, neighbours=True, rules=[{"rule": "zones_at_most", "zones": 2}])
    solution = solved(spec)
    data = data_of(solution)
    assert data["kind"] == "dual" and "separators" in data
    assert refused(solution, bound=data["bound"] - 1)
    row, number = next(iter(data["multipliers"].items()))
    assert refused(solution, multipliers={**data["multipliers"], row: -number})
    assert refused(solution, problem={**data["problem"], "zones": 3})


def test_highs_brings_multipliers_of_its_rows() -> None:
    spec = tree(selection="exact", budget={"fpr": 0.4}, rules=[{"rule": "neighborhood_floor", "share": 0.5}])
    solution = solved(spec)
    assert solution.certificate is not None and solution.certificate.kind == "dual"
    assert solution.status == "optimal" and "formulation" in data_of(solution)
    with pytest.raises(CertificateError):
        certificate_from_json(solution.problem.domain, {**data_of(solution), "model_sha256": "0" * 64}).bound(
            solution.problem)


@pytest.mark.parametrize(("weight", "bound", "cut"), [(1, 7.9, 7.0), (0.75, 7.9, 7.75), (0.3, 7.9, 7.9), (2, 7.0, 7.0)])
def test_a_bound_is_cut_to_what_a_choice_can_be_worth(weight: float, bound: float, cut: float) -> None:
    spec = tree(selection="exact", neighbours=True, objective=[{"term": "focal_reached"},
                                                               {"term": "cut_edges", "weight": weight}])
    assert made(spec).attainable(bound) == cut


def test_averages_leave_a_bound_as_it_is() -> None:
    half = [row[1] + 0.5 for row in ROWS]
    assert made(tree(blocks(students=half), counts="average", selection="exact")).attainable(7.9) == 7.9


def test_pins_too_far_apart_for_the_zones() -> None:
    rules = [{"rule": "zones_at_most", "zones": 1}, {"rule": "pin", "blocks": ["0600", "0607"]}]
    solution = solved(tree(selection="exact", eligibility={"any": ["housing", {"feature": "n_frl", "at_most": 1}]},
                           neighbours=True, rules=rules))
    assert solution.status == "infeasible" and solution.infeasible is not None
    assert solution.infeasible.conflict == ("pin", "zones_at_most")
    assert not any("word of the solver" in notice for notice in solution.notices)


def test_annealing_is_for_comparison_and_carries_the_bound() -> None:
    solution = solved(EXACT, "annealing", options={"steps": 3000}, seed=3)
    best = best_by_enumeration(solution.problem)
    assert best is not None and solution.value is not None and solution.verified_bound is not None
    assert solution.value <= best <= solution.verified_bound
