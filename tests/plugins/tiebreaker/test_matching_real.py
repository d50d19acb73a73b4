"""Real kindergarten capacities with an invented cohort of real size."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenhand_tiebreaker.matching.acceptance import accepted_requests, assign
from evenhand_tiebreaker.matching.effects import compare, effects, moves
from evenhand_tiebreaker.matching.lotteries import Lotteries
from evenhand_tiebreaker.matching.market import Market
from evenhand_tiebreaker.matching.seats import RESERVE_ORDERS, offers_of
from tests.plugins.tiebreaker.matching_oracles import Plain, heap_assign
from tests.plugins.tiebreaker.matching_stability import blocking_requests, overfilled

COHORT = 4308


@pytest.fixture(scope="module")
def city(shared_data: Path) -> Plain:
    """4,308 applicants with lists of 1 to 12; popularity as of the file's first choices, siblings at one in 25."""
    programs = pd.read_csv(shared_data / "tiebreaker" / "real" / "sfusd_kg_programs_2324.csv")
    assert (len(programs), int(programs["capacity"].sum())) == (129, 4156)
    assert (programs["capacity"] == 0).sum() == 4
    rng = np.random.default_rng(1)
    taste = np.log(programs["synthetic_first_choices"].to_numpy() + 1.0) + rng.gumbel(size=(COHORT, len(programs)))
    lists = [row[:length].tolist() for row, length in zip(np.argsort(-taste), rng.integers(1, 13, COHORT), strict=True)]
    base = [(2 * (rng.random(len(listed)) < 0.04)).tolist() for listed in lists]
    receives = rng.random(COHORT) < 0.2
    focal = rng.random(COHORT) < np.where(receives, 0.6, 0.15)
    return Plain(lists, programs["capacity"].tolist(), base, [1] * len(programs), receives.tolist(), focal.tolist(),
                 rng.permutation(COHORT).tolist())


@pytest.fixture(scope="module")
def market(city: Plain) -> Market:
    return city.market


@pytest.mark.parametrize("tiebreaker", [False, True])
def test_equals_one_at_a_time(city: Plain, market: Market, tiebreaker: bool) -> None:
    found = assign(market, city.lotteries, tiebreaker=tiebreaker)[0].tolist()
    assert found == heap_assign(city, tiebreaker=tiebreaker, order=range(COHORT)[::-1])


@pytest.mark.parametrize("order", RESERVE_ORDERS)
@pytest.mark.parametrize("share", [Fraction(0), Fraction(1, 4)])
def test_is_stable_under_twenty_lotteries(market: Market, share: Fraction, order: str) -> None:
    offers = offers_of(market, tiebreaker=True, reserve=share, reserve_order=order)
    lotteries = next(Lotteries.drawn(COHORT, 20, 2).blocks())
    for lottery, places in zip(lotteries, accepted_requests(offers, lotteries), strict=True):
        assert blocking_requests(offers, lottery, places).size == 0
        assert overfilled(offers, places).size == 0


def test_effects_of_the_city(market: Market) -> None:
    """Who receives it gains, focal students elsewhere lose, and a reserve leaves less of both."""
    drawn = Lotteries.drawn(COHORT, 60, 3)
    gains = []
    for share in (Fraction(0), Fraction(1, 2), Fraction(1)):
        comparison = compare(market, drawn, reserve=share)
        found = {(e.measure, e.group): e for e in effects(comparison)}
        inside, outside = found["top1", "focal_receiving"], found["top1", "focal_not_receiving"]
        gains.append(inside.difference)
        if share < 1:
            assert inside.low > 0
            assert outside.high < 0
        else:
            assert {e.difference for e in found.values()} == {0.0}
            assert {move.applicants for move in moves(comparison)} == {0.0}
    assert gains[0] > gains[1] > gains[2] == 0
