"""The report: one page that loads nothing, runs nothing, escapes every name, and says no more than is proven."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.certificates import ClaimedCertificate
from evenhand.errors import InfeasibleError, OutputError
from evenhand.model import Figure, Sheet, View
from evenhand.report.html import MAX_BYTES, render
from evenhand.solution import Solution
from tests.framework import parks

NASTY = '</title><script>alert(1)</script><img src=x onerror=alert(1)>"\'{{ 7*7 }}{% raw %}'
VOID = {"meta", "img", "br", "hr", "path", "use", "rect", "circle", "line", "image"}


@pytest.fixture(scope="module")
def solution(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    return parks.answer(parks.build(parks.write_spec(tmp_path_factory.mktemp("in"))))


class Page(HTMLParser):
    """Tags with attributes, texts by what stands around them; unbalanced tags are an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def names(self) -> list[str]:
        return [tag for tag, _ in self.tags]


def test_the_page_says_everything_it_should(solution: Solution) -> None:
    page = Page(render(solution, spec_text=parks.SPEC))
    for part in (
        "Parks & gardens", "3 parks are renewed; 280 people a day will enjoy them.", "Optimal", "Parks renewed 3",
        "No allocation that keeps the rules can be worth more than 310\u00a0visitors",
        "The answer falls short of it by 11 percent",
        "claims a closer limit: no allocation that keeps the rules can be worth more than 285\u00a0visitors",
        "evenhand verify DIR", "auto – by hand", "0.2 s", "Seed 7", "maximize 1 x visitors_served", "within budget",
        "kept", "Value and bound over time", "chosen: count", "Chosen by hand.", "=Oak & <b>Ash</b>", "Cost & visitors",
        "One dot per <park>.", "budget = 100", "numpy", solution.problem.tables["parks"].source.sha256,
    ):
        assert part.replace("\u00a0", " ") in page.text.replace("\u00a0", " "), part


def test_the_page_loads_and_runs_nothing(solution: Solution) -> None:
    text = render(solution)
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "embed", "form", "base", "audio", "video"} & set(page.names())
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/png;base64,")), (tag, value)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None and "url(" not in style[1] and "@import" not in style[1]
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (policy,) = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
                      "form-action 'none'")
    assert "unsafe" not in text


def test_the_page_can_be_read_aloud(solution: Solution) -> None:
    page = Page(render(solution))
    assert page.names().count("h1") == 1
    assert dict(page.tags)["html"] == {"lang": "en"}
    headings = [attributes for tag, attributes in page.tags if tag == "th"]
    assert headings and all(attributes.get("scope") in ("col", "row") for attributes in headings)
    charts = [attributes for tag, attributes in page.tags if attributes.get("class") == "chart"]
    assert len(charts) == 2
    assert all((chart.get("aria-label") or chart.get("alt") or "").startswith("Chart: ") for chart in charts)
    levels = [int(tag[1]) for tag in page.names() if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels)), "a level is skipped"
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), "an id stands twice"


def test_the_same_answer_gives_the_same_bytes(solution: Solution) -> None:
    assert render(solution) == render(solution)


def odd(solution: Solution, word: str) -> Solution:
    """The solution with this word wherever a user's or a plugin's text can come in."""
    view = View(word, [(word, word)], [Sheet(word, [word, "b"], [[word, 1]], {}, word), Figure(
        word, lambda axes: axes.set_title(word), word)])

    class Odd(type(solution.problem)):  # type: ignore[misc]
        def view(self, solution: Solution) -> View:
            return view

    problem = Odd(**{name: getattr(solution.problem, name) for name in attrs.fields_dict(type(solution.problem))})
    return attrs.evolve(solution, problem=problem, notices=(word,), metrics={word: word, "nested": {word: [word]}},
                        run=attrs.evolve(solution.run, name=word, used=word + "x", history=()))


@pytest.fixture(scope="module")
def structure(solution: Solution) -> list[str]:
    return Page(render(odd(solution, "plain"), versions={"plain": "plain"})).names()


@settings(deadline=None, max_examples=15)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40))
def test_no_text_changes_the_structure_of_the_page(solution: Solution, structure: list[str], word: str) -> None:
    assert Page(render(odd(solution, word), versions={word: word}, spec_text="")).names() == structure


def test_hostile_names_are_texts(solution: Solution) -> None:
    inputs = {NASTY: {"rows": 1, "sha256": NASTY}}
    text = render(odd(solution, NASTY), spec_text=NASTY, versions={NASTY: NASTY}, inputs=inputs)
    page = Page(text)
    assert "script" not in page.names()
    assert page.text.count("{{ 7*7 }}") > 10 and "49" not in re.findall(r"\b49\b", page.text)
    assert "<script" not in text


def test_control_characters_do_not_break_charts(solution: Solution) -> None:
    text = render(odd(solution, "a\x00b\x0bc\x1b[0m\uffff"))
    assert "Chart: a" in text


def test_a_large_answer_stays_below_two_megabytes(solution: Solution) -> None:
    generator = np.random.default_rng(0)
    cloud = generator.random((2, 20_000))
    walks = np.cumsum(generator.normal(size=(20, 1_500)), axis=1)
    rows = [[f"school number {k} " * 5, k * 1.5, "x" * 3000] for k in range(20_000)]
    sheets = [Sheet(f"Schools {k}", ["Name", "Money", "Remark"], rows, {"Money": "money"}) for k in range(3)]
    figures = [Figure("Cloud", lambda axes: axes.scatter(*cloud, c=cloud[0])),
               *(Figure(f"Walks {k}", lambda axes: axes.plot(walks.T)) for k in range(3))]

    class Large(type(solution.problem)):  # type: ignore[misc]
        def view(self, solution: Solution) -> View:
            return View("Many.", (), [*sheets, *figures])

    problem = Large(**{name: getattr(solution.problem, name) for name in attrs.fields_dict(type(solution.problem))})
    large = attrs.evolve(solution, problem=problem, notices=tuple("n" * 5000 for _ in range(500)),
                         metrics={f"m{k}": k for k in range(5000)})
    text = render(large, spec_text="x = 1\n" * 50_000)
    assert len(text.encode()) < MAX_BYTES
    for part in ("of 20,000 rows.", "And 440 more; all of them are in result.json.", "And 4,800 more",
                 "(300,000 characters in all)", "(3,000 characters in all)"):
        assert part in text, f"what was cut does not say so: {part}"
    assert text.count('class="chart"') == len(figures) + 1


def test_a_page_that_cannot_be_small_is_refused(solution: Solution) -> None:
    with pytest.raises(OutputError, match="too many tables and charts"):
        render(solution, versions={f"library {k}": "1" * 100 for k in range(20_000)})


@pytest.mark.parametrize(("certificates", "gap", "words"), [
    ((parks.PriceCertificate(2.0),), 0.2, ["Optimal", "proven to be within 11 percent of the best there is"]),
    ((parks.PriceCertificate(2.0),), 0.05, ["Keeps every rule", "proven to be within 11 percent"]),
    ((ClaimedCertificate(285.0, "x"),), 0.05, [
        "Optimal", "By the solver's own bound, which nobody can recheck, the answer is within 1.8 percent",
        "claims a limit", "nobody can recheck it"]),
    ((ClaimedCertificate(280.0, "x"),), 0.05, [
        "By the solver's own bound, which nobody can recheck, the answer is the best"]),
    ((), 0.05, ["Keeps every rule", "How far it is from the best is not known", "nothing is proven"]),
])
def test_no_more_is_said_than_is_proven(solution: Solution, certificates: Any, gap: float, words: list[str]) -> None:
    entry = attrs.evolve(solution.problem.spec.solver, gap=gap)
    problem = attrs.evolve(solution.problem, spec=attrs.evolve(solution.problem.spec, solver=entry))
    text = html.unescape(render(parks.answer(problem, certificates=certificates)))
    for part in words:
        assert part in text, part
    if not any(certificate.verified for certificate in certificates):
        assert "no solver has to be trusted" not in text
        assert "is proven to be" not in text


def test_an_impossible_problem_shows_conflict_and_relief(solution: Solution) -> None:
    found = InfeasibleError("four <parks> cost 120", conflict=["within_budget"], relief=["20 dollars more"])
    page = Page(render(parks.answer(solution.problem, None, certificates=(), infeasible=found)))
    for part in ("Impossible", "four <parks> cost 120", "Rules that exclude each other within_budget",
                 "What would have to give 20 dollars more", "This is its word; nobody can recheck it"):
        assert part in page.text, part
    assert "Parks renewed" not in page.text and "Anyone can recompute" not in page.text


def test_an_impossible_problem_is_called_proven_when_it_is(tmp_path: Path) -> None:
    spec = parks.SPEC.replace("budget = 100", "budget = 100\nat_least = 4")
    problem = parks.build(parks.write_spec(tmp_path, spec))
    page = Page(render(parks.answer(problem, None, certificates=(), infeasible=problem.proven_infeasible())))
    assert "No allocation keeps all the rules. Anyone can recompute that from the data." in page.text
    assert "word" not in page.text


def test_broken_rules_are_listed_and_nothing_is_called_feasible(solution: Solution) -> None:
    page = Page(render(parks.answer(solution.problem, (1, 1, 1, 1, 1), comparison=True)))
    for part in ("Breaks rules", "breaks rules once. It is no solution.", "within_budget: costs 70 dollars too much",
                 "broken 1 times"):
        assert part in page.text, part
    assert "Optimal" not in page.text and "keeps every rule" not in page.text


def test_an_empty_answer_says_that_nothing_is_proven(solution: Solution) -> None:
    page = Page(render(parks.answer(solution.problem, None, certificates=())))
    assert "That proves nothing: there may be one." in page.text


def test_the_style_sheet_keeps_to_its_word() -> None:
    style = (Path(parks.__file__).parents[2] / "framework/evenhand/report/style.css").read_text(encoding="utf-8")
    assert "@media print" in style and "tabular-nums" in style and "1000px" in style and "http" not in style
