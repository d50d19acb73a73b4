"""A written result verifies; whoever alters a file, a cell or a number is found out, even with the digests mended."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenhand.certificates import ClaimedCertificate
from evenhand.errors import InfeasibleError, OutputError, UnknownNameError, VerificationError
from evenhand.results.verify import verify
from evenhand.results.write import write
from tests.framework import parks

FILES = ("allocation.csv", "certificate.json", "inputs/parks.csv", "renewed.csv", "report.html", "spec.toml")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parks")
    problem = parks.build(parks.write_spec(folder / "in"))
    return write(parks.answer(problem), folder / "out")


@pytest.fixture
def result(untouched: Path, tmp_path: Path) -> Path:
    """A copy beside a copy of its inputs, free to be altered."""
    shutil.copytree(untouched.parent, tmp_path / "case")
    return tmp_path / "case" / "out"


def check(folder: Path) -> Any:
    return verify(folder, parks.registry())


def refuse(folder: Path) -> str:
    with pytest.raises(VerificationError) as caught:
        check(folder)
    assert caught.value.exit_code == 5
    return str(caught.value)


def edit(folder: Path, change: Callable[[dict[str, Any]], object], name: str = "result.json") -> None:
    path = folder / name
    read = json.loads(path.read_text(encoding="utf-8"))
    change(read)
    path.write_text(json.dumps(read), encoding="utf-8")


def replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def mend(folder: Path) -> None:
    """What a careful forger does: every digest fits again, the originals are gone."""

    def change(read: dict[str, Any]) -> None:
        for name in read["files"]:
            read["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for entry in read["inputs"].values():
            entry["sha256"] = read["files"][entry["file"]]
            entry.pop("source", None)

    edit(folder, change)


def test_an_untouched_result_verifies(untouched: Path) -> None:
    report = check(untouched)
    assert (report.domain, report.status, report.remarks) == ("parks", "optimal", ())
    assert "report.html is the same when made again" in report.checks
    assert any("310.0 is recomputed from the certificate" in line for line in report.checks)
    assert any("285.0 is the word of by hand" in line for line in report.checks)
    assert report.to_json()["verified"] is True
    json.dumps(report.to_json(), allow_nan=False)


def test_a_result_verifies_wherever_it_is_moved(result: Path, tmp_path: Path) -> None:
    shutil.rmtree(result.parent / "in")
    moved = tmp_path / "far" / "away" / "with blanks ü"
    shutil.copytree(result, moved)
    assert check(moved).remarks == ()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(result: Path, name: str) -> None:
    (result / name).unlink()
    assert f"{name} is missing" in refuse(result)


@pytest.mark.parametrize("name", FILES)
def test_one_more_byte_is_noticed(result: Path, name: str) -> None:
    with open(result / name, "ab") as stream:
        stream.write(b" ")
    assert f"{name} was altered" in refuse(result)


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file_is_noticed(result: Path, name: str) -> None:
    (result / name).write_bytes(b"")
    assert f"{name} was altered" in refuse(result)


@pytest.mark.parametrize("name", FILES)
def test_bytes_that_are_no_text_are_noticed(result: Path, name: str) -> None:
    (result / name).write_bytes(b"\xff\xfe\x00garbage")
    refuse(result)


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_not_be_struck_from_the_list(result: Path, name: str) -> None:
    edit(result, lambda read: read["files"].pop(name))
    assert name in refuse(result)


@pytest.mark.parametrize(("name", "old", "new", "found"), [
    ("allocation.csv", "01,Elm Square,40,120,1", "01,Elm Square,40,120,0", "value says 280.0; recomputed, it is 160.0"),
    ("allocation.csv", "03,Mill Pond,35,60,0", "03,Mill Pond,35,60,1", "costs 20 dollars too much"),
    ("allocation.csv", "01,Elm Square,40,120,1", "01,Elm Square,40,120,2", "'2' is neither 0 nor 1"),
    ("allocation.csv", "01,Elm Square,40,120,1", "01,Elm Square,40,121,1", "allocation.csv: line 2"),
    ("allocation.csv", "'=Oak", "=Oak", "allocation.csv: line 3"),
    ("allocation.csv", "renewed", "chosen", "no column 'renewed'"),
    ("allocation.csv", "01,Elm Square,40,120,1\n", "", "not a decision"),
    ("renewed.csv", "3.0", "3.1", "renewed.csv: line 2 says '01,3.1'; recomputed, it is '01,3.0'"),
    ("renewed.csv", "park,", "parc,", "renewed.csv: line 1"),
    ("certificate.json", '"price": 2.0', '"price": 2.1', "verified_bound says 310.0"),
    ("certificate.json", '"price": 2.0', '"price": -2.0', "the price is negative"),
    ("certificate.json", '"price": 2.0', '"price": "cheap"', "the price cannot be read"),
    ("certificate.json", '"price": 2.0', '"price": NaN', "NaN is no number"),
    ("certificate.json", '"price": 2.0', '"price": 2.0, "price": 2.0', "stands twice"),
    ("certificate.json", '"bound": 285.0', '"bound": 281.0', "bound says 285.0; recomputed, it is 281.0"),
    ("certificate.json", '"bound": 285.0', '"bound": 270.0', "wrong side"),
    ("certificate.json", '"kind": "price"', '"kind": "dual"', "holds the kind 'dual'"),
    ("certificate.json", '"format": 1', '"format": 2', "has the format 2"),
    ("inputs/parks.csv", "Elm Square,40,120", "Elm Square,40,122", "value says 280.0; recomputed, it is 282.0"),
    ("inputs/parks.csv", "Elm Square,40,120", "Elm Square,90,120", "costs 35 dollars too much"),
    ("inputs/parks.csv", "Elm Square,40,120", "Elm Square,-40,120", "make no problem"),
    ("inputs/parks.csv", "05,", "06,", "allocation.csv: line 6"),
    ("spec.toml", "budget = 100", "budget = 90", "verified_bound says 310.0; recomputed, it is 290.0"),
    ("spec.toml", "budget = 100", "budget = 80", "breaks 1 rule"),
    ("spec.toml", "gap = 0.05", "gap = 0.5", "solver.gap says 0.05; spec.toml says 0.5"),
    ("spec.toml", "seed = 7", "seed = 8", "solver.seed says 7; spec.toml says 8"),
    ("spec.toml", "inputs/parks.csv", "../in/parks.csv", "reads the tables"),
    ("spec.toml", "budget = 100", "bugdet = 100", "make no problem"),
    ("spec.toml", "[problem]", "[problem", "spec.toml cannot be read"),
    ("report.html", "280 people", "290 people", "report.html: line"),
    ("report.html", "</main>", "<p>And all is well.</p></main>", "report.html: line"),
])
def test_a_forger_who_mends_the_digests_is_found_out(result: Path, name: str, old: str, new: str, found: str) -> None:
    replace(result, name, old, new)
    mend(result)
    assert found in refuse(result)


@pytest.mark.parametrize(("path", "value"), [
    ("value", 281.0), ("value", None), ("bound", 280.0), ("bound", None), ("gap", 0.0), ("gap", None),
    ("verified_bound", 300.0), ("verified_bound", None), ("claimed_bound", 282.0), ("claimed_bound", None),
    ("status", "feasible"), ("status", "violates"), ("status", "infeasible"), ("status", "perfect"),
    ("sense", "minimize"), ("objective", "maximize joy"), ("domain", "schools"),
    ("terms.visitors_served.value", 281.0), ("terms.visitors_served.weight", 2.0),
    ("terms.visitors_served.unit", "USD"),
    ("metrics.spent", 84.0), ("metrics.chosen.count", 4), ("metrics.chosen", {}), ("metrics.joy", 1.0),
    ("notices", ["Chosen by hand."]), ("violations", [{"rule": "a", "message": "b", "amount": 1.0}]),
    ("allocation", None), ("allocation", "renewed.csv"), ("certificate", None), ("certificate.kind", "dual"),
    ("certificate.file", "spec.toml"), ("solver.seed", 3), ("solver.gap", 0.5), ("solver.name", "highs"),
    ("solver.time_limit", None), ("inputs.parks.rows", 6), ("inputs.parks.sha256", "0"),
    ("inputs.parks.file", "spec.toml"),
    ("infeasible", {"message": "m", "conflict": [], "relief": [], "proof": {}}), ("files", {}), ("files", []),
    ("files.spec\ttoml", "0"), ("history.value", [1.0]), ("history", {}), ("value", "280"), ("value", True),
    ("secret", 1), ("notices", [1]),
])
def test_no_entry_of_the_json_can_be_changed(result: Path, path: str, value: Any) -> None:
    def change(read: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for name in parents:
            read = read[name]
        read[last.replace("\t", ".")] = value

    edit(result, change)
    refuse(result)


@pytest.mark.parametrize("key", ["status", "value", "bound", "verified_bound", "terms", "files", "inputs", "solver",
                                 "history", "versions", "notices", "infeasible", "objective"])
def test_no_entry_of_the_json_can_be_left_out(result: Path, key: str) -> None:
    edit(result, lambda read: read.pop(key))
    assert f"lacks {key!r}" in refuse(result)


@pytest.mark.parametrize("text", ["", "{", "[]", "nonsense", '{"format": NaN}', '{"format": 1, "format": 1}',
                                  "[" * 100_000])
def test_a_damaged_json_is_a_failed_verification(result: Path, text: str) -> None:
    (result / "result.json").write_text(text, encoding="utf-8")
    assert "result.json is damaged" in refuse(result)


def test_every_discrepancy_is_listed_at_once(result: Path) -> None:
    edit(result, lambda read: read.update(value=281.0, verified_bound=309.0))
    replace(result, "renewed.csv", "3.0", "3.1")
    words = refuse(result)
    for part in ("value says 281.0", "verified_bound says 309.0", "renewed.csv was altered", "renewed.csv: line 2"):
        assert part in words


def test_an_original_that_changed_is_noticed(result: Path) -> None:
    replace(result.parent / "in", "parks.csv", "Elm", "Oak")
    assert "the original of the table 'parks' (../in/parks.csv) is no longer" in refuse(result)


def test_a_folder_that_is_no_result_is_a_mistake_of_the_caller(result: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "result.json").write_text('{"a": 1}', encoding="utf-8")
    for folder in (tmp_path / "absent", tmp_path, tmp_path / "other"):
        with pytest.raises(OutputError, match="holds no result") as caught:
            check(folder)
        assert caught.value.exit_code == 2
    edit(result, lambda read: read.update(format=2))
    with pytest.raises(OutputError, match="format 2; this version reads format 1"):
        check(result)


def test_a_domain_that_is_not_installed_is_named(untouched: Path) -> None:
    from evenhand.plugins import manager

    with pytest.raises(UnknownNameError, match="'parks'") as caught:
        verify(untouched, manager(discover=False))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["../in/parks.csv", "/etc/passwd", "a\\b", "inputs/../../in/parks.csv", "result.json"])
def test_no_file_outside_the_folder_is_listed(result: Path, name: str) -> None:
    edit(result, lambda read: read["files"].update({name: "0" * 64}))
    assert "which is no file of a result" in refuse(result)


def test_reporters_files_are_made_again(untouched: Path, tmp_path: Path) -> None:
    registry = parks.registry()
    registry.reporters["short.txt"] = lambda solution: f"{solution.value:g} visitors\n"
    problem = parks.build(parks.write_spec(tmp_path / "in"))
    out = write(parks.answer(problem), tmp_path / "out", reporters=registry.reporters)
    assert (out / "short.txt").read_text(encoding="utf-8") == "280 visitors\n"
    assert verify(out, registry).remarks == ()
    assert "short.txt was not made by anything installed here" in check(out).remarks[0]
    replace(out, "short.txt", "280", "281")
    mend(out)
    with pytest.raises(VerificationError, match=r"short\.txt: line 1"):
        verify(out, registry)


def test_a_comparison_method_that_breaks_rules_verifies_as_such(tmp_path: Path) -> None:
    problem = parks.build(parks.write_spec(tmp_path / "in"))
    out = write(parks.answer(problem, (1, 1, 1, 1, 1), comparison=True), tmp_path / "out")
    assert check(out).status == "violates"
    edit(out, lambda read: read.update(status="feasible"))
    assert "breaks 1 rule" in refuse(out)


def test_a_run_without_any_answer_verifies(tmp_path: Path) -> None:
    problem = parks.build(parks.write_spec(tmp_path / "in"))
    out = write(parks.answer(problem, None, certificates=()), tmp_path / "out")
    assert check(out).status == "no_solution"
    assert not (out / "allocation.csv").exists()
    assert not (out / "certificate.json").exists()


def test_an_infeasible_result_is_proven_again(tmp_path: Path) -> None:
    spec = parks.SPEC.replace("budget = 100", "budget = 100\nat_least = 4")
    problem = parks.build(parks.write_spec(tmp_path / "in", spec))
    proof = problem.proven_infeasible()
    assert proof is not None
    out = write(parks.answer(problem, None, certificates=(), infeasible=proof), tmp_path / "out")
    report = check(out)
    assert report.status == "infeasible"
    assert "that no allocation keeps the rules is proven again" in report.checks
    forged = {"message": "too dear", "conflict": [], "relief": ["1 dollar more"], "proof": {"cheapest": 9}}
    for key, value in forged.items():
        copy = tmp_path / key
        shutil.copytree(out, copy)
        edit(copy, lambda read, key=key, value=value: read["infeasible"].update({key: value}))
        refuse(copy)
    replace(out, "spec.toml", "at_least = 4", "at_least = 3")
    mend(out)
    assert "lacks the notice 'That no allocation keeps the rules is the word of the solver" in refuse(out)


def test_infeasibility_by_word_alone_is_said_to_be_that(tmp_path: Path) -> None:
    problem = parks.build(parks.write_spec(tmp_path / "in"))
    word = InfeasibleError("it cannot be done", conflict=["within_budget"])
    report = check(write(parks.answer(problem, None, certificates=(), infeasible=word), tmp_path / "out"))
    assert any("nobody can recheck it" in remark for remark in report.remarks)


def test_a_bound_by_word_alone_is_never_called_verified(tmp_path: Path) -> None:
    problem = parks.build(parks.write_spec(tmp_path / "in"))
    solution = parks.answer(problem, certificates=(ClaimedCertificate(281.0, "some solver"),))
    out = write(solution, tmp_path / "out")
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["verified_bound"] is None
    report = check(out)
    assert not any("recomputed from the certificate" in line for line in report.checks)
    edit(out, lambda read: read.update(verified_bound=281.0))
    assert "verified_bound says 281.0; recomputed, it is nothing" in refuse(out)


def test_a_frame_is_kept_as_csv(tmp_path: Path) -> None:
    import io

    import pandas as pd

    frame = pd.read_csv(io.StringIO(parks.PARKS), dtype={"park": str})
    tree = {"domain": "parks", "data": {"parks": frame}, "problem": {"budget": 100}, "solver": {"gap": 0.05}}
    problem = parks.build(tree)
    out = write(parks.answer(problem), tmp_path / "out")
    read = json.loads((out / "result.json").read_text(encoding="utf-8"))
    # The frame's quotes fall away where CSV does not need them; a reader sees the same cells.
    assert pd.read_csv(out / "inputs" / "parks.csv", dtype={"park": str}).equals(frame)
    assert "source" not in read["inputs"]["parks"]
    assert check(out).status == "optimal"
    frame.loc[0, "visitors"] = 121
    with pytest.raises(OutputError, match="was changed since it was read"):
        write(parks.answer(problem), tmp_path / "later")
    assert not (tmp_path / "later").exists()


def test_renamed_columns_survive(tmp_path: Path) -> None:
    spec = parks.SPEC.replace('"parks.csv"', '{ file = "parks.csv", columns = { visitors = "people a day" } }')
    path = parks.write_spec(tmp_path / "in", spec, parks.PARKS.replace("visitors", "people a day"))
    out = write(parks.answer(parks.build(path)), tmp_path / "out")
    assert (out / "inputs" / "parks.csv").read_bytes() == (tmp_path / "in" / "parks.csv").read_bytes()
    assert check(out).status == "optimal"
