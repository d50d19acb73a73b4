"""The annealing walk: sums carried along, legality, repeatability, and never above the proven optimum."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from evenhand_cep import walk_kernel
from evenhand_cep.claiming import ROUNDINGS, ClaimingRule
from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.instance import Instance
from evenhand_cep.walk import Walk
from tests.benchmarks.original_walk import read_schools
from tests.plugins.cep.small_instances import instances, random_instance

RULE = ClaimingRule("1.6", "0.4")


def rich_instance(seed: int, size: int = 40, rounding: str = "none") -> Instance:
    """Every kind of worth and rule at once."""
    rng = np.random.default_rng(seed)
    plain = random_instance(seed, size=size, max_groups=4, rounding=rounding, opting_out=True, digits=2)
    fate = rng.integers(0, 4, size)
    fate[1:7] = 2  # those who may not meet are free to move
    return Instance.build(plain.enrolled, plain.identified, plain.slope, rule=plain.rule, max_groups=4,
                          constant=rng.uniform(-50.0, 50.0, size), full=rng.uniform(0.0, 900.0, size),
                          outside=plain.outside, must_join=fate == 0, must_stay_out=fate == 1,
                          different_group=[(1, 2, 3), (5, 6)])


def annealed(instance: Instance, seed: int, *, stages: int = 40, steps: int = 4_000) -> Walk:
    walk = Walk(instance, seed)
    walk.start()
    for stage in range(stages):
        walk.advance(steps, walk.mean_worth * 0.3 * 0.8**stage)
    walk.advance(steps, 0.0)
    return walk


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_the_carried_value_is_the_value_of_the_labels(rounding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = rich_instance(2, rounding=rounding)
    walk = Walk(instance, seed=1, swap_share=0.4)
    walk.start()
    renew, seen = walk_kernel.resum, []

    def spy(*tables: Any) -> None:
        before = walk._sums.copy(), walk._tallies.copy(), walk._reals.copy(), walk._wholes.copy()
        renew(*tables)
        after = walk._sums, walk._tallies, walk._reals, walk._wholes
        for carried, fresh in zip(before, after, strict=True):
            np.testing.assert_allclose(carried, fresh, rtol=1e-9, atol=1e-6)
        np.testing.assert_array_equal(before[1], after[1])
        seen.append(walk.value)

    monkeypatch.setattr(walk_kernel, "resum", spy)
    for temperature in (1e9, 1e4, 100.0, 0.0):
        for _ in range(10):
            accepted = walk.advance(3_000, temperature)
            assert walk.value == pytest.approx(instance.value(walk.labels), rel=1e-9)
            assert walk.is_legal == instance.is_legal(walk.labels)
            assert accepted > 1_000 or temperature < 1e9
    assert len(set(seen)) > 15


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("opting_out", [False, True])
def test_best_is_legal_and_reaches_the_optimum_of_small_instances(rounding: str, opting_out: bool) -> None:
    for seed in range(4):
        instance = random_instance(seed, size=9, max_groups=3, rounding=rounding, opting_out=opting_out)
        proven = solve_exhaustively(instance)
        labels, value = annealed(instance, seed).best
        if labels is None:
            assert proven.status == "infeasible"
            continue
        assert instance.problems(labels) == []
        assert value == instance.value(labels)
        assert value <= proven.bound
        assert value == pytest.approx(proven.value, rel=1e-9)


@settings(deadline=None, max_examples=40)
@given(instances())
def test_best_is_never_above_the_proven_optimum(instance: Instance) -> None:
    proven = solve_exhaustively(instance)
    labels, value = annealed(instance, 1, stages=15, steps=300).best
    if labels is None:
        assert value == -np.inf
        return
    assert proven.status == "optimal"
    assert instance.problems(labels) == []
    assert value == instance.value(labels) <= proven.bound


def test_rules_are_kept_by_the_best_state() -> None:
    instance = rich_instance(7)
    labels, value = annealed(instance, 3).best
    assert instance.problems(labels) == []
    assert np.isfinite(value)


def test_same_seed_same_answer_and_walks_share_nothing() -> None:
    instance = rich_instance(4)
    first, second = annealed(instance, 5), Walk(instance, 6)
    second.start()
    other = annealed(instance, 5)
    second.advance(1_000, 10.0)
    assert np.array_equal(first.labels, other.labels)
    assert first.best[1] == other.best[1]
    assert not np.array_equal(first.labels, second.labels)
    generator = Walk(instance, np.random.default_rng(5))
    generator.start()
    fresh = Walk(instance, 5)
    fresh.start()
    assert np.array_equal(generator.labels, fresh.labels)


def test_no_legal_state_no_best() -> None:
    instance = Instance.build([100, 100, 100], [39, 40, 40], [5.0, 5.0, 5.0], rule=RULE, max_groups=2)
    walk = annealed(instance, 0)
    assert walk.best == (None, -np.inf)
    assert not walk.is_legal


def test_a_hair_under_the_minimum_is_never_kept() -> None:
    # Only the state with both schools together counts, and 1e-12 students decide whether it is legal.
    for missing, legal in ((0.0, True), (1e-12, False)):
        instance = Instance.build([1.0, 1.0], [0.1, 0.7 - missing], [5.0, 5.0], rule=RULE, max_groups=2)
        labels, value = annealed(instance, 1).best
        assert (labels is not None) == legal
        if legal:
            assert labels[0] == labels[1]
            assert value == pytest.approx(6.4)


def test_counts_too_fine_for_64_bits_stay_on_the_safe_side() -> None:
    # Scales of 1e-17 with a minimum of many digits overflow 64 bits by far; the walk coarsens, the verdict stays exact.
    rule = ClaimingRule("1.6", "0.40000000000000013", "none")
    rng = np.random.default_rng(3)
    enrolled = rng.uniform(1.0, 2.0, 12)
    identified = enrolled * rng.uniform(0.35, 0.5, 12)
    instance = Instance.build(enrolled, identified, enrolled * rng.uniform(1.0, 9.0, 12), rule=rule, max_groups=3)
    assert instance.exact_slack(rule.minimum_requirement).dtype == object
    labels, value = annealed(instance, 1).best
    proven = solve_exhaustively(instance)
    assert instance.problems(labels) == []
    assert proven.value * 0.999 <= value <= proven.bound


def test_a_forbidden_start_is_repaired() -> None:
    instance = Instance.build([100] * 4, [50] * 4, [1.0] * 4, rule=RULE, max_groups=2, different_group=[(0, 1), (2, 3)])
    walk = Walk(instance, 1)
    walk.start(np.ones(4, dtype=np.int64))
    assert not walk.is_legal
    assert walk.best[0] is None
    walk.advance(2_000, 0.5)
    labels, _ = walk.best
    assert labels[0] != labels[1]
    assert labels[2] != labels[3]


def test_the_best_outlives_a_restart() -> None:
    instance = random_instance(1, size=12)
    walk = annealed(instance, 2)
    labels, value = walk.best
    walk.start(np.ones(12, dtype=np.int64))
    assert np.array_equal(walk.labels, np.ones(12))
    assert walk.best[1] == value
    assert np.array_equal(walk.best[0], labels)


def test_a_legal_start_counts_and_cold_walks_only_climb() -> None:
    plain = random_instance(1, size=12)
    instance = Instance.build(plain.enrolled, plain.identified, plain.slope, rule=ClaimingRule("1.6", "0"),
                              max_groups=3)  # without a minimum every state is legal
    walk = Walk(instance, 2)
    one_group = np.ones(12, dtype=np.int64)
    walk.start(one_group)
    assert walk.best[1] == instance.value(one_group)
    values = [walk.value]
    for _ in range(20):
        walk.advance(50, 0.0)
        values.append(walk.value)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(values))
    assert values[-1] > values[0]


def test_nothing_to_move() -> None:
    instance = Instance.build([100, 100], [50, 60], [1.0, 1.0], rule=RULE, max_groups=1)
    walk = Walk(instance, 1)
    walk.start()
    assert walk.advance(1_000, 1.0) == 0
    assert walk.best[0].tolist() == [1, 1]


def test_bad_calls_are_refused() -> None:
    instance = rich_instance(1, size=12)
    walk = Walk(instance, 1)
    with pytest.raises(ValueError, match="start the walk"):
        walk.advance(1, 1.0)
    with pytest.raises(ValueError, match="shape"):
        walk.start(np.zeros(3, dtype=np.int64))
    with pytest.raises(ValueError, match=r"0\.\.4"):
        walk.start(np.full(12, 9))
    with pytest.raises(ValueError, match="must join"):
        walk.start(np.zeros(12, dtype=np.int64))
    walk.start()
    with pytest.raises(ValueError, match="temperature"):
        walk.advance(1, -1.0)
    with pytest.raises(ValueError, match="temperature"):
        walk.advance(1, float("nan"))
    with pytest.raises(ValueError, match="swap_share"):
        Walk(instance, 1, swap_share=1.5)


def test_the_generator_is_splitmix() -> None:
    # Reference outputs of splitmix64 seeded with 1234567.
    state, golden = 1234567, 0x9E3779B97F4A7C15
    drawn = []
    for _ in range(3):
        state = (state + golden) % 2**64
        drawn.append(int(walk_kernel.mixed(np.uint64(state))))
    assert drawn == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_new_york_city_beats_the_published_grouping(shared_data: Path) -> None:
    schools = read_schools(shared_data / "cep" / "nyc_moda_schools.csv")
    instance = Instance.build(schools["Enrollment"].to_numpy(), schools["Identified"].to_numpy(),
                              schools["meal"].to_numpy(), rule=RULE, max_groups=10)
    labels, value = annealed(instance, 1, stages=30, steps=100_000).best
    assert instance.problems(labels) == []
    assert 1.01 * 188_445_170 < value < schools["meal"].sum()
