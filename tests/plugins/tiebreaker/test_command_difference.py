"""``evenhand tiebreaker difference``: what a second choice changes, on one page."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from evenhand.model import View
from evenhand_tiebreaker.problem import TiebreakerProblem
from tests.plugins.tiebreaker.command_desk import BLOCKS, Desk, run


@pytest.fixture(autouse=True)
def _plain_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports of the two results are nobody's concern here."""
    monkeypatch.setattr(TiebreakerProblem, "view", lambda self, solution: View())


def results(folder: Path, *, blocks: str = BLOCKS, second: str = BLOCKS, change: tuple[str, ...] = ()) -> list[Path]:
    """Folder ``old`` with block 01 alone, and ``new``, where block 02 receives instead."""
    desk = Desk.laid(folder, blocks=blocks)
    old, new = folder / "old", folder / "new"
    assert run("solve", desk.spec, "--out", old).code == 0
    (folder / "blocks.csv").write_text(second, encoding="utf-8")
    given = change or ("--set", 'problem.eligibility={feature="n_both", at_most=1}', "--set", "problem.threshold=0.1")
    ran = run("solve", desk.spec, "--out", new, *given)
    assert ran.code == 0, ran
    return [old, new]


def test_the_difference_by_hand(tmp_path: Path) -> None:
    ran = run("tiebreaker", "difference", *results(tmp_path), "--json")
    assert ran.code == 0, ran
    found = json.loads(ran.out)
    assert (found["gained"], found["lost"]) == (["02"], ["01"])
    assert found["students"] == {"focal_gained": 1, "focal_lost": 8, "non_focal_gained": 9, "non_focal_lost": 2}
    assert list(found["neighborhoods"]) == ["North"]
    assert "1 block gains the tiebreaker and 1 loses it, compared with old" in found["sentence"]


def test_the_page_holds_map_and_tables_and_hides_small_counts(tmp_path: Path) -> None:
    page = tmp_path / "d.html"
    folders = results(tmp_path)
    assert run("tiebreaker", "difference", *folders, "--out", page).code == 0
    text = page.read_text(encoding="utf-8")
    for word in ("Where the choices differ", "gained: only in new (1)", "lost: only in old (1)", "By neighbourhood",
                 "&lt;5", "a few more or fewer"):
        assert word in text, word
    assert run("tiebreaker", "difference", *folders, "--out", page).code == 2
    assert page.read_text(encoding="utf-8") == text
    assert run("tiebreaker", "difference", *folders, "--out", page, "--force").code == 0
    assert page.read_text(encoding="utf-8") == text


def test_everything_is_shown_where_nothing_is_to_be_hidden(tmp_path: Path) -> None:
    spec = ("--set", "problem.suppress_below=0", "--set", "problem.threshold=0")
    folders = results(tmp_path, change=spec)
    assert run("tiebreaker", "difference", *folders, "--out", tmp_path / "d.html").code == 0
    text = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "1 more focal students" in text
    assert "&lt;5" not in text
    assert "10.0%" in text  # the share of block 02, block by block


def test_the_same_choice(tmp_path: Path) -> None:
    folders = results(tmp_path, change=("--set", "problem.threshold=0.6"))
    ran = run("tiebreaker", "difference", *folders)
    assert "new chooses the same 1 block as old." in ran.out


def test_folders_of_one_name_are_told_apart_by_what_stands_above_them(tmp_path: Path) -> None:
    old, new = results(tmp_path)
    for folder, above in ((old, "col"), (new, "rule")):
        (tmp_path / above).mkdir()
        folder.rename(tmp_path / above / "out")
    col, rule = tmp_path / "col" / "out", tmp_path / "rule" / "out"
    said = " ".join(run("tiebreaker", "difference", col, rule).out.split())
    assert "In rule/out 1 block gains" in said and "compared with col/out:" in said
    same = run("tiebreaker", "difference", col, col).out
    assert "out (B) chooses the same 1 block as out (A)" in same


def test_other_tables_and_other_counts_are_named(tmp_path: Path) -> None:
    folders = results(tmp_path, second=BLOCKS.replace("01,10,8", "01,10,7"))
    assert run("tiebreaker", "difference", *folders, "--out", tmp_path / "d.html").code == 0
    assert "different tables of blocks" in (tmp_path / "d.html").read_text(encoding="utf-8")


def test_names_are_escaped(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script>"
    folders = results(tmp_path, blocks=BLOCKS.replace("North", nasty), second=BLOCKS.replace("North", nasty))
    bad = tmp_path / "<b>new"
    folders[1].rename(bad)
    assert run("tiebreaker", "difference", folders[0], bad, "--out", tmp_path / "d.html").code == 0
    text = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<b>new" not in text
    assert html.escape(nasty) in text


def test_what_is_refused(tmp_path: Path) -> None:
    old, new = results(tmp_path)
    page = tmp_path / "d.html"
    nowhere = run("tiebreaker", "difference", old, tmp_path / "nowhere", "--out", page)
    assert (nowhere.code, "holds no result" in nowhere.err) == (2, True)
    folder = run("tiebreaker", "difference", old, new, "--out", tmp_path / "no" / "d.html")
    assert (folder.code, "does not exist" in folder.err) == (2, True)
    assert run("tiebreaker", "difference", old, new, "--out", old).code == 2
    allocation = new / "allocation.csv"
    allocation.write_text(allocation.read_text(encoding="utf-8").replace("0", "1"), encoding="utf-8")
    altered = run("tiebreaker", "difference", old, new, "--out", page)
    assert (altered.code, "allocation.csv was altered" in altered.err) == (5, True)
    (new / "result.json").write_text('{"format": 1, "domain": "tiebreaker"}', encoding="utf-8")
    damaged = run("tiebreaker", "difference", old, new, "--out", page)
    assert (damaged.code, "lacks 'files'" in damaged.err) == (5, True)
    assert not page.exists()
    assert [path for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_results_about_other_blocks_are_refused(tmp_path: Path) -> None:
    other = "\n".join(line for line in BLOCKS.splitlines() if not line.startswith("04")) + "\n05,3,1,0,South,\n"
    folders = results(tmp_path, second=other)
    ran = run("tiebreaker", "difference", *folders)
    assert ran.code == 2
    assert "only in old: 04" in ran.err
    assert "only in new: 05" in ran.err
