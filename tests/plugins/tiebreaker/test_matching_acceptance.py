"""Deferred acceptance: hand-worked markets, and against definitions on small random ones."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.matching.acceptance import assign
from evenhand_tiebreaker.matching.lotteries import Lotteries, draw
from evenhand_tiebreaker.matching.market import Market
from evenhand_tiebreaker.matching.seats import offers_of
from tests.plugins.tiebreaker.matching_markets import market_from_lists
from tests.plugins.tiebreaker.matching_oracles import (
    Plain,
    heap_assign,
    is_stable,
    plain_markets,
    stable_assignments,
)
from tests.plugins.tiebreaker.matching_stability import blocking_requests, overfilled

SIDES = pytest.mark.parametrize("tiebreaker", [False, True])


def places(plain: Plain, *, tiebreaker: bool) -> list[int]:
    return assign(plain.market, plain.lotteries, tiebreaker=tiebreaker)[0].tolist()


# -- by hand -----------------------------------------------------------------------------------------------------


def test_a_chain_of_rejections_by_hand() -> None:
    """One seat each. 0 takes A, 1 (better number) turns 0 out to B, 0 turns 2 out of B to C."""
    market = market_from_lists([[0, 1, 2], [0], [1, 2]], [1, 1, 1])
    assert assign(market, np.array([[1, 2, 0]]), tiebreaker=False).tolist() == [[1, 0, 1]]


def test_points_go_before_the_lottery_and_add_up() -> None:
    """Seat of program 0: sibling 2 points against tiebreaker 1, then 2 + 1 against 2; the lottery favours applicant 0."""
    market = market_from_lists([[0], [0], [0]], [1], base_points=[[0], [2], [0]], receives=[True, False, True])
    lottery = np.array([[2, 0, 1]])
    assert assign(market, lottery, tiebreaker=True).tolist() == [[-1, 0, -1]]
    both = market_from_lists([[0], [0], [0]], [1], base_points=[[0], [2], [2]], receives=[True, False, True])
    assert assign(both, lottery, tiebreaker=True).tolist() == [[-1, -1, 0]]
    assert assign(evolve(both, receives=[False, False, False]), np.array([[2, 1, 0]]), tiebreaker=True).tolist() == [[-1, 0, -1]]


def test_tiebreaker_points_differ_by_program() -> None:
    market = market_from_lists([[0, 1], [0, 1]], [1, 1], tiebreaker_points=[0, 5], receives=[True, False])
    assert assign(market, np.array([[0, 1]]), tiebreaker=True).tolist() == [[1, 0]]
    assert assign(evolve(market, tiebreaker_points=[1, 0]), np.array([[0, 1]]), tiebreaker=True).tolist() == [[0, 1]]


def test_no_seat_admits_nobody_and_an_empty_list_is_unassigned() -> None:
    market = market_from_lists([[0, 1], [0], []], [0, 5])
    assert assign(market, np.array([[0, 1, 2]]), tiebreaker=True).tolist() == [[1, -1, -1]]
    assert market.admitted_to(np.array([[1, -1, -1]])).tolist() == [[1, -1, -1]]


@pytest.mark.parametrize("market", [market_from_lists([], []), market_from_lists([], [3]), market_from_lists([[], []], [])])
def test_nobody_or_nothing_to_ask_for(market: Market) -> None:
    lottery = np.arange(market.applicants)[np.newaxis]
    found = assign(market, lottery, tiebreaker=True)
    assert found.tolist() == [[-1] * market.applicants]
    assert market.admitted_to(found).tolist() == found.tolist()


def test_seats_beyond_any_demand_take_no_memory() -> None:
    market = market_from_lists([[0], [0]], [10**9])
    assert assign(market, np.array([[0, 1]]), tiebreaker=False).tolist() == [[0, 0]]


# -- against definitions -----------------------------------------------------------------------------------------


@SIDES
@settings(max_examples=30, deadline=None)
@given(plain=plain_markets())
def test_equals_a_heap_and_is_stable(tiebreaker: bool, plain: Plain) -> None:
    found = places(plain, tiebreaker=tiebreaker)
    assert found == heap_assign(plain, tiebreaker=tiebreaker)
    assert is_stable(plain, found, tiebreaker=tiebreaker)
    offers = offers_of(plain.market, tiebreaker=tiebreaker)
    assert blocking_requests(offers, np.array(plain.lottery), np.array(found, dtype=int)).size == 0
    assert overfilled(offers, np.array(found, dtype=int)).size == 0


@SIDES
@settings(max_examples=30, deadline=None)
@given(plain=plain_markets(applicants=4, programs=3))
def test_is_the_best_stable_assignment_of_every_applicant(tiebreaker: bool, plain: Plain) -> None:
    found = places(plain, tiebreaker=tiebreaker)
    ranks = [at if at >= 0 else len(listed) for at, listed in zip(found, plain.preferences, strict=True)]
    others = list(stable_assignments(plain, tiebreaker=tiebreaker))
    assert tuple(found) in others
    for other in others:
        for at, listed, best in zip(other, plain.preferences, ranks, strict=True):
            assert (at if at >= 0 else len(listed)) >= best


@settings(max_examples=30, deadline=None)
@given(plain=plain_markets(), seed=st.integers(0, 1000))
def test_the_order_of_applicants_and_of_proposals_decides_nothing(plain: Plain, seed: int) -> None:
    found = places(plain, tiebreaker=True)
    order = np.random.default_rng(seed).permutation(len(found)).tolist()
    assert heap_assign(plain, tiebreaker=True, order=order) == found
    moved = evolve(plain, **{name: [getattr(plain, name)[i] for i in order]
                             for name in ("preferences", "base", "receives", "focal", "lottery")})
    assert places(moved, tiebreaker=True) == [found[i] for i in order]


@settings(max_examples=30, deadline=None)
@given(plain=plain_markets(), who=st.integers(0, 11))
def test_priority_never_hurts_who_gets_it(plain: Plain, who: int) -> None:
    if not plain.preferences:
        return
    who %= len(plain.preferences)
    ranks = []
    for given_it in (False, True):
        receives = [given_it if i == who else receiving for i, receiving in enumerate(plain.receives)]
        at = places(evolve(plain, receives=receives), tiebreaker=True)[who]
        ranks.append(at if at >= 0 else len(plain.preferences[who]))
    assert ranks[1] <= ranks[0]


@settings(max_examples=30, deadline=None)
@given(plain=plain_markets())
def test_priority_for_all_is_priority_for_none(plain: Plain) -> None:
    everyone, nobody = ([value] * len(plain.receives) for value in (True, False))
    without = places(plain, tiebreaker=False)
    assert places(evolve(plain, receives=everyone), tiebreaker=True) == without
    assert places(evolve(plain, receives=nobody), tiebreaker=True) == without


@settings(max_examples=25, deadline=None)
@given(plain=plain_markets(), seed=st.integers(0, 1000))
def test_many_lotteries_at_once_are_the_same_as_one_by_one(plain: Plain, seed: int) -> None:
    lotteries = draw(np.random.default_rng(seed), len(plain.preferences), 5)
    together = assign(plain.market, lotteries, tiebreaker=True)
    for lottery, row in zip(lotteries.tolist(), together.tolist(), strict=True):
        assert row == heap_assign(evolve(plain, lottery=lottery), tiebreaker=True)


def test_a_blocking_pair_and_a_crowded_program_are_seen() -> None:
    offers = offers_of(market_from_lists([[0, 1], [0, 1]], [1, 1]), tiebreaker=False)
    lottery = np.array([1, 0])
    assert blocking_requests(offers, lottery, np.array([0, 1])).tolist() == []
    assert blocking_requests(offers, lottery, np.array([1, 0])).tolist() == [0]  # 0 goes before 1 at program 0
    assert blocking_requests(offers, lottery, np.array([0, -1])).tolist() == [3]  # a seat of program 1 is free
    assert overfilled(offers, np.array([0, 0])).tolist() == [0]


@settings(deadline=None, max_examples=30)
@given(plain_markets(), st.sampled_from([10**3, 2**17, 2**40]))
def test_only_the_order_of_points_counts(plain: Plain, factor: int) -> None:
    wide = evolve(plain, base=[[factor * points for points in own] for own in plain.base], bonus=[factor * points for points in plain.bonus])
    assert places(wide, tiebreaker=True) == places(plain, tiebreaker=True)


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lottery", [[[0, 0]], [[0, 2]], [[-1, 0]], [[0, 1], [1, 1]], [[0]], [[0.0, 1.0]], [[0, 2**32 + 1]]])
def test_what_is_no_lottery_is_refused(lottery: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="lottery"):
        assign(market_from_lists([[0], [0]], [1]), np.array(lottery), tiebreaker=False)


@pytest.mark.parametrize(("preferences", "capacity", "more", "error"), [
    ([[0, 0]], [1], {}, ValueError),
    ([[1]], [1], {}, ValueError),
    ([[-1]], [1], {}, ValueError),
    ([[0]], [-1], {}, ValueError),
    ([[0]], [1.5], {}, TypeError),
    ([[0]], [1], {"base_points": [[1, 2]]}, ValueError),
    ([[0]], [1], {"base_points": [[0.5]]}, TypeError),
    ([[0]], [1], {"base_points": [[2**61]]}, OverflowError),
    ([[0]], [1], {"tiebreaker_points": [2**70]}, OverflowError),
    ([[0]], [1], {"tiebreaker_points": [1, 1]}, ValueError),
    ([[0]], [1], {"receives": [True, False]}, ValueError),
    ([[0]], [1], {"focal": [1]}, TypeError),
])
def test_what_is_no_market_is_refused(preferences: list, capacity: list, more: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        market_from_lists(preferences, capacity, **more)


# -- lotteries ---------------------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_lotteries_however_they_are_taken() -> None:
    drawn = Lotteries.drawn(7, 10, 5)
    whole = np.concatenate(list(drawn.blocks(10)))
    assert whole.shape == (10, 7)
    assert np.array_equal(whole, np.concatenate(list(drawn.blocks(3))))
    assert np.array_equal(drawn.first(), whole[0])
    assert (np.sort(whole, axis=1) == np.arange(7)).all()
    assert not np.array_equal(whole, np.concatenate(list(Lotteries.drawn(7, 10, 6).blocks())))


def test_lotteries_are_uniform_over_the_orders_of_three() -> None:
    rows = np.concatenate(list(Lotteries.drawn(3, 6000, 1).blocks()))
    counts = np.unique(rows, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts - 1000).max() < 150  # five standard deviations


def test_given_numbers_keep_their_order_exactly() -> None:
    numbers = [2**70 + 1, -5, 2**70]
    assert Lotteries.given(numbers).first().tolist() == [2, 0, 1]
    assert Lotteries.given(np.array([30, 10, 20])).count == 1
    with pytest.raises(ValueError, match="equal"):
        Lotteries.given([1, 2, 1])


@pytest.mark.parametrize(("count", "seed"), [(0, 1), (1, -1)])
def test_what_is_no_draw_is_refused(count: int, seed: int) -> None:
    with pytest.raises(ValueError, match=r"lottery|seed"):
        Lotteries.drawn(3, count, seed)
