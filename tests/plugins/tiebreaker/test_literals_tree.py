"""Eligibility trees: reading, every fault at once, exact evaluation, words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.literals import (
    All,
    AnyOf,
    Compare,
    Feature,
    Holds,
    Not,
    Rule,
    blocks_missing,
    evaluate,
    form,
    names,
    not_boolean,
    parse,
    words,
)

NAMES = st.sampled_from(["housing", "n_frl", "share:n_both", "a b"])
EXACT = st.fractions(min_value=-5, max_value=5, max_denominator=50)
COMPARISONS = st.one_of(
    st.builds(Compare, NAMES, at_least=EXACT),
    st.builds(Compare, NAMES, at_most=EXACT),
    st.builds(Compare, NAMES, equals=EXACT),
    st.builds(lambda name, low, more: Compare(name, low, low + abs(more)), NAMES, EXACT, EXACT),
)
NODES = st.recursive(
    st.one_of(st.builds(Holds, NAMES), COMPARISONS),
    lambda node: st.one_of(
        st.builds(Not, node),
        st.builds(lambda parts: All(tuple(parts)), st.lists(node, min_size=1, max_size=3)),
        st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(node, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=30)
@given(NODES)
def test_a_tree_survives_being_written_and_read(node: object) -> None:
    assert parse(form(node)) == (node, [])


def test_all_forms_are_read() -> None:
    node, troubles = parse(
        {"any": ["housing", {"all": [{"not": "closed"}, {"feature": "share:n_both", "at_least": "7/20", "at_most": 0.9}]}]}
    )
    assert troubles == []
    assert node == AnyOf(
        (Holds("housing"), All((Not(Holds("closed")), Compare("share:n_both", Fraction(7, 20), Fraction(9, 10)))))
    )
    assert names(node) == ("housing", "closed", "share:n_both")


@pytest.mark.parametrize("written", [0.35, "0.35", "7/20", Decimal("0.35"), Fraction(7, 20), np.float64(0.35), np.float32(0.35)])
def test_a_number_is_read_as_it_was_written(written: object) -> None:
    assert parse({"feature": "x", "at_least": written})[0] == Compare("x", Fraction(7, 20))


def test_every_fault_is_reported_with_its_path() -> None:
    _, troubles = parse(
        {
            "any": [
                "",
                {"all": []},
                {"feature": "x"},
                {"feature": "x", "at_least": "1+1", "more": 3},
                {"feature": "x", "at_least": 2, "at_most": 1},
                {"feature": "x", "equals": 1, "at_most": 1},
                {"feature": "x", "at_least": float("nan")},
                {"feature": "x", "at_least": "1/0"},
                {"feature": "x", "at_least": Decimal("1e999999")},
                {"feature": "x", "at_most": True},
                {"feature": 3, "at_most": 1},
                {"any": ["a"], "all": ["b"]},
                {"not": 7},
                {},
            ]
        }
    )
    assert [path for path, _, _ in troubles] == [
        "eligibility.any[0]",
        "eligibility.any[1].all",
        "eligibility.any[2]",
        "eligibility.any[3].more",
        "eligibility.any[3].at_least",
        "eligibility.any[4]",
        "eligibility.any[5]",
        "eligibility.any[6].at_least",
        "eligibility.any[7].at_least",
        "eligibility.any[8].at_least",
        "eligibility.any[9].at_most",
        "eligibility.any[10].feature",
        "eligibility.any[11]",
        "eligibility.any[12].not",
        "eligibility.any[13]",
    ]
    assert all(message and cure for _, message, cure in troubles)


def test_a_tree_without_end_is_a_fault() -> None:
    tree: object = "housing"
    for _ in range(2000):
        tree = {"not": tree}
    node, troubles = parse(tree)
    assert node is None
    assert "deep" in troubles[0][1]


def features() -> dict[str, Feature]:
    return {
        "housing": Feature.of_booleans("housing", [1, 0, 0, None]),
        "redline": Feature.of("redline", [False, True, False, True]),
        "n_frl": Feature.of("n_frl", [5, None, 2, 0]),
    }


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"any": ["housing", "redline"]}, [1, 1, 0, 1]),
        ({"all": ["housing", "redline"]}, [0, 0, 0, 0]),
        ({"not": "housing"}, [0, 1, 1, 0]),  # a block without an answer is not in either of both
        ({"feature": "n_frl", "at_least": 2}, [1, 0, 1, 0]),
        ({"not": {"feature": "n_frl", "at_least": 3}}, [0, 0, 1, 1]),
        ({"feature": "n_frl", "at_least": 1, "at_most": 4}, [0, 0, 1, 0]),
        ({"feature": "n_frl", "equals": 0}, [0, 0, 0, 1]),
        ({"feature": "redline", "equals": False}, [1, 0, 1, 0]),
        ({"any": [{"not": {"feature": "n_frl", "at_least": 3}}, "redline"]}, [0, 1, 1, 1]),
    ],
)
def test_evaluation(tree: object, expected: list[int]) -> None:
    node, _ = parse(tree)
    assert node is not None
    assert evaluate(node, features()).tolist() == [bool(block) for block in expected]


def test_gaps_in_booleans_are_listed() -> None:
    node, _ = parse({"any": ["housing", "redline", {"feature": "n_frl", "at_least": 1}]})
    assert node is not None
    assert {name: blocks.tolist() for name, blocks in blocks_missing(node, features()).items()} == {"housing": [3]}
    bare = Holds("n_frl")
    assert not_boolean(bare, features()) == ("n_frl",)
    with pytest.raises(ValueError, match="not a boolean"):
        evaluate(bare, features())


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({"any": ["housing", "redline"]}, "housing or redline"),
        ({"all": ["a", {"any": ["b", {"not": {"all": ["c", "d"]}}]}]}, "a and (b or not (c and d))"),
        ({"feature": "share:n_both", "at_least": 0.35}, "share of n_both at least 0.35 (7/20)"),
        ({"feature": "share:n_both", "at_most": "3/11"}, "share of n_both at most 3/11 (about 0.2727)"),
        ({"feature": "n_frl", "equals": 5}, "n_frl equal to 5"),
        ({"feature": "low income", "at_least": -2.5}, '"low income" at least -2.5'),
        ({"all": ["a", {"feature": "x", "at_least": 1, "at_most": 2}]}, "a and (x from 1 to 2, both included)"),
        ({"all": [{"any": ["a"]}, {"any": [{"all": ["b", "c"]}]}]}, "a and (b and c)"),
    ],
)
def test_words(tree: object, text: str) -> None:
    node, _ = parse(tree)
    assert node is not None
    assert words(node) == text


def test_a_rule_is_a_tree_of_one_sided_comparisons() -> None:
    rule = Rule.from_form({"any": ["housing", {"feature": "x", "at_least": 1, "at_most": 2}, {"not": "closed"}]})
    assert [literal.text for literal in rule.literals] == ["housing", "x at least 1", "x at most 2", "not closed"]
    assert Rule.from_form(rule.form()) == rule
    with pytest.raises(ValueError, match="no rule"):
        Rule.from_form({"feature": "x", "equals": 1})
    with pytest.raises(ValueError, match="no rule"):
        Rule.from_form({"not": {"any": ["a", "b"]}})
    with pytest.raises(ValueError, match=r"rule\.any"):
        Rule.from_form({"any": []})


def test_text_is_never_run() -> None:
    """What the original handed to an interpreter is only a name or a fault here."""
    node, troubles = parse("__import__('os')")
    assert node == Holds("__import__('os')") and troubles == []
    with pytest.raises(KeyError):
        evaluate(node, features())
    assert parse({"feature": "x", "at_least": "__import__('os')"})[1]
