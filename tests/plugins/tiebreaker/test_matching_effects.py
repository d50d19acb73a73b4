"""Paired effects over common lotteries: by hand, recounted in plain Python, and for groups nobody is in."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.matching.acceptance import assign
from evenhand_tiebreaker.matching.effects import GROUPS, MEASURES, MOVES, Effect, compare, effects, moves, unassigned
from evenhand_tiebreaker.matching.lotteries import Lotteries
from evenhand_tiebreaker.matching.market import Market
from tests.plugins.tiebreaker.matching_markets import market_from_lists
from tests.plugins.tiebreaker.matching_oracles import Plain, heap_assign, plain_markets

# One seat at each of two programs, three applicants who want 0 and then 1; the last, focal, lives in a receiving block.
THREE = market_from_lists([[0, 1]] * 3, [1, 1], receives=[False, False, True], focal=[True, False, True])
BEST_FIRST = Lotteries.given([30, 20, 10])


def by_name(market: Market, lotteries: Lotteries, **more: object) -> dict[tuple[str, str], Effect]:
    return {(e.measure, e.group): e for e in effects(compare(market, lotteries, **more))}


def test_one_lottery_by_hand() -> None:
    """Without: first, second choice, nothing. With: the last goes to 0, the first to 1, the second is displaced."""
    comparison = compare(THREE, BEST_FIRST)
    assert comparison.first_without.tolist() == [0, 1, -1]
    assert comparison.first_with.tolist() == [1, -1, 0]
    found = by_name(THREE, BEST_FIRST)
    assert found["mean_rank", "all"] == Effect("mean_rank", "all", 2.0, 2.0, 0.0, None, None)  # 1+2+3, then 2+3+1
    assert found["mean_rank", "focal"] == Effect("mean_rank", "focal", 2.0, 1.5, -0.5, None, None)
    assert found["top1", "focal_receiving"] == Effect("top1", "focal_receiving", 0.0, 1.0, 1.0, None, None)
    assert found["top1", "focal_not_receiving"] == Effect("top1", "focal_not_receiving", 1.0, 0.0, -1.0, None, None)
    assert found["assigned", "non_focal"] == Effect("assigned", "non_focal", 1.0, 0.0, -1.0, None, None)
    assert found["top3", "all"] == Effect("top3", "all", 2 / 3, 2 / 3, 0.0, None, None)
    assert unassigned(comparison)["focal"] == (0.5, 0.0)
    moved = {(move.move, move.group): move for move in moves(comparison)}
    assert [moved[move, "all"].applicants for move in MOVES] == [1.0, 1.0, 2.0, 1.0]
    assert moved["displaced", "non_focal"].share == 1.0
    assert (moved["displaced", "all"].low, moved["displaced", "all"].high) == (None, None)


def test_top3_ends_at_the_third_place() -> None:
    market = market_from_lists([[0], [1], [2], [0, 1, 2, 3], [0, 1, 3, 2]], [1, 1, 1, 1])
    found = by_name(market, Lotteries.given([5, 4, 3, 2, 1]))
    assert found["top3", "all"].without == 3 / 5  # 4th and no place are not among the first three
    found = by_name(market, Lotteries.given([5, 4, 3, 1, 2]))
    assert found["top3", "all"].without == 4 / 5  # here the last gets program 3, the third on that list


def test_groups_without_members_have_no_numbers() -> None:
    market = evolve(THREE, receives=[True, True, True])
    found = by_name(market, Lotteries.drawn(3, 4, 1))
    assert found["top1", "focal_not_receiving"] == Effect("top1", "focal_not_receiving", None, None, None, None, None)
    assert unassigned(compare(market, Lotteries.drawn(3, 4, 1)))["focal_not_receiving"] == (None, None)
    nobody = by_name(market_from_lists([], [2]), Lotteries.drawn(0, 3, 1))
    assert {(e.without, e.with_, e.difference, e.low, e.high) for e in nobody.values()} == {(None,) * 5}
    assert {move.share for move in moves(compare(market_from_lists([], [2]), Lotteries.drawn(0, 3, 1)))} == {None}


def test_every_measure_of_every_group_in_order() -> None:
    assert [(e.measure, e.group) for e in effects(compare(THREE, BEST_FIRST))] == [(m, g) for m in MEASURES for g in GROUPS]


def test_an_empty_list_counts_as_rank_one_unassigned() -> None:
    found = by_name(market_from_lists([[], [0]], [0]), Lotteries.drawn(2, 2, 1))
    assert found["mean_rank", "all"].without == 1.5  # lists of 0 and 1: length + 1
    assert found["assigned", "all"].without == 0.0


@settings(max_examples=30, deadline=None)
@given(plain=plain_markets(), seed=st.integers(0, 99), share=st.sampled_from([0, Fraction(1, 2)]))
def test_recounted_in_plain_python(plain: Plain, seed: int, share: Fraction) -> None:
    lotteries = Lotteries.drawn(len(plain.preferences), 6, seed)
    comparison = compare(plain.market, lotteries, reserve=share, block=4)
    found = {(e.measure, e.group): e for e in effects(comparison)}
    inside = {"all": lambda i: True, "focal": lambda i: plain.focal[i], "non_focal": lambda i: not plain.focal[i],
              "focal_receiving": lambda i: plain.focal[i] and plain.receives[i],
              "focal_not_receiving": lambda i: plain.focal[i] and not plain.receives[i]}
    members = {group: [i for i in range(len(plain.preferences)) if holds(i)] for group, holds in inside.items()}
    totals: dict[tuple[str, str], list[tuple[int, int]]] = {key: [] for key in found}
    for lottery in np.concatenate(list(lotteries.blocks())):
        sides = [assign(plain.market, lottery[np.newaxis], tiebreaker=tiebreaker, reserve=share)[0].tolist()
                 for tiebreaker in (False, True)]
        if not share:
            assert sides[1] == heap_assign(evolve(plain, lottery=lottery.tolist()), tiebreaker=True)
        for group, those in members.items():
            for measure, count in (
                ("top1", lambda at, i: at == 0), ("top3", lambda at, i: at in (0, 1, 2)), ("assigned", lambda at, i: at != -1),
                ("mean_rank", lambda at, i: at + 1 if at != -1 else len(plain.preferences[i]) + 1),
            ):
                before, after = (sum(count(side[i], i) for i in those) for side in sides)
                totals[measure, group].append((before, after))
    for (measure, group), pairs in totals.items():
        effect, size = found[measure, group], len(members[group])
        if not size:
            assert effect.difference is None
            continue
        differences = sorted((after - before) / size for before, after in pairs)
        assert effect.without == pytest.approx(sum(before for before, _ in pairs) / 6 / size)
        assert effect.difference == pytest.approx(sum(differences) / 6)
        assert effect.low == pytest.approx(differences[0] * 0.75 + differences[1] * 0.25)  # 0.05 * 5 = 0.25 of a step
        assert effect.high == pytest.approx(differences[5] * 0.75 + differences[4] * 0.25)


@settings(max_examples=25, deadline=None)
@given(plain=plain_markets(), seed=st.integers(0, 99))
def test_what_adds_up(plain: Plain, seed: int) -> None:
    comparison = compare(plain.market, Lotteries.drawn(len(plain.preferences), 3, seed))
    assert comparison.size("all") == comparison.size("focal") + comparison.size("non_focal") == len(plain.preferences)
    assert comparison.size("focal") == comparison.size("focal_receiving") + comparison.size("focal_not_receiving")
    moved = {(move.move, move.group): move.applicants for move in moves(comparison)}
    for group in GROUPS:
        assert moved["displaced", group] <= moved["worse_off", group]
        assert moved["newly_assigned", group] <= moved["better_off", group]
        difference = {(e.measure, e.group): e for e in effects(comparison)}["assigned", group].difference
        gained = moved["newly_assigned", group] - moved["displaced", group]
        assert gained == pytest.approx((difference or 0.0) * comparison.size(group), abs=1e-9)


def test_blocks_and_repetition_change_nothing() -> None:
    rng = np.random.default_rng(5)
    market = market_from_lists([rng.permutation(4)[:3].tolist() for _ in range(30)], [5, 5, 5, 5],
                               receives=rng.random(30) < 0.3, focal=rng.random(30) < 0.5)
    first = effects(compare(market, Lotteries.drawn(30, 20, 3)))
    assert first == effects(compare(market, Lotteries.drawn(30, 20, 3), block=7))
    assert first != effects(compare(market, Lotteries.drawn(30, 20, 4)))
    assert all(e.low is not None and e.low <= e.high and math.isfinite(e.difference) for e in first)


def test_lotteries_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="another number of applicants"):
        compare(THREE, Lotteries.drawn(4, 2, 1))


def test_the_compiler_is_loaded_by_the_first_assignment_only() -> None:
    modules = ("acceptance", "effects", "lotteries", "market", "outputs", "seats", "tables")
    code = "".join(f"import evenhand_tiebreaker.matching.{name}\n" for name in modules)
    code += "import sys; print(*sorted({'numba', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
