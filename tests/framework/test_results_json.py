"""result.json is strict and keeps every number; the terminal's summary is readable without colours."""

from __future__ import annotations

import io
import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from evenhand.errors import InfeasibleError, OutputError
from evenhand.results.compare import differences
from evenhand.results.result_json import result_dict, to_plain, to_text
from evenhand.results.summary import summary
from evenhand.solution import Solution
from tests.framework import parks

KEYS = ["format", "domain", "status", "value", "sense", "bound", "gap", "verified_bound", "certificate", "terms",
        "metrics", "notices", "violations", "allocation", "solver", "inputs", "versions"]


@pytest.fixture(scope="module")
def solution(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    return parks.answer(parks.build(parks.write_spec(tmp_path_factory.mktemp("in"))))


def strict(text: str) -> Any:
    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_object_has_the_documented_keys_and_values(solution: Solution) -> None:
    read = strict(to_text(result_dict(solution)))
    assert set(KEYS) <= set(read)
    assert {key: read[key] for key in KEYS[:8]} == {
        "format": 1, "domain": "parks", "status": "optimal", "value": 280.0, "sense": "maximize", "bound": 285.0,
        "gap": 5 / 280, "verified_bound": 310.0}
    assert read["certificate"] == {"kind": "price", "file": "certificate.json"}
    assert read["terms"] == {"visitors_served": {"value": 280.0, "unit": "visitors", "weight": 1.0}}
    assert read["metrics"] == {"spent": 85.0, "chosen": {"count": 3, "cost_per_park": 85 / 3}}
    assert read["solver"] == {"name": "auto", "used": "by hand", "seconds": 0.25, "seed": 7, "gap": 0.05,
                              "time_limit": 60.0, "stopped": None}
    assert read["history"] == {
        "seconds": [0.0, 0.05, 0.2], "value": [None, 210.0, 280.0], "bound": [420.0, 300.0, 285.0]}
    assert read["versions"]["evenhand"]


def test_nothing_is_named_that_was_not_written(solution: Solution) -> None:
    read = result_dict(solution, folder=False)
    assert read["allocation"] is None
    assert read["certificate"] == {"kind": "price", "file": None}


def test_undefined_and_infinite_numbers_are_null(solution: Solution) -> None:
    odd = attrs.evolve(solution, metrics={"a": math.nan, "b": [math.inf, -math.inf, 1.5], "c": np.float64("nan"),
                                          "d": np.array([1.0, np.nan]), "e": Fraction(1, 4), "f": Decimal("0.1"),
                                          "g": np.bool_(True), "h": (np.int64(3), None), "i": {1: np.float32(0.5)}})
    assert strict(to_text(result_dict(odd)))["metrics"] == {
        "a": None, "b": [None, None, 1.5], "c": None, "d": [1.0, None], "e": 0.25, "f": 0.1, "g": True, "h": [3, None],
        "i": {"1": 0.5}}


def test_what_json_cannot_hold_is_named(solution: Solution) -> None:
    with pytest.raises(OutputError, match=r"metrics\.when\[1\]: a value of type complex"):
        result_dict(attrs.evolve(solution, metrics={"when": [1, 2j]}))


def test_a_number_that_is_none_is_refused_in_a_proof() -> None:
    kept = to_plain({"price": math.nan}, finite=False)
    with pytest.raises(OutputError, match="no form in JSON"):
        to_text(kept)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=6), max_leaves=20)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(), VALUES, max_size=6))
def test_text_and_back_changes_nothing(values: dict[str, Any]) -> None:
    plain = to_plain(values)
    read = strict(to_text(plain))
    assert read == plain
    assert list(differences(read, plain, "")) == []


@settings(deadline=None, max_examples=60)
@given(VALUES, VALUES)
def test_a_difference_is_seen_from_both_sides(left: Any, right: Any) -> None:
    left, right = to_plain(left), to_plain(right)
    assert bool(list(differences(left, right, "x"))) == bool(list(differences(right, left, "x")))


@pytest.mark.parametrize(("said", "found", "same"), [
    (1.0, 1, True), (1e6, 1e6 + 1e-4, True), (1e6, 1e6 + 1e-2, False), (0.0, 1e-10, False), (1e-15, 1.1e-15, False),
    (None, 0.0, False), (True, 1, False), ("a", "b", False), ([1], [1, 2], False), ({"a": 1}, {"b": 1}, False),
    ({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 2.1}]}, False), ("1", 1, False),
])
def test_numbers_may_differ_by_rounding_only(said: Any, found: Any, same: bool) -> None:
    assert (not list(differences(said, found, "x"))) is same


def shown(solution: Solution) -> str:
    stream = io.StringIO()
    Console(file=stream, width=88).print(summary(solution))
    return stream.getvalue()


def test_the_summary_is_plain_text_without_a_terminal(solution: Solution) -> None:
    text = shown(solution)
    assert "\x1b" not in text
    assert text.strip().startswith("3 parks are renewed; 280 people a day will enjoy them.")
    for part in ("Optimal", "280", "285", "310", "1.8 percent", "price", "auto - by hand", "0.2 s", "Chosen by hand."):
        assert part in text, part


def test_names_are_texts_and_never_markup(solution: Solution) -> None:
    text = shown(attrs.evolve(solution, notices=("[red]school[/red] [/] [bold", "[link=x]")))
    assert "[red]school[/red] [/] [bold" in text
    assert "[link=x]" in text


def test_a_conflict_and_violations_are_shown(solution: Solution, tmp_path: Path) -> None:
    impossible = parks.answer(solution.problem, None, certificates=(), infeasible=InfeasibleError(
        "four parks cost 120", conflict=["within_budget"], relief=["20 dollars more"]))
    text = shown(impossible)
    for part in ("four parks cost 120", "Impossible", "- within_budget", "- 20 dollars more", "word of the solver"):
        assert part in text, part
    broken = shown(parks.answer(solution.problem, (1, 1, 1, 1, 1), comparison=True))
    assert "Breaks rules" in broken
    assert "- within_budget: costs 70 dollars too much" in broken
    nothing = shown(parks.answer(solution.problem, None, certificates=()))
    assert "That proves nothing" in nothing


def test_a_long_list_says_how_much_is_left_out(solution: Solution) -> None:
    text = shown(attrs.evolve(solution, notices=tuple(f"notice {k}" for k in range(40))))
    assert "- notice 11" in text and "- notice 12" not in text
    assert "and 28 more" in text
