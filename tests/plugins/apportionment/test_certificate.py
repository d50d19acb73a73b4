"""Certificates: checked here with arithmetic of their own, and whatever is altered makes ``verify`` end with 5."""

from __future__ import annotations

import json
import math
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.certificates import CertificateError, certificate_from_json
from evenhand.solution import Solution
from tests.plugins.apportionment.desk import Desk
from tests.plugins.apportionment.small_problems import groups, matrix, solved, tree, units
from tests.plugins.cep.command import Result

PEOPLE = (713, 367, 140, 141, 111, 65)


def stored(solution: Solution) -> dict[str, Any]:
    """The certificate after a way through JSON, as a stranger finds it."""
    assert solution.certificate is not None
    read: dict[str, Any] = json.loads(json.dumps({"kind": solution.certificate.kind, **solution.certificate.to_json()}))
    return read


# -- a checker that shares nothing with the plugin ---------------------------------------------------------------


def parametric_error(i: int, a: int, k: int, beta: float, sigma: float) -> float:
    c, w = k * PEOPLE[i] / sum(PEOPLE), PEOPLE[i] / sum(PEOPLE)
    return w * 2 * (sigma * ((a - c) / c) ** beta if a >= c else (1 - sigma) * ((c - a) / a) ** beta)


@settings(deadline=None, max_examples=30)
@given(k=st.integers(6, 60), beta=st.sampled_from([1.0, 1.5, 2.0, 5.0]), sigma=st.sampled_from([0.1, 0.5, 0.9]))
def test_a_stranger_checks_every_group(k: int, beta: float, sigma: float) -> None:
    solution = solved(tree(groups(PEOPLE), units=k, beta=beta, sigma=sigma))
    read, a = stored(solution), units(solution)
    level = read["lambda"]
    for i, have in enumerate(a):
        here, more = (parametric_error(i, have + step, k, beta, sigma) for step in (0, 1))
        assert more - here >= level - 1e-9 * max(abs(level), here, more)
        if have > 1:
            fewer = parametric_error(i, have - 1, k, beta, sigma)
            assert here - fewer <= level + 1e-9 * max(abs(level), here, fewer)
    inner = math.fsum(min(parametric_error(i, t, k, beta, sigma) - level * t for t in range(1, k + 1)) for i in range(6))
    assert read["bound"] <= level * k + inner + 1e-12
    assert read["bound"] == pytest.approx(solution.value, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("k", [7, 20, 41])
def test_a_stranger_checks_webster_in_fractions(k: int) -> None:
    solution = solved(tree(groups(PEOPLE), units=k, method="webster"))
    read, a = stored(solution), units(solution)
    last = max(Fraction(2 * have - 1, 2 * p) for have, p in zip(a, PEOPLE, strict=True) if have > 1)
    following = min(Fraction(2 * have + 1, 2 * p) for have, p in zip(a, PEOPLE, strict=True))
    assert last <= following
    assert read["cut_low"] == pytest.approx(float(last)) and read["cut_high"] == pytest.approx(float(following))
    assert read["on_cut_low"] == ["abcdef"[i] for i in range(6) if Fraction(2 * a[i] - 1, 2 * PEOPLE[i]) == last]
    assert read["problem"] == {"method": "webster", "objective": "minimize 1 x divisor_cost", "units": k}


def test_a_stranger_checks_the_products() -> None:
    solution = solved(matrix(), "marginal")
    read = stored(solution)
    x, y = ([Fraction(value) for value in read[f"{side}_multipliers"].values()] for side in ("row", "column"))
    votes = ((123, 45, 815), (912, 714, 414), (255, 215, 543))
    for cell, a in enumerate(units(solution)):
        product = votes[cell // 3][cell % 3] * x[cell // 3] * y[cell % 3]
        assert a - Fraction(1, 2) <= product <= a + Fraction(1, 2)


def test_endless_cuts_survive_json() -> None:
    for bounds, low, high in (({"maximum": 3}, float, None), ({"minimum": 3}, None, float)):
        solution = solved(tree(groups([5, 3]), units=6, **bounds))
        read = stored(solution)
        assert [kind is None or isinstance(read[cut], kind) for kind, cut in ((low, "cut_low"), (high, "cut_high"))]
        assert read["cut_low" if low is None else "cut_high"] is None
        again = certificate_from_json(solution.problem.domain, read)
        assert again.bound(solution.problem) == solution.verified_bound


def test_an_answer_that_is_not_the_best_gets_a_bound_that_claims_nothing_else() -> None:
    solution = solved(tree(groups(PEOPLE), units=41), "greedy-floor")
    read = stored(solution)
    assert (read["proves"], read["value"]) == ("bound", None) and not {name for name in read if "cut" in name}
    assert read["bound"] == pytest.approx(solved(tree(groups(PEOPLE), units=41)).value, rel=1e-9)


def test_no_other_size_scores_higher() -> None:
    solution = solved(tree(groups(PEOPLE), units_range=[6, 40]))
    read = stored(solution)
    assert read["choice_proven"] and len(read["sizes"]) == 35
    best = read["best_units"]
    for size, error, _ in read["sizes"]:
        assert 2 * math.log(size) + math.log(error) >= 2 * math.log(best) + math.log(read["value"]) - 1e-9


SPECS = {
    "parametric": tree(groups(PEOPLE), units=41),
    "webster": tree(groups(PEOPLE), units=41, method="webster"),
    "hamilton": tree(groups(PEOPLE), units=41, method="hamilton"),
    "mixed": tree(groups(PEOPLE, current=[9, 5, 2, 2, 2, 2]), units=22, objective=[
        {"term": "representation_error"}, {"term": "moved_units", "weight": 0.001}]),
    "not convex": tree(groups(PEOPLE), units=20, beta=0.5),
    "range": tree(groups(PEOPLE), units_range=[6, 30]),
    "range, not convex": tree(groups(PEOPLE), units_range=[6, 12], beta=0.5),
    "award order": tree(groups(PEOPLE), units=20, method="quota_balinski_young"),
    "products": matrix(),
}
KINDS = {"not convex": "exhaustive", "range, not convex": "exhaustive", "products": "dual"}


def refused(solution: Solution, read: dict[str, Any]) -> bool:
    """Whether an altered certificate is refused, by its bound or by the conditions between it and the answer."""
    assert solution.allocation is not None
    try:
        certificate = certificate_from_json(solution.problem.domain, read)
        certificate.bound(solution.problem)
        return bool(certificate.faults(solution.problem, solution.allocation))
    except CertificateError:
        return True


@pytest.mark.parametrize("name", SPECS)
def test_a_certificate_goes_through_json_and_holds(name: str) -> None:
    solution = solved(SPECS[name], "marginal" if name == "products" else "auto")
    read = stored(solution)
    assert read["kind"] == KINDS.get(name, "marginals")
    assert not refused(solution, read)
    again = certificate_from_json(solution.problem.domain, read)
    assert again.to_json() == {key: value for key, value in read.items() if key != "kind"}


@pytest.mark.parametrize("name", SPECS)
def test_whatever_is_altered_in_it_is_noticed(name: str) -> None:
    solution = solved(SPECS[name], "marginal" if name == "products" else "auto")
    read = stored(solution)
    altered = 0
    for key, value in read.items():
        if (name, key) == ("not convex", "lambda"):
            continue  # it narrows the recursion and has no say in its truth
        for other in alterations(key, value):
            assert refused(solution, {**read, key: other}), (key, value, other)
            altered += 1
        if key != "kind":
            assert refused(solution, {other: part for other, part in read.items() if other != key}), key
    assert altered > 4


def alterations(key: str, value: Any) -> list[Any]:
    """Other values that an entry must not have."""
    if key in ("kind", "choice_proven"):
        return []
    if key in ("proves", "form"):
        return ["nothing"]
    if key == "lambda":
        return ["much", None, value * 3 + 1, value - 1]
    if isinstance(value, float):
        return [value * 1.01 + 1e-6, str(value), True]
    if isinstance(value, int):
        return [value + 1]
    if value is None:
        return [0.5] if key == "bound" else []
    if isinstance(value, list):
        return [value[:-1], [*value, value[-1]], "all"]
    first = next(iter(value))
    return [{**value, first: "other"}, {first: value[first]}, []]


@pytest.mark.parametrize("name", ["parametric", "webster", "hamilton", "mixed", "award order", "products", "range"])
def test_another_answer_does_not_fit(name: str) -> None:
    solution = solved(SPECS[name], "marginal" if name == "products" else "auto")
    assert solution.allocation is not None and solution.certificate is not None
    array = solution.allocation.array.copy()
    giver = int(array.argmax())
    array[giver] -= 1
    array[(giver + 1) % len(array)] += 1
    assert solution.certificate.faults(solution.problem, solution.problem.shape.allocation(array))


# -- result folders ----------------------------------------------------------------------------------------------

FILES = {
    "parametric": "units = 12", "webster": 'units = 12\nmethod = "webster"', "range": "units_range = [5, 12]",
    "hamilton": 'units = 12\nmethod = "hamilton"', "award order": 'units = 12\nmethod = "quota_balinski_young"',
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untouched")
    for name, problem in FILES.items():
        (folder / name).mkdir()
        desk = Desk(folder / name)
        desk.write(problem)
        desk.solved()
    return folder


@pytest.fixture
def result(originals: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Result:
    shutil.copytree(originals / request.param, tmp_path / "copy")
    return Result(tmp_path / "copy" / "result")


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("result", names, indirect=True)


@of(*FILES)
def test_units_that_changed_hands_are_noticed(result: Result) -> None:
    rows = result.rows()
    lines = (result.folder / "allocation.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("units")
    for line, change in ((1, -1), (2, 1)):
        cells = lines[line].split(",")
        cells[place] = str(int(cells[place]) + change)
        lines[line] = ",".join(cells)
    (result.folder / "allocation.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result.mend("allocation.csv")
    assert rows != result.rows()
    result.rejected()


@of(*FILES)
def test_an_altered_certificate_is_noticed(result: Result) -> None:
    path = result.folder / "certificate.json"
    untouched = path.read_text(encoding="utf-8")
    read = json.loads(untouched)
    changes: dict[str, Any] = {"value": (read["value"] or 0.0) + 0.25}
    if read["bound"] is not None:
        changes["bound"] = read["bound"] + 0.25
    if "lambda" in read:
        changes["lambda"] = read["lambda"] + 5.0
    if "awards" in read:
        changes["awards"] = read["awards"][::-1]
    if "sizes" in read:
        changes["sizes"] = [[size, error * 0.5, level] for size, error, level in read["sizes"]]
    for key, other in changes.items():
        path.write_text(json.dumps({**read, key: other}), encoding="utf-8")
        result.mend("certificate.json")
        result.rejected()


@of("parametric", "webster", "hamilton")
def test_a_better_looking_bound_is_noticed(result: Result) -> None:
    read = result.json
    result.change_json("result.json", verified_bound=read["verified_bound"] * 1.01 + 1e-3)
    result.rejected()


@of(*FILES)
def test_an_altered_table_is_noticed(result: Result) -> None:
    result.change("inputs/groups.csv", "b,300", "b,310")
    result.mend("inputs/groups.csv")
    result.rejected()


@of("range")
def test_an_altered_curve_is_noticed(result: Result) -> None:
    row = result.rows("curve.csv")[3]
    result.change("curve.csv", row["error"], "0.5")
    result.mend("curve.csv")
    result.rejected()
