"""What declared privacy noise does to a choice: it is made from noisy counts and meets the true ones.

The table at hand stands in for the truth and noise of the declared kind is drawn on top of it (parametric bootstrap;
Efron 1979): the spread shows how far a choice made from published counts may be from what it claims.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evenhand_tiebreaker.resampling.scores import Ints, Rates, rates, summarized
from evenhand_tiebreaker.resampling.thinning import Choose, Estimate

Draw = Callable[[np.random.Generator, float, int], np.ndarray]

DISTRIBUTIONS: dict[str, Draw] = {
    "laplace": lambda random, scale, size: random.laplace(0.0, scale, size),
    "gaussian": lambda random, scale, size: random.normal(0.0, scale, size),
    "geometric": lambda random, scale, size: _two_sided_geometric(random, scale, size),
}
"""Noise by name; ``scale`` is Laplace's b, the normal standard deviation, and b of the two-sided geometric law."""


def noisy(counts: Ints, distribution: str, scale: float, random: np.random.Generator) -> Ints:
    """Counts with noise, rounded to whole students and at least 0, as agencies publish them."""
    drawn = counts + DISTRIBUTIONS[distribution](random, scale, len(counts))
    return np.maximum(np.rint(drawn), 0).astype(np.int64)


def estimated_under_noise(focal: Ints, other: Ints, choose: Choose, *, distribution: str, scale: float, draws: int,
                          seed: int) -> Estimate:
    """Choose from noisy counts and score on the counts as they stand.

    Returns
    -------
    Estimate
        ``fitted``: the rates the noisy table claims; ``unseen``: those of the table at hand.
    """
    random = np.random.default_rng(seed)
    claimed: list[Rates] = []
    true: list[Rates] = []
    for _ in range(draws):
        first, second = noisy(focal, distribution, scale, random), noisy(other, distribution, scale, random)
        choice = choose(first, second)
        claimed.append(rates(first, second, choice))
        true.append(rates(focal, other, choice))
    return Estimate(summarized(claimed), summarized(true))


def _two_sided_geometric(random: np.random.Generator, scale: float, size: int) -> np.ndarray:
    """Difference of two geometric counts with ratio exp(-1 / scale) (Ghosh, Roughgarden and Sundararajan 2012)."""
    chance = -np.expm1(-1.0 / scale)
    return random.geometric(chance, size) - random.geometric(chance, size)
