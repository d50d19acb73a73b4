"""Thinning, shrinkage and declared noise against what they must be in expectation and at the extremes."""

from __future__ import annotations

import tracemalloc
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evenhand_tiebreaker.resampling.noise import DISTRIBUTIONS, estimated_under_noise, noisy
from evenhand_tiebreaker.resampling.scores import Bools, Ints, rates, summarized
from evenhand_tiebreaker.resampling.shrinkage import (
    WEIGHTS,
    best_weight,
    held_out_loss,
    in_share_order,
    shrunk_shares,
)
from evenhand_tiebreaker.resampling.thinning import estimated, split, splits

QUICK = settings(deadline=None, max_examples=40)
counts = arrays(np.int64, 8, elements=st.integers(0, 30))


def above_a_third(focal: Ints, other: Ints) -> Bools:
    return 3 * focal > focal + other


@QUICK
@given(focal=counts, other=counts, share=st.sampled_from([0.1, 0.5, 0.9]), seed=st.integers(0, 99))
def test_every_student_is_in_one_part(focal: Ints, other: Ints, share: float, seed: int) -> None:
    for part in splits(focal, other, count=3, share=share, seed=seed):
        assert np.array_equal(part.focal + part.rest_focal, focal)
        assert np.array_equal(part.other + part.rest_other, other)
        assert min(part.focal.min(), part.rest_focal.min(), part.other.min(), part.rest_other.min()) >= 0


def test_the_seed_gives_the_same_interval_and_other_splits_another() -> None:
    random = np.random.default_rng(5)
    focal, other = random.integers(0, 9, 60), random.integers(0, 20, 60)

    def found(count: int, seed: int) -> object:
        return estimated(splits(focal, other, count=count, share=0.5, seed=seed), above_a_third)

    assert found(20, 1) == found(20, 1)
    assert found(20, 1) != found(20, 2)
    assert found(20, 1) != found(21, 1)


def test_divisions_are_drawn_one_by_one_and_are_the_same_again() -> None:
    """Ten thousand divisions of a city held at once would fill gigabytes."""
    focal, other = np.arange(1, 9), np.arange(8)[::-1]
    divisions = splits(focal, other, count=10_000, share=0.5, seed=3)
    assert len(divisions) == 10_000 and not isinstance(divisions, list)
    first, again = next(iter(divisions)), next(iter(divisions))
    assert np.array_equal(first.focal, again.focal) and first is not again
    tracemalloc.start()
    for _ in islice(divisions, 2000):
        pass
    assert tracemalloc.get_traced_memory()[1] < 200_000  # 2,000 divisions hold 512,000 bytes
    tracemalloc.stop()


def test_another_stream_is_other_divisions() -> None:
    focal, other = np.full(50, 9), np.full(50, 7)
    scoring, weighing = (next(iter(splits(focal, other, count=1, share=0.5, seed=0, stream=stream)))
                         for stream in (0, 1))
    assert not np.array_equal(scoring.focal, weighing.focal)


def test_weights_are_students_whatever_the_counts_are_multiplied_by() -> None:
    random = np.random.default_rng(0)
    focal = random.binomial(np.full(300, 48), 0.4)
    divisions = [split(focal, 48 - focal, 0.5, random) for _ in range(5)]
    everyone = np.zeros(300, dtype=np.int64)
    assert best_weight(divisions, everyone) in WEIGHTS
    assert best_weight(divisions, everyone, 12) > max(WEIGHTS)


def test_small_counts_promise_more_than_they_hold() -> None:
    """Blocks all alike: what looks rich in one half is chance, and the other half shows it."""
    random = np.random.default_rng(1)
    students = np.full(400, 5)
    focal = random.binomial(students, 0.3)
    estimate = estimated(splits(focal, students - focal, count=20, share=0.5, seed=0), above_a_third)
    assert estimate.fitted.tpr.mean is not None and estimate.unseen.tpr.mean is not None
    assert estimate.fitted.tpr.mean > estimate.unseen.tpr.mean + 0.1
    assert estimate.unseen.tpr.low is not None and estimate.fitted.tpr.low is not None
    assert estimate.unseen.tpr.high < estimate.fitted.tpr.low


def test_huge_counts_promise_what_they_hold() -> None:
    focal, other = np.array([900_000, 200_000, 500_000]), np.array([100_000, 900_000, 400_000])
    estimate = estimated(splits(focal, other, count=10, share=0.5, seed=0), above_a_third)
    assert estimate.fitted.tpr.mean == pytest.approx(estimate.unseen.tpr.mean, abs=2e-3)
    assert estimate.fitted.fpr.mean == pytest.approx(estimate.unseen.fpr.mean, abs=2e-3)


def test_undefined_rates_are_none() -> None:
    nobody = np.zeros(3, dtype=np.int64)
    none = rates(nobody, nobody, np.zeros(3, dtype=bool))
    assert (none.tpr, none.fpr, none.precision) == (None, None, None)
    summary = summarized([none, rates(np.array([1, 1]), np.array([0, 3]), np.array([True, False]))])
    assert (summary.tpr.mean, summary.tpr.defined, summary.tpr.draws) == (0.5, 1, 2)
    assert summarized([none]).precision.mean is None


def test_shrunk_shares_by_hand() -> None:
    """Two tracts: 1 of 2 and 0 of 0 in the first, 0 of 8 in the second; district 1 of 10; k = 2."""
    focal, other = np.array([1, 0, 0]), np.array([1, 0, 8])
    first, second = (1 + 2 * 0.1) / 4, (0 + 2 * 0.1) / 10
    assert shrunk_shares(focal, other, np.array([0, 0, 1]), 2.0) == pytest.approx(
        [(1 + 2 * first) / 4, first, 2 * second / 10])


@QUICK
@given(focal=counts, other=counts, weight=st.sampled_from(WEIGHTS))
def test_shrinkage_stays_between_block_and_district(focal: Ints, other: Ints, weight: float) -> None:
    shares = shrunk_shares(focal, other, np.arange(8) // 3, weight)
    students = focal + other
    if students.sum() == 0:
        assert np.isnan(shares).all()
        return
    if weight == 0:
        assert np.array_equal(np.isnan(shares), students == 0)
    known = shares[~np.isnan(shares)]
    assert ((known >= 0) & (known <= 1)).all()
    far = shrunk_shares(focal, other, np.arange(8) // 3, 1e12)
    assert far == pytest.approx(np.full(8, focal.sum() / students.sum()), abs=1e-9)


def test_the_weight_that_predicts_best() -> None:
    """All blocks of one share: much borrowing. Blocks of 0 or 1 with thousands of students: next to none."""
    random = np.random.default_rng(0)
    alike = random.binomial(np.full(300, 4), 0.4)
    divisions = splits(alike, 4 - alike, count=5, share=0.5, seed=0)
    everyone = np.zeros(300, dtype=np.int64)
    assert best_weight(divisions, everyone) >= 16
    assert held_out_loss(next(iter(divisions)), everyone, 0.0) == np.inf
    sharp = random.binomial(5000, np.tile([0.1, 0.9], 20))
    assert best_weight(splits(sharp, 5000 - sharp, count=5, share=0.5, seed=0), np.zeros(40, dtype=np.int64)) <= 2


def test_share_order_keeps_ties_together() -> None:
    shares = np.array([0.5, np.nan, 0.2, 0.5, 0.9])
    order = in_share_order(shares, np.array([True, True, True, True, False]))
    assert [part.tolist() for part in order] == [[0, 3], [2]]
    assert in_share_order(shares, np.zeros(5, dtype=bool)) == []


@pytest.mark.parametrize("distribution", sorted(DISTRIBUTIONS))
def test_noise_has_mean_zero_and_counts_stay_counts(distribution: str) -> None:
    drawn = noisy(np.full(20_000, 1000), distribution, 3.0, np.random.default_rng(0))
    assert drawn.dtype == np.int64 and abs(float(drawn.mean()) - 1000) < 0.2
    assert 2.5 < drawn.std() < 4.7
    assert noisy(np.zeros(100, dtype=np.int64), distribution, 3.0, np.random.default_rng(0)).min() == 0


def test_noise_makes_claims_that_the_table_does_not_keep() -> None:
    random = np.random.default_rng(2)
    students = np.full(300, 6)
    focal = random.binomial(students, 0.3)
    estimate = estimated_under_noise(focal, students - focal, above_a_third, distribution="laplace", scale=2.0,
                                     draws=20, seed=0)
    assert estimate.fitted.precision.mean is not None and estimate.unseen.precision.mean is not None
    assert estimate.fitted.precision.mean > estimate.unseen.precision.mean
