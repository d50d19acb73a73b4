"""A run's folder appears whole or not at all, and what it replaces was a run."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.errors import OutputError
from evenhand.results import folder as folders
from evenhand.results.folder import check_target, leftovers, replacing
from evenhand.results.write import Writer, is_safe, write
from evenhand.solution import Solution
from tests.framework import parks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def solution(tmp_path: Path) -> Solution:
    return parks.answer(parks.build(parks.write_spec(tmp_path / "in")))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_a_stranger_needs_is_there(solution: Solution, tmp_path: Path) -> None:
    out = write(solution, tmp_path / "new" / "out")
    assert out == tmp_path / "new" / "out"
    assert contents(out).keys() == {"allocation.csv", "certificate.json", "inputs/parks.csv", "renewed.csv",
                                    "report.html", "result.json", "spec.toml"}
    read = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert read["files"].keys() == contents(out).keys() - {"result.json"}
    assert read["inputs"]["parks"]["source"] == "../../in/parks.csv"
    assert (out / "inputs" / "parks.csv").read_bytes() == (tmp_path / "in" / "parks.csv").read_bytes()
    assert json.loads((out / "certificate.json").read_text(encoding="utf-8")) == {
        "format": 1, "kind": "price", "price": 2.0, "claimed": {"bound": 285.0, "source": "by hand"}}
    assert (out / "allocation.csv").read_text(encoding="utf-8").splitlines()[2] == "02,'=Oak & <b>Ash</b>,25,90,1"


def test_the_spec_as_run_names_the_copies_and_the_limits_of_the_run(solution: Solution, tmp_path: Path) -> None:
    import attrs

    run = attrs.evolve(solution.run, name="highs", seed=11, gap=0.25, time_limit=None)
    out = write(attrs.evolve(solution, run=run), tmp_path / "out")
    spec = parks.build(out / "spec.toml").spec
    assert spec.data["parks"].file == "inputs/parks.csv"
    assert (spec.solver.name, spec.solver.seed, spec.solver.gap) == ("highs", 11, 0.25)
    assert spec.solver.time_limit == float("inf")


def test_the_same_answer_gives_the_same_bytes(solution: Solution, tmp_path: Path) -> None:
    first = contents(write(solution, tmp_path / "a"))
    assert contents(write(solution, tmp_path / "b")) == first
    again = parks.answer(parks.build(tmp_path / "in" / "spec.toml"))
    assert contents(write(again, tmp_path / "c")) == first


def test_an_empty_folder_is_used_and_no_trace_is_left_beside_it(solution: Solution, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(solution, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    assert leftovers(tmp_path / "out") == []


def test_a_run_is_replaced_only_by_force(solution: Solution, tmp_path: Path) -> None:
    out = write(solution, tmp_path / "out")
    before = contents(out)
    with pytest.raises(OutputError, match="already holds a result"):
        write(solution, out)
    assert contents(out) == before
    worse = parks.answer(solution.problem, (1, 1, 0, 0, 0))
    write(worse, out, force=True)
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["value"] == 210.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_spec_inside_the_folder_can_be_solved_into_it_again(solution: Solution, tmp_path: Path) -> None:
    out = write(solution, tmp_path / "out")
    before = contents(out)
    write(parks.answer(parks.build(out / "spec.toml")), out, force=True)
    after = contents(out)
    assert after.keys() == before.keys()
    assert after["inputs/parks.csv"] == before["inputs/parks.csv"]


@pytest.mark.parametrize("files", [
    {"thesis.txt": "years of work"},
    {"result.json": "{}"},
    {"result.json": '{"format": 1}'},
    {"result.json": "nonsense"},
    {"result.json": "[" * 100_000},
])
def test_what_is_no_run_is_never_replaced(solution: Solution, tmp_path: Path, files: dict[str, str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    before = contents(out)
    for force in (False, True):
        with pytest.raises(OutputError, match="no result of ours") as caught:
            write(solution, out, force=force)
        assert caught.value.exit_code == 2
    assert contents(out) == before


def test_a_users_file_beside_the_run_is_not_deleted(solution: Solution, tmp_path: Path) -> None:
    out = write(solution, tmp_path / "out")
    (out / "inputs" / "my notes.txt").write_text("important", encoding="utf-8")
    with pytest.raises(OutputError, match=r"inputs/my notes\.txt"):
        write(solution, out, force=True)
    assert (out / "inputs" / "my notes.txt").read_text(encoding="utf-8") == "important"


def test_a_file_in_the_way_is_named(solution: Solution, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        write(solution, tmp_path / "out", force=True)
    with pytest.raises(OutputError, match="out is a file, not a folder"):
        check_target(tmp_path / "out" / "deeper" / "still")


def test_a_link_stays_a_link(solution: Solution, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(solution, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "result.json").is_file()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The disk is full from the n-th file on."""
    room = [0]
    write_bytes = Path.write_bytes

    def refuse(path: Path, data: Any) -> int:
        room[0] -= 1
        if room[0] < 0:
            write_bytes(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    yield room


@pytest.mark.parametrize("files", range(7))
def test_a_full_disk_leaves_nothing(solution: Solution, tmp_path: Path, full_disk: list[int], files: int) -> None:
    full_disk[0] = files
    with pytest.raises(OutputError, match="No space left on device"):
        write(solution, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_failing_rename_brings_the_old_run_back(solution: Solution, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    out = write(solution, tmp_path / "out")
    before = contents(out)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if ".partial-" in path.name:
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Input/output error"):
        write(solution, out, force=True)
    assert contents(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_two_runs_into_one_folder_do_not_mix(solution: Solution, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="already holds a result"), replacing(tmp_path / "out") as partial:
        write(solution, tmp_path / "out")
        (partial / "result.json").write_text("{}", encoding="utf-8")
    assert (tmp_path / "out" / "allocation.csv").is_file()
    assert leftovers(tmp_path / "out") == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals that cannot be caught")
@pytest.mark.parametrize("earlier", [False, True], ids=["new", "replacing"])
def test_a_killed_process_leaves_no_half_result(solution: Solution, tmp_path: Path, earlier: bool) -> None:
    before = contents(write(solution, tmp_path / "out")) if earlier else None
    code = f"""
import os, signal, sys
sys.path[:0] = {[str(ROOT), *sys.path]!r}
from pathlib import Path
from evenhand.results.write import write
from tests.framework import parks

def die(solution):
    os.kill(os.getpid(), signal.SIGKILL)

problem = parks.build(Path({str(tmp_path / "in" / "spec.toml")!r}))
write(parks.answer(problem), {str(tmp_path / "out")!r}, force=True, reporters={{"last.txt": die}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    if before is None:
        assert not (tmp_path / "out").exists()
    else:
        assert contents(tmp_path / "out") == before
    (left,) = leftovers(tmp_path / "out")
    assert left.name.startswith(".out.partial-")
    write(solution, tmp_path / "out", force=True)
    assert left.is_dir(), "what another run left, or still writes, is not ours to delete"


def test_ctrl_c_removes_what_was_begun(solution: Solution, tmp_path: Path) -> None:
    def interrupt(_: Solution) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(solution, tmp_path / "out", reporters={"last.txt": interrupt})
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_input_that_changed_meanwhile_is_refused(solution: Solution, tmp_path: Path) -> None:
    with open(tmp_path / "in" / "parks.csv", "a", encoding="utf-8") as stream:
        stream.write("06,Late,1,1\n")
    with pytest.raises(OutputError, match=r"parks\.csv .* was changed since it was read"):
        write(solution, tmp_path / "out")
    (tmp_path / "in" / "parks.csv").unlink()
    with pytest.raises(OutputError, match="cannot be copied"):
        write(solution, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_problem_without_a_spec_cannot_be_written(solution: Solution, tmp_path: Path) -> None:
    import attrs

    bare = attrs.evolve(solution, problem=attrs.evolve(solution.problem, spec=None))
    with pytest.raises(OutputError, match="not made from a spec"):
        write(bare, tmp_path / "out")


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../b", "a//b", "a/b/c/d", "a\\b", "C:x", "a\0b", ".", "a\n",
                                  "./a"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert not is_safe(name)
    with pytest.raises(OutputError, match="no name for a file"):
        Writer(tmp_path).add(name, "x")


def test_a_reporter_may_not_take_a_file_of_ours(solution: Solution, tmp_path: Path) -> None:
    for name in ("report.html", "spec.toml", "result.json"):
        with pytest.raises(OutputError, match=name):
            write(solution, tmp_path / "out", reporters={name: lambda _: "mine"})
    assert not (tmp_path / "out").exists()


def test_half_a_character_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="half a character"):
        Writer(tmp_path).add("a.txt", "\ud800")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_that_may_not_be_written_is_named_before_the_solve(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="nothing may be written"):
        check_target(tmp_path / "locked" / "out")


def test_a_place_that_may_not_be_written_is_named_before_the_solve(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders.os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="nothing may be written"):
        check_target(tmp_path / "out")
