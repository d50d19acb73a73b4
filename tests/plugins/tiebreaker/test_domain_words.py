"""Sentences in the right number, names of metrics, and searches that are refused in words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evenhand.errors import SolverUnsuitableError
from evenhand.results.write import write
from evenhand_tiebreaker.words import number_words, threshold_words
from tests.plugins.tiebreaker.domain_cases import blocks, receiving, solved, tree

RULE = {"selection": "rule", "features": ["n_frl", "housing"], "budget": {"fpr": 0.4}}


def notices(spec: dict[str, Any], words: str) -> str:
    found = [notice for notice in solved(spec).notices if words in notice]
    assert len(found) == 1, solved(spec).notices
    return found[0]


def test_one_block_has_a_verb_of_its_own() -> None:
    assert "1 block has no students, hence no share, and never receives" in notices(tree(), "no students")
    none = [0, 8, 6, 0, 4, 12, 9, 5, 7, 3, 11, 2]
    two = tree(blocks(students=none, n_both=[0, 4, 1, 0, 3, 2, 6, 0, 3, 3, 4, 1], n_frl=None))
    assert "2 blocks have no students, hence no share, and never receive " in notices(two, "no students")


def test_one_pair_has_a_verb_of_its_own() -> None:
    table = blocks().iloc[[1, 2]]
    assert notices(tree(table, selection="column", column="redline"), "treated against") == (
        "1 pair of blocks is treated against its shares: 0602 receives, and 0601 does not although its share is larger.")
    table = blocks().iloc[[1, 2, 4, 5]]
    assert notices(tree(table, selection="column", column="redline"), "treated against").startswith(
        "1 pair of blocks is")
    table = blocks().iloc[[1, 2, 7, 8]]
    assert notices(tree(table, selection="column", column="redline"), "treated against") == (
        "4 pairs of blocks are treated against their shares: 0602, 0607 receive, and 0601, 0608 do not although their "
        "share is larger.")


def test_a_whole_threshold_is_said_once() -> None:
    assert threshold_words(Fraction(1)) == "1"
    assert threshold_words(Fraction(7, 20)) == "7/20 (0.35)"
    assert "is at least 1." in notices(tree(threshold=1), "Receiving")
    assert number_words(Fraction(33, 10)) == "3.3" and number_words(Fraction(12345)) == "12,345"


@pytest.mark.parametrize("sections", [{}, {"uncertainty": {"splits": 2}}], ids=["plain", "uncertainty"])
def test_every_metric_that_is_promised_is_there(sections: dict[str, Any]) -> None:
    promised = {"tpr", "fpr", "precision", "share_of_students", "blocks", "inversions", "split_ties", "tpr_ceiling",
                "auc", "any_set_bound", "threshold"}
    if sections:
        promised |= {"tpr_out_of_sample", "fpr_out_of_sample", "precision_out_of_sample"}
    found = solved(tree(budget={"fpr": 0.3}, sections=sections)).metrics
    assert promised <= set(found)
    if sections:
        assert set(found["tpr_out_of_sample"]) == {"mean", "low", "high"}


# -- rule-search ---------------------------------------------------------------------------------------------------


def test_one_weight_of_any_decimals_changes_no_rule() -> None:
    plain = solved(tree(**RULE))
    third = solved(tree(**RULE, objective=[{"term": "focal_reached", "weight": 0.3333333333333333}]))
    assert third.status == "optimal" and receiving(third) == receiving(plain)
    assert third.value == pytest.approx(plain.value / 3)


def test_weights_too_fine_for_the_search_are_refused_in_words() -> None:
    weights = [{"term": "focal_reached", "weight": 0.3333333333333333}, {"term": "non_focal_reached", "weight": 0.1}]
    with pytest.raises(SolverUnsuitableError, match="fewer decimals"):
        solved(tree(**RULE, objective=weights))
    coarse = [{"term": "focal_reached", "weight": 0.3}, {"term": "non_focal_reached", "weight": 0.1}]
    assert solved(tree(**RULE, objective=coarse)).status == "optimal"


@pytest.mark.parametrize("objective", [
    [{"term": "worst_group_tpr", "groups": ["n_both", "n_frl"]}],
    [{"term": "focal_reached"}, {"term": "cut_edges"}],
    [{"term": "focal_reached", "weight": 0.3333333333333333}, {"term": "non_focal_reached", "weight": 0.1}]],
    ids=["worst_group_tpr", "cut_edges", "weights"])
def test_annealing_looks_for_rules_where_the_search_cannot(objective: Any, tmp_path: Path) -> None:
    solution = solved(tree(**RULE, neighbours=True, objective=objective), solver="annealing", options={"steps": 300})
    assert solution.status in ("feasible", "optimal")
    assert solution.problem.rule_found is None
    assert any(notice.startswith(("Receiving: eligible blocks with", "No block")) for notice in solution.notices)
    write(solution, tmp_path / "out")
    assert (tmp_path / "out" / "result.json").is_file()
