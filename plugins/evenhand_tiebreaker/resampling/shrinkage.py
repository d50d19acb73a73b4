"""Shares of small blocks pulled toward their neighbours'.

``(p_b + k m_g) / (n_b + k)`` for block b of group g (its tract), where the group's own share is pulled toward the
district's in the same way: ``m_g = (p_g + k m) / (n_g + k)``. It is the posterior mean under a beta prior with the
weight of k students (empirical Bayes; Efron and Morris 1975).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evenhand_tiebreaker.resampling.scores import Bools, Ints
from evenhand_tiebreaker.resampling.thinning import Split

Floats = NDArray[np.float64]

WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Weights in students that ``"auto"`` compares."""


def shrunk_shares(focal: Ints, other: Ints, group: Ints, weight: float) -> Floats:
    """Shares of shape (n,) in [0, 1]; nan where weight and students are 0.

    Parameters
    ----------
    group : int64 array of shape (n,), numbers from 0
    weight : k >= 0, in students
    """
    students = focal + other
    total = int(students.sum())
    mean = float(focal.sum()) / total if total else np.nan
    size = int(group.max()) + 1 if len(group) else 0
    group_focal = np.bincount(group, weights=focal, minlength=size)
    group_students = np.bincount(group, weights=students, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (group_focal + weight * mean) / (group_students + weight) if weight else np.zeros(size)
        shares: Floats = (focal + weight * middle[group]) / (students + weight)
    return shares


def held_out_loss(part: Split, group: Ints, weight: float) -> float:
    """Negative log-likelihood of the unseen students under the shrunk shares of the fitting part.

    A share of exactly 0 or 1 that meets a student of the other kind costs infinitely much, which is why the weight 0
    is rarely chosen.
    """
    shares = shrunk_shares(part.focal, part.other, group, weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(part.rest_focal > 0, -part.rest_focal * np.log(shares), 0.0)
        miss = np.where(part.rest_other > 0, -part.rest_other * np.log1p(-shares), 0.0)
    total = float((hit + miss).sum())
    return np.inf if np.isnan(total) else total


def best_weight(divisions: Iterable[Split], group: Ints, factor: int = 1) -> float:
    """The weight, in units of the counts, that predicts the unseen students best on average; the smallest of equals.

    Parameters
    ----------
    divisions : none of which may score the choice that is made with this weight: it was picked to do well on them
    factor : of how many units a student is; the weights compared are those of :data:`WEIGHTS` times it
    """
    weights = [factor * weight for weight in WEIGHTS]
    losses = np.array([[held_out_loss(part, group, weight) for weight in weights] for part in divisions])
    return weights[int(np.argmin(losses.mean(axis=0)))]


def in_share_order(shares: Floats, eligible: Bools) -> list[Ints]:
    """Eligible blocks by falling share, those of equal share together; blocks without a share are left out."""
    rows = np.flatnonzero(eligible & ~np.isnan(shares))
    rows = rows[np.argsort(-shares[rows], kind="stable")]
    if not len(rows):
        return []
    starts = np.flatnonzero(np.diff(shares[rows]) != 0) + 1
    return [np.asarray(part, dtype=np.int64) for part in np.split(rows, starts)]
