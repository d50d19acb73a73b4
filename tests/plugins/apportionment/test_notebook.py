"""The notebook view without a browser: what it answers, what it draws, and how the sliders are wired."""

from __future__ import annotations

import math
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import evenhand
from evenhand.errors import DataError, EvenhandError
from evenhand_apportionment.notebook import SLIDERS, Explorer, Settings, explore, explorer
from evenhand_apportionment.notebook_page import MOST_BARS, sentence
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from evenhand_apportionment.sample import sample_text

NEW_ENGLAND = [7_136_171, 3_675_069, 1_409_032, 1_405_012, 1_112_308, 648_493]


@pytest.fixture
def six() -> Explorer:
    return Explorer(tuple("abcdef"), np.array(NEW_ENGLAND, dtype=np.float64), np.ones(6, dtype=np.int64))


@pytest.fixture
def states(tmp_path: Path) -> Explorer:
    (tmp_path / "states.csv").write_text(sample_text("states.csv"), encoding="utf-8")
    return explorer(tmp_path / "states.csv")


def drawing(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page[page.index("<svg"):page.index("</svg>") + 6])


# -- answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [{}, {"beta": 1.0, "sigma": 0.7}, {"kappa": 0.5, "gamma": 0.0}, {"alpha": 3.0}])
def test_an_answer_is_the_exact_one_of_every_size(six: Explorer, moved: dict[str, float]) -> None:
    settings = six.settings(most=60, **moved)
    choice = six.answer(settings)
    problem = ParametricProblem.build(NEW_ENGLAND, kappa=settings.kappa, gamma=settings.gamma, beta=settings.beta,
                                      sigma=settings.sigma)
    errors = [solve(problem, k).error for k in range(6, 61)]
    assert choice.errors == pytest.approx(errors, rel=1e-12)
    scores = [-(settings.alpha * math.log(k) + math.log(error)) for k, error in zip(range(6, 61), errors, strict=True)]
    assert choice.best == 6 + int(np.argmax(scores)) and choice.scores == pytest.approx(scores, rel=1e-12)
    assert choice.units.tolist() == solve(problem, choice.best).units.tolist()
    assert choice.ideal.sum() == pytest.approx(choice.best)


def test_one_size_is_the_example_of_the_original(six: Explorer) -> None:
    choice = six.answer(Settings(least=41, most=41))
    assert (choice.best, choice.units.tolist()) == (41, [18, 10, 4, 4, 3, 2])
    assert choice.errors[0] == pytest.approx(0.0034566, abs=5e-8)
    drawing(six.page(Settings(least=41, most=41)))


def test_the_answer_is_that_of_the_spec_it_shows(six: Explorer) -> None:
    settings = six.settings(most=80, alpha=2.5, sigma=0.4)
    said = tomllib.loads(settings.spec())["problem"]
    table = pd.DataFrame({"group": list("abcdef"), "population": NEW_ENGLAND})
    solution = evenhand.solve({"domain": "apportionment", "data": {"groups": table}, "problem": said})
    assert solution.allocation is not None
    choice = six.answer(settings)
    assert solution.metrics["best_units"] == choice.best
    assert solution.allocation.array.tolist() == choice.units.tolist()


def test_alpha_alone_needs_no_new_sweep(six: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand_apportionment import notebook

    calls = []
    monkeypatch.setattr(notebook, "sweep", lambda *a, real=notebook.sweep: calls.append(a) or real(*a))
    six.answer(six.settings(alpha=1.0))
    six.answer(six.settings(alpha=3.0))
    assert len(calls) == 1
    six.answer(six.settings(beta=3.0))
    assert len(calls) == 2


def test_bounds_of_the_table_are_kept() -> None:
    table = pd.DataFrame({"group": list("abc"), "population": ["500", "300", "10"], "minimum": ["", "", "2"],
                          "maximum": ["4", "", ""]})
    found = explorer(table)
    assert found.lower.tolist() == [1, 1, 2] and found.reach[0] == 4
    choice = found.answer(found.settings(least=12, most=12))
    assert choice.units[0] == 4 and choice.units[2] >= 2
    with pytest.raises(ValueError, match="lie in"):
        found.answer(found.settings(least=3, most=12))


def test_faults_are_those_of_the_table() -> None:
    with pytest.raises(DataError, match="thousands separators"):
        explorer(pd.DataFrame({"group": ["a", "b"], "population": ["1,000", "5"]}))


def test_beta_below_one_is_refused_in_words(six: Explorer) -> None:
    with pytest.raises(ValueError, match="beta below 1"):
        six.answer(six.settings(beta=0.5))


# -- the page ----------------------------------------------------------------------------------------------------


def test_the_sentence_says_what_the_choice_hangs_on(six: Explorer) -> None:
    def said(**values: Any) -> str:
        return sentence(six.groups, six.answer(six.settings(**values)))

    assert "At alpha = beta no size is favoured" in said(most=100)
    assert said(most=100).startswith("97 units among 6 groups, the best score of 6 to 100")
    assert "alpha above beta draws to the smallest" in said(most=100, alpha=3.0)
    assert "alpha below beta draws to the largest" in said(most=100, alpha=1.0)
    assert "lies at the end of the range" in said(most=996, alpha=0.0)
    assert all("not a statutory method" in said(most=most) for most in (6, 100))
    three = Explorer(tuple("abc"), np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=np.int64))
    exact = three.answer(three.settings(most=20))
    assert exact.best == 6 and "E = 0, every group has exactly its ideal" in sentence(three.groups, exact)
    tied = Explorer(tuple("ab"), np.array([1.0, 1.0]), np.ones(2, dtype=np.int64))
    assert "just as good" in sentence(tied.groups, tied.answer(tied.settings(least=3, most=3)))


def test_the_drawing_has_both_curves_the_winner_and_a_bar_per_group(states: Explorer) -> None:
    settings = states.settings()
    choice, root = states.answer(settings), drawing(states.page(settings))
    texts = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]
    assert {"error E(k)", "score S(k)"} <= set(texts) and texts.count(f"k = {choice.best:,}") == 2
    assert "California" in texts and len(root.findall(".//{*}rect")) == 50 == MOST_BARS
    assert len(root.findall(".//{*}polyline")) == 2
    numbers = [float(found) for element in root.iter() for key in ("x", "y", "cx", "cy", "x1", "y1", "x2", "y2", "width")
               for found in re.findall(r"-?[\d.]+", element.get(key, ""))]
    assert all(math.isfinite(value) and -1 <= value <= 1121 for value in numbers)


def test_exact_sizes_are_marked_and_names_escaped() -> None:
    three = Explorer(("<b>", "a & b", "c" * 40), np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=np.int64))
    root = drawing(three.page(three.settings(most=20)))
    marked = [element.text for element in root.iter() if element.tag.endswith("title")]
    assert marked == ["6: E = 0", "12: E = 0", "18: E = 0"] * 2
    alike = Explorer(("a", "b"), np.array([1.0, 1.0]), np.ones(2, dtype=np.int64))
    drawing(alike.page(Settings(least=2, most=2)))                  # a single size, and no error to draw


# -- the sliders -------------------------------------------------------------------------------------------------


def test_without_ipywidgets_the_cure_is_said(six: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(EvenhandError, match=r"pip install 'evenhand\[notebook\]'"):
        explore(six)
    assert six.page(six.settings()).startswith("<p")                # everything else works without


def test_every_slider_redraws(six: Explorer) -> None:
    widgets = pytest.importorskip("ipywidgets")
    box = explore(six, most=100)
    columns, picture = box.children
    sliders = {slider.description: slider for column in columns.children for slider in column.children}
    assert set(sliders) == {name for name, *_ in SLIDERS} | {"units"}
    assert isinstance(picture, widgets.HTML) and "97 units among 6 groups" in picture.value
    seen = {picture.value}
    for name, value in (("alpha", 3.0), ("beta", 3.0), ("sigma", 0.8), ("kappa", 0.5), ("gamma", 0.0),
                        ("units", (10, 50))):
        sliders[name].value = value
        assert picture.value not in seen, name
        seen.add(picture.value)
    expected = Settings(least=10, most=50, alpha=3.0, beta=3.0, sigma=0.8, kappa=0.5, gamma=0.0)
    assert picture.value == six.page(expected)


def test_settings_without_an_answer_are_said_in_the_picture() -> None:
    pytest.importorskip("ipywidgets")
    tiny = Explorer(("a", "b"), np.array([1.0, 1e-300]), np.ones(2, dtype=np.int64))
    box = explore(tiny, most=10)
    columns, picture = box.children
    kappa = next(slider for column in columns.children for slider in column.children if slider.description == "kappa")
    kappa.value = 2.0
    assert picture.value.startswith("<p>No answer at these settings: kappa = 2.0")


def test_no_label_is_cut_off(six: Explorer) -> None:
    drawn = six.page(six.settings(most=60))
    height = float(re.search(r'viewBox="0 0 \d+ (\d+)"', drawn)[1])  # type: ignore[index]
    lowest = max(float(y) for y in re.findall(r'<text [^>]*y="([\d.]+)"', drawn))
    assert lowest + 4 <= height
