"""The route of few groups gives what whole arrays give, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_apportionment.parametric import few, lanes
from evenhand_apportionment.parametric.exchange import position, rounded_start
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import Answer, optimal_position, settle, solve
from evenhand_apportionment.parametric.sweep import sweep


def by_arrays(problem: ParametricProblem, k: int) -> Answer:
    """The route of many groups."""
    at = problem.at(k)
    return settle(at, *optimal_position(at, position(at, rounded_start(at)[0])))


def same(one: Answer, other: Answer) -> None:
    """Every number bit for bit; only the route may differ."""
    assert one.units.tolist() == other.units.tolist()
    numbers = ("size", "error", "multiplier", "cut_low", "cut_high")
    assert [getattr(one, name) for name in numbers] == [getattr(other, name) for name in numbers]
    assert (one.ties is None) == (other.ties is None)
    if one.ties is not None and other.ties is not None:
        assert one.ties.rows.tolist() == other.ties.rows.tolist()
        assert one.ties.base.tolist() == other.ties.base.tolist() and one.ties.top.tolist() == other.ties.top.tolist()
        assert one.ties.shared == other.ties.shared


@st.composite
def problems(draw: st.DrawFn) -> tuple[ParametricProblem, int]:
    """Up to 60 groups, some equal, some with bounds that push others far from their ideals."""
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    people = np.round(np.exp(rng.normal(7, draw(st.sampled_from([0.1, 1.0, 2.5])), n))) + 1
    lower = rng.integers(1, 5, n) if draw(st.booleans()) else np.ones(n, dtype=np.int64)
    upper = lower + rng.integers(0, 40, n) if draw(st.booleans()) else None
    problem = ParametricProblem.build(
        people, kappa=draw(st.sampled_from([0.0, 0.5, 1.0])), gamma=draw(st.sampled_from([0.0, 1.0, 2.0])),
        beta=draw(st.sampled_from([1.0, 1.5, 2.0, 2.0, 6.0])), sigma=draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])),
        lower=lower, upper=upper)
    fewest, most = problem.reach
    return problem, draw(st.integers(fewest, min(most, fewest + 20 * n)))


@settings(deadline=None, max_examples=150)
@given(problems())
def test_both_routes_give_the_same_answer(drawn: tuple[ParametricProblem, int]) -> None:
    problem, k = drawn
    assert problem.lanes is not None
    same(solve(problem, k), by_arrays(problem, k))


@pytest.mark.parametrize("exchanges", [0, 1, 3])
def test_what_few_exchanges_leave_is_finished_by_the_others(exchanges: int, monkeypatch: pytest.MonkeyPatch) -> None:
    people = np.round(np.exp(np.random.default_rng(4).normal(9, 1.5, 40)))
    problem = ParametricProblem.build(people, gamma=0.0)
    wanted = [solve(problem, k) for k in range(40, 160)]
    monkeypatch.setattr(few, "_EXCHANGES", exchanges)
    for answer in wanted:
        found = solve(problem, answer.size)
        assert found.error == answer.error and found.units.tolist() == answer.units.tolist()


def test_a_group_may_wander_out_of_the_tables() -> None:
    # Everybody but the last is held at 3: it takes what they leave, far more than two units from its ideal.
    problem = ParametricProblem.build([9, 9, 9, 2], upper=[3, 3, 3, 60])
    assert solve(problem, 24).units.tolist() == [3, 3, 3, 15]
    same(solve(problem, 24), by_arrays(problem, 24))
    near = few.Neighbourhood.of(problem.at(24), np.array([3.0, 3.0, 3.0, 7.0]), 8)
    assert near.improve() and near.moved == {3: 8}
    assert near.here.tolist() == problem.at(24).terms(near.now.a).tolist()


def test_many_groups_have_no_lanes() -> None:
    people = np.arange(1.0, lanes.MOST_GROUPS + 2)
    assert ParametricProblem.build(people).lanes is None
    assert ParametricProblem.build(people[1:]).lanes is not None


def test_answers_that_might_overflow_are_computed_under_guard(recwarn: pytest.WarningsRecorder) -> None:
    problem = ParametricProblem.build([1e-120, 1.0, 2.0], beta=2.4)
    assert not problem.calm and ParametricProblem.build([1, 2, 3], beta=3.0).calm
    answer = solve(problem, 9)
    assert answer.units.tolist() == [1, 3, 5]
    assert not recwarn.list


@settings(deadline=None, max_examples=60)
@given(problems())
def test_a_sweep_over_sizes_gives_them_too(drawn: tuple[ParametricProblem, int]) -> None:
    problem, k = drawn
    last = min(k + 12, problem.reach[1])
    rows = sweep(problem, k, last)
    for place, size in enumerate(range(k, last + 1)):
        answer = solve(problem, size)
        assert rows.allocation(size).tolist() == answer.units.tolist()
        assert (rows.cut_low[place], rows.cut_high[place]) == (answer.cut_low, answer.cut_high)
        assert rows.errors[place] == pytest.approx(answer.error, rel=1e-13)
        assert rows.tied[place] == (answer.ties is not None)
