"""Whatever is altered in a written result, ``verify`` says so and ends with 5."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.cep.command import SCHOOLS, Desk, Result, run
from tests.plugins.cep.small_problems import schools

INPUT = "inputs/schools.csv"


def made(folder: Path, kind: str) -> Result:
    desk = Desk(folder)
    desk.folder.mkdir()
    if kind == "infeasible":
        desk.given(SCHOOLS, minimum="min_isp = 0.5")
        result = desk.written(code=3)
        assert result.json["status"] == "infeasible" and not (result.folder / "allocation.csv").exists()
        return result
    size = {"exhaustive": 5, "prices": 24}[kind]
    desk.given(schools(size, 3, low=0.3).to_csv(index=False), "max_groups = 3")
    result = desk.written("--gap", "0.01")
    assert result.json["certificate"]["kind"] == kind
    return result


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untouched")
    for kind in ("prices", "exhaustive", "infeasible"):
        made(folder / kind, kind)
    return folder


@pytest.fixture
def result(originals: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Result:
    shutil.copytree(originals / request.param, tmp_path / "copy")
    return Result(tmp_path / "copy" / "result")


def of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("result", kinds, indirect=True)


def certificate(result: Result) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((result.folder / "certificate.json").read_text(encoding="utf-8"))
    return read


def rewrite(result: Result, read: dict[str, Any]) -> None:
    (result.folder / "certificate.json").write_text(json.dumps(read), encoding="utf-8")
    result.mend("certificate.json")


@of("prices", "exhaustive", "infeasible")
def test_untouched_it_verifies_and_elsewhere_too(result: Result) -> None:
    assert run("verify", result.folder).code == 0
    ran = run("verify", result.folder, "--json")
    assert ran.code == 0 and json.loads(ran.out)["verified"] is True


def moved(result: Result) -> None:
    """Put the first school into another group."""
    rows = (result.folder / "allocation.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    place = rows[0].rstrip("\n").split(",").index("group")
    cells = rows[1].split(",")
    cells[place] = "1" if cells[place] != "1" else "2"
    rows[1] = ",".join(cells)
    (result.folder / "allocation.csv").write_text("".join(rows), encoding="utf-8")


@of("prices", "exhaustive")
@pytest.mark.parametrize("mended", [False, True])
def test_a_school_put_into_another_group(result: Result, mended: bool) -> None:
    moved(result)
    if mended:
        result.mend("allocation.csv")
    assert "allocation.csv" in result.rejected()


@of("prices")
@pytest.mark.parametrize("school", ["", "9", "-1", "one"])
def test_a_group_that_is_none(result: Result, school: str) -> None:
    text = (result.folder / "allocation.csv").read_text(encoding="utf-8").splitlines()
    place = text[0].split(",").index("group")
    cells = text[4].split(",")
    cells[place] = school
    text[4] = ",".join(cells)
    (result.folder / "allocation.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    result.mend("allocation.csv")
    result.rejected()


def leaves(node: Any) -> list[dict[str, Any]]:
    """Every object of the certificate that holds prices."""
    found = [node] if isinstance(node, dict) and "lambdas" in node else []
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return found + [leaf for part in below for leaf in leaves(part)]


@of("prices")
@pytest.mark.parametrize("price", ["-0.001", "nan", "inf", "many", None, []])
def test_a_price_that_is_none(result: Result, price: Any) -> None:
    read = certificate(result)
    leaf = leaves(read)[-1]
    leaf["lambdas"][len(leaf["lambdas"]) // 2] = price
    rewrite(result, read)
    assert "certificate" in result.rejected()


@of("prices")
def test_prices_of_zero_prove_less_than_is_claimed(result: Result) -> None:
    read = certificate(result)
    for leaf in leaves(read):
        leaf["lambdas"] = ["0.0"] * len(leaf["lambdas"])
    rewrite(result, read)
    assert "proves only" in result.rejected()


@of("prices", "exhaustive")
@pytest.mark.parametrize("factor", [0.999, 1 - 1e-7])
def test_a_claimed_bound_that_is_lowered_everywhere(result: Result, factor: float) -> None:
    read, lower = certificate(result), factor * result.json["bound"]
    for entry in (read, *read["parts"]):
        entry["bound"] = repr(lower)
    rewrite(result, read)
    result.change_json("result.json", bound=lower, verified_bound=lower, gap=0.0)
    assert "claims the bound" in result.rejected()


@of("prices", "exhaustive")
@pytest.mark.parametrize("bound", ["1.0", "nan", "none"])
def test_a_districts_bound_that_is_lowered_alone(result: Result, bound: str) -> None:
    read = certificate(result)
    read["parts"][0]["bound"] = bound
    rewrite(result, read)
    assert "certificate" in result.rejected()


@of("prices", "exhaustive")
@pytest.mark.parametrize("key", ["bound", "verified_bound", "value", "gap", "status"])
def test_a_number_of_the_result_that_is_changed_alone(result: Result, key: str) -> None:
    told = result.json[key]
    result.change_json("result.json", **{key: "feasible" if key == "status" and told == "optimal" else
                                         "optimal" if key == "status" else told * 1.001 + 0.001})
    assert key in result.rejected()


OPTIONS = [("min_isp = 0.4", "min_isp = 0.41"), ("lunch_free = 4", "lunch_free = 4.01"),
           ('[problem]\n', '[problem]\nisp_rounding = "floor_4"\n'), ("[problem]\n", "[problem]\nmultiplier = 1.61\n"),
           ("[solver]\n", '[[constraint]]\nrule = "may_stay_out"\n[solver]\n')]


@of("prices", "exhaustive")
@pytest.mark.parametrize(("old", "new"), OPTIONS)
@pytest.mark.parametrize("mended", [False, True])
def test_an_option_that_is_changed_after_the_fact(result: Result, old: str, new: str, mended: bool) -> None:
    result.change("spec.toml", old, new)
    if mended:
        result.mend("spec.toml")
    said = result.rejected()
    assert mended or "spec.toml was altered" in said


@of("prices", "exhaustive")
def test_more_groups_than_were_allowed(result: Result) -> None:
    result.change("spec.toml", "max_groups = 3", "max_groups = 4")
    result.mend("spec.toml")
    assert "max_groups" in result.rejected()


@of("infeasible")
def test_a_spec_that_is_touched_at_all(result: Result) -> None:
    result.change("spec.toml", "[problem]\n", "[problem]\nmax_groups = 10\n")
    assert "spec.toml was altered" in result.rejected()


@of("prices", "exhaustive", "infeasible")
@pytest.mark.parametrize("mended", [False, True])
def test_a_cell_of_the_data(result: Result, mended: bool) -> None:
    path = result.folder / INPUT
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    cells[2] = str(int(cells[2]) - 1)
    path.write_text("".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    if mended:
        result.mend(INPUT)
    assert INPUT.partition("/")[2] in result.rejected() or mended


@of("prices", "exhaustive", "infeasible")
def test_the_original_that_changed_since(result: Result) -> None:
    original = result.folder.parent / "schools.csv"
    original.write_text(original.read_text(encoding="utf-8") + "new,10,9,1,1\n", encoding="utf-8")
    assert "original" in result.rejected()
    original.unlink()
    assert run("verify", result.folder).code == 0, "a result stands without the file it was made from"


@of("exhaustive")
def test_a_certificate_of_something_else(result: Result) -> None:
    read = certificate(result)
    rewrite(result, {**read, "parts": [*read["parts"], *read["parts"]]})
    assert "parts" in result.rejected()
    rewrite(result, {**read, "parts": [{**read["parts"][0], "district": "Elsewhere"}]})
    assert "Elsewhere" in result.rejected()
    rewrite(result, {**read, "kind": "prices"})
    result.rejected()
    rewrite(result, {**read, "problem": {**read["problem"], "max_groups": 30}})
    assert "max_groups" in result.rejected()


@of("infeasible")
@pytest.mark.parametrize(("old", "new"), [("minimum_isp", "max_groups"), ("0.433333", "0.233333"), ("20.00", "2.00")])
def test_the_words_of_an_infeasible_result(result: Result, old: str, new: str) -> None:
    read = json.dumps(result.json["infeasible"])
    assert old in read
    result.change_json("result.json", infeasible=json.loads(read.replace(old, new)))
    assert "infeasible" in result.rejected()


@of("infeasible")
def test_impossible_is_not_said_of_a_problem_that_is_not(result: Result) -> None:
    result.change("spec.toml", "min_isp = 0.5", "min_isp = 0.4")
    result.mend("spec.toml")
    result.rejected()
