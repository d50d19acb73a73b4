"""Bounds: never below the exact best, every row valid for every choice, provable by anyone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.zones.bound import proven_bound, separator_bound
from evenhand_tiebreaker.zones.component_bound import component_bound, component_bound_at
from evenhand_tiebreaker.zones.problem import ZoneProblem, make_zone_problem
from evenhand_tiebreaker.zones.relaxation import Relaxation, SeparatorCut, base_relaxation, cut_rows
from tests.plugins.tiebreaker.zones_cases import chain, exact_best, feasible_choices, lattice, small_problems

# Multipliers are rounded to 2**-24.
ROUNDING = Fraction(1, 1000)


def as_point(problem: ZoneProblem, base: Relaxation, choice: np.ndarray) -> np.ndarray:
    """Columns of a choice: its blocks, the least ranked block of each zone, the components it touches."""
    chosen = choice[base.blocks]
    labels = problem.graph.components(choice)[base.blocks]
    roots = np.zeros(len(chosen), dtype=np.int64)
    for zone in range(labels.max(initial=-1) + 1):
        members = np.flatnonzero(labels == zone)
        roots[members[np.argmin(base.rank[members])]] = 1
    parts = base.matrix.shape[1] - 2 * len(chosen)
    return np.concatenate([chosen, roots, np.isin(np.arange(parts), base.components[chosen])]).astype(np.int64)


@settings(deadline=None, max_examples=30)
@given(small_problems(), st.data())
def test_every_row_holds_for_every_choice(problem: ZoneProblem, data: st.DataObject) -> None:
    base = base_relaxation(problem)
    cuts = []
    for _ in range(6 if base.open_count else 0):
        target = data.draw(st.sampled_from(base.blocks.tolist()))
        separator = data.draw(st.sets(st.integers(0, problem.graph.blocks - 1)))
        cuts.append(SeparatorCut(target, separator - {target}))
    rows = cut_rows(base, cuts)
    for choice in feasible_choices(problem):
        point = as_point(problem, base, choice)
        assert (base.matrix @ point <= base.upper).all()
        assert (rows @ point <= 0).all()
        assert (base.lower <= point).all()
        assert base.gain @ point == problem.focal[choice].sum()


@settings(deadline=None, max_examples=30)
@given(small_problems(), st.data())
def test_any_multipliers_and_prices_bound(problem: ZoneProblem, data: st.DataObject) -> None:
    best = exact_best(problem)
    if best is None:
        return
    base = base_relaxation(problem)
    targets = base.blocks[:3].tolist()
    cuts = tuple(SeparatorCut(target, set(base.blocks[-2:].tolist()) - {target}) for target in targets)
    rows = base.matrix.shape[0] + len(cuts)
    multipliers = tuple(data.draw(st.lists(st.integers(0, 9), min_size=rows, max_size=rows)))
    assert proven_bound(problem, multipliers, 4, cuts) >= best
    prices = [Fraction(data.draw(st.integers(0, 20)), data.draw(st.integers(1, 7))) for _ in problem.names]
    assert component_bound_at(problem, prices) >= best


@settings(deadline=None, max_examples=30)
@given(small_problems())
def test_both_bounds_against_every_set(problem: ZoneProblem) -> None:
    best = exact_best(problem)
    if problem.contradiction:
        for bound in (component_bound, separator_bound):
            with pytest.raises(ValueError, match="pinned"):
                bound(problem)
        return
    loose, tight = component_bound(problem), separator_bound(problem, rounds=20)
    if best is not None:
        assert loose.bound >= best
        assert tight.bound >= best
        assert tight.students >= best
        assert tight.bound <= loose.bound + ROUNDING
    assert component_bound_at(problem, loose.prices) == loose.bound
    assert proven_bound(problem, tight.multipliers, tight.denominator, tight.cuts) == tight.bound


def test_the_component_bound_by_hand() -> None:
    """Two parts of the open blocks, a b . d: at price 1 the gains are 3 + 0 and 4; the better part and the budget of 2."""
    problem = make_zone_problem(chain(4), [5, 1, 9, 6], [2, 3, 0, 2], np.array([True, True, False, True]), 1,
                                other_limit=2)
    assert component_bound_at(problem, [Fraction(1)]) == 2 + 4
    assert component_bound(problem).students == 6
    both = make_zone_problem(chain(4), [5, 1, 9, 6], [2, 3, 0, 2], np.array([True, True, False, True]), 2, other_limit=2)
    assert component_bound_at(both, [Fraction(1)]) == 2 + 4 + 3


def test_separators_see_what_components_cannot() -> None:
    """9 | 1 of 8 | 9 on a chain, budget 4: one part holds 18, but one zone reaches only one end."""
    problem = make_zone_problem(chain(3), [9, 1, 9], [2, 8, 2], np.ones(3, dtype=np.bool_), 1, other_limit=4)
    assert component_bound(problem).students == 18
    found = separator_bound(problem)
    assert found.students < 14
    assert found.complete
    assert exact_best(problem) == 9


def test_a_zero_budget_of_connectors_is_proven() -> None:
    """Blocks of one focal student without others in a row, every second one shut in by others: two zones, two blocks."""
    problem = make_zone_problem(chain(7), [1, 0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1, 0], np.ones(7, dtype=np.bool_), 2,
                                other_limit=0)
    assert component_bound(problem).students == 4
    assert separator_bound(problem).students == 2 == exact_best(problem)


def test_no_budget_at_all() -> None:
    problem = make_zone_problem(chain(3), [1, 2, 3], [0, 0, 0], np.array([True, False, True]), 1)
    assert component_bound(problem).bound == 3
    assert component_bound(problem).prices == ()


def test_nothing_to_choose_from() -> None:
    problem = make_zone_problem(chain(3), [1, 2, 3], [1, 1, 1], np.zeros(3, dtype=np.bool_), 1, other_limit=1)
    assert component_bound(problem).bound == 0
    assert separator_bound(problem).bound == 0


def test_huge_counts_are_added_exactly() -> None:
    large = 2**50
    problem = make_zone_problem(chain(3), [large, 1, large], [1, 1, 1], np.ones(3, dtype=np.bool_), 1, other_limit=3)
    assert separator_bound(problem, rounds=3).students >= 2 * large + 1
    multipliers = (0,) * base_relaxation(problem).matrix.shape[0]
    assert proven_bound(problem, multipliers, 3, ()) == 2 * large + 1


def test_limits_end_the_rounds() -> None:
    rng = np.random.default_rng(2)
    problem = make_zone_problem(lattice(8, 8), rng.integers(0, 9, 64), rng.integers(0, 9, 64),
                                np.ones(64, dtype=np.bool_), 2, other_limit=60)
    told: list[float] = []
    plain, one, many = (separator_bound(problem, rounds=rounds, progress=told.append) for rounds in (0, 1, 12))
    assert (plain.rounds, one.rounds) == (0, 1)
    assert plain.bound >= one.bound >= many.bound
    assert told[-1] >= many.bound
    assert told[1:] == sorted(told[1:], reverse=True)
    assert separator_bound(problem, target=plain.students).rounds == 0
    assert separator_bound(problem, stop=lambda: True).rounds == 0
    assert many.solution.shape == (64,)


@pytest.mark.parametrize("change", ["negative", "short", "own separator", "shut target", "denominator"])
def test_a_broken_proof_is_refused(change: str) -> None:
    eligible = np.array([True, True, True, False])
    problem = make_zone_problem(chain(4), [9, 1, 9, 4], [2, 8, 2, 1], eligible, 1, other_limit=4)
    found = separator_bound(problem)
    multipliers, denominator, cuts = list(found.multipliers), found.denominator, [*found.cuts, SeparatorCut(0, [1])]
    multipliers.append(1)
    assert proven_bound(problem, tuple(multipliers), denominator, tuple(cuts)) >= 9
    if change == "negative":
        multipliers[0] = -1
    elif change == "short":
        multipliers.pop()
    elif change == "own separator":
        cuts[-1] = SeparatorCut(0, [0, 1])
    elif change == "shut target":
        cuts[-1] = SeparatorCut(3, [1])
    else:
        denominator = 0
    with pytest.raises(ValueError, match=r"multipliers|target"):
        proven_bound(problem, tuple(multipliers), denominator, tuple(cuts))
