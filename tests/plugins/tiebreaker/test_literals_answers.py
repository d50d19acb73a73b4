"""The rule search on hand-worked tables, its order among equal rules, its options and its edges."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand_tiebreaker.literals import Feature, best_rule


def test_a_hand_worked_case() -> None:
    """Budget 3: "a at least 2" takes 7 focal for 4; "a at least 2 and b at least 1" drops the block that costs 2."""
    a, b = Feature.of("a", [3, 2, 2, 1]), Feature.of("b", [1, 0, 1, 1])
    answer = best_rule([a, b], [4, 1, 2, 9], [1, 2, 1, 9], [True] * 4, budgets={"other": 3})
    assert answer.rule is not None
    assert answer.rule.text == "a at least 2 and b at least 1"
    assert answer.rule.form() == {"all": [{"feature": "a", "at_least": 2}, {"feature": "b", "at_least": 1}]}
    assert (answer.value, answer.other, answer.chosen.tolist()) == (6, 2, [True, False, True, False])
    assert answer.steps[0].rule is not None
    assert (answer.steps[0].rule.text, answer.steps[0].value) == ("a at least 3", 4)
    assert answer.rules == 5 + 2 * 6
    # The second literal only keeps a block out that is tied at a = 2.
    assert [(split.literal.text, split.tied.text) for split in answer.tie_splits] == [("b at least 1", "a at least 2")]
    assert not answer.adds_nothing


def test_a_literal_that_adds_nothing_is_left_out() -> None:
    a, b = Feature.of("a", [3, 2, 1]), Feature.of("b", [1, 1, 1])
    answer = best_rule([a, b], [4, 1, 2], [0, 1, 9], [True] * 3, budgets={"other": 3})
    assert answer.rule is not None
    assert answer.rule.text == "a at least 2"
    assert answer.adds_nothing
    assert answer.tie_splits == ()


def test_an_extra_literal_that_cuts_through_two_groups_is_more_than_a_tie() -> None:
    a, b = Feature.of("a", [3, 2, 2, 1, 1]), Feature.of("b", [1, 0, 1, 0, 1])
    answer = best_rule([a, b], [3, 1, 3, 1, 3], [0, 5, 0, 5, 0], [True] * 5, budgets={"other": 4})
    assert answer.rule is not None
    assert answer.rule.text == "b at least 1"
    second = best_rule([a, b], [3, 0, 3, 0, 3], [0, 5, 0, 5, 0], [True] * 5, budgets={"other": 4})
    assert second.tie_splits == ()


def test_ties_go_to_the_earlier_feature_and_the_higher_threshold() -> None:
    same = [2, 2, 1]
    features = [Feature.of(name, same) for name in ("z", "a")]
    answer = best_rule(features, [1, 1, 0], [1, 1, 0], [True] * 3, literals=1)
    assert answer.rule is not None
    assert answer.rule.text == "z at least 2"  # at least 1 reaches the same students


def test_booleans_are_named_alone() -> None:
    house = Feature.of_booleans("housing", [1, 0, 0])
    answer = best_rule([house, Feature.of("x", [0, 5, 0])], [3, 3, 0], [0, 0, 9], [True] * 3, budgets={"other": 1})
    assert answer.rule is not None
    assert answer.rule.text == "housing or x at least 5"
    assert answer.rule.form() == {"any": ["housing", {"feature": "x", "at_least": 5}]}
    away = best_rule([house], [0, 3, 3], [9, 0, 0], [True] * 3, directions="both", budgets={"other": 1})
    assert away.rule is not None
    assert away.rule.form() == {"not": "housing"}


def test_ineligible_and_missing_blocks_never_receive() -> None:
    feature = Feature.of("x", [5, None, 5])
    answer = best_rule([feature], [1, 50, 50], [0, 0, 0], [True, True, False], literals=3, directions="both")
    assert answer.chosen.tolist() == [True, False, False]


def test_a_refused_class_is_known_to_be_refused() -> None:
    answer = best_rule([Feature.of("x", [1, 2])], [1, 1], [0, 0], [True, True], feasible=lambda chosen: False)
    assert answer.exact
    assert answer.value is None
    assert answer.rule is None


@pytest.mark.parametrize("literals", [1, 3, 5])
def test_a_stopped_search_is_not_exact_and_its_bound_holds(literals: int) -> None:
    rng = np.random.default_rng(6)
    features = [Feature.of(name, rng.integers(0, 9, 40)) for name in "abcde"]
    focal, other = rng.integers(0, 9, 40), rng.integers(1, 9, 40)
    full = best_rule(features, focal, other, [True] * 40, literals=min(literals, 3), budgets={"other": 30})
    calls = iter(range(10**9))
    cut = best_rule(
        features, focal, other, [True] * 40, literals=literals, budgets={"other": 30}, stop=lambda: next(calls) >= 2
    )
    assert not cut.exact
    assert cut.value <= full.value <= cut.bound


def test_sums_that_might_wrap_are_refused() -> None:
    x = Feature.of("x", [1, 2])
    with pytest.raises(OverflowError):
        best_rule([x], [2**40, 1], [2**40, 1], [True, True])
    with pytest.raises(OverflowError):
        best_rule([x], np.array([2**70, 1], dtype=object), [1, 1], [True, True])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budgets": {"fpr": 1}}, "unknown budgets"),
        ({"budgets": {"other": -1}}, "at least 0"),
        ({"literals": 0}, "at least 1"),
        ({"directions": "up"}, "directions"),
        ({"values": [0.5, 1.0]}, "whole numbers"),
        ({"values": [1]}, "every block"),
    ],
)
def test_wrong_options_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        best_rule([Feature.of("x", [1, 2])], [1, 1], [1, 1], [True, True], **change)


def test_features_must_be_distinct_and_fit() -> None:
    with pytest.raises(ValueError, match="same name"):
        best_rule([Feature.of("x", [1, 2])] * 2, [1, 1], [1, 1], [True, True])
    with pytest.raises(ValueError, match="another length"):
        best_rule([Feature.of("x", [1])], [1, 1], [1, 1], [True, True])
    with pytest.raises(ValueError, match="negative"):
        best_rule([Feature.of("x", [1, 2])], [-1, 1], [1, 1], [True, True])


def test_nothing_to_choose_from() -> None:
    none = best_rule([Feature.of("x", [])], [], [], [], literals=4)
    assert (none.rule, none.value, none.exact, none.rules) == (None, 0, True, 0)
    featureless = best_rule([], [1], [1], [True], literals=3)
    assert (featureless.rule, featureless.value, featureless.exact) == (None, 0, True)
    nobody = best_rule([Feature.of("x", [1, 2])], [1, 1], [1, 1], [False, False], literals=3, directions="both")
    assert (nobody.rule, nobody.value, nobody.exact, nobody.rules) == (None, 0, True, 0)
    poor = best_rule([Feature.of("x", [1, 2])], [1, 1], [1, 1], [True, True], budgets={"other": 0}, literals=3)
    assert (poor.rule, poor.value, poor.exact, poor.bound) == (None, 0, True, 0)
