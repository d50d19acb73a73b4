"""A range of sizes: its certificate, number by number, and what is said when time runs out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.certificates import CertificateError
from evenhand.errors import SpecError, VerificationError
from evenhand.results.verify import verify
from evenhand.tables.digest import sha256_file
from evenhand_apportionment import curve as curves
from evenhand_apportionment.parametric.lagrange import lower_bound
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.range_bounds import range_bounds
from evenhand_apportionment.parametric.sweep import sweep
from evenhand_apportionment.range_certificate import ExhaustiveRangeCertificate, RangeCertificate
from tests.plugins.apportionment.small_problems import groups, solved, tree

PEOPLE = (713, 367, 141, 140)


def range_tree(**problem: Any) -> dict[str, Any]:
    return tree(groups(PEOPLE), **{"units_range": [5, 40], **problem})


def alter(data: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    altered = copy.deepcopy(data)
    change(altered)
    return altered


def set_size(column: int, factor: float) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        row = next(row for row in data["sizes"][3:] if row[0] != data["best_units"] and row[column])
        row[column] *= factor
    return change


@pytest.mark.parametrize("change", [
    set_size(1, 1.5), set_size(1, 0.5), set_size(1, 1.0 + 1e-7), set_size(2, 1.5), set_size(2, -1.0),
    set_size(2, 1.0 + 1e-6), lambda data: data.update(best_units=data["best_units"] + 1),
    lambda data: data.update(choice_proven=False), lambda data: data.update(bound=data["bound"] * 0.9),
    lambda data: data.update(bound=None), lambda data: data["sizes"].pop(),
    lambda data: data["sizes"].pop(0), lambda data: data["problem"].update(alpha=1.0),
])
@pytest.mark.parametrize(("beta", "kind"), [(2.0, RangeCertificate), (0.5, ExhaustiveRangeCertificate)])
def test_no_number_of_the_certificate_can_be_altered(beta: float, kind: type, change: Callable[..., None]) -> None:
    solution = solved(range_tree(beta=beta))
    assert solution.status == "optimal" and isinstance(solution.certificate, kind)
    data = solution.certificate.to_json()
    again = evenhand.problem("apportionment", groups=groups(PEOPLE), units_range=[5, 40], beta=beta)
    assert kind.from_json(data).bound(again) == pytest.approx(solution.bound, rel=1e-12)
    with pytest.raises(CertificateError):
        kind.from_json(alter(data, change)).bound(again)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 9) | st.integers(1, 10**7), min_size=1, max_size=5),
       st.sampled_from([0.0, 0.5, 0.8, 1.0]), st.sampled_from([1.0, 2.0, 3.5]), st.sampled_from([0.0, 0.3, 0.5]),
       st.sampled_from([0.0, 1e-3, -0.5]))
def test_bounds_of_many_sizes_are_those_of_each(people: list[int], kappa: float, beta: float, sigma: float,
                                                off: float) -> None:
    problem = ParametricProblem.build(people, kappa=kappa, beta=beta, sigma=sigma)
    rows = sweep(problem, len(people), len(people) + 40)
    multipliers = rows.multiplier * (1.0 + off)
    found = range_bounds(problem, rows.sizes, multipliers, rows.allocation, rows.kept)
    assert found is not None and (found <= rows.errors).all()
    each = [lower_bound(problem, k, float(multiplier), near=rows.allocation(k)).value
            for k, multiplier in zip(rows.sizes.tolist(), multipliers, strict=True)]
    if off == 0.0:
        assert found == pytest.approx(np.array(each), rel=1e-9, abs=1e-300)
        assert found == pytest.approx(rows.errors, rel=1e-8, abs=1e-12)
    else:   # from the same multiplier the single bound looks for its minimisers, the others stay where they are
        assert (found <= np.array(each) * (1 + 1e-9) + 1e-300).all()


def test_many_groups_are_bounded_size_by_size() -> None:
    problem = ParametricProblem.build(np.exp(np.random.default_rng(1).normal(8, 1, 700)))
    rows = sweep(problem, 1000, 1003)
    found = range_bounds(problem, rows.sizes, rows.multiplier, rows.allocation, rows.kept)
    assert found == pytest.approx(rows.errors, rel=1e-9) and (found <= rows.errors).all()
    assert range_bounds(problem, rows.sizes, rows.multiplier, rows.allocation, rows.kept, lambda: True) is None
    with pytest.raises(ValueError, match="finite"):
        range_bounds(problem, rows.sizes, np.full(4, np.nan), rows.allocation)


def cut_short(monkeypatch: pytest.MonkeyPatch, entries: int = 30) -> None:
    """Small blocks of sizes, after the first of which there is no time."""
    monkeypatch.setattr("evenhand_apportionment.parametric.sweep._BLOCK_ENTRIES", entries)


def test_a_sweep_stops_between_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_short(monkeypatch)
    problem, asked = ParametricProblem.build(PEOPLE), iter([False, True])
    rows = sweep(problem, 5, 40, stop=lambda: next(asked))
    assert rows.sizes.tolist() == list(range(5, 5 + 2 * (30 // 4)))
    whole = sweep(problem, 5, 40)
    assert rows.errors.tolist() == whole.errors[:len(rows.errors)].tolist()
    assert rows.losses() == [loss for loss in whole.losses() if loss[0] <= rows.sizes[-1]]


@pytest.mark.parametrize("beta", [2.0, 0.5])
def test_without_time_the_best_of_the_sizes_seen_is_given_and_verifies(beta: float, tmp_path: Any,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    cut_short(monkeypatch)
    solution = solved(range_tree(beta=beta), time_limit=1e-9)
    seen = solution.problem.curve.sizes.tolist()
    assert seen[0] == 5 and seen[-1] < 40 and solution.metrics["best_units"] in seen
    assert (solution.status, solution.bound) == ("feasible", None)
    assert any(f"The sizes {seen[-1] + 1} to 40 were not examined" in notice for notice in solution.notices)
    assert len(solution.problem.output_tables(solution)["curve.csv"]) == len(seen)
    evenhand.write(solution, tmp_path / "run")
    assert verify(tmp_path / "run").status == "feasible"


def test_an_exact_size_ends_the_question_even_without_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    cut_short(monkeypatch)
    solution = solved(tree(groups([1, 2, 3]), units_range=[4, 40]), time_limit=1e-9)
    assert not solution.problem.curve.complete
    assert (solution.metrics["best_units"], solution.status, solution.bound) == (6, "optimal", 0.0)
    assert any("no larger size can score higher" in notice for notice in solution.notices)
    evenhand.write(solution, tmp_path / "run")
    verify(tmp_path / "run")


def test_a_curve_cut_short_is_no_proof_of_the_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    cut_short(monkeypatch)
    solution = solved(range_tree(), time_limit=1e-9)
    data = solution.certificate.to_json()
    again = evenhand.problem("apportionment", groups=groups(PEOPLE), units_range=[5, 40])
    for change in ({"choice_proven": True}, {"bound": 0.0}, {"choice_proven": True, "bound": 0.0}):
        with pytest.raises(CertificateError):
            RangeCertificate.from_json({**data, **change}).bound(again)


def test_an_absurd_range_is_refused_before_anything_is_solved() -> None:
    with pytest.raises(SpecError, match="1,999,999 sizes; at most 1,000,000"):
        solved(tree(groups([3, 2]), units_range=[2, 2_000_000]))
    assert curves.MOST_SIZES == 1_000_000


def test_losses_are_the_same_without_kept_allocations(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = ParametricProblem.build(np.exp(np.random.default_rng(2).normal(9, 1.2, 12)), gamma=0.0)
    wanted = sweep(problem, 12, 200).losses()
    cut_short(monkeypatch, 100)
    assert wanted and sweep(problem, 12, 200, keep=False).losses() == wanted
    assert sweep(problem, 12, 200).losses() == wanted


def test_a_file_with_an_altered_size_does_not_verify(tmp_path: Any) -> None:
    evenhand.write(solved(range_tree()), tmp_path / "run")
    verify(tmp_path / "run")
    place = tmp_path / "run" / "certificate.json"
    data = json.loads(place.read_text())
    set_size(2, 1.5)(data)
    place.write_text(json.dumps(data))
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    result["files"]["certificate.json"] = sha256_file(place)
    (tmp_path / "run" / "result.json").write_text(json.dumps(result))
    with pytest.raises(VerificationError, match="multiplier"):
        verify(tmp_path / "run")
