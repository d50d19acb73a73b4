"""Pages that are no report of one solution: what a domain's own command shows, in the same look and as safe."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from evenhand.errors import OutputError
from evenhand.model import Figure, Sheet, View
from evenhand.report.page import MAX_BYTES, render_page
from evenhand.results.folder import check_target, replacing, run_files

NASTY = '</title><script>alert(1)</script>"\'{{ 7*7 }}{% raw %}'


def page(view: View, **more: object) -> str:
    given = {"inputs": {"parks": {"rows": 3, "sha256": "ab" * 32}}, "versions": {"evenhand": "1"}, **more}
    return render_page("Parks: a comparison", view, **given)  # type: ignore[arg-type]


def line(axes: object) -> None:
    axes.plot([0, 1], [0, 1])  # type: ignore[attr-defined]


def test_everything_of_the_view_is_on_the_page() -> None:
    view = View("One sentence.", [("Number", "7")], [Sheet("A sheet", ["x"], [[1234]]), Figure("A chart", line, "seen")])
    text = page(view, notices=["mind this"], origin=[("Seed", "5")], spec_text='domain = "parks"')
    for word in ("One sentence.", "Number", "A sheet", "1,234", "A chart", "seen", "mind this", "Seed", "abab", "domain ="):
        assert word in text
    assert text == page(view, notices=["mind this"], origin=[("Seed", "5")], spec_text='domain = "parks"')


def test_every_text_is_escaped_and_nothing_is_loaded() -> None:
    view = View(NASTY, [(NASTY, NASTY)], [Sheet(NASTY, [NASTY], [[NASTY]], {}, NASTY), Figure(NASTY, line, NASTY)])
    text = page(view, notices=[NASTY], origin=[(NASTY, NASTY)], spec_text=NASTY, versions={NASTY: NASTY})
    assert "<script" not in text
    assert text.count("{{ 7*7 }}") >= 10  # a text, not a template
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0])
    style = re.findall(r"<style>(.*)</style>", text, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in policy


def test_a_page_that_is_too_large_is_refused() -> None:
    with pytest.raises(OutputError, match="too many tables"):
        page(View("x" * MAX_BYTES))


def test_a_folder_may_have_an_index_of_another_name(tmp_path: Path) -> None:
    target = tmp_path / "made"
    with replacing(target, index="made.json") as partial:
        (partial / "a.txt").write_text("a", encoding="utf-8")
        (partial / "made.json").write_text(json.dumps({"format": 1, "domain": "parks", "files": {"a.txt": ""}}),
                                           encoding="utf-8")
    assert run_files(target, "made.json") == {"made.json", "a.txt"}
    assert run_files(target) is None
    with pytest.raises(OutputError, match="no result of ours"):
        check_target(target, force=True)
    with pytest.raises(OutputError, match="already holds"):
        check_target(target, index="made.json")
    with replacing(target, force=True, index="made.json") as partial:
        (partial / "made.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in target.iterdir()] == ["made.json"]
