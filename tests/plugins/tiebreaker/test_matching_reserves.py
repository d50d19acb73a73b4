"""Reserves: seats filled without the tiebreaker, before or after the others."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.matching.acceptance import accepted_requests, assign
from evenhand_tiebreaker.matching.seats import RESERVE_ORDERS, ReserveOrder, offers_of, open_seats
from tests.plugins.tiebreaker.matching_markets import market_from_lists
from tests.plugins.tiebreaker.matching_oracles import Plain, heap_assign, plain_markets, reserve_assign
from tests.plugins.tiebreaker.matching_stability import blocking_requests, overfilled

ORDERS = pytest.mark.parametrize("order", RESERVE_ORDERS)
SHARES = st.fractions(0, 1, max_denominator=6)
HALF = Fraction(1, 2)


def reserved(plain: Plain, share: Fraction | int, order: ReserveOrder) -> list[int]:
    return assign(plain.market, plain.lotteries, tiebreaker=True, reserve=share, reserve_order=order)[0].tolist()


# -- by hand -----------------------------------------------------------------------------------------------------
# One program, four seats, two of them open. Lottery from best to worst: R1 N1 R2 N2 R3 (R receives, N does not).

FIVE = market_from_lists([[0]] * 5, [4], receives=[True, False, True, False, True])
NUMBERS = np.array([[4, 3, 2, 1, 0]])


def test_open_first_leaves_the_tiebreaker_seats_to_the_unlucky() -> None:
    """Open seats: R1 and N1 by lottery. Tiebreaker seats: R2 and R3 before N2."""
    found = assign(FIVE, NUMBERS, tiebreaker=True, reserve=HALF, reserve_order="open_first")
    assert found.tolist() == [[0, 0, 0, -1, 0]]


def test_open_last_uses_the_tiebreaker_seats_up_on_the_lucky() -> None:
    """Tiebreaker seats: R1 and R2. Open seats: N1 and N2 by lottery before R3."""
    found = assign(FIVE, NUMBERS, tiebreaker=True, reserve=HALF, reserve_order="open_last")
    assert found.tolist() == [[0, 0, 0, 0, -1]]


def test_without_the_tiebreaker_a_reserve_changes_nothing() -> None:
    found = assign(FIVE, NUMBERS, tiebreaker=False, reserve=HALF)
    assert found.tolist() == [[0, 0, 0, 0, -1]]


@pytest.mark.parametrize(("capacity", "share", "opened"), [
    (10, Fraction("0.29"), 2), (100, Fraction("0.29"), 29), (3, Fraction(1, 3), 1), (3, HALF, 1), (1, Fraction(99, 100), 0),
    (7, 0, 0), (7, 1, 7), (0, 1, 0), (10**9, Fraction(1, 3), 333_333_333),
])
def test_open_seats_are_rounded_down_exactly(capacity: int, share: Fraction, opened: int) -> None:
    assert open_seats(np.array([capacity]), share).tolist() == [opened]


@pytest.mark.parametrize(("share", "error"), [(Fraction(-1, 9), ValueError), (2, ValueError), (0.5, TypeError), (True, TypeError)])
def test_what_is_no_share_is_refused(share: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        assign(FIVE, NUMBERS, tiebreaker=True, reserve=share)  # type: ignore[arg-type]


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ValueError, match="open_first or open_last"):
        assign(FIVE, NUMBERS, tiebreaker=True, reserve=HALF, reserve_order="open_middle")  # type: ignore[arg-type]


# -- against the choice function ---------------------------------------------------------------------------------


@ORDERS
@settings(max_examples=30, deadline=None)
@given(plain=plain_markets(), share=SHARES)
def test_equals_rounds_of_the_choice_function(order: ReserveOrder, plain: Plain, share: Fraction) -> None:
    opened = [int(seats * share) for seats in plain.capacity]
    assert reserved(plain, share, order) == reserve_assign(plain, opened, open_first=order == "open_first")


@ORDERS
@settings(max_examples=25, deadline=None)
@given(plain=plain_markets())
def test_no_share_and_the_whole_share(order: ReserveOrder, plain: Plain) -> None:
    assert reserved(plain, 0, order) == heap_assign(plain, tiebreaker=True)
    assert reserved(plain, 1, order) == heap_assign(plain, tiebreaker=False)


@ORDERS
@settings(max_examples=25, deadline=None)
@given(plain=plain_markets(), share=SHARES)
def test_no_request_blocks(order: ReserveOrder, plain: Plain, share: Fraction) -> None:
    offers = offers_of(plain.market, tiebreaker=True, reserve=share, reserve_order=order)
    found = accepted_requests(offers, plain.lotteries)[0]
    assert blocking_requests(offers, np.array(plain.lottery), found).size == 0
    assert overfilled(offers, found).size == 0


@ORDERS
@settings(max_examples=30, deadline=None)
@given(plain=plain_markets(), share=SHARES, who=st.integers(0, 11))
def test_priority_never_hurts_who_gets_it(order: ReserveOrder, plain: Plain, share: Fraction, who: int) -> None:
    if not plain.preferences:
        return
    who %= len(plain.preferences)
    ranks = []
    for given_it in (False, True):
        receives = [given_it if i == who else receiving for i, receiving in enumerate(plain.receives)]
        at = reserved(evolve(plain, receives=receives), share, order)[who]
        ranks.append(at if at >= 0 else len(plain.preferences[who]))
    assert ranks[1] <= ranks[0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), share=SHARES)
def test_at_a_single_program_open_first_admits_at_least_as_many_who_receive(seed: int, share: Fraction) -> None:
    rng = np.random.default_rng(seed)
    receives = rng.random(10) < 0.5
    market = market_from_lists([[0]] * 10, [int(rng.integers(0, 9))], receives=receives)
    lottery = rng.permutation(10)[np.newaxis]
    first, last = (int((assign(market, lottery, tiebreaker=True, reserve=share, reserve_order=order)[0][receives] >= 0).sum())
                   for order in RESERVE_ORDERS)
    assert first >= last
