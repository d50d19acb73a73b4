"""The students of the city: how many live in each block, and how many of each group."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_tiebreaker.city.geography import Floats, Geography, Ints

Bools = NDArray[np.bool_]

PARKS = 0.12
HOUSING = 0.025
OLD_GRADE = 0.22
PRIORITY_TRACTS = 0.2


@frozen(eq=False)
class People:
    """Counts and features by block, arrays of shape (n,).

    ``n_both`` students are low-income (``n_frl``) and of a historically underserved group (``n_aalpi``) alike;
    ``n_focal`` are either. ``redline`` marks an area once graded worst for loans, ``priority_tract`` the fifth of the
    tracts with the most low-income students.
    """

    students: Ints
    n_frl: Ints
    n_aalpi: Ints
    n_both: Ints
    housing: Bools
    redline: Bools
    priority_tract: Bools

    @property
    def n_focal(self) -> Ints:
        return self.n_frl + self.n_aalpi - self.n_both


def people(ground: Geography, per_block: float, random: np.random.Generator) -> People:
    """Draw the students: about ``per_block`` in a block that is no park."""
    width = min(ground.lattice) / 9
    poverty, ethnicity, density = ground.field(random, width), ground.field(random, width), ground.field(random, 2.0)
    ethnicity = 0.65 * poverty + 0.75 * ethnicity
    redline = poverty + 0.6 * ground.field(random, width) > np.quantile(poverty, 1 - OLD_GRADE)
    housing = np.zeros(ground.size, dtype=bool)
    housing[random.choice(ground.size, max(1, round(HOUSING * ground.size)), replace=False,
                          p=_softmax(1.6 * poverty))] = True
    park = ground.field(random, 1.2) > np.quantile(ground.field(random, 1.2), 1 - PARKS)
    mean = per_block * np.exp(0.45 * density) * np.where(housing, 2.6, 1.0)
    students = random.poisson(random.gamma(2.2, mean / 2.2))
    students[park & ~housing] = 0
    block = random.normal(0.0, 0.55, ground.size)
    low = _logistic(0.05 + 1.05 * poverty + 1.6 * housing + block)
    group = _logistic(-0.75 + 0.95 * ethnicity + 0.9 * housing + 0.4 * block)
    n_frl = random.binomial(students, low)
    n_both = random.binomial(n_frl, np.clip(1.25 * group, 0.0, 0.97))
    n_aalpi = n_both + random.binomial(students - n_frl, 0.55 * group)
    return People(students, n_frl, n_aalpi, n_both, housing, redline, _poorest_tracts(ground.tract, n_frl, students))


def _poorest_tracts(tract: Ints, n_frl: Ints, students: Ints) -> Bools:
    poor, every = np.bincount(tract, weights=n_frl), np.bincount(tract, weights=students)
    share = poor / np.maximum(every, 1.0)
    worst = np.argsort(-share, kind="stable")[:max(1, round(PRIORITY_TRACTS * len(share)))]
    return np.isin(tract, worst)


def _logistic(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _softmax(x: Floats) -> Floats:
    weights = np.exp(x - x.max())
    return np.asarray(weights / weights.sum())
