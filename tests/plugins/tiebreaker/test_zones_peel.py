"""The heuristic: every choice it returns holds, none beats the exact best, and a seed gives one answer."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings

from evenhand.errors import InfeasibleError
from evenhand.solvers.base import Limits
from evenhand_tiebreaker.peel import Peel
from evenhand_tiebreaker.zones.counting import count_zones
from evenhand_tiebreaker.zones.peel import peel
from evenhand_tiebreaker.zones.problem import Contradiction, ZoneProblem, make_zone_problem
from tests.plugins.tiebreaker.domain_cases import ROWS, made, tree
from tests.plugins.tiebreaker.domain_cases import blocks as domain_blocks
from tests.plugins.tiebreaker.zones_cases import chain, exact_best, lattice, small_problems

STEPS = 4000


@settings(deadline=None, max_examples=30)
@given(small_problems())
def test_against_every_set(problem: ZoneProblem) -> None:
    best = exact_best(problem)
    if problem.contradiction:
        assert best is None
        with pytest.raises(ValueError, match="pinned"):
            peel(problem)
        return
    found = peel(problem, seed=1, steps=STEPS)
    if best is None or found.chosen is None:
        assert found.chosen is None
        return
    assert problem.holds(found.chosen)
    assert found.focal == problem.focal[found.chosen].sum() <= best
    assert found.spent == problem.spent(found.chosen)
    assert found.zones == count_zones(problem.graph, found.chosen) <= problem.zones


@settings(deadline=None, max_examples=30)
@given(small_problems(with_pins=False))
def test_without_pins_it_finds_the_best_of_a_few_blocks(problem: ZoneProblem) -> None:
    best = exact_best(problem)
    assert best is not None
    assert peel(problem, seed=3, steps=40_000).focal == best


def test_a_block_without_students_connects() -> None:
    """5 0 5: the middle block makes both ends one zone. Where two are allowed it goes if it takes of the budget."""
    problem = make_zone_problem(chain(4), [5, 0, 5, 0], [1, 0, 1, 0], np.ones(4, dtype=np.bool_), 1, other_limit=2)
    assert peel(problem, steps=STEPS).chosen.tolist() == [True, True, True, False]
    for middle, kept in ((0, True), (1, False)):
        apart = make_zone_problem(chain(4), [5, 0, 5, 0], [1, middle, 1, 0], np.ones(4, dtype=np.bool_), 2, other_limit=3)
        assert peel(apart, steps=STEPS).chosen.tolist() == [True, kept, True, False]


def test_a_dear_connector_is_not_worth_it_and_a_zone_is_split() -> None:
    """9 | 1 of 8 | 9: the middle would use up the budget."""
    focal, other = [9, 1, 9], [2, 8, 2]
    one = make_zone_problem(chain(3), focal, other, np.ones(3, dtype=np.bool_), 1, other_limit=4)
    two = make_zone_problem(chain(3), focal, other, np.ones(3, dtype=np.bool_), 2, other_limit=4)
    assert peel(one, steps=STEPS).focal == 9
    assert peel(two, steps=STEPS).chosen.tolist() == [True, False, True]
    assert peel(two, steps=0).chosen.tolist() == [True, False, True]


def test_pinned_and_forbidden_blocks() -> None:
    everyone = np.ones(9, dtype=np.bool_)
    pinned, forbidden = np.zeros(9, dtype=np.bool_), np.zeros(9, dtype=np.bool_)
    pinned[8], forbidden[[4, 5]] = True, True
    problem = make_zone_problem(lattice(3, 3), [9, 1, 1, 1, 9, 1, 1, 1, 0], [1] * 9, everyone, 1, other_limit=5,
                                pinned=pinned, forbidden=forbidden)
    found = peel(problem, steps=STEPS)
    assert found.chosen[8]
    assert not found.chosen[[4, 5]].any()
    assert found.focal == exact_best(problem) == 12


def test_all_budgets_hold_together() -> None:
    focal, other = [4, 3, 2, 1, 5, 6], [1, 2, 3, 0, 2, 9]
    problem = make_zone_problem(lattice(2, 3), focal, other, np.ones(6, dtype=np.bool_), 2, other_limit=5,
                                students_limit=14, blocks_limit=3)
    found = peel(problem, steps=STEPS)
    assert problem.names == ("other", "students", "blocks")
    assert found.focal == exact_best(problem)
    assert found.spent == problem.spent(found.chosen)


def test_one_seed_one_answer() -> None:
    rng = np.random.default_rng(5)
    problem = make_zone_problem(lattice(12, 12), rng.integers(0, 9, 144), rng.integers(0, 9, 144),
                                np.ones(144, dtype=np.bool_), 3, other_limit=150)
    first, again = (peel(problem, seed=7, steps=30_000) for _ in range(2))
    assert first.chosen.tolist() == again.chosen.tolist()
    assert first.steps == again.steps == 30_000


def test_progress_rises_and_stop_and_target_end_the_search() -> None:
    rng = np.random.default_rng(6)
    problem = make_zone_problem(lattice(10, 10), rng.integers(0, 9, 100), rng.integers(0, 9, 100),
                                np.ones(100, dtype=np.bool_), 2, other_limit=100)
    told: list[int] = []
    found = peel(problem, steps=50_000, progress=told.append)
    assert told == sorted(set(told))
    assert told[-1] == found.focal
    halted = peel(problem, steps=10**12, stop=lambda: True)
    assert halted.chosen is not None
    assert halted.steps == 0
    assert peel(problem, steps=10**12, target=told[0]).focal >= told[0]


def test_a_given_start_is_repaired_and_never_lost() -> None:
    problem = make_zone_problem(lattice(4, 4), [1] * 16, [1] * 16, np.ones(16, dtype=np.bool_), 2, other_limit=7)
    found = peel(problem, steps=0, starts=[np.arange(16) % 2 == 0])
    assert problem.holds(found.chosen)
    assert found.focal == 7


def test_nothing_to_choose_from() -> None:
    problem = make_zone_problem(chain(3), [1, 2, 3], [0, 0, 0], np.zeros(3, dtype=np.bool_), 1)
    found = peel(problem, steps=STEPS)
    assert (found.focal, found.zones, found.chosen.any()) == (0, 0, False)


@pytest.mark.parametrize(("change", "said"), [
    ({"zones": 0}, "zones"), ({"zones": 1.5}, "zones"), ({"focal": [1, 2]}, "shape"), ({"focal": [1, 2, -1]}, "negative"),
    ({"other": [0.5, 1, 1]}, "whole"), ({"eligible": [1, 1, 1]}, "bool"), ({"other_limit": -1}, "budget"),
    ({"pinned": np.array([False, True, False]), "forbidden": np.array([False, True, False])}, "pinned"),
])
def test_bad_problems(change: dict, said: str) -> None:
    given_: dict = {"focal": [1, 2, 3], "other": [1, 1, 1], "eligible": np.ones(3, dtype=np.bool_), "zones": 1, **change}
    with pytest.raises(ValueError, match=said):
        make_zone_problem(chain(3), given_.pop("focal"), given_.pop("other"), given_.pop("eligible"),
                          given_.pop("zones"), **given_)


def test_counts_beyond_exact_sums_are_refused() -> None:
    with pytest.raises(OverflowError):
        make_zone_problem(chain(2), [2**52, 1], [0, 0], np.ones(2, dtype=np.bool_), 1)


@pytest.mark.parametrize(("problem", "words"), [
    ({"budget": {"non_focal": 9}}, "19.5 non-focal students receive, more than the 9"),
    ({"budget": {"students": "20.25"}}, "28.5 students receive, more than the 20.25"),
    ({"budget": {"blocks": 1}}, "2 blocks receive, more than the 1"),
    ({"budget": {"fpr": 1}, "eligibility": {"feature": "n_both", "at_least": 2}},
     "lie in 2 parts of the eligible blocks"),
])
def test_the_solver_tells_contradictions_in_students(problem: dict, words: str) -> None:
    quarters = domain_blocks(students=[row[1] + 3.75 for row in ROWS])
    if "eligibility" in problem:
        quarters.loc[[1, 4], "n_both"] = 0  # the neighbours of the corner
    spec = tree(quarters, selection="exact", counts="average", neighbours=True, rules=[
        {"rule": "pin", "blocks": ["0600", "0610"]}, {"rule": "zones_at_most", "zones": 1}], **problem)
    with pytest.raises(InfeasibleError, match=re.escape(words)):
        Peel().solve(made(spec), Limits())


def test_contradictions_are_told() -> None:
    ends = np.array([True, False, True])
    broke = make_zone_problem(chain(3), [1, 1, 1], [3, 0, 3], np.ones(3, dtype=np.bool_), 1, other_limit=5, pinned=ends)
    assert broke.contradiction == Contradiction("other", 6, 5)
    assert "take 6 of a budget of 5 (other)" in str(broke.contradiction)
    apart = make_zone_problem(chain(3), [1, 1, 1], [0, 0, 0], ends, 1, pinned=ends)
    assert apart.contradiction == Contradiction("zones", 2, 1)
    assert "2 separate parts" in str(apart.contradiction)
